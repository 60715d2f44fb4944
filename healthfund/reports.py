"""The newsroom's reports: what wants looking after, with how much of it there is, how old it is, and where it is mended."""

from itertools import islice
from typing import NamedTuple

from django import forms
from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from announcements import quality
from announcements.newsroom import reports
from healthfund.exports.answering import MEDIA_TYPES, TITLES, answer
from healthfund.exports.columns import Column, Kind
from healthfund.exports.snapshots import CHUNK, snapshot
from healthfund.exports.statement import Statement

SIZE = 100


class Line(NamedTuple):
    """A report with how many rows it finds, and the day since which the oldest stands where its rows are in that order."""

    report: reports.Report
    number: int
    oldest: object


class AskedForm(forms.Form):
    years = forms.IntegerField(label="Years", min_value=1, max_value=30, required=False, initial=3)
    days = forms.IntegerField(label="Days", min_value=1, max_value=365, required=False, initial=30)

    def __init__(self, report, data):
        super().__init__(data)
        for name in set(self.fields) - {report.asks}:
            del self.fields[name]

    def asked(self, request):
        """What the list is asked for. Raises BadRequest for what it does not know."""
        if not self.is_valid():
            raise BadRequest("The report does not know that question.")
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return reports.Asked(today=timezone.localdate(), user=request.user, **given)


@require_safe
def index(request):
    seen = [report for report in reports.REPORTS.values() if request.user.has_perm(report.permission)]
    if not seen:
        raise PermissionDenied
    context = {
        "title": "Reports",
        "lines": [_line(report, AskedForm(report, {}).asked(request)) for report in seen],
        "unchecked": reports.unchecked().count(),
        "looked_at": quality.looked_at(),
    }
    return _page(request, "newsroom/reports.html", context)


@require_safe
def report(request, key):
    found = _report(request, key)
    form = AskedForm(found, request.GET if found.asks in request.GET else {found.asks: ""})
    asked = form.asked(request)
    page = Paginator(found.rows(asked), SIZE).get_page(request.GET.get("p"))
    kept = f"{found.asks}={getattr(asked, found.asks)}" if found.asks else ""
    context = {
        "title": found.title,
        "report": found,
        "form": AskedForm(found, {found.asks: getattr(asked, found.asks)}) if found.asks else None,
        "page": page,
        "items": list(found.items(page.object_list)),
        "today": asked.today,
        "files": [(f"../{key}.{suffix}?{kept}".rstrip("?"), name) for suffix, name in TITLES.items()],
        "kept": kept,
    }
    return _page(request, "newsroom/report.html", context)


@require_safe
def file(request, key, suffix):
    """All of a report as a file."""
    found = _report(request, key)
    asked = AskedForm(found, request.GET).asked(request)
    if suffix not in MEDIA_TYPES:
        raise Http404("There is no such file.")
    kinds = {"id": Kind.TEXT, "name": Kind.TEXT, "note": Kind.TEXT, "since": Kind.DAY, "address": Kind.TEXT}
    columns = [Column(name, kind, (name,)) for name, kind in kinds.items()]
    remarks = (("made for", str(request.user)),)
    statement = Statement(f"report-{key}", request.build_absolute_uri(), timezone.now(), remarks=remarks, licence=None)
    return answer(suffix, _documents(found, asked, request), columns, statement)


def _documents(found, asked, request):
    with snapshot():
        rows = found.rows(asked).iterator(chunk_size=CHUNK)
        while batch := list(islice(rows, CHUNK)):
            for item in found.items(batch):
                said = item._asdict() | {"since": item.since and item.since.isoformat()}
                yield said | {"address": request.build_absolute_uri(said.pop("href"))}


def _report(request, key):
    if key not in reports.REPORTS:
        raise Http404(f"There is no report {key!r}: there are {', '.join(reports.REPORTS)}.")
    if not request.user.has_perm(reports.REPORTS[key].permission):
        raise PermissionDenied
    return reports.REPORTS[key]


def _line(found, asked):
    rows = found.rows(asked)
    first = list(found.items(list(rows[:1])))
    return Line(found, rows.count(), first[0].since if first else None)


def _page(request, template, context):
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
