"""Pages that ask the database nothing."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from . import filtering

ROBOTS = "User-agent: *\nDisallow: /admin/\nAllow: /api/docs/\nAllow: /api/guide/\nDisallow: /api/\n"
"""What may be crawled stands before what it lies in: some crawlers keep to the longest rule, others to the first."""


@require_safe
@filtering.takes_nothing
def how_we_count(request):
    return render(request, "pages/how_we_count.html")


@require_safe
def robots(request):
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request):
    """For browsers that ask for the old name without having read the page."""
    return redirect(static("img/favicon.svg"))
