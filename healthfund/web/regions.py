"""Places: what lies in each, and beside it, never added, what lies above and may reach it."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from programmes.models import Region

from . import filtering, panels, promises, voices


@require_safe
@filtering.takes_nothing
def listing(request):
    return render(request, "regions/list.html", {"places": panels.by_region()})


@require_safe
@filtering.takes_nothing
def detail(request, key):
    region = get_object_or_404(Region.objects.select_related("parent"), key=key)
    context = {
        "region": region,
        "promises": promises.section(timezone.localdate(), region=region.key),
        "voices": voices.of(region=region.key),
        **panels.around(region),
        **panels.section(region=region.key),
    }
    return render(request, "regions/detail.html", context)
