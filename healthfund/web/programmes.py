"""Programmes: the named undertakings that announcements speak of."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.models import AnnouncedTarget
from programmes.models import Programme

from . import panels


@require_safe
def listing(request):
    counted, uncounted = panels.by_programme()
    return render(request, "programmes/list.html", {"counted": counted, "uncounted": uncounted})


@require_safe
def detail(request, slug):
    programme = get_object_or_404(Programme, slug=slug)
    made = AnnouncedTarget.objects.of_published()
    context = {
        "programme": programme,
        "targets": programme.targets.by_due().filter(pk__in=made.values("target")),
        **panels.section(programme=programme.slug),
    }
    return render(request, "programmes/detail.html", context)
