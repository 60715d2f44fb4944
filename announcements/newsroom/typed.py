"""What is typed on the entry page, and the record that it makes. Pure.

A typed announcement has the shape of a record (an announcement of the interchange format, facts/schema.json), but
leniently: every value is text as it was typed, and anything may be missing. It differs where a page is entered more
easily than a file is written:

    links           one list for all kinds: {kind, pot, low, high}
    profile         a list of {year, amount}
    programmes_are  "these" where a claim is for the programmes that it names; else it is for those of its announcement
    looked          a claim's verdicts on the pots that it might repeat: {pot, verdict}
    ticked          warnings that were looked at: {key, reason}

Where a claim has a wording and no amount is typed beside it, the wording is read: `as_stated` gives amount or range,
bound and currency, and also whether it is yearly and for which years where these were not typed.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple

from programmes import money
from programmes.financial_years import FinancialYear

from ..choices import Bound, ClaimMeasure, Effect, LinkKind, SourceKind
from ..facts.format import MONEY, SHARES, WHOLES, compact
from ..intake import amounts
from ..intake.amounts import Amount

Path = tuple[str | int, ...]

FIELDS = frozenset(
    {"id", "announced_on", "title", "summary", "note", "announcer", "programmes", "sources", "claims", "figures"}
    | {"targets", "responses", "ticked"}
)
"""What a typed announcement holds."""
SPEAKER = ("organisation", "person", "role")
LISTS: dict[str, tuple[str, ...]] = {
    "sources": ("url", "publisher", "published_on", "kind"),
    "figures": ("as_stated", "what", "kind", "note"),
    "targets": ("metric", "value", "unit", "due", "wording", "note"),
    "responses": (*SPEAKER, "stance", "summary", "source", "claim", "note"),
    "links": ("kind", "pot", "low", "high"),
    "profile": ("year", "amount"),
    "splits": ("region", "amount"),
    "looked": ("pot", "verdict"),
    "ticked": ("key", "reason"),
}
"""The lists of rows and what each row of them holds; claims hold more."""
MANY = frozenset({"programmes", "tags", "regions", "funders", "recipients"})
"""Lists of single values."""

VERDICTS = ("same", "part_of", "includes", "overlaps", "different")
"""What an editor may say of a pot that a claim might repeat."""


class Composed(NamedTuple):
    """A record as far as what was typed makes one; what in it cannot be read, as (path in what was typed, what to do);
    the reading of the wording of each of its claims, None where it cannot be read; and where on the page the values
    stand that the record has elsewhere, and the rows that moved up over empty ones."""

    record: dict
    faults: list[tuple[Path, str]]
    readings: list[Amount | None]
    places: dict[Path, Path]

    moved: dict[Path, Path]

    def typed_path(self, path: Path) -> Path:
        """The place on the page of a place in the record."""
        return _led(_led(path, self.places), self.moved)


def _led(path: Path, places: dict[Path, Path]) -> Path:
    for end in range(len(path), 0, -1):
        if path[:end] in places:
            return places[path[:end]] + path[end:]
    return path


# ------------------------------------------------------------------------------------------ from a page


def unflatten(pairs: Iterable[tuple[str, list[str]]]) -> dict:
    """What was typed, out of a form's fields: ``claims-0-links-1-pot`` is the pot of the second link of the first claim.

    Fields of other names are not read. Rows stay where they stand on the page, also those in which nothing was typed (`trimmed` takes them out).
    """
    tree: dict[str, Any] = {}
    for name, values in pairs:
        parts = name.split("-")
        if parts[0] not in FIELDS or not all(re.fullmatch(r"[a-z_]+|\d{1,3}", part) for part in parts):
            continue
        where = tree
        for part in parts[:-1]:
            where = where.setdefault(part, {})
            if not isinstance(where, dict):
                break
        else:
            texts = [value.replace("\r\n", "\n").strip() for value in values]
            where[parts[-1]] = [text for text in texts if text] if parts[-1] in MANY else texts[-1] if texts else ""
    return _as_rows(tree)


def _as_rows(value: Any) -> Any:
    """Dicts by number become lists, with an empty row wherever a number is missing."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        rows = {int(key): _as_rows(inner) for key, inner in value.items()}
        return [rows.get(number, {}) for number in range(max(rows) + 1)]
    return {key: _as_rows(inner) for key, inner in value.items() if not key.isdigit()}


