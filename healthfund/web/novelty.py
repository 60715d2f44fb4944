"""How new an announcement's sums were, as its page shows it: one bar, and where what is old was announced before."""

from typing import NamedTuple

from announcements.choices import Novelty
from announcements.models import Announcement, Pot

from . import charts
from .charts import Ends, Strip

NOTES = {
    Novelty.NEW: "Public, shown to be new, and not in the ledger before.",
    Novelty.ALREADY: "The ledger held it before, or it was said to be old.",
    Novelty.MOVED: "Taken from elsewhere, or put back after a cut.",
    Novelty.OTHERS: "Not public money, though a public announcement speaks of it.",
    Novelty.UNEXPLAINED: "Nobody said how much of it is new or who pays, or it is more than was ever announced.",
}


class Before(NamedTuple):
    """Money that was announced before: in which pot, in which announcement (None: in this one, said twice), how much."""

    pot: Pot
    announcement: Announcement | None
    amounts: Ends


class Kind(NamedTuple):
    """A slice of what was said: its kind, its amounts in pence, and where what is old was announced before."""

    kind: Novelty
    note: str
    amounts: Ends
    before: list


class Bar(NamedTuple):
    """What was said in one scenario, as strips that fill the bar as far as the scenario reaches."""

    label: str
    strips: list


def panel(spoken, announcement):
    """What was said, split: the kinds in their order, the bars (one where both scenarios are alike), and the sum."""
    pots = {pot.reference: pot for pot in Pot.objects.filter(reference__in={part.pot for part in spoken.slices} - {""})}
    said_in = {
        other.slug: other
        for other in Announcement.objects.published().filter(slug__in={name.partition("#")[0] for name in pots})
    }
    kinds = []
    for kind in Novelty:
        parts = [part for part in spoken.slices if part.kind == kind]
        if parts:
            before = [
                Before(pots[part.pot], _elsewhere(said_in, part.pot, announcement), Ends(part.firm, part.ceiling))
                for part in parts
                if part.pot in pots
            ]
            kinds.append(Kind(kind, NOTES[kind], _sum(parts), before))
    return {"said": Ends(*spoken.said), "kinds": kinds, "bars": _bars(kinds), "new": _of(kinds, Novelty.NEW)}


def _elsewhere(said_in, reference, announcement):
    slug = reference.partition("#")[0]
    return None if slug == announcement.slug else said_in.get(slug)


def _sum(parts):
    return Ends(sum(part.firm for part in parts), sum(part.ceiling for part in parts))


def _of(kinds, wanted):
    return next((line.amounts for line in kinds if line.kind == wanted), Ends(0, 0))


def _bars(kinds):
    most = max((sum(line.amounts[end] for line in kinds) for end in (0, 1)), default=0)
    both = [Bar(label, _strips(kinds, end, most)) for end, label in enumerate(("Firm", "At most"))]
    return both[1:] if all(line.amounts.firm == line.amounts.ceiling for line in kinds) else both


def _strips(kinds, end, most):
    strips, start = [], 0
    for line in kinds:
        pence = line.amounts[end]
        if pence:
            strips.append(Strip(f"slice-{line.kind}", charts.share(start, most), charts.share(pence, most)))
        start += pence
    return strips
