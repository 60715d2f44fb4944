"""Claims as the pages show them: as worded, what they do to their pot, and whether they count."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Prefetch

from announcements.choices import Additionality, Effect, LinkKind
from announcements.ledger import figures, totals
from announcements.ledger.claims import counted
from announcements.models import Claim, ClaimLink, Pot

from .charts import Ends

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

DOES = {
    Effect.REPEATS: "adds nothing again",
    Effect.REVISES: "replaces the amount",
    Effect.TOPS_UP: "adds to the amount",
    Effect.ALLOCATES: "the same money, shared out",
    Effect.SPENDS: "the same money, spent",
    Effect.CANCELS: "takes off the amount",
}
"""What a counted claim does to a pot that was there before it."""


class Headline(NamedTuple):
    """The figure that a line in a list shows for an announcement, as worded, and one word for what it is."""

    wording: str
    word: str
    new: bool


class ClaimLine(NamedTuple):
    """A claim, its effect in words, why it is not counted (None where it is), and the links that it states.

    does is what a counted claim does to a pot that was there before, "" where it introduces it. adds is what the pot
    adds now in all, and added what it added more or less when this was said, at the first claim about it; both None
    where nobody asked. reasons are Reasons why it added that; inside are the claims about parts of its money; answers
    are the responses that dispute or answer it.
    """

    claim: Claim
    effect: str
    why_uncounted: str | None
    does: str
    links: list
    adds: Ends | None = None
    added: Ends | None = None
    reasons: tuple = ()
    inside: tuple = ()
    answers: tuple = ()


class Reason(NamedTuple):
    """Why a pot adds less than was said of it: money in it, or of it, that is counted in another pot."""

    amounts: Ends
    words: str
    pot: object


class LinkLine(NamedTuple):
    """How a pot stands to another one: in words, with the share in pence where it is stated.

    stated_on and href: the day and the address of the claim that says so, where that is not the claim at hand.
    """

    words: str
    pot: object
    share: tuple | None
    unknown: bool
    stated_on: object = None
    href: str = ""


class Taken(NamedTuple):
    """What comes off a pot's amount because it is counted as another pot's, in pence by scenario."""

    words: str
    pot: object
    firm: int
    ceiling: int


class Moment(NamedTuple):
    """A day in a pot's life: what was said of it, the sort of day (the effect of what was said first that counts, "" where
    nothing was said of it), and from then on its amount, what is allocated and spent of it, and what it adds."""

    day: object
    lines: list
    sort: str
    amount: tuple | None
    allocated: tuple
    spent: tuple
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
        ClaimLine(
            claim,
            READ[claim.effect],
            figures.why_uncounted(counted(claim)),
            "" if claim.introduces_pot else DOES.get(claim.effect, ""),
            [link_line(link) for link in claim.links.all()],
        )
        for claim in claims
    ]


def as_tree(claims, spoken, responses, as_at=None):
    """The claims of an announcement as ClaimLines, parts under the whole that they lie in, with what each pot adds as at
    the day and what the announcement moved. spoken: its `newness.Spoken`; a fixed number of queries.
    """
    pots = {claim.pot_id for claim in claims}
    adds = {pot: Ends(int(firm), int(ceiling)) for pot, firm, ceiling in totals.pots(as_at=as_at).filter(pot__in=pots)}
    about = {claim.pot.reference for claim in reversed(claims)}
    named = {
        pot.reference: pot
        for pot in Pot.objects.filter(
            reference__in={other for of in (spoken.inside, spoken.came) for one in of for other in of[one]}
        )
    }
    answers = defaultdict(list)
    for response in responses:
        answers[response.claim_id].append(response)
    first, nodes = {}, []
    for line in lines(claims):
        reference = line.claim.pot.reference
        leads = first.setdefault(reference, line.claim) is line.claim
        nodes.append(
            line._replace(
                adds=adds.get(line.claim.pot_id, Ends(0, 0)),
                added=Ends(*spoken.moved.get(reference, (0, 0))) if leads and not line.why_uncounted else None,
                reasons=tuple(_reasons(spoken, reference, named, about)) if leads and not line.why_uncounted else (),
                answers=tuple(answers[line.claim.pk]),
            )
        )
    parent = {
        reference: next((outer for outer in spoken.around.get(reference, ()) if outer in about), None)
        for reference in about
    }
    return _grown(nodes, first, parent)


def _reasons(spoken, reference, named, about):
    """Of the parts that the announcement itself speaks of nothing is told: they stand under the whole."""
    for inner, ends in spoken.inside.get(reference, {}).items():
        if inner not in about:
            yield Reason(Ends(*ends), "of it lies in", named[inner])
    for outer, ends in spoken.came.get(reference, {}).items():
        yield Reason(Ends(*ends), "of it came out of", named[outer])


def _grown(nodes, first, parent):
    """The nodes as a tree: under the first claim about the pot around theirs, in their order."""
    below = defaultdict(list)
    for node in nodes:
        outer = parent[node.claim.pot.reference]
        below[first[outer].pk if outer else None].append(node)

    def grow(key):
        return tuple(node._replace(inside=grow(node.claim.pk)) for node in below[key])

    return grow(None)


def link_line(link):
    """What a claim states about its pot and another one."""
    share = (link.low, link.high) if link.high is not None else None
    return LinkLine(link.get_kind_display(), link.pot, share, not link.whole and share is None)


def links_now(explanation, pots):
    """The links that hold now, as LinkLines. pots: the other pots by reference."""
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
            link.stated_on,
            "/announcements/{}/#{}".format(*link.claim.split("#")),
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
        Moment(
            step.day,
            [by_reference[one.claim] for one in step.said],
            next((one.effect for one in sorted(step.said, key=lambda one: one.uncounted is not None)), ""),
            step.amount,
            step.allocated,
            step.spent,
            step.own,
        )
        for step in explanation.steps
    ]