def trimmed(typed: dict) -> dict:
    """What was typed without the rows in which nothing was, and without ticks that have no reason. A response stays with
    the source that it names."""
    return _trimmed(typed)[0]


def _trimmed(typed: dict) -> tuple[dict, dict[Path, Path]]:
    """The same, and where each row stood that moved: {place now: place on the page}."""
    moved: dict[Path, Path] = {}

    def keep(value: Any, now: Path, was: Path) -> Any:
        if isinstance(value, dict):
            return {key: keep(inner, (*now, key), (*was, key)) for key, inner in value.items()}
        if not isinstance(value, list) or not any(isinstance(row, dict) for row in value):
            return value
        rows: list[dict] = []
        for number, row in enumerate(value):
            if isinstance(row, dict) and not blank(row) and (now != ("ticked",) or row.get("reason")):
                here = (*now, len(rows))
                moved[here] = (*was, number)
                rows.append(keep(row, here, (*was, number)))
        return rows

    out = keep(typed, (), ())
    sources = {str(was[1]): str(now[1]) for now, was in moved.items() if len(now) == 2 and now[0] == "sources"}
    if isinstance(out.get("responses"), list):
        out["responses"] = [
            row | {"source": sources.get(row["source"], "")} if row.get("source") else row for row in out["responses"]
        ]
    return out, moved


def blank(value: Any) -> bool:
    """Whether nothing was typed in it, at any depth."""
    if isinstance(value, dict):
        return all(map(blank, value.values()))
    if isinstance(value, list):
        return all(map(blank, value))
    return value in (None, "")


# ---------------------------------------------------------------------------------------- from a record


def of(record: dict) -> dict:
    """A record as the entry page shows it. `compose` gives the same record back."""
    typed: dict[str, Any] = {
        key: _text(record.get(key)) for key in ("id", "announced_on", "title", "summary", "note") if record.get(key)
    }
    typed["announcer"] = {key: _text(record.get("announcer", {}).get(key)) for key in SPEAKER}
    typed["programmes"] = list(record.get("programmes") or ())
    for name in ("sources", "figures", "targets", "responses"):
        typed[name] = [{key: _text(row.get(key)) for key in LISTS[name]} for row in record.get(name) or ()]
    typed["claims"] = [_claim_of(claim) for claim in record.get("claims") or ()]
    return typed


PLAIN = (
    *("key", "name", "as_stated", "amount", "low", "high", "currency", "bound", "measure", "terms", "price_year"),
    *("effect", "about", "sector", "additionality", "nature", "instrument", "start_fy", "end_fy", "theme", "note"),
)


def _claim_of(claim: dict) -> dict:
    typed: dict[str, Any] = {key: _text(claim.get(key)) for key in PLAIN}
    rate = claim.get("rate") or {}
    typed["rate"] = {key: _text(rate.get(key)) for key in ("gbp_per_unit", "on", "source")}
    typed["programmes_are"] = "" if claim.get("programmes") is None else "these"
    for key in MANY:
        typed[key] = list(claim.get(key) or ())
    typed["links"] = [
        {"kind": kind, "pot": pot, "low": "", "high": ""} for kind in WHOLES for pot in claim.get(kind) or ()
    ] + [
        {"kind": kind} | {key: _text(share.get(key)) for key in ("pot", "low", "high")}
        for kind in SHARES
        for share in claim.get(kind) or ()
    ]
    typed["profile"] = [{"year": year, "amount": amount} for year, amount in (claim.get("profile") or {}).items()]
    typed["splits"] = [dict(split) for split in claim.get("splits") or ()]
    return typed


def _text(value: Any) -> str:
    return "" if value is None else str(value)


# ------------------------------------------------------------------------------------------- to a record


def compose(typed: dict) -> Composed:
    """The record that what was typed makes, with all that cannot be read. Never raises, whatever was typed."""
    return _Composer(typed).compose()


