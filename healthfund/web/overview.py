"""The front page: how much was said, and what of it is money."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from announcements.ledger import totals
from announcements.models import Announcement

from . import filtering, panels


@require_safe
@filtering.takes_nothing
def dashboard(request):
    published = Announcement.objects.published()
    return render(
        request,
        "overview/dashboard.html",
        {
            "count": published.count(),
            "fall": panels.fall(),
            "years": panels.by_year(),
            "themes": panels.by_theme(),
            "places": panels.by_region(),
            "latest": panels.latest(published),
            "rolled_up_at": totals.rolled_up_at(),
        },
    )
