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
    claim: Claim | None


class Taken(NamedTuple):
    """What comes off a pot's amount because it is counted as another pot's, in pence by scenario."""

    words: str
    pot: object
    firm: int
    ceiling: int


class Moment(NamedTuple):
    """A day in a pot's life: what was said of it, its amount from then on, and what it adds."""

    day: object
    lines: list
    amount: tuple | None
    own: tuple


TAKEN = {"whole": "lies whole in it", "share": "a share of it", "promise": "promised, and counted there"}


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
    return [
        ClaimLine(claim, READ[claim.effect], why_uncounted(claim), [link_line(link) for link in claim.links.all()])
        for claim in claims
    ]


def link_line(link):
    """What a claim states about its pot and another one."""
    share = (link.low, link.high) if link.high is not None else None
    return LinkLine(link.get_kind_display(), link.pot, share, not link.whole and share is None, link.claim)


def latest_statements(pot, links):
    """The claim that last stated something about the pot and another one, by the other's reference.

    links: ClaimLinks between the pot and others, in either direction.
    """
    stated = links.filter(claim__announcement__status=Status.PUBLISHED).exclude(claim__effect=Effect.PROPOSES)
    ordered = stated.select_related("claim__announcement", "claim__pot", "pot").order_by(
        "claim__announcement__announced_on", "claim__announcement__slug", "claim__position", "position", "pk"
    )
    return {(link.claim.pot if link.pot_id == pot.pk else link.pot).reference: link.claim for link in ordered}


def links_now(explanation, pots, statements):
    """The links that hold now, as LinkLines. pots, statements: the other pots, and who stated it, by reference."""
    words = {
        (True, True): LinkKind.INCLUDES,
        (True, False): LinkKind.OVERLAPS,
        (False, True): LinkKind.PART_OF,
        (False, False): LinkKind.PARTLY_IN,
    }
    return [
        LinkLine(
            words[link.holds, link.whole].label,
            pots[link.pot],
            (link.low, link.high) if link.high is not None else None,
            not link.whole and link.high is None,
            statements.get(link.pot),
        )
        for link in explanation.links
    ]


def working(explanation, pots):
    """What comes off the pot's amount, by the pot whose money it is; with the amount it makes what the pot adds."""
    return [Taken(TAKEN[row.kind], pots[row.pot], row.firm, row.ceiling) for row in explanation.shared]


def life(explanation, said):
    """The days of the pot's life, in order. said: the ClaimLines about it."""
    by_reference = {f"{line.claim.announcement.slug}#{line.claim.key}": line for line in said}
    return [
        Moment(step.day, [by_reference[one.claim] for one in step.said], step.amount, step.own)
        for step in explanation.steps
    ]


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