class _Composer:
    def __init__(self, typed: dict):
        self.typed, self.moved = _trimmed(typed)
        self.faults: list[tuple[Path, str]] = []
        self.places: dict[Path, Path] = {}
        self.readings: list[Amount | None] = []

    def compose(self) -> Composed:
        typed = self.typed
        day = self._day(typed.get("announced_on"), ("announced_on",))
        announcer = typed.get("announcer")
        title = typed.get("title") or ""
        record = {
            "id": typed.get("id") or (f"{day}-{slug(title)}"[:159].strip("-") if day and slug(title) else ""),
            "announced_on": day,
            "title": title,
            "summary": typed.get("summary") or "",
            "announcer": {key: announcer.get(key) if isinstance(announcer, dict) else None for key in SPEAKER},
            "programmes": _once(typed.get("programmes")),
            "sources": [self._source(index, row) for index, row in enumerate(self._list("sources"))],
            "claims": self._claims(),
            "figures": [{key: row.get(key) for key in LISTS["figures"]} for row in self._list("figures")],
            "targets": [self._target(index, row) for index, row in enumerate(self._list("targets"))],
            "responses": [self._response(index, row) for index, row in enumerate(self._list("responses"))],
            "note": typed.get("note"),
        }
        faults = [(_led(path, self.moved), message) for path, message in self.faults]
        return Composed(_as_canonical(record), faults, self.readings, self.places, self.moved)

    def _list(self, name: str) -> list[dict]:
        rows = self.typed.get(name)
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def _source(self, index: int, row: dict) -> dict:
        day = self._day(row.get("published_on"), ("sources", index, "published_on"))
        kind = row.get("kind") or SourceKind.PRESS_RELEASE.value
        return {"url": row.get("url") or None, "publisher": row.get("publisher"), "published_on": day, "kind": kind}

    def _target(self, index: int, row: dict) -> dict:
        out: dict[str, Any] = {key: row.get(key) for key in LISTS["targets"]}
        text = (row.get("value") or "").replace(",", "")
        if not text:
            out["value"] = None
        elif re.fullmatch(r"-?\d{1,15}(\.\d{1,4})?", text):
            out["value"] = float(text) if "." in text else int(text)
        else:
            out["value"] = None
            self.faults.append((("targets", index, "value"), f"“{row['value']}” is not a number: write digits."))
        return out

    def _response(self, index: int, row: dict) -> dict:
        out: dict[str, Any] = {key: row.get(key) for key in LISTS["responses"]}
        source = row.get("source")
        out["source"] = int(source) if isinstance(source, str) and source.isdigit() else None
        return out

    # ------------------------------------------------------------------------------------------- claims

    def _claims(self) -> list[dict]:
        rows = self._list("claims")
        taken = {row["key"] for row in rows if row.get("key")}
        return [self._claim(index, row, taken, alone=len(rows) == 1) for index, row in enumerate(rows)]

    def _claim(self, index: int, row: dict, taken: set[str], alone: bool) -> dict:
        path: Path = ("claims", index)
        reading = amounts.read(row.get("as_stated") or "")
        self.readings.append(reading)
        out: dict[str, Any] = {key: row.get(key) or None for key in PLAIN}
        out["key"] = row.get("key") or _free(slug(row.get("name") or "") or ("total" if alone else ""), taken)
        for key in ("amount", "low", "high"):
            out[key] = self._amount(row.get(key), (*path, key))
        if any(row.get(key) for key in ("amount", "low", "high", "bound")):
            reading = None
        if reading:
            out |= {"amount": _pounds(reading.amount), "bound": reading.bound.value}
            if reading.bound == Bound.RANGE:
                out |= {"low": _pounds(reading.low), "high": _pounds(reading.high)}
        out["currency"] = row.get("currency") or (reading.currency if reading else "GBP")
        out["bound"] = out["bound"] or (Bound.RANGE if out["low"] or out["high"] else Bound.EXACT).value
        yearly = reading is not None and reading.per_year
        out["measure"] = row.get("measure") or (ClaimMeasure.PER_YEAR if yearly else ClaimMeasure.TOTAL).value
        out["effect"] = row.get("effect") or (Effect.REPEATS if row.get("about") else Effect.INTRODUCES).value
        period = reading.period if reading else None
        if period and not row.get("start_fy") and not row.get("end_fy"):
            out["start_fy"], out["end_fy"] = (year and str(year) for year in (period.first, period.last))
        for key in ("price_year", "start_fy", "end_fy"):
            out[key] = self._year(out[key], (*path, key))
        out["rate"] = self._rate(row.get("rate"), (*path, "rate"))
        for key in MANY:
            out[key] = _once(row.get(key))
        if row.get("programmes_are") != "these":
            out["programmes"] = None
        out |= self._links(row, path)
        out["profile"] = self._profile(row, path)
        out["splits"] = [
            {
                "region": split.get("region"),
                "amount": self._amount(split.get("amount"), (*path, "splits", place, "amount")),
            }
            for place, split in enumerate(_row_list(row, "splits"))
        ]
        return out

    def _links(self, row: dict, path: Path) -> dict[str, list]:
        out: dict[str, list] = {kind: [] for kind in (*WHOLES, *SHARES)}
        for place, link in enumerate(_row_list(row, "links")):
            here = (*path, "links", place)
            kind = link.get("kind") or LinkKind.PART_OF.value
            if kind not in out:
                self.faults.append(((*here, "kind"), "Say how it stands to the other pot."))
                continue
            to = (*path, kind, len(out[kind]))
            if kind in WHOLES:
                self.places[to] = (*here, "pot")
                out[kind].append(link.get("pot"))
                if link.get("low") or link.get("high"):
                    self.faults.append(
                        ((*here, "low"), "A pot that lies whole in another has no share: leave it empty.")
                    )
            else:
                self.places[to] = here
                ends = {key: self._amount(link.get(key), (*here, key)) for key in ("low", "high")}
                # One end typed alone is the whole of what is known of the share.
                known = ends["low"] or ends["high"]
                out[kind].append({"pot": link.get("pot"), **{key: ends[key] or known for key in ends}})
        return out

    def _profile(self, row: dict, path: Path) -> dict[str, str]:
        profile: dict[str, str] = {}
        for place, line in enumerate(_row_list(row, "profile")):
            here = (*path, "profile", place)
            year = self._year(line.get("year"), (*here, "year"))
            amount = self._amount(line.get("amount"), (*here, "amount"))
            if year is None or amount is None:
                self.faults.append((here, "Give both, a financial year and its amount."))
            elif year in profile:
                self.faults.append(((*here, "year"), f"{year} is there twice."))
            else:
                self.places[*path, "profile", year] = (*here, "amount")
                profile[year] = amount
        return profile

    def _rate(self, rate: Any, path: Path) -> dict | None:
        if not isinstance(rate, dict) or blank(rate):
            return None
        for key, message in [
            ("gbp_per_unit", "Give the pounds for one unit, such as 0.7525."),
            ("on", "Give the day of the rate."),
            ("source", "Say where the rate was read."),
        ]:
            if not rate.get(key):
                self.faults.append(((*path, key), message))
        if not re.fullmatch(r"\d{1,6}(\.\d{1,9})?", rate.get("gbp_per_unit") or "0"):
            self.faults.append(((*path, "gbp_per_unit"), "Write pounds for one unit in digits, such as 0.7525."))
        on = self._day(rate.get("on"), (*path, "on"))
        good = on and rate.get("source") and re.fullmatch(r"\d{1,6}(\.\d{1,9})?", rate.get("gbp_per_unit") or "")
        return {"gbp_per_unit": rate["gbp_per_unit"], "on": on, "source": rate["source"]} if good else None

    # --------------------------------------------------------------------------------------- single values

    def _amount(self, text: Any, path: Path) -> str | None:
        """Digits of an amount however it was typed: ``412000000``, ``£412,000,000.50`` or ``412m``."""
        if not text:
            return None
        digits = re.sub(r"[£$€,\s]", "", text)
        if MONEY.fullmatch(digits):
            return digits
        full = money.in_full(text)
        if full is not None and full * 100 == int(full * 100) and MONEY.fullmatch(f"{full:f}".rstrip("0").rstrip(".")):
            return money.in_digits(int(full * 100))
        self.faults.append((path, f"“{text}” is not an amount: write it as 412000000, 412,000,000 or 412m."))
        return None

    def _year(self, text: Any, path: Path) -> str | None:
        """A financial year however it was typed: ``2018-19``, ``2018/19``, ``2018-2019`` or ``2018``."""
        if not text:
            return None
        match = re.fullmatch(r"((?:19|20|21)\d\d)(?:\s*[-/–]\s*(?:\d\d)?(\d\d))?", text)
        if match and (match[2] is None or int(match[2]) == (int(match[1]) + 1) % 100):
            return str(FinancialYear(int(match[1])))
        self.faults.append((path, f"“{text}” is not a financial year: write it as 2018-19."))
        return None

    def _day(self, text: Any, path: Path) -> str | None:
        """A day however it was typed: ``2018-07-20``, ``20/07/2018`` or ``20 July 2018``."""
        if not text:
            return None
        for form in ("%Y-%m-%d", "%d/%m/%Y", "%d %B %Y", "%d %b %Y"):
            try:
                return datetime.datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007  it is only a day
            except ValueError:
                continue
        self.faults.append((path, f"“{text}” is not a day: write it as 20/07/2018."))
        return None


