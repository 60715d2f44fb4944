"""What is checked of an announcement while it is entered, beyond what the loader refuses. Pure.

Each rule is named and speaks in sentences that say what to do. An error is what can only be wrong and stops the
announcement; a warning is ticked off with a reason, and comes again when anything that it rests on changes.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from programmes.financial_years import FinancialYear
from programmes.money import grouped

from ..choices import Additionality, Bound, ClaimMeasure, Effect, Sector
from ..intake import amounts
from ..intake.matching import likeness
from ..ledger.figures import half_unit
from .reading import Announcement, Claim


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Finding(NamedTuple):
    """What a rule found, and where.

    path: the place in the record, such as ("claims", 0, "amount"), also where that is missing. key: what a warning is
    ticked off by: the rule, the claim, and what the finding rests on.
    """

    rule: str
    level: Level
    path: tuple
    message: str
    key: str


class KnownPot(NamedTuple):
    """A pot: its amount in pence, how far that may be off, and whether it may be more than stated.

    parts: what lies whole in it by other announcements, as (reference, low end, how far that may be off).
    """

    reference: str
    name: str
    low: int | None = None
    high: int | None = None
    rounding: Fraction = Fraction(0)
    open_ended: bool = False
    parts: tuple[tuple[str, int, Fraction], ...] = ()


class Other(NamedTuple):
    """Another announcement, in whatever state: the addresses of its sources, and whether it leans on pots of this one.

    slug: its id, or, of one that is not there yet, who is entering it.
    """

    slug: str
    title: str
    day: datetime.date
    addresses: tuple[str, ...] = ()
    withdrawn: bool = False
    leans: bool = False


class Known(NamedTuple):
    """What the database knows that a record is checked against.

    today: the last day that anything may be dated. pots: those that the record's claims are about or link to, by the
    references that it uses. programmes: for each programme that it names, the high ends in pence of other pots, with
    their names. names: every programme there is. others: the announcements that have the record's id, share an address
    with it or are of about its day.
    """

    today: datetime.date | None = None
    pots: Mapping[str, KnownPot] = {}
    programmes: Mapping[str, Sequence[tuple[int, str]]] = {}
    names: Sequence[str] = ()
    others: Sequence[Other] = ()


class Found(NamedTuple):
    """What a rule says of one place. rests_on: the values with which a ticked warning stands and lapses."""

    path: tuple
    message: str
    claim: str = ""
    rests_on: tuple = ()


class Rule(NamedTuple):
    """A named check: what it asks, in words for editors, and how it is found."""

    key: str
    level: Level
    title: str
    means: str
    find: Callable[[Announcement, Known], Iterator[Found]]


def find(record: Any, known: Known) -> list[Finding]:
    """What is wrong or doubtful about a record, in the order of the rules. The record may be half-finished: anything may
    be missing, or be something else than the format asks for, and then nothing is said of it."""
    said = Announcement.read(record)
    return [
        Finding(rule.key, rule.level, found.path, found.message, _key(rule, found))
        for rule in RULES.values()
        for found in rule.find(said, known)
    ]


def _key(rule: Rule, found: Found) -> str:
    return ":".join([rule.key, found.claim, *map(str, found.rests_on)])


# ------------------------------------------------------------------------------------------------- amounts and wordings


def _with_sum(said: Announcement) -> Iterator[tuple[Claim, int]]:
    """Each claim with a sum, and that."""
    return ((claim, claim.high) for claim in said.claims if claim.high is not None)


def _as_worded(said: Announcement) -> Iterator[tuple[Claim, int, amounts.Amount]]:
    """Each claim with a sum, that, and what its wording reads as, where both are of one currency."""
    for claim, high in _with_sum(said):
        if claim.read is not None and claim.read.currency == claim.currency:
            yield claim, high, claim.read


def _unworded(said: Announcement) -> Iterator[tuple[Claim, int]]:
    """Each claim with a sum that its wording does not read as."""
    return ((claim, high) for claim, high in _with_sum(said) if claim.read is None or claim.read.high != high)


def _scale_slip(said: Announcement, known: Known) -> Iterator[Found]:
    for claim, high, read in _as_worded(said):
        if power := _power_of_1000(high, read.high):
            yield Found(
                claim.top,
                f"“{claim.as_stated}” reads as {_sum(read.high, claim.currency)}, and {_sum(high, claim.currency)} is "
                f"entered, {_times(power)}: enter {grouped(read.high)}, or put the wording right.",
                claim.mark,
                (claim.as_stated, high),
            )


def _unlike_text(said: Announcement, known: Known) -> Iterator[Found]:
    told = [amount for text in (said.title, said.summary) for amount in amounts.find(text)]
    for claim, high in _with_sum(said):
        sums = {amount.high: amount.wording for amount in told if amount.currency == claim.currency}
        slips = [amount for amount in sums if _power_of_1000(high, amount)]
        if slips and high not in sums:
            yield Found(
                claim.top,
                f"It is {_sum(high, claim.currency)}, and title or summary tell of “{sums[slips[0]]}”: "
                f"{_times(_power_of_1000(high, slips[0]))}. Check thousand, million and billion in both.",
                claim.mark,
                (high, slips[0]),
            )


def _wording_differs(said: Announcement, known: Known) -> Iterator[Found]:
    for claim, high, read in _as_worded(said):
        for_each = read.per not in ("", "year") and read.high and high % read.high == 0
        both_ranges = claim.bound == read.bound == Bound.RANGE
        if for_each or _power_of_1000(high, read.high) or (high == read.high and not both_ranges):
            continue
        if (claim.low, high) != (read.low, read.high):
            yield Found(
                claim.top,
                f"“{claim.as_stated}” reads as {_ends(read.low, read.high, claim.currency, read.bound)}, and "
                f"{_ends(claim.low, high, claim.currency, claim.bound)} is entered: make them agree, or say why they differ.",
                claim.mark,
                (claim.as_stated, claim.low, high),
            )


def _currency_differs(said: Announcement, known: Known) -> Iterator[Found]:
    for claim, high in _with_sum(said):
        if claim.read is not None and claim.read.currency != claim.currency:
            yield Found(
                (*claim.path, "currency"),
                f"“{claim.as_stated}” is in {claim.read.currency} and {_sum(high, claim.currency)} is entered: change the "
                "currency and give the rate, or give the wording in which the source itself says pounds.",
                claim.mark,
                (claim.as_stated, claim.currency),
            )


def _bound_differs(said: Announcement, known: Known) -> Iterator[Found]:
    for claim, high, read in _as_worded(said):
        if high == read.high and claim.bound != read.bound:
            yield Found(
                (*claim.path, "bound"),
                f"“{claim.as_stated}” reads as “{_label(Bound, read.bound)}”, and “{_label(Bound, claim.bound)}” is "
                "entered: choose as it is worded, or say where the source words it otherwise.",
                claim.mark,
                (claim.as_stated, claim.bound),
            )


def _in_text(said: Announcement, claim: Claim, high: int) -> list[amounts.Amount]:
    """The claim's sum wherever title, summary or its name tell of it."""
    told = [amount for text in (said.title, said.summary, claim.name) for amount in amounts.find(text)]
    return [amount for amount in told if (amount.high, amount.currency) == (high, claim.currency)]


