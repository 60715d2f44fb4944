"""Totals in the prices of a year and per head: exact, marked, and refused where they would say nothing."""

import datetime

import pytest

from announcements.models import RollupState
from tests.factories import (
    DeflatorFactory,
    DeflatorSeriesFactory,
    LedgerEntryFactory,
    PopulationFactory,
    RegionFactory,
    RollupCellFactory,
    RollupStateFactory,
    ThemeFactory,
)

AT = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.fixture
def series(db):
    """Prices that double from 2018-19 to 2019-20, treble to 2020-21, and are forecast and unconfirmed for 2021-22."""
    series = DeflatorSeriesFactory(release="March 2024", forecast_by="The forecasters")
    for year, index in [(2018, 50), (2019, 100), (2020, 150)]:
        DeflatorFactory(series=series, year=year, index=index)
    DeflatorFactory(series=series, year=2021, index=200, forecast=True, confirmed=False)
    return series


@pytest.fixture
def cells(db):
    """Money of 2018-19, of 2020-21, and announced in 2019-20 for no year; in two themes and two places."""
    RollupStateFactory(rolled_up_at=AT)
    ai, wales = ThemeFactory(key="ai"), RegionFactory(key="wales")
    RollupCellFactory(theme=ai, region=wales, announced_year=2018, money_year=2018, firm=100, ceiling=300)
    RollupCellFactory(theme=ai, announced_year=2018, money_year=2020, firm=150)
    RollupCellFactory(announced_year=2019, firm=1000)


def test_each_year_is_converted_by_its_own_prices_and_the_series_is_named(api, cells, series):
    shown = api("totals/", prices="2019-20", by="theme")
    assert shown["total"] == {"firm": "13.00", "ceiling": "17.00", "unconverted": {"firm": "0.00", "ceiling": "0.00"}}
    assert [(row["theme"], row["firm"], row["ceiling"]) for row in shown["rows"]] == [
        ("ai", "3.00", "7.00"),
        ("digital", "10.00", "10.00"),
    ]
    told = shown["prices"]
    years = told.pop("years")
    assert told == {
        "year": "2019-20",
        "series": "GDP deflator",
        "release": "March 2024",
        "unit": "index, 2024-25 = 100",
        "forecast_by": "The forecasters",
        "index": "100",
        "forecast_years": [],
        "unconfirmed_years": [],
        "unconverted_years": [],
        "cash": {"firm": "12.50", "ceiling": "14.50"},
        "year_not_stated": {"firm": "10.00", "ceiling": "10.00", "share": {"firm": "0.8000", "ceiling": "0.6897"}},
    }
    assert years[0] == {
        "year": "2018-19",
        "index": "50",
        "cash": {"firm": "1.00", "ceiling": "3.00"},
        "firm": "2.00",
        "ceiling": "6.00",
    }
    assert any("year of its announcement" in note for note in shown["notes"])


def test_a_year_that_the_series_does_not_know_is_told_and_in_no_figure(api, cells, series):
    RollupCellFactory(theme=ThemeFactory(key="cancer"), announced_year=2018, money_year=2035, firm=700)
    shown = api("totals/", prices="2019-20", by="theme")
    assert (shown["total"]["firm"], shown["total"]["unconverted"]["firm"]) == ("13.00", "7.00")
    assert shown["rows"][1] == {
        "theme": "cancer",
        "firm": None,
        "ceiling": None,
        "unconverted": {"firm": "7.00", "ceiling": "7.00"},
    }
    assert shown["prices"]["unconverted_years"] == ["2035-36"]
    assert shown["prices"]["years"][-1] == {
        "year": "2035-36",
        "index": None,
        "cash": {"firm": "7.00", "ceiling": "7.00"},
        "firm": None,
        "ceiling": None,
    }
    assert any("unconverted" in note for note in shown["notes"])


def test_forecast_and_unconfirmed_years_are_marked_the_base_year_among_them(api, cells, series):
    shown = api("totals/", prices="2021-22")
    assert shown["total"]["firm"] == "26.00"
    assert shown["prices"]["forecast_years"] == shown["prices"]["unconfirmed_years"] == ["2021-22"]
    assert any("forecast" in note for note in shown["notes"])


def test_the_newest_release_converts_unless_another_is_named(api, cells, series):
    newer = DeflatorSeriesFactory(release="June 2024")
    for year in (2018, 2019, 2020):
        DeflatorFactory(series=newer, year=year, index=100)
    assert api("totals/", prices="2019-20")["total"]["firm"] == "12.50"
    shown = api("totals/", prices="2019-20", deflator="March 2024")
    assert (shown["total"]["firm"], shown["prices"]["release"]) == ("13.00", "March 2024")


def test_cash_is_the_default_and_can_be_said(api, cells, series):
    assert api("totals/", prices="cash") == api("totals/")


def test_rows_that_cannot_be_divided_evenly_still_add_up(api, series):
    RollupStateFactory(rolled_up_at=AT)
    for n in range(3):
        RollupCellFactory(theme=ThemeFactory(key=f"t{n}"), money_year=2020, firm=1, ceiling=2)
    shown = api("totals/", prices="2018-19", by="theme")
    assert [row["firm"] for row in shown["rows"]] == ["0.01", "0.00", "0.00"]
    assert shown["total"]["firm"] == "0.01"


