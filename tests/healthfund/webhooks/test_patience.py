import datetime
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthfund.webhooks import patience

AT = datetime.datetime(2026, 11, 21, 22, 44, tzinfo=datetime.UTC)
SPREADS = st.floats(0, 1)


def test_pauses_grow_threefold_from_half_a_minute_to_half_a_day():
    pauses = [patience.pause(attempts, 0.5) for attempts in range(1, patience.TRIES)]
    assert [pause.total_seconds() for pause in pauses] == [30, 90, 270, 810, 2430, 7290, 21870, 43200, 43200]


@given(st.integers(1, 10**6), SPREADS)
def test_a_pause_is_spread_by_a_quarter_either_way(attempts, spread):
    usual = patience.pause(attempts, 0.5)
    assert usual * 0.749 <= patience.pause(attempts, spread) <= usual * 1.251


@given(st.integers(1, 30), SPREADS, st.timedeltas(min_value=timedelta(), max_value=timedelta(days=1)))
def test_a_pause_is_never_shorter_than_the_receiver_asks(attempts, spread, asked):
    assert patience.pause(attempts, spread, asked) >= asked


@given(st.timedeltas(min_value=timedelta(days=1)))
def test_nobody_is_waited_for_longer_than_a_day(asked):
    assert patience.pause(1, 0.5, asked) == timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", timedelta()),
        (" 120 ", timedelta(minutes=2)),
        ("Sat, 21 Nov 2026 23:44:00 GMT", timedelta(hours=1)),
        ("Sat, 21 Nov 2026 21:44:00 GMT", timedelta()),
        ("Sat, 21 Nov 2026 23:44:00 -0000", timedelta(hours=1)),
        ("Sat, 99 Nov 2026 23:44:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("９", None),
        ("soon", None),
        ("", None),
        ("9" * 30, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text, expected):
    assert patience.retry_after(text, AT) == expected


@given(st.text())
def test_whatever_a_receiver_writes_there_breaks_nothing(text):
    asked = patience.retry_after(text, AT)
    assert asked is None or asked >= timedelta()
