"""A record that may be half-finished, as far as it can be read. Pure.

What is missing or of another kind than the format asks for is empty text or None, and nothing is said of it.
"""

import datetime
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from programmes.financial_years import FinancialYear

from ..choices import Bound, ClaimMeasure, Effect, Terms
from ..facts.format import MONEY, hundredths
from ..intake import amounts
from ..ledger.figures import half_unit, to_pence

SUMMABLE = (ClaimMeasure.TOTAL, ClaimMeasure.PER_YEAR)


class Link(NamedTuple):
    """A link as the record writes it: whether the other pot is the outer one, and whether the inner lies in it whole."""

    path: tuple
    pot: str
    outer: bool
    whole: bool


class Claim(NamedTuple):
    """One claim. low and high are hundredths of the currency; high is the sum, or the high end of a range. profile and
    splits are pence. programmes is None where it is for all of the announcement's; read is what its wording reads as.
    """

    path: tuple
    key: str
    name: str
    as_stated: str
    low: int | None
    high: int | None
    currency: str
    rate: Fraction | None
    bound: str
    measure: str
    terms: str
    effect: str
    about: str
    links: tuple[Link, ...]
    programmes: tuple[str, ...] | None
    sector: str
    additionality: str
    theme: str
    start: FinancialYear | None
    end: FinancialYear | None
    profile: dict[str, int]
    splits: tuple[int, ...]
    note: str
    read: amounts.Amount | None

    @property
    def mark(self) -> str:
        """What tells it from the announcement's other claims: its key, or its place while it has none."""
        return self.key or f"{self.path[-1]}"

    @property
    def introduces(self) -> bool:
        return not self.about

    @property
    def counts(self) -> bool:
        """Whether it is money that is added up at all."""
        return self.measure in SUMMABLE and self.effect != Effect.PROPOSES and self.terms != Terms.REAL

    @property
    def top(self) -> tuple:
        """The place of its sum: that of the high end for a range."""
        return (*self.path, "high" if self.bound == Bound.RANGE else "amount")

    @property
    def in_pounds(self) -> Fraction | None:
        """The pounds of one unit of its currency, where that is known."""
        return Fraction(1) if self.currency == "GBP" else self.rate

    @property
    def stated_pence(self) -> int | None:
        """The sum in pence as it is stated, before years."""
        rate = self.in_pounds
        return None if self.high is None or rate is None else to_pence(self.high, 1, rate)

    @property
    def pence(self) -> tuple[int, int] | None:
        """Low and high end in pence over all its years, None where no pounds are stated."""
        rate = self.in_pounds
        if self.high is None or rate is None:
            return None
        years = len(self.start.to(self.end)) if self.start is not None and self.end is not None else 1
        times = max(years, 1) if self.measure == ClaimMeasure.PER_YEAR else 1
        low = 0 if self.bound == Bound.UP_TO else self.low if self.bound == Bound.RANGE else self.high
        return to_pence(low or 0, times, rate), to_pence(self.high, times, rate)

    @property
    def rounding(self) -> Fraction:
        """How far its sum may be off in pence: half a unit of the last digit that is worded."""
        pence = self.pence
        return (
            half_unit(self.as_stated, self.high) * Fraction(pence[1], self.high) if pence and self.high else Fraction(0)
        )


