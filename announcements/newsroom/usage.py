"""What leans on a thing: asked before it is deleted or merged, and told on its page.

Also what names it in words, in lists of payers and receivers and in what is being typed, where no database guards it.
"""

import json
from typing import NamedTuple

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from programmes.models import Organisation, Population, Programme, Region, Target, Theme

from ..models import Announcement, Claim, ClaimLink, LedgerEntry, Membership, Pot, RegionSplit, Response, Revision

EXAMPLES = 5


NO_EXAMPLES = (LedgerEntry, Membership)
"""Rows that tell nobody anything one by one."""


class Use(NamedTuple):
    """One way in which a thing is used: what does so, in words, how many, and the first few of them."""

    what: str
    number: int
    examples: tuple


def where_used(row, revisions=None):
    """The Uses of a row, without those that there are none of. A fixed number of queries for each kind of thing.

    revisions: those that whoever asks may see, where these are not all.
    """
    found = []
    for what, rows in _USES[type(row)](row):
        if revisions is not None and rows.model is Revision:
            rows = rows.filter(pk__in=revisions.order_by().values("pk"))
        number = rows.count()
        if number:
            found.append(Use(what, number, () if rows.model in NO_EXAMPLES else tuple(rows[:EXAMPLES])))
    return found


def _of_organisation(organisation):
    names = [name for name in (organisation.name, organisation.short_name, *organisation.other_names) if name]
    return [
        ("announcements that it makes", _announcements(announcer=organisation)),
        (
            "responses that it gives",
            Response.objects.filter(organisation=organisation)
            .select_related("organisation", "announcement")
            .latest_first(),
        ),
        ("claims that name it as a payer", _claims(_named(Claim, "funders", names))),
        ("claims that name it as a receiver", _claims(_named(Claim, "recipients", names))),
        ("organisations whose work it took over", organisation.predecessors.by_name()),
        *_typed(names),
    ]


def _of_programme(programme):
    return [
        ("announcements that speak of it", _announcements(programmes=programme)),
        ("claims that are for it", _claims(Q(programmes=programme))),
        ("promises that it makes", programme.targets.by_due()),
        (
            "entries of the ledger by which pots join or leave it",
            Membership.objects.filter(programme=programme).order_by("-pk"),
        ),
        *_typed([programme.name]),
    ]


def _of_target(target):
    return [
        ("announcements that promise it", _announcements(targets=target)),
        ("programmes whose promise it is", target.programmes.by_name()),
    ]


def _of_theme(theme):
    return [
        ("claims whose theme it is", _claims(Q(theme=theme))),
        ("claims that it is a tag of", _claims(Q(tags=theme))),
        ("entries of the ledger", LedgerEntry.objects.filter(theme=theme).order_by("-pk")),
        *_typed([theme.key]),
    ]


def _of_region(region):
    return [
        ("claims for it", _claims(Q(regions=region))),
        ("amounts that are for it", RegionSplit.objects.filter(region=region).select_related("claim").order_by("-pk")),
        ("entries of the ledger", LedgerEntry.objects.filter(region=region).order_by("-pk")),
        ("regions that lie in it", Region.objects.filter(parent=region).in_tree_order()),
        ("organisations that work for it", region.organisations.by_name()),
        ("populations", Population.objects.filter(region=region).order_by("-year")),
        *_typed([region.key]),
    ]


def _of_pot(pot):
    links = ClaimLink.objects.filter(pot=pot).select_related("pot", "claim__announcement").order_by("-pk")
    return [
        ("claims about it", _claims(Q(pot=pot))),
        ("links of other claims to it", links),
        ("entries of the ledger", LedgerEntry.objects.filter(pot=pot).order_by("-pk")),
        *_typed([pot.reference]),
    ]


def _of_announcement(announcement):
    pots = Pot.objects.filter(claims__announcement=announcement, claims__introduces_pot=True)
    others = ClaimLink.objects.filter(pot__in=pots).exclude(claim__announcement=announcement)
    return [
        (
            "claims of others about its pots",
            _claims(Q(pot__in=pots) & ~Q(announcement=announcement)),
        ),
        ("links of others to its pots", others.select_related("pot", "claim__announcement").order_by("-pk")),
        ("responses to it", announcement.responses.order_by("position", "pk").select_related("organisation")),
        ("promises that it makes", announcement.targets.by_due()),
        ("revisions of it", Revision.objects.filter(announcement=announcement.slug).order_by("-pk")),
        *_typed(list(pots.values_list("reference", flat=True))),
    ]


_USES = {
    Organisation: _of_organisation,
    Programme: _of_programme,
    Target: _of_target,
    Theme: _of_theme,
    Region: _of_region,
    Pot: _of_pot,
    Announcement: _of_announcement,
}


def _announcements(**named):
    return Announcement.objects.filter(**named).latest_first().distinct()


def _claims(condition):
    rows = Claim.objects.filter(pk__in=Claim.objects.filter(condition).order_by().values("pk"))
    return rows.select_related("announcement").latest_first()


def _typed(texts):
    """Revisions that are being worked on and name one of these texts."""
    if not texts:
        return []
    rows = Revision.objects.open().filter(_named(Revision, "typed", texts)).order_by("-saved_at", "-pk")
    return [("revisions that are being worked on and name it", rows)]


def _named(model, field, texts):
    """The condition that a JSON field holds one of these texts, in small or capital letters."""
    # As text, which both engines can search; one writes what is not ASCII as it is, the other escaped.
    named = Q()
    for text in texts:
        for written in {json.dumps(text), json.dumps(text, ensure_ascii=False)}:
            named |= Q(as_text__icontains=written)
    return Q(pk__in=model.objects.alias(as_text=Cast(field, TextField())).filter(named).order_by().values("pk"))
