"""The interchange format itself: its shape, its texts for money and days, and its canonical form. Pure."""

import datetime
import json
import re
from decimal import Decimal
from pathlib import Path

from programmes import money
from programmes.documents import Shape, printable, quoted
from programmes.financial_years import FinancialYear

FORMAT = "healthfund-facts/1"
SCHEMA = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))

SHARES = ("partly_in", "overlaps")
WHOLES = ("part_of", "includes")
DESCRIPTION = ("sector", "additionality", "theme", "regions")
"""What a claim that introduces its pot has to give."""

MONEY = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?")


def hundredths(text):
    """Whole hundredths (pence) of an amount such as `412000000` or `0.50`; None stays None."""
    return None if text is None else int(Decimal(text) * 100)


def pounds(hundredths):
    """The text of whole hundredths, without decimals where they are nil; None stays None."""
    return None if hundredths is None else money.in_digits(hundredths)


def number(value):
    """A JSON number for a Decimal of at most 15 digits, whole ones as int; None stays None."""
    if value is None:
        return None
    value = Decimal(str(value))
    return int(value) if value == value.to_integral_value() else float(value)


def rate(value):
    """The text of a rate, without ending zeros."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# ------------------------------------------------------------------------------------------------ what is wrong


def _wrong_amount(text):
    if MONEY.fullmatch(text):
        return None
    if (full := money.in_full(text)) is not None:
        return f"{quoted(text)} is not written in full: write {printable(f'{full.normalize():f}')}"
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?e\+?[0-9]+", text, re.IGNORECASE):
        return f"{quoted(text)} is not written in full: write all its digits"
    if re.match(r"-", text.strip()):
        return f"{quoted(text)} is below 0: an amount is not, and the effect says whether money comes or goes"
    digits = re.sub(r"[£$€,_\s]", "", text)
    if digits != text and MONEY.fullmatch(digits):
        return f"{quoted(text)} is more than digits: if nothing is missing of its scale, write {digits}"
    if re.fullmatch(r"[0-9]+\.[0-9]{3,}", text):
        return f"{quoted(text)} has more than two decimals: round it to the penny"
    if re.fullmatch(r"0[0-9]+(\.[0-9]+)?", text):
        return f"{quoted(text)} begins with 0: take it off"
    if re.fullmatch(r"[0-9]{16,}(\.[0-9]+)?", text):
        return f"{quoted(text)} has more than 15 digits before the point: check its scale"
    return f"{quoted(text)} is not an amount in full: write digits such as 412000000 or 0.50"


def _wrong_rate(text):
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or re.match(r"0[0-9]", text):
        return f"{quoted(text)} is not a rate: write pounds for one unit, such as 0.7525"
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,9})?", text):
        return f"{quoted(text)} has more than 6 digits before the point or 9 after it: round it"
    return None if Decimal(text) else "is 0: a rate is above 0; where there is none leave it out"


def _wrong_day(text):
    try:
        good = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and datetime.date.fromisoformat(text)
    except ValueError:
        good = None
    if not good:
        return f"{quoted(text)} is not a day: write it as 2018-07-20"
    return None if 1900 <= good.year < 2200 else f"{quoted(text)} is not a day between 1900 and 2199"


def _wrong_financial_year(text):
    try:
        year = FinancialYear.parse(text)
    except ValueError:
        return f"{quoted(text)} is not a financial year: write it as 2018-19"
    return None if 1900 <= year < 2200 else f"{quoted(text)} is not a year between 1900-01 and 2199-00"


def _wrong_due(text):
    if re.fullmatch(r"(19|20|21)[0-9]{2}(-(0[1-9]|1[0-2]))?", text):
        return None
    return _wrong_day(text) and f"{quoted(text)} is not a year, month or day: write it as 2030, 2030-03 or 2030-03-31"


SHAPE = Shape(
    SCHEMA,
    {
        "pounds": _wrong_amount,
        "rate": _wrong_rate,
        "date": _wrong_day,
        "financial-year": _wrong_financial_year,
        "day-month-or-year": _wrong_due,
    },
)


# ------------------------------------------------------------------------------------------------ canonical form


def compact(announcement):
    """An announcement with its keys in order, amounts in one spelling, and everything left out that may be.

    Two announcements say the same when their compact forms are equal, once references are resolved and sets sorted.
    """
    return _given(
        announcement | {"claims": announcement["claims"] or []},
        id=str,
        announced_on=str,
        title=str,
        summary=str,
        announcer=lambda announcer: _given(announcer, organisation=str, person=str, role=str),
        programmes=list,
        sources=lambda sources: [
            _given(source, url=str, publisher=str, published_on=str, kind=str, keep={"url"}) for source in sources
        ],
        claims=lambda claims: [_claim(claim) for claim in claims],
        figures=lambda figures: [_given(figure, as_stated=str, what=str, kind=str, note=str) for figure in figures],
        targets=lambda targets: [
            _given(target, metric=str, value=number, unit=str, due=str, wording=str, note=str) for target in targets
        ],
        responses=lambda responses: [
            _given(r, organisation=str, person=str, role=str, stance=str, summary=str, source=int, claim=str, note=str)
            for r in responses
        ],
        note=str,
        keep={"claims"},
    )


def _claim(claim):
    given = _given(
        {key: value for key, value in claim.items() if value is not None},
        key=str,
        name=str,
        as_stated=str,
        amount=_money,
        low=_money,
        high=_money,
        currency=str,
        rate=lambda r: {"gbp_per_unit": rate(r["gbp_per_unit"]), "on": r["on"], "source": r["source"]},
        bound=str,
        measure=str,
        terms=str,
        price_year=str,
        effect=str,
        about=str,
        part_of=list,
        includes=list,
        partly_in=_shares,
        overlaps=_shares,
        programmes=list,
        sector=str,
        funders=list,
        recipients=list,
        additionality=str,
        nature=str,
        instrument=str,
        start_fy=str,
        end_fy=str,
        profile=lambda profile: {year: _money(profile[year]) for year in sorted(profile)},
        theme=str,
        tags=list,
        regions=list,
        splits=lambda splits: [{"region": split["region"], "amount": _money(split["amount"])} for split in splits],
        note=str,
        # No programmes at all is not the same as not saying which; the other two are always asked for.
        keep={"programmes"} & {key for key, value in claim.items() if value is not None} | {"as_stated", "amount"},
    )
    if given.get("terms") == "cash":
        del given["terms"]
    return given


def _given(record, *, keep=(), **kinds):
    """The record's keys in this order, each value made by its kind, without what is null or empty and not to keep."""
    out = {}
    for key, make in kinds.items():
        value = record.get(key)
        if value not in (None, [], {}):
            out[key] = make(value)
        elif key in keep:
            out[key] = value
    return out


def _money(text):
    return pounds(hundredths(text))


def _shares(shares):
    return [{"pot": share["pot"], "low": _money(share["low"]), "high": _money(share["high"])} for share in shares]