class Announcement(NamedTuple):
    """One record."""

    slug: str
    day: datetime.date | None
    title: str
    summary: str
    note: str
    programmes: tuple[str, ...]
    sources: tuple[tuple[int, str, datetime.date | None], ...]
    """Each source's place, address and day."""
    claims: tuple[Claim, ...]

    @classmethod
    def read(cls, record: Any) -> "Announcement":
        record = _record(record)
        return cls(
            slug=_text(record.get("id")),
            day=_day(record.get("announced_on")),
            title=_text(record.get("title")),
            summary=_text(record.get("summary")),
            note=_text(record.get("note")),
            programmes=_texts(record.get("programmes")),
            sources=tuple(
                (index, _text(source.get("url")), _day(source.get("published_on")))
                for index, source in _rows(record.get("sources"))
            ),
            claims=tuple(_claim(index, claim) for index, claim in _rows(record.get("claims"))),
        )

    def full(self, reference: str) -> str:
        """A reference as it is meant from here: a bare key is one of this announcement."""
        return reference if "#" in reference else f"{self.slug}#{reference}"

    @property
    def by_reference(self) -> dict[str, Claim]:
        return {self.full(claim.key): claim for claim in self.claims if claim.key}

    @property
    def leads_to(self) -> set[str]:
        """The full references that its claims are about or link to, those to itself left out."""
        given = {reference for claim in self.claims for reference in (claim.about, *(link.pot for link in claim.links))}
        return {reference for reference in given if "#" in reference and reference.partition("#")[0] != self.slug}

    def programmes_of(self, claim: Claim) -> tuple[str, ...]:
        """The names of the programmes that a claim is for."""
        return self.programmes if claim.programmes is None else claim.programmes


def _claim(index: int, claim: dict) -> Claim:
    path = ("claims", index)
    as_stated, bound = _text(claim.get("as_stated")), _text(claim.get("bound")) or Bound.EXACT
    rate, profile = (_record(claim.get(key)) for key in ("rate", "profile"))
    amount, low, high = (_money(claim.get(end)) for end in ("amount", "low", "high"))
    splits = [_money(split.get("amount")) for _, split in _rows(claim.get("splits"))]
    by_year = {str(year): _money(text) for year, text in profile.items()}
    return Claim(
        path=path,
        key=_text(claim.get("key")),
        name=_text(claim.get("name")),
        as_stated=as_stated,
        low=low,
        high=high if bound == Bound.RANGE else amount,
        currency=_text(claim.get("currency")) or "GBP",
        rate=_rate(rate.get("gbp_per_unit")),
        bound=bound,
        measure=_text(claim.get("measure")) or ClaimMeasure.TOTAL,
        terms=_text(claim.get("terms")),
        effect=_text(claim.get("effect")),
        about=_text(claim.get("about")),
        links=tuple(_links(path, claim)),
        programmes=_texts(claim["programmes"]) if isinstance(claim.get("programmes"), list) else None,
        sector=_text(claim.get("sector")),
        additionality=_text(claim.get("additionality")),
        theme=_text(claim.get("theme")),
        start=_year(claim.get("start_fy")),
        end=_year(claim.get("end_fy")),
        profile={year: pence for year, pence in by_year.items() if pence is not None},
        splits=tuple(split for split in splits if split is not None),
        note=_text(claim.get("note")),
        read=amounts.read(as_stated),
    )


def _links(path: tuple, claim: dict) -> Iterator[Link]:
    for kind, outer in [("part_of", True), ("includes", False)]:
        for place, reference in enumerate(_texts(claim.get(kind))):
            yield Link((*path, kind, place), reference, outer, whole=True)
    for kind, outer in [("partly_in", True), ("overlaps", False)]:
        for place, share in _rows(claim.get(kind)):
            if _text(share.get("pot")):
                yield Link((*path, kind, place, "pot"), _text(share.get("pot")), outer, whole=False)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in map(_text, value) if text) if isinstance(value, list | tuple) else ()


def _record(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _rows(value: Any) -> Iterator[tuple[int, dict]]:
    return ((index, row) for index, row in enumerate(value if isinstance(value, list) else ()) if isinstance(row, dict))


def _money(value: Any) -> int | None:
    return hundredths(value) if isinstance(value, str) and MONEY.fullmatch(value) else None


def _rate(value: Any) -> Fraction | None:
    return Fraction(value) if isinstance(value, str) and re.fullmatch(r"\d{1,6}(\.\d{1,9})?", value, re.ASCII) else None


def _day(value: Any) -> datetime.date | None:
    try:
        day = datetime.date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None
    return day if day and 1900 <= day.year < 2200 else None


def _year(value: Any) -> FinancialYear | None:
    try:
        return FinancialYear.parse(value)
    except ValueError:
        return None
