"""When alerts are looked at."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthfund.alerts.rhythms import LONDON, MORNING, Rhythm, next_time

NOW = datetime.datetime(2026, 11, 21, 22, 44, tzinfo=datetime.UTC)


def london(*numbers):
    return datetime.datetime(*numbers, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("rhythm", "now", "then"),
    [
        ("daily", london(2026, 11, 21, 6, 59), london(2026, 11, 21, 7)),
        ("daily", london(2026, 11, 21, 7), london(2026, 11, 22, 7)),
        ("weekly", london(2026, 11, 21, 12), london(2026, 11, 23, 7)),
        ("weekly", london(2026, 11, 23, 6), london(2026, 11, 23, 7)),
        ("weekly", london(2026, 11, 23, 7), london(2026, 11, 30, 7)),
        # The clocks go back in the night to 25 October 2026.
        ("daily", london(2026, 10, 24, 8), london(2026, 10, 25, 7)),
    ],
)
def test_mornings_are_londons(rhythm, now, then):
    assert next_time(rhythm, now) == then


def test_who_is_told_soon_waits_only_after_a_mail():
    assert next_time("soon", NOW, told=False) == NOW
    assert next_time("soon", NOW) == NOW + datetime.timedelta(minutes=10)


@given(st.sampled_from(["daily", "weekly"]), st.integers(0, 4 * 366 * 24 * 60))
def test_the_next_morning_lies_ahead_and_never_more_than_its_rhythm_away(rhythm, minutes):
    now = NOW + datetime.timedelta(minutes=minutes)
    then = next_time(rhythm, now)
    assert datetime.timedelta() < then - now <= datetime.timedelta(days=7 if rhythm == Rhythm.WEEKLY else 1, hours=1)
    assert then.astimezone(LONDON).time() == MORNING
    assert rhythm == Rhythm.DAILY or then.astimezone(LONDON).weekday() == 0