def _as_canonical(record: dict) -> dict:
    """The record in canonical form, without what is empty; as it stands where something has no such form yet."""
    record = _without_blanks(record)
    try:
        return compact(record)
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return record


def _without_blanks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_blanks(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_blanks(inner) for inner in value]
    return None if value == "" else value


def _row_list(row: dict, name: str) -> list[dict]:
    rows = row.get(name)
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def _once(values: Any) -> list[str]:
    return list(dict.fromkeys(filter(None, values or ())))


def _pounds(pence: int | None) -> str | None:
    return None if pence is None else money.in_digits(pence)


def slug(text: str) -> str:
    """Small letters and digits with single hyphens between, as ids and keys are."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower().replace("'", "")))


def _free(key: str, taken: set[str]) -> str:
    """A key that no claim has yet, at most 80 long; empty while nothing is there to make it of."""
    key = key[:76].strip("-")
    found, number = key, 1
    while found in taken:
        number += 1
        found = f"{key}-{number}"
    if found:
        taken.add(found)
    return found


# --------------------------------------------------------------------------------------- sums of a text


class Sum(NamedTuple):
    """A sum that a text names: its wording with bound and period, and the words around it."""

    wording: str
    before: str
    after: str


AROUND = 70
"""Characters shown on each side of a sum."""
CARRIED_ON = ("sector", "theme", "additionality", "regions")
"""What a further claim takes over from the one before it."""


def sums_of(text: str, typed: dict) -> list[Sum]:
    """The sums that a press release names and that no claim typed so far is worded with, in order, each wording once."""
    there = {row.get("as_stated") for row in _row_list(typed, "claims")}
    found: dict[str, Sum] = {}
    for amount in amounts.find(text):
        around = text[max(0, amount.start - AROUND) : amount.start], text[amount.end : amount.end + AROUND]
        if amount.wording not in there:
            found.setdefault(amount.wording, Sum(amount.wording, *(" ".join(words.split()) for words in around)))
    return list(found.values())


def with_sum(typed: dict, wording: str) -> dict:
    """What was typed, with one more claim of this wording, which takes over what claims of one announcement share."""
    claims = [row for row in typed.get("claims") or () if not blank(row)]
    shared = {key: claims[-1][key] for key in CARRIED_ON if claims and claims[-1].get(key)}
    return typed | {"claims": [*claims, shared | {"as_stated": wording}]}


# ---------------------------------------------------------------------------------- verdicts of the radar


def with_verdict(typed: dict, claim: int, pot: str, verdict: str) -> dict:
    """What was typed, with an editor's verdict on a pot that a claim might repeat, and what follows from it.

    Saying "same" makes the claim one about that pot, "part_of", "includes" and "overlaps" link the two; a later verdict
    takes back what an earlier one on the same pot did. Raises ValueError for a verdict that there is not.
    """
    if verdict not in VERDICTS:
        raise ValueError(f"{verdict!r} is none of {', '.join(VERDICTS)}")
    claims = [dict(row) for row in typed.get("claims") or ()]
    row = claims[claim]
    row["looked"] = [one for one in _row_list(row, "looked") if one.get("pot") != pot] + [
        {"pot": pot, "verdict": verdict}
    ]
    row["links"] = [link for link in _row_list(row, "links") if link.get("pot") != pot]
    if row.get("about") == pot:
        row["about"] = ""
        row["effect"] = "" if row.get("effect") == Effect.REPEATS else row.get("effect", "")
    if verdict == "same":
        row["about"] = pot
        row["effect"] = "" if row.get("effect") in (None, "", Effect.INTRODUCES) else row["effect"]
    elif verdict != "different":
        row["links"].append({"kind": verdict, "pot": pot, "low": "", "high": ""})
    return typed | {"claims": claims}
