"""Sums as text: exact at any size, and a scale that was left in is read as what it means."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.money import grouped, in_digits, in_full, short, to_the_penny


@pytest.mark.parametrize(
    ("hundredths", "digits", "penny", "groups"),
    [
        (0, "0", "0.00", "0"),
        (1, "0.01", "0.01", "0.01"),
        (41_200_000_000, "412000000", "412000000.00", "412,000,000"),
        (41_200_000_050, "412000000.50", "412000000.50", "412,000,000.50"),
        (-5, "-0.05", "-0.05", "-0.05"),
        (-123_456_700, "-1234567", "-1234567.00", "-1,234,567"),
    ],
)
def test_a_sum_reads_in_digits_to_the_penny_and_in_groups(hundredths, digits, penny, groups):
    assert (in_digits(hundredths), to_the_penny(hundredths), grouped(hundredths)) == (digits, penny, groups)


@given(st.integers())
def test_no_penny_is_lost_at_any_size(hundredths):
    units, _, pence = to_the_penny(hundredths).partition(".")
    assert int(units + pence) == hundredths
    assert Decimal(in_digits(hundredths)) == Decimal(to_the_penny(hundredths))
    assert grouped(hundredths).replace(",", "") == in_digits(hundredths)


@pytest.mark.parametrize(
    ("hundredths", "text"),
    [
        (41_200_000_000, "£412m"),
        (125_000_000_000, "£1.25bn"),
        (100_000_000_000, "£1bn"),
        (1_250_000_000, "£12.5m"),
        (123_456_700, "£1,234,567"),
        (25_000_000, "£250,000"),
        (950, "£9.50"),
        (0, "£0"),
        (-2_000_000_000, "-£20m"),
    ],
)
def test_a_sum_reads_short_where_nothing_is_lost(hundredths, text):
    assert short(hundredths) == text


@given(st.integers(10**8, 10**17))
def test_what_reads_short_means_the_same_sum(hundredths):
    text = short(hundredths)
    assert in_full(text) * 100 == hundredths if text[-1].isalpha() else text == f"£{grouped(hundredths)}"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("£5m", 5_000_000),
        (" 1.25 billion ", 1_250_000_000),
        ("250k", 250_000),
        (".5bn.", 500_000_000),
        ("1,200 mn", 1_200_000_000),
        ("2tn", 2_000_000_000_000),
    ],
)
def test_a_scale_is_written_out(text, units):
    assert in_full(text) == units


@pytest.mark.parametrize("text", ["", "5", "m", "5 moons", "-5m", "5m extra", "5,000,000"])
def test_a_text_without_a_known_scale_is_not_guessed_at(text):
    assert in_full(text) is None