def _bound_in_text(said: Announcement, known: Known) -> Iterator[Found]:
    for claim, high in _with_sum(said):
        told = _in_text(said, claim, high)
        otherwise = next((amount for amount in told if amount.bound != Bound.EXACT), None)
        if otherwise and claim.bound not in {Bound.RANGE, *(amount.bound for amount in told)}:
            yield Found(
                (*claim.path, "bound"),
                f"Title or summary say “{otherwise.wording}”, and “{_label(Bound, claim.bound)}” is entered: choose as the "
                "source has it, and make both agree.",
                claim.mark,
                (otherwise.wording, claim.bound),
            )


def _for_each(said: Announcement, known: Known) -> Iterator[Found]:
    """Of sums of which each has a claim of its own nothing is said."""
    sums = [high for _, high in _with_sum(said)]
    for claim, high in _with_sum(said):
        worded = [claim.read] if claim.read is not None and claim.read.high == high else []
        shares = [amount for amount in [*worded, *_in_text(said, claim, high)] if amount.per not in ("", "year")]
        if shares and sums.count(high) == 1:
            yield Found(
                claim.top,
                f"“{shares[0].wording}” is one of several, and {_sum(high, claim.currency)} is entered: multiply it out and say "
                "of how many in the note, or say that the claim is for one of them.",
                claim.mark,
                (shares[0].wording, high),
            )


