"""Claims as the pages show them: as worded, what they do to their pot, and whether they count."""

from typing import NamedTuple

from django.db.models import Prefetch

from announcements.choices import Additionality, Effect, LinkKind, Status
from announcements.ledger import figures
from announcements.models import Claim, ClaimLink

SAID_OF = {
    Effect.REPEATS: "said before",
    Effect.REVISES: "revised",
    Effect.TOPS_UP: "topped up",
    Effect.ALLOCATES: "shared out",
    Effect.SPENDS: "spent",
    Effect.CANCELS: "withdrawn",
    Effect.PROPOSES: "proposed",
}


READ = {
    Effect.INTRODUCES: "First announced here",
    Effect.REPEATS: "Said again",
    Effect.REVISES: "Revised to this",
    Effect.TOPS_UP: "Topped up by this",
    Effect.ALLOCATES: "Shared out",
    Effect.SPENDS: "Spent",
    Effect.CANCELS: "Withdrawn",
    Effect.PROPOSES: "Proposed",
}


class Headline(NamedTuple):
    """The figure that a line in a list shows for an announcement, as worded, and one word for what it is."""

    wording: str
    word: str
    new: bool


class ClaimLine(NamedTuple):
    """A claim, its effect in words, why it is not counted (None where it is), and the links that it states."""

    claim: Claim
    effect: str
    why_uncounted: str | None
    links: list


class LinkLine(NamedTuple):
    """How a pot stands to another one: in words, with the share in pence where it is stated, and who says so."""

    words: str
    pot: object
    share: tuple | None
    unknown: bool
    claim: Claim


SEEN_FROM_THERE = {
    LinkKind.PART_OF: LinkKind.INCLUDES,
    LinkKind.INCLUDES: LinkKind.PART_OF,
    LinkKind.PARTLY_IN: LinkKind.OVERLAPS,
    LinkKind.OVERLAPS: LinkKind.PARTLY_IN,
}


def headline(claims):
    """The Headline of an announcement's claims in their order: the first with a wording; None without one."""
    claim = next((claim for claim in claims if claim.as_stated), None)
    if claim is None:
        return None
    word = SAID_OF.get(claim.effect) or Additionality(claim.additionality).label.lower()
    return Headline(claim.as_stated, word, word == "new")


def with_all(claims):
    """Claims with everything that a page shows of them, in a fixed number of queries."""
    links = ClaimLink.objects.select_related("pot").order_by("position", "pk")
    return claims.select_related("pot", "theme", "announcement").prefetch_related(
        "regions", "splits__region", "programmes", Prefetch("links", links)
    )


def lines(claims):
    return [ClaimLine(claim, READ[claim.effect], why_uncounted(claim), [link_line(link) for link in claim.links.all()]) for claim in claims]


def link_line(link, seen_from=None):
    """What a claim states about its pot and another one; from the other's side where that is `seen_from`."""
    there = seen_from is not None and link.pot_id == seen_from.pk
    kind = SEEN_FROM_THERE[link.kind] if there else LinkKind(link.kind)
    unknown = not link.whole and link.high is None
    share = (link.low, link.high) if link.high is not None else None
    return LinkLine(kind.label, link.claim.pot if there else link.pot, share, unknown, link.claim)


def links_around(pot, links):
    """The latest published statement about the pot and each pot that it shares money with, in the order of their days."""
    stated = links.filter(claim__announcement__status=Status.PUBLISHED).exclude(claim__effect=Effect.PROPOSES)
    ordered = stated.select_related("claim__announcement", "claim__pot", "pot").order_by(
        "claim__announcement__announced_on", "claim__announcement__slug", "claim__position", "position", "pk"
    )
    latest = {}
    for link in ordered:
        line = link_line(link, seen_from=pot)
        latest.pop(line.pot.pk, None)
        latest[line.pot.pk] = line
    return list(latest.values())


def why_uncounted(claim):
    """The rules' reason why a claim is recorded and never counted; None where it counts."""
    return figures.why_uncounted(
        figures.Claim(
            reference=f"{claim.announcement.slug}#{claim.key}",
            announcement=claim.announcement.slug,
            day=claim.announcement.announced_on,
            place=claim.position,
            pot=claim.pot.reference,
            introduces=claim.introduces_pot,
            effect=claim.effect,
            bound=claim.bound,
            measure=claim.measure,
            terms=claim.terms,
            amount=claim.amount,
            low=claim.low,
            high=claim.high,
            currency=claim.currency,
            rate=claim.rate,
        )
    )
