"""How money reads. The properties parse what was written and compare it with the pence it stands for."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthfund.web.money import exact, exact_range, pounds, pounds_range, spoken_range

MILLION, BILLION = 10**8, 10**11
PENCE = st.integers(min_value=0, max_value=10**15)


def read_back(text):
    """Pence that a single sum stands for, and half of its last digit."""
    number, unit = re.fullmatch(r"−?£([\d,]+(?:\.\d+)?)(bn|m|)", text).groups()
    scale = {"bn": BILLION, "m": MILLION, "": 100}[unit]
    digits = number.replace(",", "")
    decimals = len(digits.partition(".")[2])
    if not unit and not decimals:
        zeros = min(len(digits) - len(digits.rstrip("0")), max(0, len(digits) - 3))
        return Decimal(digits) * scale, Decimal(scale) * Decimal(10) ** zeros / 2
    return Decimal(digits) * scale, Decimal(scale) / 10**decimals / 2


@pytest.mark.parametrize(
    ("pence", "text"),
    [
        (0, "£0"),
        (950, "£9.50"),
        (900, "£9"),
        (41_200, "£412"),
        (25_000_000, "£250,000"),
        (25_049_900, "£250,000"),
        (99_949_999, "£999,000"),
        (99_990_000, "£1.0m"),
        (85 * MILLION, "£85m"),
        (85 * MILLION + 40_000_000, "£85.4m"),
        (498 * MILLION + 1, "£498m"),
        (9_996_000_000, "£100m"),
        (99_960_000_000, "£1.0bn"),
        (3 * BILLION, "£3bn"),
        (3 * BILLION + 1, "£3.0bn"),
        (28_200_000_000_00, "£28.2bn"),
        (195_200_000_000_00, "£195bn"),
        (1_234 * BILLION, "£1,234bn"),
        (-20 * BILLION, "−£20bn"),
    ],
)
def test_a_sum_reads_to_about_three_digits(pence, text):
    assert pounds(pence) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (12_600_000_000_00, 13_000_000_000_00, "£12.6–13.0bn"),
        (195_200_000_000_00, 206_900_000_000_00, "£195–207bn"),
        (2 * BILLION, 3 * BILLION, "£2–3bn"),
        (498 * MILLION, 32 * BILLION // 10, "£498m–£3.2bn"),
        (0, 85 * MILLION, "up to £85m"),
        (5 * MILLION, 5 * MILLION, "£5m"),
        (341 * BILLION // 100, 344 * BILLION // 100, "£3.41–3.44bn"),
        (3_400_100_000_00, 3_400_200_000_00, "£3.4bn"),
        (-5 * MILLION, 3 * MILLION, "−£5m to £3m"),
        (20_000_000, 40_000_000, "£200,000–£400,000"),
    ],
)
def test_two_ends_read_as_one_range(low, high, text):
    assert pounds_range(low, high) == text
    assert pounds_range(high, low) == text


def test_a_range_in_a_sentence_names_its_unit_twice():
    assert spoken_range(195 * BILLION, 207 * BILLION) == "£195bn to £207bn"
    assert spoken_range(0, 85 * MILLION) == "up to £85m"
    assert spoken_range(7 * BILLION, 7 * BILLION) == "£7bn"


@given(PENCE)
def test_what_is_read_back_is_within_half_of_the_last_digit(pence):
    value, half = read_back(pounds(pence))
    assert abs(value - pence) <= half
    assert abs(value - pence) * 20 <= pence, "never off by more than a twentieth"


@given(PENCE)
def test_below_nothing_reads_as_above_with_a_minus(pence):
    if pence:
        assert pounds(-pence) == "−" + pounds(pence)
        assert exact(-pence) == "−" + exact(pence)


@given(PENCE, PENCE)
def test_a_larger_sum_never_reads_as_a_smaller_one(one, other):
    low, high = sorted((one, other))
    assert read_back(pounds(low))[0] <= read_back(pounds(high))[0]


@given(PENCE, PENCE)
def test_the_upper_end_of_a_range_stands_for_the_larger_sum(one, other):
    low, high = sorted((one, other))
    last = re.split("–|up to ", pounds_range(low, high))[-1]
    value, half = read_back(last if last.startswith("£") else f"£{last}")
    assert abs(value - high) <= half


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_exact_keeps_every_penny(pence):
    digits = exact(pence).replace("£", "").replace(",", "").replace("−", "-")
    assert Decimal(digits) * 100 == pence


def test_exact_ends_are_given_lower_first_and_once_where_equal():
    assert exact_range(250, 100) == "£1.00 to £2.50"
    assert exact_range(250, 250) == "£2.50"
