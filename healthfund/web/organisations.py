"""Organisations as those who announce and those who answer."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.models import Announcement, Response
from programmes.models import Organisation

from . import filtering, panels

RESPONSES = 50


@require_safe
@filtering.takes_nothing
def detail(request, slug):
    organisation = get_object_or_404(Organisation.objects.select_related("successor"), slug=slug)
    announced = Announcement.objects.published().filter(announcer=organisation)
    answered = Response.objects.of_published().filter(organisation=organisation)
    context = {
        "organisation": organisation,
        "predecessors": organisation.predecessors.by_name(),
        "announced": announced.count(),
        "latest": panels.latest(announced, count=12),
        "answered": answered.count(),
        "stances": panels.by_stance(answered),
        "responses": answered.latest_first().select_related("announcement", "claim__pot")[:RESPONSES],
    }
    return render(request, "organisations/detail.html", context)
