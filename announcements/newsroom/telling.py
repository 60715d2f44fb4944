"""What publishing a record moves, asked as totals are asked, and told in sentences that an editor reads beforehand. Pure.

Amounts are pence, years financial years, and every difference is between what is public now and what then would be.
"""

import datetime
import re
from collections import defaultdict
from typing import NamedTuple

from programmes.money import short

from ..choices import PUBLIC_SECTORS, Flag, Measure, Novelty
from ..ledger.totals import Amounts, Row

NAMED = 3
"""So many themes, places or programmes are named in a sentence; of more, only how many."""
STAGES = {
    Measure.ALLOCATED: "allocated money",
    Measure.SPENT: "spent money",
    Measure.SAID: "what was said",
}
KINDS = {
    Novelty.NEW: "is new public money",
    Novelty.ALREADY: "was announced before",
    Novelty.MOVED: "is moved from elsewhere or restored",
    Novelty.OTHERS: "comes from industry, charity or abroad",
    Novelty.UNEXPLAINED: "is not shown to be new",
}
BETWEEN = {
    "theme": "themes",
    "region": "places",
    "sector": "payers",
    "additionality": "kinds of newness",
    "announced_year": "years of announcement",
    "money_year": "years of the money",
}
WITH_ARTICLE = re.compile(r"(North|South|East|West|United|Midlands)\b")


class Cell(NamedTuple):
    """Where entries lie: the pot by its reference, and every dimension of a total; the pot's programmes by their slugs."""

    pot: str
    measure: str
    theme: str
    region: str
    sector: str
    additionality: str
    announced_year: int
    money_year: int | None
    programmes: tuple = ()

    def values(self, dimension):
        """The values of a dimension under which it counts: a pot of several programmes counts in each."""
        if dimension == "programme":
            return self.programmes or (None,)
        if dimension == "public":
            return (self.sector in PUBLIC_SECTORS,)
        return (getattr(self, dimension),)


class Moved:
    """What totals change by. Its questions are those of `ledger.totals`, with the pot and whether the money is public
    among the dimensions."""

    def __init__(self, before, after):
        """before, after: {Cell: (firm, ceiling)}, in pence."""
        self.cells = {}
        for cell in before.keys() | after.keys():
            (low, high), (firm, ceiling) = before.get(cell, (0, 0)), after.get(cell, (0, 0))
            if (firm, ceiling) != (low, high):
                self.cells[cell] = Amounts(firm - low, ceiling - high)

    def by(self, *dimensions, measure=Measure.ANNOUNCED, **where):
        """The change of each combination of the dimensions that changes, as `totals.Row`s sorted by key, what is not
        stated last."""
        sums = defaultdict(lambda: (0, 0))
        for cell, (firm, ceiling) in self.cells.items():
            if cell.measure != measure or any(value not in cell.values(name) for name, value in where.items()):
                continue
            keys = [()]
            for name in dimensions:
                keys = [(*key, value) for key in keys for value in cell.values(name)]
            for key in keys:
                sums[key] = sums[key][0] + firm, sums[key][1] + ceiling
        rows = (Row(key, *ends) for key, ends in sums.items() if any(ends))
        return sorted(rows, key=lambda row: [(value is None, value if value is not None else 0) for value in row.key])

    def total(self, measure=Measure.ANNOUNCED, **where):
        """The change of one total, as Amounts."""
        return Amounts(*next((row[1:] for row in self.by(measure=measure, **where)), (0, 0)))


def sentences(moved, names, *, slug, public_already, uncounted, spoken, pots, raised, lowered):
    """What publishing does, in plain sentences.

    names: {dimension: {value: name}}; slug: the announcement's id; public_already: whether it is published now;
    uncounted: [(a claim's name, why it is not counted)]; spoken: its `newness.Spoken`; pots: {reference: name}; raised,
    lowered: [(reference, Flag)].
    """
    return [
        *_announced(moved, names, slug, public_already, uncounted, spoken, pots),
        *_programmes(moved, names),
        *(changed(moved.total(measure), what) for measure, what in STAGES.items() if any(moved.total(measure))),
        *_how_new(moved, slug, spoken, pots),
        *(f"“{name}” is not counted. {reason}" for name, reason in uncounted),
        *(f"Raises a flag on “{pots[pot]}”: {Flag(flag).label}." for pot, flag in raised),
        *(f"Takes a flag off “{pots[pot]}”: {Flag(flag).label}." for pot, flag in lowered),
    ]


def changed(amounts, what):
    """A sentence for a change of some total, (firm, ceiling) in pence, of which one is not nil."""
    firm, top = amounts[0], amounts[1] - amounts[0]
    sums = short(abs(firm)), short(abs(top))
    if firm > 0:
        on_top = {0: "and nothing on top", 1: "and up to {} more on top", -1: "and {} less may come on top"}[_sign(top)]
        return f"Adds {sums[0]} to {what}: firm, {on_top.format(sums[1])}."
    if firm == 0:
        if top > 0:
            return f"Adds nothing firm to {what}; up to {sums[1]} may come on top."
        return f"Takes {sums[1]} off what may come on top of {what}."
    if top > 0:
        return f"Takes {sums[0]} off what is firm of {what}; up to {sums[1]} more may come on top."
    return f"Takes {sums[0]} off {what}" + (f", and {sums[1]} off what may come on top." if top else ".")