def test_real_terms_of_the_ledger_as_at_a_day_too(api, series):
    LedgerEntryFactory(effective_on=datetime.date(2019, 1, 1), money_year=2018, firm=100)
    LedgerEntryFactory(effective_on=datetime.date(2020, 6, 1), firm=300)
    assert api("totals/", prices="2019-20", as_at="2019-12-31")["total"]["firm"] == "2.00"
    assert api("totals/", prices="2019-20", known_at="2030-01-01", by="programme")["total"]["firm"] == "4.00"


@pytest.mark.parametrize(
    ("asked", "parameter", "nearest"),
    [
        ({"prices": "2024-25"}, "prices", "2021-22"),
        ({"prices": "1990-91"}, "prices", "2018-19"),
        ({"prices": "2019"}, "prices", "2019-20"),
        ({"prices": "Cash"}, "prices", "cash"),
        ({"prices": "2019-20", "deflator": "march 2024"}, "deflator", "March 2024"),
        ({"deflator": "March 2024"}, "deflator", None),
        ({"per": "person"}, "per", None),
        ({"per": "head", "population_year": "2020"}, "population_year", "2021"),
        ({"population_year": "2021"}, "population_year", None),
        ({"per": "head", "not_region": "wales"}, "per", None),
    ],
)
def test_what_would_say_nothing_is_refused(refused, cells, series, asked, parameter, nearest):
    PopulationFactory(region=RegionFactory(key="uk"), year=2021)
    [error] = refused("totals/", **asked)
    assert (error["parameter"], error["nearest"]) == (parameter, nearest)


def test_prices_and_heads_are_refused_where_none_are_known(refused, cells):
    first, second = refused("totals/", prices="2019-20", per="head")
    assert (first["parameter"], second["parameter"]) == ("prices", "per")


# Per head


@pytest.fixture
def people(db):
    for key, people in [("uk", 1000), ("england", 800), ("london", 300), ("wales", 50)]:
        PopulationFactory(region=RegionFactory(key=key), year=2021, people=people, source="A census")


def test_without_places_money_is_divided_by_everybody(api, cells, people):
    shown = api("totals/", per="head", by="theme")
    assert shown["total"] == {
        "firm": "12.50",
        "ceiling": "14.50",
        "people": 1000,
        "per_head": {"firm": "0.01", "ceiling": "0.01"},
    }
    assert [row["people"] for row in shown["rows"]] == [1000, 1000]
    assert shown["population"] == {
        "year": 2021,
        "people": 1000,
        "places": ["uk"],
        "sources": ["A census"],
        "unconfirmed": [],
    }


@pytest.mark.parametrize(
    ("asked", "places", "people_there"),
    [
        ({"region": "wales"}, ["wales"], 50),
        ({"region": ["wales", "london"]}, ["london", "wales"], 350),
        ({"region": ["england", "london"]}, ["england"], 800),
        ({"region_itself": "england"}, ["england"], 800),
        ({"region_itself": ["london", "wales"], "region": "england"}, ["london"], 300),
        ({"region_itself": "wales", "region": "england"}, [], None),
        ({"region": "scotland"}, ["scotland"], None),
    ],
)
def test_heads_are_those_of_the_places_asked_for_each_once(api, cells, people, asked, places, people_there):
    RegionFactory(key="scotland"), RegionFactory(key="london")
    shown = api("totals/", per="head", **asked)
    assert (shown["population"]["places"], shown["population"]["people"]) == (places, people_there)
    assert (shown["total"]["per_head"] is None) == (people_there is None)
    assert any("per_head is null" in note for note in shown["notes"]) == (people_there is None)


def test_by_region_each_row_is_divided_by_those_who_live_in_it(api, cells, people):
    RollupCellFactory(region=RegionFactory(key="scotland"), firm=5)
    shown = api("totals/", per="head", by="region")
    assert [(row["region"], row["people"], row["per_head"]) for row in shown["rows"]] == [
        ("england", 800, {"firm": "0.01", "ceiling": "0.01"}),
        ("scotland", None, None),
        ("wales", 50, {"firm": "0.02", "ceiling": "0.06"}),
    ]
    assert any("region as a whole" in note for note in shown["notes"])


def test_the_year_of_most_confirmed_figures_counts_unless_another_is_named(api, cells, people):
    PopulationFactory(region=RegionFactory(key="uk"), year=2022, people=2000, confirmed=False)
    assert api("totals/", per="head")["population"]["year"] == 2021
    shown = api("totals/", per="head", population_year="2022")
    assert (shown["total"]["people"], shown["population"]["unconfirmed"]) == (2000, ["uk"])


def test_real_terms_per_head_are_rounded_once(api, series, people):
    RollupStateFactory(rolled_up_at=AT)
    RollupCellFactory(region=RegionFactory(key="wales"), money_year=2020, firm=74)
    shown = api("totals/", prices="2018-19", per="head", region="wales")
    # A third of 74p for 50 people is 0.493p each; of the rounded 25p it would be half a penny, so a penny.
    assert (shown["total"]["firm"], shown["total"]["per_head"]["firm"]) == ("0.25", "0.00")


@pytest.mark.parametrize("by", ["", "theme", "region,money_year", "programme"])
def test_number_of_questions_does_not_grow_with_rows_and_years(
    api, cells, series, people, django_assert_max_num_queries, by
):
    for n in range(30):
        RollupCellFactory(theme=ThemeFactory(key=f"t{n}"), announced_year=1990 + n, money_year=1990 + n)
    RollupState.objects.update(rolled_up_at=AT)
    with django_assert_max_num_queries(14):
        api(f"totals/?prices=2019-20&per=head&region=uk{'&by=' + by if by else ''}")
