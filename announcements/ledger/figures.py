"""What one claim's figure is: counted or not and why, its pence, and how precisely it was worded. Pure.

Source: COUNTING.md beside this file.
"""

import math
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from programmes.financial_years import FinancialYear

from ..choices import Bound, ClaimMeasure, Effect, Terms


@dataclass(frozen=True, slots=True)
class Link:
    """A claim's statement that the outer pot includes the inner one, or a share of it.

    low and high are the share in pence; both None where its size is unknown.
    """

    outer: str
    inner: str
    whole: bool
    low: int | None = None
    high: int | None = None

    @property
    def unknown(self):
        return not self.whole and self.high is None


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim as the counting reads it. Pots and claims are named by reference (announcement id, #, key).

    amount, low and high are hundredths of the currency, as stated; splits and profile are pence. What describes the
    pot is empty or None where the claim leaves it as it is.
    """

    reference: str
    announcement: str
    day: date
    place: int
    pot: str
    introduces: bool
    effect: str
    bound: str = Bound.EXACT
    measure: str = ClaimMeasure.TOTAL
    terms: str = Terms.CASH
    as_stated: str = ""
    amount: int | None = None
    low: int | None = None
    high: int | None = None
    currency: str = "GBP"
    rate: Decimal | None = None
    theme: str | None = None
    sector: str = ""
    additionality: str = ""
    regions: tuple[str, ...] = ()
    splits: tuple[tuple[str, int], ...] = ()
    start: int | None = None
    end: int | None = None
    profile: tuple[tuple[int, int], ...] = ()
    programmes: frozenset[str] = frozenset()
    links: tuple[Link, ...] = ()

    @property
    def order(self):
        """Of a day's claims: introductions first, then by the announcement's id, then by the place in it."""
        return (not self.introduces, self.announcement, self.place)

    @property
    def ends(self):
        """The stated figure as (low, high) in hundredths of the currency, None where no figure is stated."""
        if self.bound == Bound.RANGE:
            return self.low, self.high
        if self.amount is None:
            return None
        return (0 if self.bound == Bound.UP_TO else self.amount), self.amount


PROPOSAL = "A proposal or demand: recorded, never counted."
NOT_SUMMABLE = "A level, a rise or a breakdown: recorded and shown, never added."
REAL_TERMS = "In real terms: recorded and shown, never added to cash."
NO_AMOUNT = "No amount was stated: unknown is not nil."
NO_RATE = "In another currency, without a rate: no pounds."

UNCOUNTED = [  # first match wins; nothing else restates these
    (PROPOSAL, lambda claim: claim.effect == Effect.PROPOSES),
    (NOT_SUMMABLE, lambda claim: claim.measure in (ClaimMeasure.LEVEL, ClaimMeasure.RISE, ClaimMeasure.BREAKDOWN)),
    (REAL_TERMS, lambda claim: claim.terms == Terms.REAL),
    (NO_AMOUNT, lambda claim: claim.ends is None and claim.effect != Effect.CANCELS),
    (NO_RATE, lambda claim: claim.ends is not None and lacks_rate(claim)),
]


def lacks_rate(claim):
    return claim.currency != "GBP" and claim.rate is None


def why_uncounted(claim):
    """The reason, as readers see it, why a claim is recorded and never counted; None where it counts."""
    return next((reason for reason, applies in UNCOUNTED if applies(claim)), None)


@dataclass(frozen=True, slots=True)
class Years:
    """The financial years that a pot's money is for, as stated; none where nobody said.

    profile is pence by year where a source gives them. `closed` says that first and last are both stated, so that a
    yearly sum can be multiplied out.
    """

    stated: tuple[int, ...] = ()
    profile: tuple[tuple[int, int], ...] = ()
    closed: bool = False


def stated_years(claim):
    """The years that a claim states, None where it states none and the pot keeps what it has.

    Both ends state a period, a profile states its own years; a yearly sum with only the first has that one year,
    any other claim with only one end states none.
    """
    profile = tuple(sorted(claim.profile))
    if claim.start is not None and claim.end is not None:
        return Years(tuple(FinancialYear(claim.start).to(claim.end)), profile, closed=True)
    if profile:
        return Years(tuple(year for year, _ in profile), profile, closed=True)
    if claim.start is not None and claim.measure == ClaimMeasure.PER_YEAR:
        return Years((claim.start,))
    return None


@dataclass(frozen=True, slots=True)
class Figure:
    """A counted claim's figure in pence, over all its years; None for both ends of a cancellation of everything.

    rounding is half a unit of its last digit, in pence. taken marks the figure of a cancellation.
    """

    low: int | None
    high: int | None
    rounding: Fraction = Fraction(0)
    open_ended: bool = False
    taken: bool = False


def figure(claim, years):
    """The Figure of a claim, given the Years its pot has once the claim has described it; None where it is uncounted."""
    if why_uncounted(claim):
        return None
    taken = claim.effect == Effect.CANCELS
    ends = claim.ends
    if ends is None:
        return Figure(None, None, taken=taken)
    yearly = claim.measure == ClaimMeasure.PER_YEAR
    times = len(years.stated) if yearly and years.closed else 1
    rate = Decimal(1) if claim.currency == "GBP" else claim.rate
    low, high = (to_pence(end, times, rate) for end in ends)
    rounding = half_unit(claim.as_stated, ends[1]) * times * Fraction(rate)
    open_ended = claim.bound == Bound.AT_LEAST or (yearly and not years.closed)
    return Figure(low, high, rounding, open_ended, taken)


def to_pence(hundredths, times, rate):
    """Pence for a sum in hundredths of a currency: rounded to the penny once, after years and rate, halves up."""
    return math.floor(hundredths * times * Fraction(rate) + Fraction(1, 2))


SCALES = {
    "": 0,
    "k": 3,
    "thousand": 3,
    "m": 6,
    "mn": 6,
    "million": 6,
    "b": 9,
    "bn": 9,
    "billion": 9,
    "tn": 12,
    "trillion": 12,
}
NUMBER = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:[\s\u00a0-]*(thousand|million|billion|trillion|mn|bn|tn|k|m|b)(?![a-z]))?",
    re.IGNORECASE,
)


def half_unit(wording, hundredths):
    """How far a figure may be off, in hundredths: half a unit of its last digit as worded.

    £1.8bn is good to £50m, £250 million to £500,000. Where no number in the wording is the figure ("half a
    billion"), the figure's last digit that is not 0 decides.
    """
    for match in NUMBER.finditer(wording or ""):
        decimals = match[2] or ""
        exponent = SCALES[(match[3] or "").lower()] + 2 - len(decimals)
        if Fraction(int(match[1].replace(",", "") + decimals)) * Fraction(10) ** exponent == hundredths:
            return Fraction(10) ** exponent / 2
    if not hundredths:
        return Fraction(0)
    digits = str(hundredths)
    return Fraction(10 ** (len(digits) - len(digits.rstrip("0")))) / 2
