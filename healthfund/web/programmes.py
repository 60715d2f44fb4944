"""Programmes: the named undertakings that announcements speak of."""

from decimal import Decimal

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from announcements.choices import Measure
from announcements.filters import ProgrammeFilter
from announcements.ledger import totals
from programmes.models import Programme

from . import filtering, panels, promises, voices

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
    section = panels.section(programme=programme.slug)
    context = {
        "programme": programme,
        "promises": promises.section(timezone.localdate(), programme=programme.slug),
        "voices": voices.of(programme=programme.slug),
        "again": said_again(programme, section),
        **section,
    }
    return render(request, "programmes/detail.html", context)


def said_again(programme, section):
    """In how many announcements sums were said of a programme, and how often each pound of its distinct money was said,
    as (fewest, most).

    section: what `panels.section` gives of it. None where no money was said, times None where none of it is distinct.
    """
    said, announced = section["fall"][0].amounts, section["fall"][1].amounts
    causes = (
        totals.entries(Measure.SAID, programme=programme.slug).order_by().values_list("cause", flat=True).distinct()
    )
    number = len({cause.partition("#")[0] for cause in causes})
    if not number:
        return None
    times = sorted(Decimal(one) / other for one, other in zip(said, announced, strict=True) if other > 0)
    pots = len(section["pots"]["lines"]) + section["pots"]["others"]
    return {
        "number": number,
        "said": said,
        "announced": announced,
        "pots": pots,
        "times": times and (times[0], times[-1]),
    }