def _without_amount(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        if claim.high is None and amounts.find(claim.as_stated):
            yield Found(
                claim.top,
                f"“{claim.as_stated}” names a sum and no amount is entered: enter it, or say why it cannot be told.",
                claim.mark,
                (claim.as_stated,),
            )


def _small(said: Announcement, known: Known) -> Iterator[Found]:
    for claim, high in _unworded(said):
        to_nothing = not high and claim.effect in TO_NOTHING
        if high < SMALL and not to_nothing:
            yield Found(
                claim.top,
                f"It is only {_sum(high, claim.currency)}: enter the sum in full if thousand, million or billion was meant; "
                "where no sum is known leave it empty, for unknown is not nil.",
                claim.mark,
                (high, claim.as_stated),
            )


def _huge(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        if claim.counts and claim.pence and claim.pence[1] >= HUGE:
            yield Found(
                claim.top,
                f"It comes to {_sum(claim.pence[1])}, more than nearly everything ever announced: check million and billion, "
                "and whether it is the height of a whole budget, which is entered as such.",
                claim.mark,
                (claim.pence[1],),
            )


def _amount_is_year(said: Announcement, known: Known) -> Iterator[Found]:
    for claim, high in _unworded(said):
        told = {day.year for day in [said.day] if day}
        told |= {year + more for year in (claim.start, claim.end) if year is not None for more in (0, 1)}
        for scale in (1, 10**3, 10**6):
            year, rest = divmod(high, 100 * scale)
            if rest == 0 and (year in told or (scale == 1 and year in YEARS)):
                yield Found(
                    claim.top,
                    f"The sum {_sum(high, claim.currency)} reads like the year {year}: enter the money, or say that it "
                    "happens to be so much.",
                    claim.mark,
                    (high,),
                )


def _amount_is_reference(said: Announcement, known: Known) -> Iterator[Found]:
    numbers = {int(digits.replace(",", "")): "in the title" for digits in BARE_NUMBER.findall(said.title)}
    for place, address, _ in said.sources:
        path = address.partition("://")[2].partition("/")[2]
        numbers |= {int(digits): f"in the address of source {place + 1}" for digits in NUMBER.findall(path)}
    for claim, high in _unworded(said):
        if high % 100 == 0 and high // 100 in numbers:
            yield Found(
                claim.top,
                f"The sum {_sum(high, claim.currency)} is a number that stands {numbers[high // 100]}: enter the money, or "
                "say that it happens to be so much.",
                claim.mark,
                (high,),
            )


def _unlike_pot(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        pot = _pot(said, known, claim.about)
        if pot and pot.high and claim.pence and claim.effect in SAME_SUM:
            mine = claim.pence[1]
            if power := _about_power_of_1000(mine, pot.high):
                yield Found(
                    claim.top,
                    f"It is {_sum(mine)} and “{pot.name}” is {_sum(pot.high)}: {_times(power)}. Check thousand, million "
                    "and billion, and that it is about this pot.",
                    claim.mark,
                    (mine, pot.reference, pot.high),
                )


def _unlike_programme(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        mine = claim.pence[1] if claim.introduces and claim.pence else 0
        if not mine:
            continue
        for name in said.programmes_of(claim):
            sums = [each for each in known.programmes.get(name, ()) if each[0]]
            digits = len(str(mine).rstrip("0"))
            twin = next((each for each in sums if digits > 1 and _power_of_1000(mine, each[0])), None)
            largest = max(sums, default=None)
            if twin:
                high, pot = twin
                compared = f"“{pot}” of {name} is {_sum(high)}: {_times(_power_of_1000(mine, high))}"
            elif largest and len(sums) >= ENOUGH and mine >= 1000 * largest[0]:
                high, pot = largest
                compared = f"the largest sum of {name} so far, “{pot}”, is {_sum(high)}: less than a thousandth"
            else:
                continue
            yield Found(
                claim.top,
                f"It is {_sum(mine)}, and {compared}. Check thousand, million and billion.",
                claim.mark,
                (mine, high),
            )
            break


# ------------------------------------------------------------------------------------------------------ wholes and parts


class Whole(NamedTuple):
    """A pot with an amount that the record puts parts into.

    path and claim: where the record says so. parts: by reference, the low end in pence of each and how far that may be
    off; what lies in another of them is left out.
    """

    path: tuple
    claim: str
    pot: KnownPot
    parts: dict[str, tuple[int, Fraction]]

    @property
    def low(self) -> int:
        return sum(low for low, _ in self.parts.values())

    @property
    def rounding(self) -> Fraction:
        return self.pot.rounding + sum((rounding for _, rounding in self.parts.values()), Fraction(0))


def _wholes(said: Announcement, known: Known) -> Iterator[Whole]:
    inside: dict[str, dict[str, tuple]] = {}
    for claim in said.claims:
        mine = said.full(claim.about or claim.key)
        for link in claim.links:
            if link.whole:
                outer, inner = (said.full(link.pot), mine) if link.outer else (mine, said.full(link.pot))
                inside.setdefault(outer, {}).setdefault(inner, link.path)
    for outer, inners in inside.items():
        pot = _pot(said, known, outer)
        if pot is None or pot.high is None or pot.open_ended:
            continue
        parts = {reference: (low, rounding) for reference, low, rounding in pot.parts}
        for reference in inners:
            part = _pot(said, known, reference)
            if part is not None and part.low is not None and reference != outer:
                parts[reference] = part.low, part.rounding
        nested = {part for other in parts for part in inside.get(other, ()) if part != other}
        own = said.by_reference.get(outer)
        yield Whole(
            own.top if own else next(iter(inners.values())),
            own.mark if own else "",
            pot,
            {part: worth for part, worth in parts.items() if part not in nested},
        )


def _parts_exceed_whole(said: Announcement, known: Known) -> Iterator[Found]:
    for whole in _wholes(said, known):
        high = whole.pot.high or 0
        if whole.low > high + whole.rounding:
            yield Found(
                whole.path,
                f"{_parts(whole)} “{whole.pot.name}” come to {_sum(whole.low)} and it is {_sum(high)}: {_sum(whole.low - high)} "
                "more than it holds, which rounding does not explain. Check the sums, and whether each lies in it whole; "
                "where the source itself has it so, say that.",
                whole.claim,
                (whole.pot.reference, whole.low, high),
            )


def _side_by_side(said: Announcement, known: Known) -> Iterator[Found]:
    first = {said.full(claim.key): claim for claim in said.claims if claim.introduces and claim.counts and claim.pence}
    linked = any(said.full(link.pot) in first for claim in first.values() for link in claim.links)
    if linked or len(first) < 2:
        return
    *rest, (high, largest) = sorted(((claim.pence or (0, 0))[1], reference) for reference, claim in first.items())
    if sum(inner for inner, _ in rest) <= high:
        others = " and ".join(f"“{first[reference].name}”" for _, reference in rest)
        yield Found(
            first[largest].path,
            f"{others} will be added to “{first[largest].name}”, though {'they' if len(rest) > 1 else 'it'} could lie in it. "
            "Where the source prints parts beside their whole, link them; where each is money of its own, say how the "
            "source shows it.",
            "",
            tuple(sorted(first)),
        )


def _parts_of_a_thousandth(said: Announcement, known: Known) -> Iterator[Found]:
    for whole in _wholes(said, known):
        high = whole.pot.high or 0
        if len(whole.parts) > 1 and _about_power_of_1000(whole.low, high) < 0:
            yield Found(
                whole.path,
                f"{_parts(whole)} “{whole.pot.name}” come to {_sum(whole.low)} and it is {_sum(high)}: check thousand, million "
                "and billion in the parts and in the whole.",
                whole.claim,
                (whole.pot.reference, whole.low, high),
            )


def _years_differ(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        if not claim.profile or not claim.pence:
            continue
        low, high = claim.pence
        total = sum(claim.profile.values())
        rounding = claim.rounding + sum((half_unit("", pence) for pence in claim.profile.values()), Fraction(0))
        complete = claim.start is None or claim.end is None or len(claim.profile) > claim.end - claim.start
        if total > high + rounding or (complete and total < low - rounding):
            yield Found(
                (*claim.path, "profile"),
                f"The amounts by year come to {_sum(total)} and the claim to {_ends(low, high, 'GBP', claim.bound)}: check "
                "their scale, and for a year too many or too few.",
                claim.mark,
                (total, low, high),
            )


def _splits_exceed(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        total = sum(claim.splits)
        rounding = claim.rounding + sum((half_unit("", pence) for pence in claim.splits), Fraction(0))
        if claim.pence and total > claim.pence[1] + rounding:
            yield Found(
                (*claim.path, "splits"),
                f"The amounts by region come to {_sum(total)} and the claim to {_sum(claim.pence[1])}: check their scale, "
                "and for a region too many.",
                claim.mark,
                (total, claim.pence[1]),
            )


# ---------------------------------------------------------------------------------------------------------------- time


def _future_day(said: Announcement, known: Known) -> Iterator[Found]:
    days: list[tuple[tuple, datetime.date | None, str]] = [(("announced_on",), said.day, "The announcement is")]
    days += [(("sources", place, "published_on"), day, f"Source {place + 1} is") for place, _, day in said.sources]
    for path, day, what in days:
        if day and known.today and day > known.today:
            yield Found(
                path,
                f"{what} of {_told(day)}, and nothing may be dated after {_told(known.today)}: mend the day, or schedule it "
                "for then.",
                rests_on=(day,),
            )


def _id_without_day(said: Announcement, known: Known) -> Iterator[Found]:
    if said.slug and said.day and not said.slug.startswith(f"{said.day}-"):
        message = f"The id does not start with the announcement's day: begin it with {said.day}-."
        yield Found(("id",), message, rests_on=(said.slug, said.day))


def _period_missing(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        if (claim.start is not None and claim.end is not None) or claim.profile or not claim.introduces:
            continue
        period = claim.read.period if claim.read else None
        if claim.measure == ClaimMeasure.PER_YEAR and claim.effect != Effect.PROPOSES:
            sum_of = "A yearly sum" if claim.high is None else f"{_sum(claim.high, claim.currency)} a year"
            lacks = "first" if claim.start is None else "last"
            message = f"{sum_of} has no {lacks} year, so it counts for one year: enter it, or say that the source leaves it open."
        elif period and (period.years or 0) > 1:
            message = (
                f"“{claim.as_stated}” is for {period.years} years and first or last year is missing: enter them, or say that "
                "no source tells."
            )
        else:
            continue
        yield Found(
            (*claim.path, "start_fy" if claim.start is None else "end_fy"),
            message,
            claim.mark,
            (claim.as_stated, claim.high, claim.start, claim.end),
        )


def _period_differs(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        period = claim.read.period if claim.read else None
        if period is None or claim.start is None or claim.end is None:
            continue
        differs = [
            (key, words)
            for key, words, worded, entered in [
                ("end_fy", f"{period.years} years", period.years, claim.end - claim.start + 1),
                ("start_fy", f"from {period.first}", period.first, claim.start),
                ("end_fy", f"to {period.last}", period.last, claim.end),
            ]
            if worded not in (None, entered)
        ]
        if differs:
            key, words = differs[0]
            yield Found(
                (*claim.path, key),
                f"“{claim.as_stated}” reads as {words}, and {claim.start} to {claim.end} is entered: make them agree, or say "
                "which source gives the years.",
                claim.mark,
                (claim.as_stated, claim.start, claim.end),
            )


def _yearly_differs(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        if claim.read is not None and claim.read.per_year and claim.measure == ClaimMeasure.TOTAL:
            yield Found(
                (*claim.path, "measure"),
                f"“{claim.as_stated}” is a yearly sum and is entered as one over all its years: choose "
                f"“{ClaimMeasure.PER_YEAR.label}”, or say why it is not paid every year.",
                claim.mark,
                (claim.as_stated, claim.measure),
            )


def _years_far(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        for key, year in [("start_fy", claim.start), ("end_fy", claim.end)]:
            now = FinancialYear.of(said.day) if said.day else None
            if now is not None and year is not None and not now - YEARS_BACK <= year <= now + YEARS_AHEAD:
                yield Found(
                    (*claim.path, key),
                    f"{year} is far from the year of the announcement, {now}: check it, or say which source gives it.",
                    claim.mark,
                    (year, now),
                )


# ------------------------------------------------------------------------------------------------- what describes money


def _sector_unknown(said: Announcement, known: Known) -> Iterator[Found]:
    for claim in said.claims:
        if claim.introduces and claim.sector == Sector.UNKNOWN:
            message = "It is not known who pays: look for whom the announcer speaks and who awards it, or say where you looked."
            yield Found((*claim.path, "sector"), message, claim.mark)


def _additionality_unclear(said: Announcement, known: Known) -> Iterator[Found]:
    """Of a part of another pot it matters little; one finding for the announcement, however many claims."""
    unclear = [
        claim
        for claim in said.claims
        if claim.introduces
        and claim.additionality == Additionality.UNCLEAR
        and not (claim.note or said.note or any(link.whole and link.outer for link in claim.links))
    ]
    if unclear:
        names = ", ".join(f"“{claim.name or claim.mark}”" for claim in unclear)
        yield Found(
            (*unclear[0].path, "additionality"),
            f"Whether the money is new is unclear of {names}, and no note tells why: look in the source's notes to editors, "
            "or say in the note what was looked at.",
            rests_on=tuple(claim.mark for claim in unclear),
        )


def _programme_unlisted(said: Announcement, known: Known) -> Iterator[Found]:
    """Programmes by names of several words, as they are written; one in a longer name is not that one."""
    text = " | ".join([said.title, said.summary, *(claim.name for claim in said.claims)])
    listed = {name.lower() for name in said.programmes}
    found = []
    for name in sorted(known.names, key=len, reverse=True):
        if " " in name and name in text:
            left = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "|", text)
            if left != text and name.lower() not in listed:
                found.append(name)
            text = left
    if found:
        yield Found(
            ("programmes",),
            f"{' and '.join(f'“{name}”' for name in found)} {'is' if len(found) == 1 else 'are'} spoken of and not among "
            "the programmes: add what the money or the announcement is for, or say why not.",
            rests_on=tuple(found),
        )


# --------------------------------------------------------------------------------------------------- other announcements


def _id_taken(said: Announcement, known: Known) -> Iterator[Found]:
    for other in known.others:
        if other.slug == said.slug:
            message = f"{other.slug} is the id of “{other.title}”, which this would replace: choose another, or edit that one."
            yield Found(("id",), message, rests_on=(said.slug,))


def _besides(said: Announcement, known: Known) -> Iterator[Other]:
    """The others that are not of its id, of which `_id_taken` tells."""
    return (other for other in known.others if other.slug != said.slug)


def _shared(said: Announcement, other: Other) -> list[int]:
    """The places of the sources whose address the other announcement has too."""
    theirs = {bare_address(address) for address in other.addresses} - {""}
    return [place for place, address, _ in said.sources if bare_address(address) in theirs]


def _is_same(said: Announcement, other: Other) -> bool:
    same_title = bool(said.title) and _words(said.title) == _words(other.title)
    return same_title and said.day == other.day and not other.withdrawn and bool(_shared(said, other))


def _entered_twice(said: Announcement, known: Known) -> Iterator[Found]:
    for other in _besides(said, known):
        if _is_same(said, other):
            message = f"{other.slug} has the same title, day and source: it is entered already, so edit that one."
            yield Found(("title",), message, rests_on=(other.slug,))


def _near_announcement(said: Announcement, known: Known) -> Iterator[Found]:
    for other in _besides(said, known):
        near = said.day is not None and abs((said.day - other.day).days) <= NEAR_DAYS
        if near and not _is_same(said, other) and likeness(said.title, other.title) >= ALIKE:
            yield Found(
                ("title",),
                f"“{other.title}” of {_told(other.day)} ({other.slug}) reads nearly the same: make sure that this is another "
                "announcement, and edit that one if not.",
                rests_on=(said.title, other.slug),
            )


def _source_used(said: Announcement, known: Known) -> Iterator[Found]:
    """Told of announcements that share no pot with this one: of the others somebody has thought already."""
    led_to = {reference.partition("#")[0] for reference in said.leads_to}
    for other in _besides(said, known):
        places = _shared(said, other)
        if places and not other.leans and other.slug not in led_to and not _is_same(said, other):
            yield Found(
                ("sources", places[0], "url"),
                f"“{other.title}” of {_told(other.day)} ({other.slug}) has this source too: make sure that none of its "
                "money is entered again here, or link to it.",
                rests_on=(other.slug,),
            )


def _without_address(said: Announcement, known: Known) -> Iterator[Found]:
    if said.sources and not any(address for _, address, _ in said.sources):
        yield Found(
            ("sources",), "No source has an address: give one where readers can look it up, or say why there is none."
        )


# ----------------------------------------------------------------------------------------------------- what they share

SMALL = 1000 * 100
"""Pence, below which a sum is likely one without its scale."""
HUGE = 30 * 10**9 * 100
"""Pence, from which a sum is likely a thousand times too large: one real claim of 807 is."""
YEARS = range(1990, 2061)
YEARS_BACK, YEARS_AHEAD = 5, 20
NEAR_DAYS = 14
"""How many days the same news may lie apart."""
ALIKE = 0.7
"""How alike titles of the same news are; no two real announcements within a month are above 0.65."""
ENOUGH = 3
"""From so many earlier sums on a programme has a usual size."""
SAME_SUM = (Effect.REPEATS, Effect.REVISES)
TO_NOTHING = (Effect.REVISES, Effect.CANCELS)
NUMBER = re.compile(r"\d{4,15}", re.ASCII)
BARE_NUMBER = re.compile(
    r"(?<![\d.,£$€])(?:\d{1,3}(?:,\d{3})+|\d{4,15})(?![\d.,]*\d)(?! ?(?:k|m|bn|thousand|[mb]illion|trillion|pounds)\b)",
    re.ASCII | re.IGNORECASE,
)
ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([^?#]*)(\?[^#]*)?", re.IGNORECASE)
COUNTED = re.compile(r"(?<=[?&])(?:utm_[a-z]+|fbclid|gclid)=[^&]*&?")


def bare_address(address: str) -> str:
    """What tells an address from others: without scheme, www, a closing slash, and what is added to count visits."""
    match = ADDRESS.match(address)
    assert match is not None  # its every part may be missing
    host, slash, path = match[1].rstrip("/").partition("/")
    return host.lower() + slash + path + COUNTED.sub("", match[2] or "").rstrip("?&")


def _words(title: str) -> list[str]:
    return re.findall(r"\w+", title.lower())


def _pot(said: Announcement, known: Known, reference: str) -> KnownPot | None:
    """The pot that a reference leads to; None where it is not known. One of this record is as this record has it."""
    own, seen = said.by_reference, set()
    reference = said.full(reference) if reference else ""
    while reference in own and own[reference].about and reference not in seen:
        seen.add(reference)
        reference = said.full(own[reference].about)
    if reference not in own:
        return known.pots.get(reference)
    claim = own[reference]
    low, high = (claim.pence if claim.counts else None) or (None, None)
    return KnownPot(reference, claim.name, low, high, claim.rounding, claim.bound == Bound.AT_LEAST)


def _power_of_1000(one: int, other: int) -> int:
    """1 where the one is 1,000 times the other, 2 a million times, -1 a thousandth; 0 where it is nothing such."""
    low, high = sorted((one, other))
    power = next((power for power in (1, 2, 3) if low and low * 1000**power == high), 0)
    return power if one > other else -power


def _about_power_of_1000(one: int, other: int) -> int:
    """The same where it is so to a tenth."""
    low, high = sorted((one, other))
    power = next((power for power in (1, 2, 3) if low and abs(low * 1000**power - high) * 10 <= high), 0)
    return power if one > other else -power


def _times(power: int) -> str:
    return f"{1000 ** abs(power):,} times {'as much' if power > 0 else 'less'}"


def _sum(hundredths: int, currency: str = "GBP") -> str:
    return f"{'£' if currency == 'GBP' else currency + ' '}{grouped(hundredths)}"


def _ends(low: int | None, high: int, currency: str, bound: str) -> str:
    is_range = bound == Bound.RANGE and low is not None
    return (f"{_sum(low, currency)} to " if is_range and low is not None else "") + _sum(high, currency)


def _parts(whole: Whole) -> str:
    return f"The {len(whole.parts)} parts of" if len(whole.parts) > 1 else "What is put into"


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


def _told(day: datetime.date) -> str:
    return f"{day.day} {day:%B %Y}"


# ----------------------------------------------------------------------------------------------------------- the rules

E, W = Level.ERROR, Level.WARNING

RULES = {
    rule.key: rule
    for rule in [
        Rule(
            "scale_slip",
            W,
            "Thousand, million or billion",
            "Amount and wording differ by a thousand, a million or a billion: one of them has a slip of scale.",
            _scale_slip,
        ),
        Rule(
            "unlike_text",
            W,
            "Another scale than in title or summary",
            "Title or summary tell of the same digits with another scale.",
            _unlike_text,
        ),
        Rule(
            "wording_differs",
            W,
            "Amount differs from its wording",
            "The amount that is entered is not what the wording reads as.",
            _wording_differs,
        ),
        Rule(
            "currency_differs",
            W,
            "Another currency than worded",
            "The wording is in another currency than the claim.",
            _currency_differs,
        ),
        Rule(
            "bound_differs",
            W,
            "Bound differs from its wording",
            "Words such as up to, more than or around are not entered as they stand; of up to, the firm figure is nothing.",
            _bound_differs,
        ),
        Rule(
            "bound_in_text",
            W,
            "Bound differs from title or summary",
            "Title or summary word the same sum as up to, more than or around, and the claim does not.",
            _bound_in_text,
        ),
        Rule(
            "for_each",
            W,
            "A sum for each of several",
            "The sum is for each of several, and only one of them is entered.",
            _for_each,
        ),
        Rule(
            "without_amount",
            W,
            "A wording without an amount",
            "The wording names a sum, and the claim adds nothing without it.",
            _without_amount,
        ),
        Rule(
            "small",
            W,
            "Very small sum",
            "A sum below £1,000 that the wording does not confirm is likely one without its scale.",
            _small,
        ),
        Rule(
            "huge",
            W,
            "Very large sum",
            "A sum of £30bn and more is likely a slip of scale, or the height of a budget.",
            _huge,
        ),
        Rule("amount_is_year", W, "A year as amount", "The amount is the number of a year.", _amount_is_year),
        Rule(
            "amount_is_reference",
            W,
            "A reference number as amount",
            "The amount is a number out of a source's address or the title.",
            _amount_is_reference,
        ),
        Rule(
            "unlike_pot",
            W,
            "Another scale than its pot",
            "A claim repeats or revises a pot of about a thousand times its sum, or a thousandth.",
            _unlike_pot,
        ),
        Rule(
            "unlike_programme",
            W,
            "Another scale than its programme",
            "The sum is a thousand times another of the programme, a thousandth of it, or far above all.",
            _unlike_programme,
        ),
        Rule(
            "parts_exceed_whole",
            W,
            "Parts exceed their whole",
            "Even the low ends of what lies in a pot come to more than it, beyond rounding.",
            _parts_exceed_whole,
        ),
        Rule(
            "side_by_side",
            W,
            "Sums side by side",
            "Sums that could lie in the largest of them are added to it, for no link says otherwise.",
            _side_by_side,
        ),
        Rule(
            "parts_of_a_thousandth",
            W,
            "Parts of another scale than their whole",
            "The parts come to about a thousandth of their whole, or a millionth.",
            _parts_of_a_thousandth,
        ),
        Rule(
            "years_differ",
            W,
            "Years do not add up",
            "The amounts by year come to another sum than the claim.",
            _years_differ,
        ),
        Rule(
            "splits_exceed",
            W,
            "Regions exceed the sum",
            "The amounts by region come to more than the claim.",
            _splits_exceed,
        ),
        Rule("future_day", E, "A day in the future", "Nothing can be said before its day.", _future_day),
        Rule(
            "id_without_day",
            E,
            "Id of another day",
            "An id starts with the announcement's day, and sorts by it.",
            _id_without_day,
        ),
        Rule(
            "period_missing",
            W,
            "Period missing",
            "A yearly sum, or one for several years, does not say for which.",
            _period_missing,
        ),
        Rule(
            "period_differs",
            W,
            "Period differs from its wording",
            "The wording tells of other years than are entered.",
            _period_differs,
        ),
        Rule(
            "yearly_differs",
            W,
            "Yearly or over all years",
            "The wording is so much a year, and the claim a sum over all its years.",
            _yearly_differs,
        ),
        Rule(
            "years_far", W, "Years far away", "The money's years lie far before or after the announcement.", _years_far
        ),
        Rule(
            "sector_unknown",
            W,
            "Payer unknown",
            "Money of which nobody knows who pays is in no total of public money.",
            _sector_unknown,
        ),
        Rule(
            "additionality_unclear",
            W,
            "How new is unclear",
            "Money that is not known to be new never counts as new; a note tells readers what was looked at.",
            _additionality_unclear,
        ),
        Rule(
            "programme_unlisted",
            W,
            "A programme is not listed",
            "Title, summary or a claim's name speak of a programme that is not listed.",
            _programme_unlisted,
        ),
        Rule("id_taken", E, "Id in use", "Another announcement has this id, and would be replaced.", _id_taken),
        Rule(
            "entered_twice",
            E,
            "Entered already",
            "Another announcement has the same title, day and source.",
            _entered_twice,
        ),
        Rule(
            "near_announcement",
            W,
            "Nearly the same announcement",
            "Another announcement of about the same day has nearly the same title.",
            _near_announcement,
        ),
        Rule(
            "source_used",
            W,
            "Source used already",
            "An announcement that shares no money with this one has the same source.",
            _source_used,
        ),
        Rule("without_address", W, "No address", "None of the sources can be looked up.", _without_address),
    ]
}
"""Every rule by its key, in the order in which findings are told."""
