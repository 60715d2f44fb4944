"""The front page: how much was said, and what of it is money."""

import datetime

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from announcements.choices import ChangeKind, Sector
from announcements.filters import regions, themes
from announcements.ledger import totals
from announcements.models import Announcement, Change
from programmes.models import Programme

from . import filtering, panels

RECENT = datetime.timedelta(days=30)
PROGRAMMES = 8
"""How many programmes stand on the front page."""


@require_safe
def dashboard(request):
    form = filtering.ScopeForm(request.GET)
    asked = filtering.Asked(form, request.GET)
    if form.faults:
        return filtering.refuse(request, asked, form.faults, "announcements/refused.html")
    scope = form.scope
    announcements, address = panels.found_by(**scope)
    since = timezone.now() - RECENT
    context = {
        "form": form,
        "controls": controls(asked),
        "chosen": filtering.chosen(asked, _names(asked)),
        "query": panels.query(**scope),
        "in_prices": scope.get("in_prices"),
        "heads": scope.get("heads"),
        "as_at": scope.get("as_at"),
        "count": announcements.count(),
        "anything": Announcement.objects.published().exists(),
        "list_address": address,
        "fall": panels.fall(**scope),
        "years": panels.by_year(**scope),
        "themes": panels.by_theme(**scope),
        "places": panels.by_region(**scope),
        "programmes": panels.by_programme(**scope)[0][:PROGRAMMES],
        "latest": panels.latest(announcements),
        "changes": [
            (ChangeKind(kind), number)
            for kind, number in sorted(Change.objects.filter(at__gte=since).by_kind().items())
        ],
        "changes_from": since.date(),
        "rolled_up_at": totals.rolled_up_at(),
    }
    return render(request, "overview/dashboard.html", context)


SEEN = {
    "announced_year_from": "From",
    "announced_year_to": "To",
    "theme": "Theme",
    "region": "Place",
    "sector": "Payer",
    "prices": "Prices",
    "per": "Counted",
    "as_at": "As at",
}
"""The controls of the front page, in their order. Everything else that can be asked comes by links and is kept."""


def controls(asked):
    """The form's fields; several values of one field are kept beside the first."""
    years = [("", "Any year"), *filtering.years_of(Announcement.objects.published())]
    options = {
        "announced_year_from": years,
        "announced_year_to": years,
        "theme": [("", "All"), *themes()],
        "region": [("", "All"), *regions()],
        "sector": [("", "Everyone"), *Sector.choices],
        "prices": filtering.price_choices(),
        "per": [("", "In all"), ("head", "Per head")],
    }
    drawn = {}
    for name, field in asked.form.fields.items():
        given = [value for value in asked.data.getlist(name) if value]
        first = given[0] if given else ""
        if name in options:
            drawn[name] = filtering.choice(name, SEEN[name], first, options[name], given[1:])
        elif name in SEEN:
            drawn[name] = filtering.Control(name, SEEN[name], "date", first)
        else:
            drawn[name] = filtering.Control(name, field.label, "hidden", "", kept=tuple(given))
    return [drawn[name] for name in SEEN] + [control for name, control in drawn.items() if name not in SEEN]


def _names(asked):
    slugs = asked.data.getlist("programme") + asked.data.getlist("not_programme")
    programmes = Programme.objects.filter(slug__in=slugs).values_list("slug", "name") if slugs else ()
    return {"programme": {"_missing": "none"} | dict(programmes), "money_year": {"_missing": "no stated year"}}
