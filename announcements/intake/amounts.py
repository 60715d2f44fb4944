"""Reads a sum of money as a press release words it. Pure.

What the words do not settle is not read: two sums where one is asked for, a sum of another scale than its own range,
a part of a sum ("half of £5m"), a sum that its bracket contradicts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from programmes.financial_years import FinancialYear

from ..choices import MOST, Bound

FLAGS = re.IGNORECASE | re.ASCII  # without ASCII a long s or a Kelvin sign would pass for a letter of ours


@dataclass(frozen=True, slots=True)
class Period:
    """The time a sum is for: how many years it lasts, its first and last financial year, or the calendar year it ends by."""

    years: int | None = None
    first: FinancialYear | None = None
    last: FinancialYear | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """The same sum in another currency, in hundredths of it, with the pounds for one unit that both sums come to."""

    currency: str
    low: int
    high: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Amount:
    """One sum as worded, in hundredths of its currency; in pence where the wording gives pounds as well.

    low and high are its ends as the ledger counts them: low is 0 for "up to". per is what it is paid for each of
    ("year", "each", "week"), empty for a sum once. start and end are its place in the text, its wording whole.
    """

    low: int
    high: int
    bound: Bound
    currency: str
    start: int
    end: int
    per: str = ""
    period: Period | None = None
    foreign: Foreign | None = None
    wording: str = ""

    @property
    def amount(self) -> int | None:
        """What a claim holds as its amount: None for a range."""
        return None if self.bound == Bound.RANGE else self.high

    @property
    def per_year(self) -> bool:
        return self.per == "year"


BOUNDS = {
    Bound.UP_TO: r"up to and including|up to|as much as|(?:an? )?maximum of|(?:no|not) more than|at most|less than|below|under",
    Bound.AT_LEAST: r"at least|(?:well )?over|more than|in excess of|exceeding|(?:an? )?minimum of|(?:no|not) less than|upwards of|above",
    Bound.ABOUT: r"about|around|nearly|almost|approximately|approx\.?|roughly|some|circa|c\.?|~|close to|in the region of"
    r"|(?:an )?estimated|(?:just|a little|slightly) (?:over|under|above|below)|just shy of",
}
UNITS = {
    word: number
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        1,
    )
}
TENS = {
    word: 10 * number
    for number, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
SPECIAL = {
    "half a": Decimal("0.5"),
    "a quarter of a": Decimal("0.25"),
    "quarter of a": Decimal("0.25"),
    "three quarters of a": Decimal("0.75"),
    "a": Decimal(1),
}
SCALES = {
    **dict.fromkeys(["k", "thousand"], 10**3),
    **dict.fromkeys(["m", "mn", "million"], 10**6),
    **dict.fromkeys(["b", "bn", "billion"], 10**9),
    **dict.fromkeys(["tn", "trillion"], 10**12),
}
SYMBOLS = {"£": "GBP", "GBP": "GBP", "$": "USD", "US$": "USD", "USD": "USD", "€": "EUR", "EUR": "EUR"}
NAMES = {
    **dict.fromkeys(["pounds", "pound", "pounds sterling", "sterling"], "GBP"),
    **dict.fromkeys(["pence", "p"], "pence"),
    **dict.fromkeys(["dollars", "us dollars"], "USD"),
    **dict.fromkeys(["euros", "euro"], "EUR"),
}


DASHES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\n": " ", "\t": " ", "–": "-", "—": "-", "‑": "-", "−": "-"})


def _any(words) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


SYMBOL = rf"(?<![A-Za-z£$€]){_any(SYMBOLS)} ?"
DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\d|[.,]\d)"
SPELT = rf"{_any(SPECIAL)}|{_any(TENS)}-{_any(UNITS)}|{_any(TENS | UNITS)}"
END = re.compile(
    rf"(?:(?P<symbol>{SYMBOL})|(?<![\w.,£$€]))(?P<number>{DIGITS}|(?:{SPELT})(?=[ -](?:thousand|[mb]illion|trillion)\b))"
    rf"(?:[ -]?(?P<scale>{_any(SCALES)})(?![A-Za-z0-9]))?(?:[ -]?(?P<name>{_any(NAMES)})\b)?",
    FLAGS,
)
BOUND = "|".join(f"(?P<{bound.value}>{words})" for bound, words in BOUNDS.items())
BEFORE = re.compile(
    rf"(?:(?<![\d.,])(?P<share>\d{{1,2}}(?:\.\d+)?) ?(?:per cent|percent|%) of )?"
    rf"(?:(?P<between>between )|(?:{BOUND})[ ]?(?:(?:about|around|approximately|roughly|nearly|almost|some) )?)?"
    r"(?:(?:an?|the) )?(?:(?P<yearly>annual|yearly) )?(?:(?:extra|additional|further|initial|another) )?$",
    FLAGS,
)
REACH = 80  # characters before a sum that can change what it is
TO = re.compile(r" ?- ?| to ", FLAGS)
AND = re.compile(r" and | to | ?- ?", FLAGS)
OR_MORE = re.compile(r"-plus\b| plus(?=$|[.,;])|\+| or more\b", FLAGS)
TIMES = "year|annum|quarter|month|week|day|hour"
PAID = re.compile(
    rf"(?: extra| more)?(?:(?:[ -]an?[ -]| each | every | ?/ ?)(?P<unit>{TIMES}|head|person|patient|dose)\b"
    r"|[ -]per[ -](?!cent)(?P<of>[a-z]+)|(?P<yearly>,? annually\b| yearly\b| p\.a\.| pa\b)|(?P<each> each\b| apiece\b))",
    FLAGS,
)
FINANCIAL_YEAR = r"\d{4}[-/](?:\d{4}|\d{2})(?!\d)"
FILLER = r"(?:,? (?:of|in) (?:[a-z]+ ){0,2}(?:funding|money|investment|support|cash|capital)\b)?,?"
PERIODS = [
    re.compile(
        rf"{FILLER} (?:spread )?(?:over|for|across|during)(?: the course of)?(?: an?| the)?(?: next| coming| first)?"
        rf" (?P<years>\d{{1,2}}|{_any(UNITS)})[- ]years?\b(?: period\b)?(?![- ]olds?\b)",
        FLAGS,
    ),
    re.compile(
        rf"{FILLER} (?:(?:from|(?P<between>between)|over|for|in|across) )?(?P<first>{FINANCIAL_YEAR})"
        rf"(?: to |(?P<and> and )| ?- ?| until )(?P<last>{FINANCIAL_YEAR})",
        FLAGS,
    ),
    re.compile(rf"{FILLER} (?P<word>in|for|during|from|by|to|until) (?P<year>{FINANCIAL_YEAR})", FLAGS),
    re.compile(rf"{FILLER} (?:by|to|until) (?P<by>(?:19|20)\d\d)(?![\d%/-])", FLAGS),
]
BRACKET = re.compile(r" ?[(\[](?:(?:about|around|approximately|or) )?", FLAGS)
PLAUSIBLE_RATES = (Decimal("0.25"), Decimal("2"))  # pounds for a dollar or a euro; outside, one of both is a slip
A_PART = re.compile(
    r"(?:\b(?:half|thirds?|quarters?|fifths?|tenths?) of (?:the )?|\b(?:double|triple|twice|times|minus) |[x×] ?"
    r"|(?:^|[\s(])-)$",
    FLAGS,
)
A_LATER_WORD = re.compile(
    rf"(?:\d|\b(?:{_any(UNITS | TENS)}|hundred|dozen|few|half)\b)[ -]*(?:or |and |and a |to )?$", FLAGS
)
GOES_ON = re.compile(
    r"[A-Za-z0-9%°]|-\d|[- ]?(?:odd|or (?:two|so))\b| (?:per cent|percent|hundred|thousand|[mb]illion|trillion)\b",
    FLAGS,
)


def read(text: str) -> Amount | None:
    """The one sum that a wording names; None where it names none, or several, or leaves open which.

    A number with a scale that is the whole wording ("412m", "half a billion over three years") is pounds.
    """
    found = find(text)
    if not found:
        found = [amount for amount in _found(text, bare=True) if amount.wording == text.strip(" .,\n\t")]
    return found[0] if len(found) == 1 else None


def find(text: str) -> list[Amount]:
    """Every sum of a text with its place, in order. A number without a currency is no sum."""
    return list(_found(text, bare=False))


def _found(text: str, bare: bool) -> Iterator[Amount]:
    plain = text.translate(DASHES)
    position = since = 0
    while end := END.search(plain, position):
        amount, position = _amount(plain, end, since, bare)
        if amount is not None:
            since = position
            yield replace(amount, wording=text[amount.start : amount.end])


def _amount(text: str, first: re.Match, since: int, bare: bool) -> tuple[Amount | None, int]:
    """The sum whose first number this is, if it is one, and where to look for the next; the one before ends at since."""
    reach = max(since, first.start() - REACH)
    before = BEFORE.search(text, reach, first.start())
    assert before is not None  # its every part may be missing
    said = before.groupdict()
    if before.start() and text[before.start() - 1].isalnum() and text[before.start()].isalnum():
        said = {}  # the end of a longer word
    start = min((before.start(group) for group, words in said.items() if words), default=first.start())
    ends = [first]
    place = first.end()
    lead = text[reach:start]
    joined = (AND if said.get("between") else TO).match(text, place)
    second = joined and END.match(text, joined.end())
    rising = lead.lower().endswith("from ")
    if joined and second and not rising and (second["symbol"] or second["scale"] or second["name"]):
        ends.append(second)
        place = second.end()
    elif said.get("between"):
        return None, place
    more = OR_MORE.match(text, place)
    place = more.end() if more else place
    bound = next((bound for bound in BOUNDS if said.get(bound.value)), Bound.EXACT)
    if len(ends) == 2:
        bound, vague = Bound.RANGE, bound != Bound.EXACT or bool(more)
    else:
        vague = bool(more) and bound != Bound.EXACT
        bound = Bound.AT_LEAST if more else bound
    money = _money(ends, bare)
    after = GOES_ON.match(text, place)
    goes_on = after and not PAID.match(text, place)
    unmarked = not first["symbol"] and A_LATER_WORD.search(lead)
    if money is None or vague or goes_on or unmarked or A_PART.search(lead):
        return None, place
    currency, low, high = money
    if said.get("share"):
        low, high = (end * Decimal(said["share"]) / 100 for end in (low, high))
    if low > high or high > MOST or low % 1 or high % 1:
        return None, place
    amount = Amount(int(low) if bound != Bound.UP_TO else 0, int(high), bound, currency, start, place)
    bracket = BRACKET.match(text, place)
    other = bracket and END.match(text, bracket.end())
    if other and len(ends) == 1 and text[other.end() : other.end() + 1] in (")", "]"):
        same = _money([other], bare=False)
        if same and "GBP" in (currency, same[0]) and currency != same[0]:
            place = other.end() + 1
            both = _in_both(amount, same[0], same[2])
            if both is None:
                return None, place
            amount = both
    per = "year" if said.get("yearly") else ""
    if paid := PAID.match(text, place):
        unit = (paid["unit"] or paid["of"] or "").lower()
        per = "each" if paid["each"] else "year" if paid["yearly"] or unit == "annum" else unit
        place = paid.end()
    period, place = _period(text, place)
    return replace(amount, per=per, period=period, end=place), place


def _money(ends: list[re.Match], bare: bool) -> tuple[str, Decimal, Decimal] | None:
    """Currency, low and high in hundredths; None where the ends disagree or name no currency."""
    named = {SYMBOLS[end["symbol"].strip().upper()] for end in ends if end["symbol"]}
    named |= {NAMES[end["name"].lower()] for end in ends if end["name"]}
    if not named and bare and ends[-1]["scale"]:
        named = {"GBP"}
    if len(named) != 1:
        return None
    (currency,) = named
    values = []
    for end in ends:
        number = _number(end["number"])
        scale = end["scale"]
        # "£10-20 million": the scale of the second end is meant for both
        if not scale and end is not ends[-1] and number < 1000 and "," not in end["number"]:
            scale = ends[-1]["scale"]
        decimals = end["number"].partition(".")[2]
        if not scale and decimals and len(decimals) != 2 or scale and currency == "pence":
            return None
        values.append(number * (SCALES[scale.lower()] if scale else 1) * (1 if currency == "pence" else 100))
    return "GBP" if currency == "pence" else currency, values[0], values[-1]


def _number(written: str) -> Decimal:
    written = written.lower()
    if written[0].isdigit():
        return Decimal(written.replace(",", ""))
    if written in SPECIAL:
        return SPECIAL[written]
    return Decimal(sum((TENS | UNITS)[word] for word in written.split("-")))


def _in_both(amount: Amount, currency: str, high: Decimal) -> Amount | None:
    """The sum in pounds with its other currency beside it; None where both cannot be the same money."""
    if high > MOST or high % 1 or not high or not amount.high:
        return None
    ends = (0 if amount.bound == Bound.UP_TO else int(high), int(high))
    sterling, foreign = (
        ((amount.low, amount.high), ends) if amount.currency == "GBP" else (ends, (amount.low, amount.high))
    )
    rate = Decimal(sterling[1]) / foreign[1]
    if not PLAUSIBLE_RATES[0] <= rate <= PLAUSIBLE_RATES[1]:
        return None
    abroad = currency if amount.currency == "GBP" else amount.currency
    return replace(
        amount,
        low=sterling[0],
        high=sterling[1],
        currency="GBP",
        foreign=Foreign(abroad, *foreign, rate.quantize(Decimal("1e-9"))),
    )


def _period(text: str, place: int) -> tuple[Period | None, int]:
    """What the words from this place on say of the time, and where they end; None where they say nothing certain."""
    years, first, last, by = None, None, None, None
    while match := next(filter(None, (period.match(text, place) for period in PERIODS)), None):
        said = match.groupdict()
        if said.get("years"):
            stated = said["years"].lower()
            years = int(stated) if stated.isdigit() else UNITS[stated]
        elif said.get("by"):
            by = int(said["by"])
        elif said.get("last"):
            first, last = _financial_year(said["first"]), _financial_year(said["last"])
            apart = said["and"] and not said["between"]
            if first is None or last is None or first > last or (apart and last != first + 1):
                return None, place
        else:
            year = _financial_year(said["year"])
            if year is None:
                return None, place
            word = said["word"].lower()
            first = year if word in ("in", "for", "during", "from") else first
            last = year if word in ("in", "for", "during", "by", "to", "until") else last
        place = match.end()
    if years and first is not None and last is None:
        last = FinancialYear(first + years - 1)
    elif years and last is not None and first is None:
        first = FinancialYear(last - years + 1)
    if first is not None and last is not None:
        if first > last or years not in (None, last - first + 1):
            return None, place
        years = last - first + 1
    said_any = years is not None or first is not None or last is not None or by is not None
    return (Period(years, first, last, by) if said_any else None), place


def _financial_year(written: str) -> FinancialYear | None:
    """``2019-20``, ``2019/20`` or ``2019-2020``; None for other spans of years."""
    begins, ends = re.split("[-/]", written)
    try:
        return FinancialYear.parse(f"{begins}-{ends[-2:]}") if len(ends) == 2 or int(ends) == int(begins) + 1 else None
    except ValueError:
        return None