def _announced(moved, names, slug, public_already, uncounted, spoken, pots):
    if not moved.cells and public_already:
        yield "No total changes."
        return
    told = False
    for public, what in ((True, "announced public money"), (False, "announced money that is not public")):
        amounts = moved.total(public=public)
        themes, places = (_named(moved, names, name, public) for name in ("theme", "region"))
        if any(amounts):
            told = True
            yield changed(amounts, what + _listed(" for ", themes, "themes") + _listed(", in ", places, "places"))
        elif moves := _moves(moved, names, public):
            told = True
            yield f"Leaves {what} as it is in total, and moves it {moves}."
    if not told:
        yield f"Adds nothing to announced money{_why_nothing(slug, uncounted, spoken, pots)}."


def _named(moved, names, dimension, public):
    found = [names[dimension][row.key[0]] for row in moved.by(dimension, public=public)]
    return [f"the {name}" if WITH_ARTICLE.match(name) else name for name in found] if dimension == "region" else found


def _listed(word, names, kind):
    if not names:
        return ""
    return word + (joined(names) if len(names) <= NAMED else f"{len(names)} {kind}")


def _moves(moved, names, public):
    """Between what it moves, by the first dimension by which anything does; "" where nothing moves."""
    for dimension, between in BETWEEN.items():
        if rows := moved.by(dimension, public=public):
            told = "; ".join(f"{names[dimension][row.key[0]]} {_more_or_less(row[1:])}" for row in rows)
            return f"between {between}: {told}"
    return ""


def _more_or_less(amounts):
    firm, ceiling = amounts
    if firm == ceiling or not firm:
        return f"{short(abs(ceiling))} {'more' if ceiling > 0 else 'less'}{'' if firm else ' at most'}"
    firmly = f"{short(abs(firm))} {'more' if firm > 0 else 'less'} firm"
    return f"{firmly}, {_more_or_less((0, ceiling))}" if ceiling else firmly


def _why_nothing(slug, uncounted, spoken, pots):
    before = [part for part in spoken.slices if part.kind == Novelty.ALREADY]
    if before and len(before) == len(spoken.slices):
        return f": all of it was announced before{_where_before(before, slug, pots)}"
    return ": nothing that it says is counted" if uncounted else ""


def _where_before(parts, slug, pots):
    places = [
        f"on {_day(part.pot)} as “{pots[part.pot]}”"
        for part in parts
        if part.pot in pots and part.pot.partition("#")[0] != slug
    ]
    if len(places) > NAMED:
        return f", {places[0]} and in {len(places) - 1} other sums"
    return f", {joined(places)}" if places else ""


def _day(reference):
    day = datetime.date.fromisoformat(reference[:10])
    return f"{day.day} {day:%B %Y}"


def _programmes(moved, names):
    """Those that change alike are told together."""
    alike = defaultdict(list)
    for row in moved.by("programme"):
        if row.key[0] is not None:
            alike[row[1:]].append(names["programme"][row.key[0]])
    for amounts, programmes in alike.items():
        each = "each of " if len(programmes) > 1 else ""
        listed = joined(programmes) if len(programmes) <= NAMED else f"{len(programmes)} programmes"
        yield changed(amounts, f"what is announced for {each}{listed}")


def _how_new(moved, slug, spoken, pots):
    kinds = defaultdict(list)
    for part in spoken.slices:
        kinds[part.kind].append(part)
    if not moved.cells or not kinds or (list(kinds) == [Novelty.ALREADY] and not any(moved.total())):
        return
    said = _ends(spoken.said)
    if len(kinds) == 1:
        [(kind, parts)] = kinds.items()
        yield f"All of the {said} that it speaks of {KINDS[kind]}{_told_before(kind, parts, slug, pots)}."
        return
    parts = [
        f"{_ends((sum(part.firm for part in some), sum(part.ceiling for part in some)))} "
        f"{KINDS[kind]}{_told_before(kind, some, slug, pots)}"
        for kind, some in kinds.items()
    ]
    yield f"Of the {said} that it speaks of, {'; '.join(parts)}."


def _told_before(kind, parts, slug, pots):
    return _where_before(parts, slug, pots) if kind == Novelty.ALREADY else ""


def _ends(amounts):
    """Two ends, after "the" too."""
    firm, ceiling = amounts
    if firm == ceiling:
        return short(firm)
    return f"{short(firm)} to {short(ceiling)}"


def _sign(number):
    return (number > 0) - (number < 0)


def joined(names):
    """`A, B and C`."""
    names = list(names)
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
