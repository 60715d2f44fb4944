"""The API over the real announcements: it shows all of them, and its totals add up to the penny."""

import datetime
import itertools
import json
import random
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest

from announcements.ledger import reasons, totals
from announcements.models import LedgerEntry
from programmes.financial_years import FinancialYear
from tests.reference import prices as prices_again

TODAY = datetime.date(2026, 11, 1)
REFERENCE = Path(__file__).parents[3] / "fixtures" / "reference.json"


def sums(rows):
    """(firm, ceiling) of rows, in pounds."""
    rows = list(rows)
    return tuple(sum(Decimal(row[scenario] or 0) for row in rows) for scenario in ("firm", "ceiling"))


def everything(api, address):
    shown = []
    while address:
        page = api(address)
        shown += page["results"]
        address = page["next"]
    assert len(shown) == page["count"]
    return shown


def test_rows_add_up_to_the_total_in_every_dimension_but_programme(api, facts):
    for measure in ("said", "announced", "allocated", "spent"):
        for asked in ({}, {"public": "true"}, {"region": "england"}, {"as_at": "2019-12-31"}, {"theme": "digital"}):
            total = api("totals/", measure=measure, **asked)["total"]
            for dimension in totals.DIMENSIONS:
                shown = api("totals/", measure=measure, by=dimension, **asked)
                assert shown["total"] == total, (measure, asked, dimension)
                if dimension != "programme":
                    assert sums(shown["rows"]) == sums([total]), (measure, asked, dimension)
    assert Decimal(api("totals/")["total"]["firm"]) > 10**11


@pytest.mark.parametrize("asked", ["", "measure=said&region=england", "theme=digital&public=true&as_at=2019-12-31"])
def test_entries_add_up_to_the_total(api, facts, asked):
    total = api(f"totals/?by=theme&{asked}" if asked else "totals/")
    assert sums(everything(api, f"{total['entries']}{'&' if asked else '?'}page_size=500")) == sums([total["total"]])


def test_every_announcement_and_pot_is_shown_and_a_sample_to_the_last_claim(api, facts):
    announcements = everything(api, "announcements/?page_size=100")
    assert [row["id"] for row in announcements] == sorted(facts, reverse=True)
    for row in announcements[::5]:
        said, shown = facts[row["id"]], api(row["url"])
        for name in ("responses", "figures", "targets", "sources"):
            assert len(shown[name]) == len(said.get(name) or []), (row["id"], name)
        assert [claim["key"] for claim in shown["claims"]] == [claim["key"] for claim in said.get("claims") or []]
        for claim, stated in zip(shown["claims"], said.get("claims") or [], strict=True):
            assert claim["as_stated"] == stated.get("as_stated")
            for end in ("amount", "low", "high"):
                assert (claim[end] and Decimal(claim[end])) == (stated.get(end) and Decimal(stated[end])), claim["id"]
            assert (claim["start_fy"], claim["end_fy"]) == (stated.get("start_fy"), stated.get("end_fy"))

    pots = everything(api, "pots/?page_size=500")
    introduced = [claim for said in facts.values() for claim in said.get("claims") or [] if not claim.get("about")]
    assert len(pots) == len(introduced)
    for row in pots[::50]:
        shown = api(row["url"])
        announced = [entry for entry in shown["entries"] if entry["measure"] == "announced"]
        assert sums(announced) == sums([shown["explanation"]["own"]]), row["id"]
        assert shown["flags"] == [flag["flag"] for flag in shown["explanation"]["flags"]]


INDEX = {
    FinancialYear.parse(value["fy"]): value["index"]
    for value in json.loads(REFERENCE.read_text(encoding="utf-8"))["deflators"][0]["values"]
}


def test_real_terms_are_what_a_loop_over_the_entries_gives_however_they_are_grouped(api, facts):
    for asked in ("measure=announced", "measure=said&region=england", "theme=digital&as_at=2019-12-31"):
        entries = [
            (
                entry["money_year"] and FinancialYear.parse(entry["money_year"]),
                FinancialYear.parse(entry["announced_year"]),
                int(Decimal(entry["firm"]) * 100),
            )
            for entry in everything(api, f"/api/v1/entries/?{asked}&page_size=500")
        ]
        for base, by in itertools.product(
            ("2024-25", "2010-11"), ("", "theme", "money_year,sector,additionality,theme,region")
        ):
            shown = api(f"totals/?prices={base}&{asked}{'&by=' + by if by else ''}")
            total, told = shown["total"], shown["prices"]
            due, left_out = prices_again.real(entries, INDEX, FinancialYear.parse(base))
            assert Decimal(total["firm"]) * 100 == prices_again.nearest_penny(due)
            assert Decimal(total["unconverted"]["firm"]) * 100 == left_out
            assert sums(told["years"]) == sums([total])
            assert sums(year["cash"] for year in told["years"]) == sums([told["cash"]])
            if by:
                assert sums(shown["rows"]) == sums([total])


def test_what_explains_a_total_adds_up_to_it_for_many_questions(api, facts):
    """Random questions, the same ones at every run."""
    chance = random.Random(7)
    values = {
        name: [row.key[0] for row in totals.by(name, as_at=TODAY) if row.key[0] is not None]
        for name in ("theme", "region", "sector", "additionality", "announced_year", "money_year", "programme")
    }
    for number in range(60):
        names = chance.sample(sorted(values), chance.randint(0, 3))
        asked = [(chance.choice(["", "not_"]) + name, str(chance.choice(values[name]))) for name in names]
        asked.append(("measure", chance.choice(["said", "announced", "announced", "allocated", "spent"])))
        if chance.random() < 0.4:
            asked.append(("as_at", f"20{chance.randint(10, 26)}-0{chance.randint(1, 9)}-15"))
        query = urlencode(asked)
        shown = api(f"totals/?explain=true&{query}")
        told = shown["explanation"]
        assert sums([told["in"]]) == sums([shown["total"]]), query
        pots = everything(api, f"{told['in']['list']}&page_size=500")
        assert (len(pots), sums(pots)) == (told["in"]["pots"], sums([shown["total"]])), query
        assert sums(claim for pot in pots for claim in pot["claims"]) == sums(pots), query
        if number % 10 == 0:
            out = everything(api, f"totals/left-out/?{query}&page_size=500".replace("totals/", "/api/v1/totals/", 1))
            assert len(out) == sum(one["claims"] for one in told["out"]), query


def test_every_published_claim_is_in_the_announced_total_or_left_out_of_it_for_a_reason(api, facts):
    moved = {claim["claim"] for pot in everything(api, "/api/v1/totals/pots/?page_size=500") for claim in pot["claims"]}
    out = {row["claim"]: row["reason"] for row in everything(api, "/api/v1/totals/left-out/?page_size=500")}
    for said in facts.values():
        for claim in said.get("claims") or []:
            name = f"{said['id']}#{claim['key']}"
            own = {"pot__claims__announcement__slug": said["id"], "pot__claims__key": claim["key"]}
            caused = LedgerEntry.objects.filter(cause=name, measure="announced", **own).exists()
            assert caused != (name in out) or out.get(name) in reasons.NEVER_COUNTED, name
    assert len(moved) > 300
    assert len(set(out.values())) > 4
