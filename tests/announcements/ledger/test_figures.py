from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.ledger import figures
from announcements.ledger.figures import Claim, Years, figure, half_unit, stated_years, why_uncounted
from programmes.financial_years import FinancialYear

POUND = 100
MILLION = 10**6 * POUND
BILLION = 10**9 * POUND


def claim(**given):
    return Claim(
        **{"reference": "2020-01-01-a#b", "announcement": "2020-01-01-a", "day": date(2020, 1, 1), "place": 0}
        | {"pot": "2020-01-01-a#b", "introduces": True, "effect": "introduces", "amount": 100 * MILLION}
        | given
    )


@pytest.mark.parametrize(
    ("bound", "ends"),
    [
        ("exact", (100 * MILLION, 100 * MILLION)),
        ("about", (100 * MILLION, 100 * MILLION)),
        ("at_least", (100 * MILLION, 100 * MILLION)),
        ("up_to", (0, 100 * MILLION)),
    ],
)
def test_bound_decides_both_ends(bound, ends):
    counted = figure(claim(bound=bound), Years())
    assert (counted.low, counted.high) == ends
    assert counted.open_ended == (bound == "at_least")


def test_range_has_the_ends_it_states():
    counted = figure(claim(bound="range", amount=None, low=12, high=15), Years())
    assert (counted.low, counted.high) == (12, 15)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"effect": "proposes"}, figures.PROPOSAL),
        ({"effect": "proposes", "amount": None, "measure": "level"}, figures.PROPOSAL),
        ({"measure": "level"}, figures.NOT_SUMMABLE),
        ({"measure": "rise"}, figures.NOT_SUMMABLE),
        ({"measure": "breakdown"}, figures.NOT_SUMMABLE),
        ({"terms": "real"}, figures.REAL_TERMS),
        ({"amount": None}, figures.NO_AMOUNT),
        ({"currency": "USD"}, figures.NO_RATE),
        ({"currency": "USD", "rate": Decimal("0.8")}, None),
        ({"amount": None, "effect": "cancels", "introduces": False}, None),
        ({}, None),
    ],
)
def test_uncounted_claims_keep_their_reason(given, reason):
    assert why_uncounted(claim(**given)) == reason
    assert (figure(claim(**given), Years()) is None) == (reason is not None)


def test_yearly_sum_counts_times_its_years_and_is_rounded_once():
    yearly = claim(measure="per_year", amount=1001, currency="USD", rate=Decimal("0.333"), start=2018, end=2020)
    counted = figure(yearly, stated_years(yearly))
    assert counted.high == 1000  # 30.03 dollars at 0.333 are 9.99999 pounds; rounded yearly they would be 9.99
    assert not counted.open_ended


def test_yearly_sum_with_only_its_first_year_counts_once_in_that_year_and_is_open_ended():
    yearly = claim(measure="per_year", start=2018)
    counted = figure(yearly, stated_years(yearly))
    assert stated_years(yearly).stated == (2018,)
    assert counted.high == 100 * MILLION
    assert counted.open_ended


def test_yearly_sum_takes_the_years_that_its_pot_has():
    counted = figure(claim(measure="per_year"), Years((2018, 2019, 2020), closed=True))
    assert counted.high == 300 * MILLION


@pytest.mark.parametrize("given", [{"start": 2018}, {"end": 2018}, {"end": 2018, "measure": "per_year"}, {}])
def test_one_end_alone_states_no_years(given):
    assert stated_years(claim(**given)) is None


def test_profile_states_its_own_years():
    assert stated_years(claim(profile=((2019, 5), (2018, 7)))).stated == (2018, 2019)


@pytest.mark.parametrize(
    ("wording", "hundredths", "half"),
    [
        ("£1.8bn", int(1.8 * BILLION), 50 * MILLION),
        ("£250 million", 250 * MILLION, 500_000 * POUND),
        ("half a billion pound", 487 * MILLION, 500_000 * POUND),
        ("half a billion", 500 * MILLION, 50 * MILLION),
        (None, 420 * MILLION, 5 * MILLION),
        ("£1.2-1.5bn", 15 * 10**8 * POUND, 50 * MILLION),
        ("$7.4 million (£5.70m)", 570_000_000, 5_000 * POUND),
        ("£10,000,001", 10_000_001 * POUND, 50),
        ("£1,000 each", 2_000 * POUND, 500 * POUND),
        ("£200-million", 200 * MILLION, 500_000 * POUND),
        ("£2,5", 250, 5),
        ("nothing", 0, 0),
        ("£0.50", 50, Fraction(1, 2)),
    ],
)
def test_rounding_is_half_a_unit_of_the_last_digit_as_worded(wording, hundredths, half):
    assert half_unit(wording, hundredths) == half


@given(st.integers(1, 10**15), st.sampled_from(["", "k", " thousand", "m", "mn", " million", "bn", " billion", "tn"]))
def test_half_unit_finds_a_number_however_it_is_scaled(units, scale):
    exponent = figures.SCALES[scale.strip()]
    assert half_unit(f"up to £{units:,}{scale} a year", units * 10**exponent * 100) == Fraction(10**exponent * 100, 2)


@given(st.integers(0, 10**17), st.integers(1, 12), st.decimals(0, 5, places=4))
def test_pounds_are_off_by_half_a_penny_at_most(hundredths, times, rate):
    exact = Fraction(hundredths) * times * Fraction(rate)
    assert abs(figures.to_pence(hundredths, times, rate) - exact) <= Fraction(1, 2)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_financial_year_of_a_day_holds_the_day(day):
    year = FinancialYear.of(day)
    assert year.starts_on <= day <= year.ends_on
    assert FinancialYear.parse(str(year)) == year
