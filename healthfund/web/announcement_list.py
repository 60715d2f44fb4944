"""The list of announcements: what is asked for, what it comes to, and a page of it."""

import re

from django.db.models import Prefetch
from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from announcements import search
from announcements.choices import Status
from announcements.filters import NOT, AnnouncementFilter, AnySlug, Fault
from announcements.ledger import contributions
from announcements.models import Announcement, Response
from healthfund.exports.snapshots import snapshot
from programmes.models import Organisation, Programme

from . import facets, filtering, paging, panels, screen_sums

ORDERS = {
    "-announced_on": "Latest first",
    "announced_on": "Oldest first",
    "-amount": "Largest sum first",
    "amount": "Smallest sum first",
    "title": "Title, A to Z",
    "-title": "Title, Z to A",
    "-published_at": "Last published here first",
    "published_at": "First published here first",
    "-updated_at": "Last edited here first",
    "updated_at": "Longest unedited first",
}
MOST = 12
"""So many filters are tried to see which of them leaves nothing."""

MONEY_SIZE = 50


@require_safe
@filtering.short_address
def listing(request):
    published = Announcement.objects.published()
    asked = asked_of(request, published.latest_first())
    if asked.faults:
        return refuse(request, asked, asked.faults)
    try:
        page = paging.page(with_found(asked), place(asked))
    except paging.NoSuchPlace as error:
        return refuse(request, asked, [Fault(filtering.CURSOR, str(error))])
    top = filtering.top(request.GET)
    chosen = filtering.chosen(asked, names_of(request.GET))
    count = asked.qs.count()
    context = {
        "page": page,
        "count": count,
        "asked": asked,
        "facets": facets.facets(asked),
        "orders": ORDERS,
        "ordering": request.GET.get("ordering", "-announced_on"),
        "chosen": chosen,
        "words": words_of(request.GET),
        "sums": screen_sums.sums(asked, chosen),
        "instead": [] if count else _instead(chosen),
        "top": top,
        "first_page": filtering.CURSOR not in request.GET,
        "onward": filtering.further(request.GET, page.rows[-1].slug) if page.more else "",
        "feed": reverse("announcements-feed") + filtering.without(request.GET, "ordering").removesuffix("?"),
    }
    return render(request, "announcements/list.html", context)


@require_safe
@filtering.short_address
def money(request):
    """What the announcements of a list come to, one by one."""
    asked = asked_of(request, Announcement.objects.published().latest_first())
    if asked.faults:
        return refuse(request, asked, asked.faults)
    # One state of the ledger, so that the page and the others come to the sum.
    with snapshot():
        try:
            page = paging.page(asked.qs.select_related("announcer"), place(asked), MONEY_SIZE)
        except paging.NoSuchPlace as error:
            return refuse(request, asked, [Fault(filtering.CURSOR, str(error))])
        whole = contributions.of(asked.qs)
        shown = contributions.by_announcement(Announcement.objects.filter(pk__in=[row.pk for row in page.rows]))
    rows = [(row, shown.get(row.slug, contributions.NOTHING)) for row in page.rows]
    count, top = asked.qs.count(), filtering.top(request.GET)
    context = {
        "list": reverse("announcements") + top,
        "count": count,
        "chosen": filtering.chosen(asked, names_of(request.GET)),
        "whole": whole,
        "rows": rows,
        "others": count - len(rows),
        "rest": whole.without([sums for _, sums in rows]),
        "top": top if filtering.CURSOR in request.GET else "",
        "onward": filtering.further(request.GET, page.rows[-1].slug) if page.more else "",
    }
    return render(request, "announcements/money.html", context)


def asked_of(request, announcements, paged=True):
    """The question that an address asks of announcements."""
    return AnnouncementFilter(request.GET, announcements, also=[filtering.CURSOR] if paged else [], ordered=paged)


def refuse(request, asked, faults):
    return filtering.refuse(request, asked, faults, "announcements/refused.html")


def with_found(asked):
    """The announcements asked for with what their line shows, and where words are searched for, with all that may hold
    these; in a fixed number of queries."""
    rows = panels.with_lines(asked.qs)
    if not words_of(asked.data):
        return rows
    responses = Response.objects.select_related("organisation").order_by("position", "pk")
    return rows.prefetch_related("figures", "programmes", "targets", Prefetch("responses", responses))


def place(asked):
    """The announcement after which a page begins, with the columns of the order; None at the top. Raises NoSuchPlace."""
    after = asked.data.get(filtering.CURSOR, "")
    if not after:
        return None
    # Only what can be an id reaches the database: PostgreSQL refuses some characters.
    known = Announcement.objects.exclude(status=Status.DRAFT) if re.fullmatch(AnySlug.possible, after) else []
    row = known and asked.in_order(known).filter(slug=after).first()
    if not row:
        raise paging.NoSuchPlace(f"There is no announcement “{after[:80]}” to go on after.")
    return row


def words_of(data):
    """The search.Query that an address makes, None where it searches for no words."""
    return search.parse(data["q"]) if data.get("q") else None


def names_of(data):
    """What programmes and organisations in an address are called, by parameter and slug."""
    models = {"programme": Programme, "organisation": Organisation}
    return {name: _names(model, data.getlist(name) + data.getlist(f"{NOT}{name}")) for name, model in models.items()}


def _instead(chosen):
    """Of the filters of a list that finds nothing, those without which it would: (Chosen, how many)."""
    found = []
    for item in chosen[:MOST]:
        rest = AnnouncementFilter(QueryDict(item.without[1:]), Announcement.objects.published(), ordered=True)
        found.append((item, rest.qs.count()))
    return [(item, number) for item, number in found if number]


def _names(model, slugs):
    return dict(model.objects.filter(slug__in=slugs).values_list("slug", "name"))
