"""The arithmetic of real terms and per head: exact, and rounded so that what is shown adds up."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from announcements.ledger import prices
from announcements.ledger.prices import CASH, Level, Part, Prices, Sum
from tests.reference.prices import nearest_penny, real

INDEX = {2018: "78.7948", 2019: "80.8738", 2024: "100.0"}
PRICES = Prices(2024, {year: Level(Fraction(index)) for year, index in INDEX.items()})
PENCE = st.integers(-(10**15), 10**15)
FRACTIONS = st.fractions(-(10**6), 10**6, max_denominator=997)
PARTS = st.lists(
    st.builds(
        Part,
        st.sampled_from([("ai",), ("digital",), (None,)]),
        st.sampled_from([*INDEX, 1999]),
        st.booleans(),
        PENCE,
        PENCE,
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(st.lists(FRACTIONS, max_size=10))
def test_apportioned_pence_add_up_to_the_rounded_sum_and_none_is_a_penny_off(values):
    pence = prices.apportioned(values)
    assert sum(pence) == nearest_penny(sum(values, Fraction(0)))
    assert all(abs(one - value) < 1 for one, value in zip(pence, values, strict=True))


def test_the_odd_penny_goes_to_the_largest_remainder_and_of_equal_ones_to_the_first():
    third = Fraction(1, 3)
    assert prices.apportioned([third, third, third]) == [1, 0, 0]
    assert prices.apportioned([Fraction(1, 4), Fraction(3, 4)]) == [0, 1]
    assert prices.apportioned([-third, -third, -third]) == [0, 0, -1]


@settings(max_examples=60)
@given(PARTS)
def test_rows_add_up_to_the_total_in_both_scenarios_and_agree_where_the_scenarios_do(parts):
    sums = list(prices.by_key(parts, PRICES).values())
    [total] = prices.in_pence([sum(sums, Sum())])
    rows = prices.in_pence(sums)
    assert [sum(ends) for ends in zip(*rows, strict=True)] == (list(total) if rows else [])
    for (firm, ceiling), exact in zip(rows, sums, strict=True):
        assert (firm == ceiling) or exact.firm != exact.ceiling
        assert (firm <= ceiling) == (exact.firm <= exact.ceiling) or firm == ceiling
        assert abs(firm - exact.firm) < 1
        assert abs(ceiling - exact.ceiling) < 2


@settings(max_examples=60)
@given(PARTS)
def test_every_key_comes_to_what_a_loop_over_its_parts_gives(parts):
    for key, one in prices.by_key(parts, PRICES).items():
        mine = [part for part in parts if part.key == key]
        for end, left_out, exact in zip(("firm", "ceiling"), one.left_out, (one.firm, one.ceiling), strict=True):
            due = real([(part.year, None, getattr(part, end)) for part in mine], INDEX, 2024)
            assert (exact, left_out) == due


@given(PARTS)
def test_cash_stays_as_it_is(parts):
    for key, one in prices.by_key([part._replace(year=CASH.base) for part in parts], CASH).items():
        mine = [part for part in parts if part.key == key]
        assert prices.in_pence([one]) == [(sum(part.firm for part in mine), sum(part.ceiling for part in mine))]


@pytest.mark.parametrize(("year", "pence", "due"), [(2024, 100, 100), (2018, 78_7948, 100_0000), (2019, 1, 1)])
def test_a_sum_is_worth_the_index_of_the_base_over_that_of_its_year(year, pence, due):
    one = prices.converted(Part((), year, True, pence, pence), PRICES)
    assert prices.in_pence([one]) == [(due, due)]


def test_what_the_series_does_not_know_is_left_out_and_told():
    assert prices.converted(Part((), 1999, True, 5, 7), PRICES) == Sum(0, 0, (5, 7))


@given(PENCE, st.integers(1, 70_000_000))
def test_per_head_is_the_nearest_penny(pence, people):
    assert prices.per_head(Sum(pence, pence), people) == (nearest_penny(Fraction(pence, people)),) * 2


def test_halves_are_rounded_up():
    assert [prices.half_up(Fraction(n, 2)) for n in (-3, -1, 1, 3)] == [-1, 0, 1, 2]
