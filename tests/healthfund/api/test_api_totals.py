"""Totals over HTTP: the ledger's sums, in exact pounds, and the question as it was understood."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.ledger import posting, rollups, totals
from announcements.models import RollupState
from tests.factories import (
    LedgerEntryFactory,
    MembershipFactory,
    PostingFactory,
    PotFactory,
    ProgrammeFactory,
    RegionFactory,
    RollupCellFactory,
    ThemeFactory,
)

AT = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.fixture
def cells(db):
    """Three stored cells: digital in England and AI in Wales, with and without a year."""
    RollupState.objects.update_or_create(id=1, defaults={"generation": 3, "rolled_up_at": AT})
    ai, wales = ThemeFactory(key="ai"), RegionFactory(key="wales")
    RollupCellFactory(generation=3, firm=1, ceiling=2, announced_year=2019, money_year=2020)
    RollupCellFactory(generation=3, theme=ai, region=wales, firm="£412m", announced_year=2020)
    RollupCellFactory(generation=3, theme=ai, region=wales, sector="charity", firm="£1bn", announced_year=2020)
    RollupCellFactory(generation=3, measure="said", firm="£7m", announced_year=2019)


def test_total_without_a_grouping(api, cells):
    assert api("totals/") == {
        "measure": "announced",
        "as_at": None,
        "known_at": None,
        "by": [],
        "where": {},
        "rule_version": 1,
        "rolled_up_at": "2024-01-02T03:04:05Z",
        "posted_at": None,
        "prices": None,
        "population": None,
        "total": {"firm": "1412000000.01", "ceiling": "1412000000.02"},
        "entries": "/api/v1/entries/",
        "explanation": None,
        "rows": [],
        "notes": [],
    }


def test_rows_by_dimensions_in_the_order_asked_for(api, cells):
    shown = api("totals/", by="money_year,theme")
    assert shown["by"] == ["money_year", "theme"]
    assert shown["rows"] == [
        {"money_year": "2020-21", "theme": "digital", "firm": "0.01", "ceiling": "0.02"},
        {"money_year": None, "theme": "ai", "firm": "1412000000.00", "ceiling": "1412000000.00"},
    ]
    assert api("totals/", by=["money_year", "theme"])["rows"] == shown["rows"]


@pytest.mark.parametrize(
    ("asked", "firm"),
    [
        ({"theme": "ai"}, "1412000000.00"),
        ({"theme": ["ai", "digital"]}, "1412000000.01"),
        ({"region": "uk"}, "1412000000.01"),
        ({"region": "england"}, "0.01"),
        ({"region_itself": "england"}, "0.01"),
        ({"region_itself": "uk"}, "0.00"),
        ({"region_itself": ["uk", "wales"]}, "1412000000.00"),
        ({"public": "true"}, "412000000.01"),
        ({"public": "false"}, "1000000000.00"),
        ({"sector": "charity", "theme": "ai"}, "1000000000.00"),
        ({"announced_year": "2019-20"}, "0.01"),
        ({"money_year": "_missing"}, "1412000000.00"),
        ({"money_year": ["_missing", "2020-21"]}, "1412000000.01"),
        ({"additionality": "new"}, "1412000000.01"),
        ({"not_theme": "ai"}, "0.01"),
        ({"not_region": "wales"}, "0.01"),
        ({"not_sector": "charity", "not_theme": ["digital", "cancer"]}, "412000000.00"),
        ({"not_money_year": "_missing"}, "0.01"),
        ({"region_itself": ["uk", "england"]}, "0.01"),
        ({"measure": "said"}, "7000000.00"),
        ({"measure": "spent"}, "0.00"),
    ],
)
def test_filters_by_each_dimension(api, cells, asked, firm):
    ThemeFactory(key="cancer")
    assert api("totals/", **asked)["total"]["firm"] == firm


def test_the_question_is_told_as_it_was_understood(api, cells):
    shown = api(
        "totals/",
        theme=["ai", "digital"],
        announced_year="2019-20",
        money_year="_missing",
        public="true",
        as_at="2021-01-01",
        known_at="2021-07-01",
        measure="allocated",
    )
    assert shown["where"] == {
        "theme": ["ai", "digital"],
        "announced_year": ["2019-20"],
        "money_year": ["_missing"],
        "public": True,
    }
    assert (shown["measure"], shown["as_at"]) == ("allocated", "2021-01-01")
    assert shown["known_at"] == "2021-07-01T22:59:59.999999Z"


def test_as_at_and_known_at_read_the_ledger_itself(api, cells):
    early = PostingFactory(posted_at=datetime.datetime(2020, 7, 1, 22, 30, tzinfo=datetime.UTC))
    late = PostingFactory(posted_at=datetime.datetime(2020, 7, 1, 23, 30, tzinfo=datetime.UTC))
    LedgerEntryFactory(posting=early, effective_on=datetime.date(2020, 1, 1), firm="£1m")
    LedgerEntryFactory(posting=late, effective_on=datetime.date(2020, 1, 2), firm="£10m")
    for asked, firm in [
        ({"as_at": "2019-12-31"}, "0.00"),
        ({"as_at": "2020-01-01"}, "1000000.00"),
        ({"as_at": "2020-01-02"}, "11000000.00"),
        # Half past eleven at night in London is the same day there, half past midnight the next.
        ({"known_at": "2020-06-30"}, "0.00"),
        ({"known_at": "2020-07-01"}, "1000000.00"),
        ({"known_at": "2020-07-01T23:30:00Z"}, "11000000.00"),
        ({"known_at": "2020-07-02", "as_at": "2020-01-01"}, "1000000.00"),
    ]:
        shown = api("totals/", **asked)
        assert shown["total"]["firm"] == firm, asked
        assert shown["rolled_up_at"] is None
        assert "ledger itself" in shown["notes"][0]


def test_rows_by_programme_overlap_and_say_so(api, cells):
    one, two = ProgrammeFactory(slug="one"), ProgrammeFactory(slug="two")
    shared, alone = PotFactory(), PotFactory()
    for programme in (one, two):
        MembershipFactory(pot=shared, programme=programme)
    LedgerEntryFactory(pot=shared, firm="£2m", ceiling="£3m")
    LedgerEntryFactory(pot=alone, firm="£5m")
    shown = api("totals/", by="programme")
    assert shown["rows"] == [
        {"programme": "one", "firm": "2000000.00", "ceiling": "3000000.00"},
        {"programme": "two", "firm": "2000000.00", "ceiling": "3000000.00"},
        {"programme": None, "firm": "5000000.00", "ceiling": "5000000.00"},
    ]
    assert shown["total"] == {"firm": "7000000.00", "ceiling": "8000000.00"}
    assert any("overlap" in note for note in shown["notes"])
    assert api("totals/", programme="one")["total"]["firm"] == "2000000.00"
    assert api("totals/", programme="_missing")["total"]["firm"] == "5000000.00"
    assert api("totals/", programme=["one", "_missing"])["total"]["firm"] == "7000000.00"
    without = api("totals/", by="programme", not_programme="_missing")
    assert (without["total"]["firm"], len(without["rows"])) == ("2000000.00", 2)
    assert without["where"] == {"not_programme": ["_missing"]}
    assert api("totals/", not_programme="one")["rolled_up_at"] is None


def test_a_ceiling_below_the_firm_figure_is_explained(api, cells):
    assert not any("scenario" in note for note in api("totals/", by="theme")["notes"])
    RollupCellFactory(generation=3, theme=ThemeFactory(key="cancer"), firm="£2m", ceiling="£1m")
    # Asked otherwise, for no run of the roll-ups has made this cell.
    assert any("scenario" in note for note in api("totals/", by="theme", measure="announced")["notes"])


def test_a_total_is_worked_out_once_and_anew_after_each_roll_up(api, cells):
    first = api("totals/", by="theme")
    with CaptureQueriesContext(connection) as again:
        assert api("totals/", by="theme") == first
    assert len(again) == 2
    posting.post([PotFactory(amount="£5m").pk], at=AT)
    rollups.apply_unapplied(at=AT)
    assert api("totals/", by="theme")["total"] != first["total"]


def test_nothing_rolled_up_yet_is_said(api):
    shown = api("totals/")
    assert shown["rolled_up_at"] is None
    assert shown["notes"] == ["Nothing has been rolled up yet."]


@pytest.mark.parametrize("dimension", totals.DIMENSIONS)
def test_number_of_questions_does_not_grow_with_the_rows(api, cells, django_assert_max_num_queries, dimension):
    for n in range(30):
        RollupCellFactory(generation=3, theme=ThemeFactory(key=f"t{n}"), announced_year=1990 + n, money_year=1990 + n)
        MembershipFactory(pot=LedgerEntryFactory().pot)
    with django_assert_max_num_queries(8):
        api("totals/", by=dimension)


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "themes"},
        {"by": "public"},
        {"measure": "announce"},
        {"as_at": "today"},
        {"known_at": "2020-01-01T00:00"},
        {"theme": "_missing"},
        {"money_year": "2018"},
        {"public": "yes"},
        {"region": "yorkshire"},
        {"page_size": "5"},
        {"measure": ["said", "spent"]},
        {"theme": ""},
    ],
)
def test_what_cannot_be_answered_is_refused(refused, cells, asked):
    [error] = refused("totals/", **asked)
    assert [error["parameter"]] == list(asked)
