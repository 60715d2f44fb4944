"""Importing announcements from a table: the file is looked at first and written whole afterwards, or not at all."""

import csv
import io
import secrets
import time
from functools import wraps

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..facts import dumping
from ..facts.loading import Change, FactFaults
from ..intake import sheets
from ..models import Announcement
from ..newsroom import importing
from ..newsroom.columns import COLUMNS
from ..newsroom.pots import money
from ..publishing import Refused

MOST = 10 * 1024 * 1024
"""Bytes of a file."""
KEPT = 24 * 3600
"""Seconds for which an uploaded file waits to be imported."""
SHOWN = 200
"""Lines of a list on the page; a file has all of them."""
SALT = "announcements.import"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Table",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text=f"CSV or .xlsx, at most 10 MB and {sheets.ROWS:,} rows.",
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST:
            raise forms.ValidationError("The file is larger than 10 MB: divide it, and import one after the other.")
        return file


class ImportForm(forms.Form):
    assignee = forms.ModelChoiceField(
        None, label="Drafts go to", help_text="Who goes on with them on the work list.", empty_label=None
    )
    why = forms.CharField(
        label="Why",
        max_length=500,
        required=False,
        help_text="Why announcements that are public change, for their history.",
    )

    def __init__(self, *args, people, changes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = people
        self.fields["why"].required = changes


def urls(site):
    """The addresses of the import, for the page of revisions to include."""
    pages = [
        ("import/", upload_view, "import"),
        ("import/template.csv", template_csv, "import_template_csv"),
        ("import/template.xlsx", template_xlsx, "import_template_xlsx"),
        ("import/public.csv", public_csv, "import_public"),
        ("import/<str:token>/", preview_view, "import_preview"),
        ("import/<str:token>/<str:what>.csv", told_csv, "import_told"),
    ]
    return [
        path(address, site.admin_view(_for_editors(view, site)), name=f"announcements_revision_{name}")
        for address, view, name in pages
    ]


def _for_editors(view, site):
    @wraps(view)
    def page(request, **given):
        if not request.user.has_perm("announcements.add_revision"):
            raise PermissionDenied
        return view(request, site, **given)

    return page


# -------------------------------------------------------------------------------------------------- pages


def upload_view(request, site):
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        data = file.read()
        try:
            rows = sheets.read(data, importing.SHEET)
            importing.drawn(rows[:1], importing.names(), lambda ids: {})
        except sheets.Unreadable as wrong:
            form.add_error("file", str(wrong))
        else:
            _sweep()
            return HttpResponseRedirect(_address("import_preview", token=_keep(data, file.name, request.user)))
    context = {"title": "Import announcements", "form": form, "columns": COLUMNS.values()}
    return _page(request, site, "newsroom/import.html", context)


def preview_view(request, site, token):
    name, file = _kept(token, request.user)
    if not file.exists():
        messages.warning(request, "That file was imported already, or its time is over: send it again.")
        return HttpResponseRedirect(_address("import"))
    data = file.read_bytes()
    judged = importing.judge(data, today=timezone.localdate())
    people = get_user_model().objects.filter(is_staff=True, is_active=True).order_by("username")
    changes = judged.number(Change.CHANGED) > 0
    form = ImportForm(request.POST or None, people=people, changes=changes, initial={"assignee": request.user.pk})
    refused = []
    if request.method == "POST" and not judged.faults and form.is_valid():
        try:
            return _bring_in(request, judged, file, name, form.cleaned_data)
        except Refused as refusal:
            refused = refusal.reasons
        except FactFaults as wrong:
            refused = [str(fault.message) for fault in wrong.faults]
    told = zip(judged.announcements, judged.changes or [""] * len(judged.announcements), strict=True)
    context = {
        "title": f"Import: {name}",
        "judged": judged,
        "new": judged.number(Change.NEW),
        "changed": judged.number(Change.CHANGED),
        "unchanged": judged.number(Change.UNCHANGED),
        "money": money(*judged.money),
        "told": list(told)[:SHOWN],
        "shown": SHOWN,
        "form": form,
        "refused": refused,
        "may_publish": _may_publish(request),
        "token": token,
    }
    return _page(request, site, "newsroom/import_preview.html", context)


def _bring_in(request, judged, file, name, asked):
    """Write the table, once: of two who press the button at once, one finds the file gone."""
    taken = file.with_suffix(".taken")
    try:
        file.rename(taken)
    except FileNotFoundError:
        messages.warning(request, "That file is being imported already.")
        return HttpResponseRedirect(_address("changelist"))
    how = {"by": request.user, "at": timezone.now(), "why": asked["why"] or f"Imported from {name}."}
    try:
        if "_publish" in request.POST:
            if not _may_publish(request):
                raise PermissionDenied
            number = importing.publish(judged, today=timezone.localdate(), **how)
            said = f"Published from {name}: {number:,}."
        else:
            number = importing.bring_in(judged, assignee=asked["assignee"], **how)
            said = f"Drafts made from {name}: {number:,}."
    except BaseException:
        taken.rename(file)
        raise
    taken.unlink()
    messages.success(request, said)
    return HttpResponseRedirect(_address("changelist"))


def _may_publish(request):
    """Whether what is imported may be public at once: where nobody else has to review it."""
    return not settings.REVIEW_BY_ANOTHER and request.user.has_perm("announcements.approve_revision")


@require_safe
def told_csv(request, site, token, what):
    """What is wrong with the table, or doubtful, as a file: row, column, what to do."""
    _, file = _kept(token, request.user)
    if what not in ("faults", "warnings") or not file.exists():
        raise Http404("There is no such file.")
    judged = importing.judge(file.read_bytes(), today=timezone.localdate())
    return _csv([("row", "column", "what to do"), *getattr(judged, what)], f"import-{what}.csv")


@require_safe
def template_csv(request, site):
    return _csv(importing.table([importing.EXAMPLE]), "announcements-template.csv")


@require_safe
def template_xlsx(request, site):
    headers = {"Content-Disposition": 'attachment; filename="announcements-template.xlsx"'}
    return HttpResponse(importing.template(), content_type=XLSX, headers=headers)


@require_safe
def public_csv(request, site):
    """What is public now as a table of the same form, to change and to import again."""
    if not request.user.has_perm("announcements.view_announcement"):
        raise PermissionDenied
    rows = dumping.prefetched(Announcement.objects.published().in_order()).iterator(chunk_size=dumping.CHUNK)
    return _csv(importing.table(map(dumping.announcement, rows)), "announcements.csv")


# ------------------------------------------------------------------------------------------ what they share


def _page(request, site, template, context):
    return TemplateResponse(request, template, {**site.each_context(request), **context})


def _address(name, **given):
    return reverse(f"admin:announcements_revision_{name}", kwargs=given)


def _csv(rows, name):
    """Rows as CSV that a spreadsheet opens as it is meant, and runs nothing of."""

    def pieces():
        # Without it Excel takes £ for something else.
        yield "\ufeff".encode()
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        for row in rows:
            writer.writerow([sheets.harmless(str(cell)) for cell in row])
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()

    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(pieces(), headers=headers)


def _keep(data, name, user):
    """Keep a file until it is imported; gives the token that leads whoever sent it there, and nobody else."""
    settings.UPLOADS.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = secrets.token_hex(16)
    (settings.UPLOADS / f"{key}.table").write_bytes(data)
    return signing.dumps([key, name[:100], user.pk], salt=SALT)


def _kept(token, user):
    """(name, where it lies) of a file that this user sent. Raises Http404."""
    try:
        key, name, owner = signing.loads(token, salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        raise Http404("There is no such import, or its time is over.") from None
    if owner != user.pk:
        raise Http404("There is no such import.")
    return name, settings.UPLOADS / f"{key}.table"


def _sweep():
    """Remove the files whose time is over."""
    for file in settings.UPLOADS.glob("*"):
        if file.stat().st_mtime < time.time() - KEPT:
            file.unlink(missing_ok=True)
