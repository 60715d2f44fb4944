"""A pot of money: what it adds and why, its life, what it shares with others, and its ledger entries."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.choices import Status
from announcements.ledger.explain import explain
from announcements.models import Claim, Pot

from . import claims, filtering, history, lives, money, neighbours, panels


@require_safe
@filtering.takes_day
def detail(request, announcement, key, as_at):
    reference = f"{announcement}#{key}"
    pot = Pot.objects.introduced().filter(reference=reference).first()
    if pot is None:
        return withdrawn(request, reference)
    published = Claim.objects.published().filter(pot=pot)
    introduction = claims.with_all(published.select_related("announcement__announcer")).get(introduces_pot=True)
    if as_at:
        published = published.filter(announcement__announced_on__lte=as_at)
    said = claims.lines(claims.with_all(published.in_order()))
    explanation = explain(pot, as_at=as_at)
    others = [shared.pot for shared in explanation.shared] + [link.pot for link in explanation.links]
    named = {other.reference: other for other in Pot.objects.filter(reference__in=others)}
    stages = panels.entries(pot, as_at)
    links = claims.links_now(explanation, named)
    context = {
        "pot": pot,
        "as_at": as_at,
        "introduction": introduction,
        "explanation": explanation,
        "working": claims.working(explanation, named),
        "life": claims.life(explanation, said),
        "curve": lives.picture(pot, explanation, as_at),
        "links": links,
        "picture": _picture(pot, explanation, links),
        "stages": stages,
        "described": panels.described(stages),
        "history": history.of_pot(pot),
        "citation": history.citation(
            request,
            introduction.announcement.announcer,
            pot.name,
            introduction.announcement.announced_on,
            as_at or history.today(),
        ),
    }
    return render(request, "pots/detail.html", context)


def _picture(pot, explanation, links):
    """The pots that hold this one on its left, those that it holds on its right; None where it shares money with none."""
    if not links:
        return None
    note = money.pounds_range(*explanation.amount) if explanation.amount else "no counted amount"
    sides = {True: [], False: []}
    for link, line in zip(explanation.links, links, strict=True):
        how_much = money.pounds_range(*line.share) if line.share else "how much is unknown" if line.unknown else "whole"
        sides[link.holds].append(neighbours.Beside(line.pot.name, how_much, link.whole))
    return neighbours.web(pot.name, note, around=sides[False], inside=sides[True])


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
        "history": history.of_pot(introduction.pot),
    }
    return render(request, "pots/withdrawn.html", context, status=410)
