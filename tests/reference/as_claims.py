"""Fact documents as the product's pure counting reads them, for tests that need no database."""

import datetime
import json
import pathlib
from decimal import Decimal

from announcements.ledger.figures import Claim, Link
from announcements.ledger.layout import Tree
from programmes.financial_years import FinancialYear

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"
TREE = Tree({each["key"]: each["parent"] for each in json.loads((FIXTURES / "reference.json").read_text())["regions"]})


def pence(pounds):
    return None if pounds is None else int(Decimal(pounds) * 100)


def year(text):
    return FinancialYear.parse(text) if text else None


def as_claims(announcements):
    """The Claims of announcements in the form of FACTS.md, all files put together; references are resolved."""
    about = {}
    for announcement in announcements:
        for claim in announcement["claims"]:
            name = f"{announcement['id']}#{claim['key']}"
            about[name] = full(announcement, claim["about"]) if claim.get("about") else None

    def pot(name):
        while about[name]:
            name = about[name]
        return name

    return [
        as_claim(announcement, place, claim, pot)
        for announcement in announcements
        for place, claim in enumerate(announcement["claims"])
    ]


def full(announcement, reference):
    return reference if "#" in reference else f"{announcement['id']}#{reference}"


def as_claim(announcement, place, claim, pot):
    name = f"{announcement['id']}#{claim['key']}"
    mine = pot(name)
    links = []
    for kind in ("part_of", "includes", "partly_in", "overlaps"):
        for item in claim.get(kind) or []:
            share = item if isinstance(item, dict) else {"pot": item, "low": None, "high": None}
            other = pot(full(announcement, share["pot"]))
            outer, inner = (other, mine) if kind in ("part_of", "partly_in") else (mine, other)
            links.append(Link(outer, inner, not isinstance(item, dict), pence(share["low"]), pence(share["high"])))
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
        amount=pence(claim["amount"]),
        low=pence(claim.get("low")),
        high=pence(claim.get("high")),
        currency=claim["currency"],
        rate=Decimal(claim["rate"]["gbp_per_unit"]) if claim.get("rate") else None,
        theme=claim.get("theme"),
        sector=claim.get("sector") or "",
        additionality=claim.get("additionality") or "",
        regions=tuple(claim.get("regions") or ()),
        splits=tuple((split["region"], pence(split["amount"])) for split in claim.get("splits") or ()),
        start=year(claim.get("start_fy")),
        end=year(claim.get("end_fy")),
        profile=tuple((year(key), pence(value)) for key, value in (claim.get("profile") or {}).items()),
        programmes=frozenset(announcement.get("programmes") or () if named is None else named),
        links=tuple(links),
    )
