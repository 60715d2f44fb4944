"""What happened to what is public: published, edited, withdrawn, newest first and in words."""

import itertools
import re
from typing import NamedTuple

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from announcements.choices import ChangeKind, Resource
from announcements.filters import ChangesForm, Fault
from announcements.models import Announcement, Change, Pot

from . import filtering, paging

SIZE = 60

WORDS = {
    (ChangeKind.CREATED, Resource.ANNOUNCEMENT): "Published",
    (ChangeKind.EDITED, Resource.ANNOUNCEMENT): "Reads differently now",
    (ChangeKind.WITHDRAWN, Resource.ANNOUNCEMENT): "Withdrawn",
    (ChangeKind.CREATED, Resource.POT): "Money first announced",
    (ChangeKind.EDITED, Resource.POT): "Money that reads differently now",
    (ChangeKind.WITHDRAWN, Resource.POT): "Money withdrawn",
}
"""What happened, in the order in which it is told of one moment."""


class Told(NamedTuple):
    """A change in words: what happened, the thing's name, and where it stands; of what went, where that is explained."""

    change: Change
    what: str
    name: str
    href: str


class Act(NamedTuple):
    """What happened in one moment, as (what happened, its Tolds); for they were written together."""

    at: object
    groups: list


@require_safe
@filtering.short_address
def listing(request):
    asked = asked_of(request, also=[filtering.CURSOR])
    if asked.form.faults:
        return refuse(request, asked, asked.form.faults)
    rows, after = newest_first(asked), request.GET.get(filtering.CURSOR, "")
    place = None
    if after:
        place = Change.objects.filter(pk=after).first() if re.fullmatch(r"\d{1,18}", after, re.ASCII) else None
        if place is None:
            fault = Fault(filtering.CURSOR, f"There is no change “{after[:80]}” to go on after.")
            return refuse(request, asked, [fault])
    page = paging.page(rows, place, SIZE)
    top = filtering.top(request.GET)
    context = {
        "asked": asked,
        "kinds": ChangeKind.choices,
        "resources": Resource.choices,
        "given": {name: request.GET.getlist(name) for name in ("kind", "resource")},
        "chosen": filtering.chosen(asked),
        "acts": acts(told(page.rows)),
        "top": top,
        "first_page": not after,
        "onward": filtering.further(request.GET, page.rows[-1].pk) if page.more else "",
        "feed": reverse("changes-feed") + top.removesuffix("?"),
    }
    return render(request, "changes/list.html", context)


def asked_of(request, also=()):
    """The question that an address asks of the changes."""
    return filtering.Asked(ChangesForm(request.GET, also=also), request.GET)


def refuse(request, asked, faults):
    return filtering.refuse(request, asked, faults, "announcements/refused.html")


def newest_first(asked):
    return asked.form.of(Change.objects).order_by("-pk")


def told(changes):
    """The changes as Tolds, in their order: two queries."""
    names = {resource: [one.public_id for one in changes if one.resource == resource] for resource in Resource}
    titles = Announcement.objects.filter(slug__in=names[Resource.ANNOUNCEMENT]).values_list("slug", "title")
    pots = Pot.objects.filter(reference__in=names[Resource.POT]).values_list("reference", "name")
    words = {Resource.ANNOUNCEMENT: dict(titles), Resource.POT: dict(pots)}
    return [
        Told(
            change,
            WORDS[change.kind, change.resource],
            words[change.resource].get(change.public_id, change.public_id),
            reverse(change.resource, args=change.public_id.split("#")),
        )
        for change in changes
    ]


def acts(tolds):
    """Tolds, newest first, as Acts."""
    found = []
    for at, together in itertools.groupby(tolds, key=lambda one: one.change.at):
        rows = list(together)
        groups = [(what, [one for one in rows if one.what == what]) for what in WORDS.values()]
        found.append(Act(at, [(what, some) for what, some in groups if some]))
    return found
