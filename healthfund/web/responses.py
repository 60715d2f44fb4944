"""Responses: who welcomed and who criticised what, counted by year, theme and organisation, and one by one."""

import re

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from announcements.filters import NOT, Fault, ResponseFilter
from announcements.models import Announcement, Response
from programmes.models import Organisation, Programme

from . import filtering, paging, voices

SIZE = 30
REFERENCE = r"([-a-z0-9]{1,160})#([-a-z0-9]{1,80})"


@require_safe
def listing(request):
    published = Response.objects.of_published()
    asked = ResponseFilter(request.GET, published.latest_first(), also=[filtering.CURSOR])
    if asked.faults:
        return filtering.refuse(request, asked, asked.faults, "announcements/refused.html")
    after = request.GET.get(filtering.CURSOR, "")
    start = _place(asked.qs, after) if after else None
    if after and start is None:
        faults = [Fault(filtering.CURSOR, f"There is no response “{after[:80]}” in this list to go on after.")]
        return filtering.refuse(request, asked, faults, "announcements/refused.html")
    page = paging.page(whole(asked.qs), start, SIZE)
    top, tables = filtering.top(request.GET), voices.counted(request.GET)
    context = {
        "controls": filtering.controls(asked, filtering.years_of(Announcement.objects.published())),
        "chosen": filtering.chosen(asked, names_of(request.GET)),
        "count": asked.qs.count(),
        "tables": tables,
        "picture": voices.picture(request.GET, tables["years"]),
        "responses": page.rows,
        "query": top,
        "feed": reverse("responses-feed") + top.removesuffix("?"),
        "top": top if after else "",
        "onward": filtering.further(request.GET, reference(page.rows[-1])) if page.more else "",
    }
    return render(request, "responses/list.html", context)


def whole(responses):
    """Responses with all that their line in a list shows."""
    return responses.select_related("organisation", "announcement", "claim", "source")


def reference(response):
    """The public id of a response: the announcement's, # and its key."""
    return f"{response.announcement.slug}#{response.key}"


def names_of(data):
    """The words for the slugs that an address names, by parameter."""
    return {
        name: dict(
            model.objects.filter(slug__in=data.getlist(name) + data.getlist(f"{NOT}{name}")).values_list("slug", "name")
        )
        for name, model in [("organisation", Organisation), ("programme", Programme)]
    }


def _place(responses, given):
    match = re.fullmatch(REFERENCE, given, re.ASCII)
    found = match and responses.filter(announcement__slug=match[1], key=match[2])
    return found.select_related("announcement").first() if match else None
