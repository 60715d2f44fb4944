"""A pot of money: what it adds and why, its life, what it shares with others, and its ledger entries."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.choices import Status
from announcements.ledger.explain import explain
from announcements.models import Claim, Pot

from . import claims, filtering, panels


@require_safe
@filtering.takes_nothing
def detail(request, announcement, key):
    reference = f"{announcement}#{key}"
    pot = Pot.objects.introduced().filter(reference=reference).first()
    if pot is None:
        return withdrawn(request, reference)
    said = claims.lines(claims.with_all(Claim.objects.published().filter(pot=pot).in_order()))
    explanation = explain(pot)
    others = [shared.pot for shared in explanation.shared] + [link.pot for link in explanation.links]
    named = {other.reference: other for other in Pot.objects.filter(reference__in=others)}
    stages = panels.entries(pot)
    context = {
        "pot": pot,
        "introduction": next(line.claim for line in said if line.claim.introduces_pot),
        "explanation": explanation,
        "working": claims.working(explanation, named),
        "life": claims.life(explanation, said),
        "links": claims.links_now(explanation, named),
        "stages": stages,
        "described": panels.described(stages),
    }
    return render(request, "pots/detail.html", context)


def withdrawn(request, reference):
    """A pot that only a withdrawn announcement introduces: the reason, and its entries, which come to nothing."""
    introduction = get_object_or_404(
        Claim.objects.select_related("announcement", "pot"),
        pot__reference=reference,
        introduces_pot=True,
        announcement__status=Status.WITHDRAWN,
    )
    context = {
        "pot": introduction.pot,
        "introduction": introduction,
        "stages": panels.entries(introduction.pot),
    }
    return render(request, "pots/withdrawn.html", context, status=410)
