"""Programmes: the named undertakings that announcements speak of."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.filters import ProgrammeFilter
from announcements.models import AnnouncedTarget
from programmes.models import Programme

from . import filtering, panels

SHOWN = 25
"""How many programmes with money stand open where nothing is searched for; the others are folded behind them."""


@require_safe
def listing(request):
    asked = ProgrammeFilter(request.GET, Programme.objects.all())
    if asked.faults:
        return filtering.refuse(request, asked, asked.faults, "announcements/refused.html")
    found = {programme.get_absolute_url() for programme in asked.qs}
    counted, uncounted = ([line for line in lines if line.href in found] for lines in panels.by_programme())
    chosen = filtering.chosen(asked)
    shown = len(counted) if chosen else SHOWN
    context = {
        "controls": filtering.controls(asked),
        "chosen": chosen,
        "counted": counted[:shown],
        "smaller": counted[shown:],
        "uncounted": uncounted,
    }
    return render(request, "programmes/list.html", context)


@require_safe
@filtering.takes_nothing
def detail(request, slug):
    programme = get_object_or_404(Programme, slug=slug)
    made = AnnouncedTarget.objects.of_published()
    context = {
        "programme": programme,
        "targets": programme.targets.by_due().filter(pk__in=made.values("target")),
        **panels.section(programme=programme.slug),
    }
    return render(request, "programmes/detail.html", context)
