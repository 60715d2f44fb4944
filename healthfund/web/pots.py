"""A pot of money: what it adds, its life, what it shares with others, and the ledger entries that make its figure."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.choices import Flag, Measure
from announcements.models import Claim, ClaimLink, Pot

from . import charts, claims, panels


@require_safe
def detail(request, announcement, key):
    pot = get_object_or_404(Pot.objects.introduced(), reference=f"{announcement}#{key}")
    life = claims.lines(claims.with_all(Claim.objects.published().filter(pot=pot).in_order()))
    stages = panels.entries(pot)
    context = {
        "pot": pot,
        "amount": None if pot.high is None else charts.Ends(pot.low, pot.high),
        "adds": next((stage["ends"] for stage in stages if stage["measure"] == Measure.ANNOUNCED), None),
        "life": life,
        "introduction": next(line.claim for line in life if line.claim.introduces_pot),
        "flags": [Flag(flag).label for flag in pot.flags],
        "links": claims.links_around(pot, ClaimLink.objects.filter(Q(claim__pot=pot) | Q(pot=pot))),
        "stages": stages,
    }
    return render(request, "pots/detail.html", context)
