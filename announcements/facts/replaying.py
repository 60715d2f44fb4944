"""Fact documents counted by the rules alone, without a database: what the page on counting shows live. Pure.

The documents are taken to be sound (`rules` judges that), and refer to nothing outside of themselves.
"""

import datetime
from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from programmes.financial_years import FinancialYear

from ..choices import PUBLIC_SECTORS, Flag
from ..ledger import counting
from ..ledger.figures import Claim, Link


class Tried(NamedTuple):
    """One expectation of a golden case in words, what it expects and what the rules say: (firm, ceiling) in pence, or
    for a flag whether it stands."""

    what: str
    expected: tuple | bool
    found: tuple | bool

    @property
    def agrees(self):
        return self.expected == self.found

    @property
    def of_flag(self):
        return isinstance(self.expected, bool)


def tried(case, tree):
    """Every expectation of a golden case, its totals first, then its flags, counted by the rules as they are now."""
    entries, joined, flags = [], [], set()
    for family in counting.families(as_claims(case["announcements"])):
        replayed = counting.replay(family, tree)
        entries += replayed.entries
        joined += replayed.joined
        flags |= {(pot, str(flag)) for pot, stand in counting.flags(replayed.last).items() for flag in stand}
    found = []
    for expectation in case["expect"]:
        wanted = _holds(expectation, joined, tree)
        counted = [entry for entry in entries if wanted(entry)]
        sums = sum(entry.firm for entry in counted), sum(entry.ceiling for entry in counted)
        found.append(Tried(in_words(expectation), (_pence(expectation["firm"]), _pence(expectation["ceiling"])), sums))
    due = {(each["pot"], each["flag"]) for each in case.get("flags", ())}
    if "flags" in case:
        found += [
            Tried(f"{Flag(flag).label}: {pot}", (pot, flag) in due, (pot, flag) in flags)
            for pot, flag in sorted(due | flags)
        ]
    return found


def in_words(expectation):
    """What an expectation of a golden case asks: its measure, its day, and its filters."""
    where = expectation.get("where") or {}
    asked = [_filter_in_words(key, value) for key, value in where.items()]
    as_at = f" as at {expectation['as_at']}" if expectation.get("as_at") else ""
    return f"{expectation['measure']}{as_at}, {', '.join(asked) or 'everything'}"


def _filter_in_words(key, value):
    if key == "public":
        return "public money" if value else "money that is not public"
    name = {"announced_fy": "announced in", "money_fy": "year of the money"}.get(key, key)
    return f"{name} {'not stated' if value is None else value}"


def _holds(expectation, joined, tree):
    """Whether an expectation counts an entry, as a function of counting.Entries."""
    where = expectation.get("where") or {}
    as_at = datetime.date.fromisoformat(expectation["as_at"]) if expectation.get("as_at") else datetime.date.max
    members = defaultdict(set)
    for change in joined:
        if change.day <= as_at:
            (members[change.pot].add if change.change > 0 else members[change.pot].discard)(change.programme)
    judges = {
        "theme": lambda entry, value: entry.key.theme == value,
        "region": lambda entry, value: value in tree.upwards(entry.key.region),
        "sector": lambda entry, value: entry.key.sector == value,
        "public": lambda entry, value: (entry.key.sector in PUBLIC_SECTORS) == value,
        "additionality": lambda entry, value: entry.key.additionality == value,
        "announced_fy": lambda entry, value: str(FinancialYear.of(entry.day)) == value,
        "money_fy": lambda entry, value: entry.key.money_year == _year(value),
        "programme": lambda entry, value: (
            value in members[entry.key.pot] if value is not None else not members[entry.key.pot]
        ),
    }
    return lambda entry: (
        entry.key.measure == expectation["measure"]
        and entry.day <= as_at
        and all(judges[key](entry, value) for key, value in where.items())
    )


# Claims


def _pence(pounds):
    return None if pounds is None else int(Decimal(pounds) * 100)


def _year(text):
    return FinancialYear.parse(text) if text else None


def as_claims(announcements):
    """The figures.Claims of announcements as fact documents have them; references are resolved."""
    about = {}
    for announcement in announcements:
        for claim in announcement["claims"]:
            name = f"{announcement['id']}#{claim['key']}"
            about[name] = _full(announcement, claim["about"]) if claim.get("about") else None

    def pot(name):
        while about[name]:
            name = about[name]
        return name

    return [
        _claim(announcement, place, claim, pot)
        for announcement in announcements
        for place, claim in enumerate(announcement["claims"])
    ]


def _full(announcement, reference):
    return reference if "#" in reference else f"{announcement['id']}#{reference}"


def _claim(announcement, place, claim, pot):
    name = f"{announcement['id']}#{claim['key']}"
    mine = pot(name)
    links = []
    for kind in ("part_of", "includes", "partly_in", "overlaps"):
        for item in claim.get(kind) or []:
            share = item if isinstance(item, dict) else {"pot": item, "low": None, "high": None}
            other = pot(_full(announcement, share["pot"]))
            outer, inner = (other, mine) if kind in ("part_of", "partly_in") else (mine, other)
            links.append(Link(outer, inner, not isinstance(item, dict), _pence(share["low"]), _pence(share["high"])))
    named = claim.get("programmes")
    return Claim(
        reference=name,
        announcement=announcement["id"],
        day=datetime.date.fromisoformat(announcement["announced_on"]),
        place=place,
        pot=mine,
        introduces=not claim.get("about"),
        effect=claim["effect"],
        bound=claim["bound"],
        measure=claim["measure"],
        terms=claim.get("terms") or "cash",
        as_stated=claim["as_stated"] or "",
        amount=_pence(claim["amount"]),
        low=_pence(claim.get("low")),
        high=_pence(claim.get("high")),
        currency=claim["currency"],
        rate=Decimal(claim["rate"]["gbp_per_unit"]) if claim.get("rate") else None,
        theme=claim.get("theme"),
        sector=claim.get("sector") or "",
        additionality=claim.get("additionality") or "",
        regions=tuple(claim.get("regions") or ()),
        splits=tuple((split["region"], _pence(split["amount"])) for split in claim.get("splits") or ()),
        start=_year(claim.get("start_fy")),
        end=_year(claim.get("end_fy")),
        profile=tuple((_year(key), _pence(value)) for key, value in (claim.get("profile") or {}).items()),
        programmes=frozenset(announcement.get("programmes") or () if named is None else named),
        links=tuple(links),
    )
