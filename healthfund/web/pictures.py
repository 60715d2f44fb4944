"""Charts outside of the pages that show them: as files, as Vega-Lite documents, and in frames of other sites.

Each chart of CHARTS has its address, which takes the same question as the page:

    /charts/years.svg?theme=ai     .png, .csv of its figures, .json for Vega-Lite
    /embed/years/?theme=ai         to stand in a frame
"""

from collections.abc import Callable
from typing import NamedTuple

from csp import constants as csp
from csp.decorators import csp_replace
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from announcements.documents import amounts_as_json
from announcements.filters import ResponseFilter, StrictForm
from announcements.ledger.counting import RULES
from announcements.models import Response
from healthfund.exports import writers
from healthfund.exports.columns import Column, Kind
from healthfund.exports.statement import Statement

from . import drawing, explore, filtering, lives, panels, voices
from .charts import Count, Mark, Moment, Picture


class Chart(NamedTuple):
    """What a chart is asked, and how the form with the answer makes it a Picture; None where there is nothing to draw."""

    form: Callable[..., StrictForm]
    draw: Callable[[StrictForm], Picture | None]


CHARTS = {
    "fall": Chart(filtering.ScopeForm, lambda form: panels.fall_picture(**form.scope)),
    "years": Chart(filtering.ScopeForm, lambda form: panels.by_year(**form.scope)["picture"]),
    "themes": Chart(filtering.ScopeForm, lambda form: panels.theme_picture(**form.scope)),
    "places": Chart(filtering.ScopeForm, lambda form: panels.place_picture(**form.scope)),
    "explore": Chart(explore.ExploreForm, explore.picture),
    "programmes": Chart(filtering.ScopeForm, lambda form: panels.programme_picture(**form.scope)),
    "responses": Chart(
        lambda data: ResponseFilter(data, Response.objects.none()).form, lambda form: voices.picture(form.data)
    ),
    "life": Chart(lives.LifeForm, lambda form: lives.asked_for(form)),
}

MONEY = [Column(end, Kind.MONEY, (end,)) for end in ("firm", "ceiling")]
COLUMNS = {
    Mark: [Column("label", Kind.TEXT, ("label",)), Column("series", Kind.TEXT, ("series",)), *MONEY],
    Moment: [Column("day", Kind.TEXT, ("day",)), Column("series", Kind.TEXT, ("series",)), *MONEY],
    Count: [
        Column("label", Kind.TEXT, ("label",)),
        Column("series", Kind.TEXT, ("series",)),
        Column("number", Kind.INTEGER, ("number",)),
    ],
}
"""The columns of a file of figures, by what is drawn; money in pounds."""


@require_safe
def file(request, name, suffix):
    """A chart as a file; suffix is svg, png, csv or json."""
    picture = asked_for(request, name)
    if isinstance(picture, HttpResponse):
        return picture
    statement = Statement(f"chart-{name}", request.build_absolute_uri(), timezone.now(), rules=RULES)
    if suffix == "json":
        return JsonResponse(picture.document)
    if suffix == "csv":
        response = StreamingHttpResponse(writers.csv(rows(picture), COLUMNS[kind_of(picture)], statement))
        response["Content-Type"] = "text/csv; charset=utf-8; header=present"
    elif suffix == "svg":
        response = HttpResponse(drawing.svg_file(picture), content_type="image/svg+xml")
    else:
        response = HttpResponse(drawing.png_file(picture), content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="{statement.filename(suffix)}"'
    return response


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"], "form-action": [csp.NONE]})
def embed(request, name):
    """A chart by itself, to stand in a frame of any site, with the way to the portal."""
    picture = asked_for(request, name)
    if isinstance(picture, HttpResponse):
        return picture
    context = {
        "picture": picture,
        "addresses": addresses(picture),
        "home": request.build_absolute_uri(reverse("dashboard")),
        "made_at": timezone.now(),
        "rules": RULES,
    }
    return render(request, "charts/embed.html", context)


@require_safe
@cache_control(public=True, max_age=365 * 24 * 3600, immutable=True)
def script(request, version):
    """What draws charts in the browser; its address changes with the version."""
    if version != drawing.VERSION:
        raise Http404
    return HttpResponse(drawing.script(), content_type="text/javascript; charset=utf-8")


def asked_for(request, name):
    """The Picture that a request asks for, or the page that says what is wrong with the question."""
    if name not in CHARTS:
        raise Http404(f"There is no chart {name!r}: there are {', '.join(sorted(CHARTS))}.")
    form = CHARTS[name].form(request.GET)
    if form.faults:
        return filtering.refuse(request, filtering.Asked(form, request.GET), form.faults, "announcements/refused.html")
    picture = CHARTS[name].draw(form)
    if picture is None:
        raise Http404("There is nothing to draw.")
    return picture


def rows(picture):
    """The figures of a Picture as documents for a file."""
    for one in picture.figures:
        row = {name: value for name, value in one._asdict().items() if name not in ("ends", "kind")}
        if not isinstance(one, Count):
            row |= amounts_as_json(one.ends)
        yield row


def kind_of(picture):
    return type(picture.figures[0]) if picture.figures else Mark


def addresses(picture):
    """Where a Picture is to be had: {suffix: address}, and `embed`."""
    query = f"?{picture.query}" if picture.query else ""
    found = {suffix: reverse("chart", args=[picture.name, suffix]) + query for suffix in ("svg", "png", "csv", "json")}
    return found | {"embed": reverse("embed", args=[picture.name]) + query}
