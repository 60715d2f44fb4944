"""A pot of money: what it adds and why, its life, what it shares with others, and its ledger entries."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.ledger.explain import explain
from announcements.models import Claim, ClaimLink, Pot

from . import claims, panels


@require_safe
def detail(request, announcement, key):
    pot = get_object_or_404(Pot.objects.introduced(), reference=f"{announcement}#{key}")
    said = claims.lines(claims.with_all(Claim.objects.published().filter(pot=pot).in_order()))
    explanation = explain(pot)
    others = [shared.pot for shared in explanation.shared] + [link.pot for link in explanation.links]
    named = {other.reference: other for other in Pot.objects.filter(reference__in=others)}
    statements = ClaimLink.objects.filter(Q(claim__pot=pot) | Q(pot=pot))
    stages = panels.entries(pot)
    context = {
        "pot": pot,
        "introduction": next(line.claim for line in said if line.claim.introduces_pot),
        "explanation": explanation,
        "working": claims.working(explanation, named),
        "life": claims.life(explanation, said),
        "links": claims.links_now(explanation, named, claims.latest_statements(pot, statements)),
        "stages": stages,
        "described": panels.described(stages),
    }
    return render(request, "pots/detail.html", context)
