"""Promises: measurable targets that announcements made, those whose day is over first."""

from django.db.models import Prefetch, Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from announcements.filters import NOT, Fault, TargetFilter
from announcements.models import AnnouncedTarget
from programmes.models import Programme, Target

from . import filtering, paging

SIZE = 30
HELD = 8
"""So many stand on the page of a theme or a place; the others are a link away."""


@require_safe
def listing(request):
    today = timezone.localdate()
    asked = asked_of(request.GET, also=[filtering.CURSOR])
    if asked.faults:
        return filtering.refuse(request, asked, asked.faults, "announcements/refused.html")
    after = request.GET.get(filtering.CURSOR, "")
    try:
        page = paging.page(with_makers(asked.qs), paging.by_slug(asked.qs, after), SIZE)
    except paging.NoSuchPlace as error:
        faults = [Fault(filtering.CURSOR, str(error))]
        return filtering.refuse(request, asked, faults, "announcements/refused.html")
    slugs = request.GET.getlist("programme") + request.GET.getlist(f"{NOT}programme")
    names = {"programme": dict(Programme.objects.filter(slug__in=slugs).values_list("slug", "name"))}
    top = filtering.top(request.GET)
    context = {
        "controls": filtering.controls(asked),
        "chosen": filtering.chosen(asked, names),
        "groups": grouped(page.rows, today),
        "counts": counts(asked.qs, today),
        "today": today,
        "query": top,
        "feed": reverse("promises-feed") + top.removesuffix("?"),
        "top": top if after else "",
        "onward": filtering.further(request.GET, page.rows[-1].slug) if page.more else "",
    }
    return render(request, "promises/list.html", context)


def made():
    """The targets that something published promises, earliest first."""
    return Target.objects.filter(pk__in=AnnouncedTarget.objects.of_published().values("target")).by_due()


def asked_of(data, also=()):
    """What an address asks of the promises."""
    return TargetFilter(data, made(), also=also)


def with_makers(targets):
    """Targets with the announcements that make them, earliest first, and where these can be read."""
    announced = AnnouncedTarget.objects.of_published().select_related("announcement__announcer")
    announced = announced.prefetch_related("announcement__sources").order_by("announcement__announced_on", "pk")
    return targets.prefetch_related("programmes", Prefetch("announced_in", announced, to_attr="made_in"))


def grouped(targets, today):
    """The targets by where their day lies, in their order: (heading, targets), none of them empty."""
    groups = [("Overdue", []), ("Due next", []), ("Without a day", [])]
    for target in targets:
        groups[0 if is_overdue(target.due, today) else 1 if target.due else 2][1].append(target)
    return [group for group in groups if group[1]]


def is_overdue(due, today):
    """Whether a day is over: that of a year or a month when all of it is. The same rule as `TargetQuerySet.overdue`."""
    return bool(due) and due < f"{today:%Y-%m-%d}"[: len(due)]


def counts(targets, today):
    """How many of the targets are overdue, due next, and without a day, and in all."""
    overdue = targets.overdue(today).count()
    undated = targets.filter(Q(due="")).count()
    number = targets.count()
    return {"overdue": overdue, "next": number - overdue - undated, "undated": undated, "all": number}


def section(today, **where):
    """What the page of one theme, place or programme shows of promises: the first of them, and where all are."""
    asked = asked_of({name: [value] for name, value in where.items()})
    found = list(with_makers(asked.qs)[:HELD])
    [(name, value)] = where.items()
    return {
        "groups": grouped(found, today),
        "counts": counts(asked.qs, today),
        "href": f"/promises/?{name}={value}",
    }
