import datetime

from hypothesis import given
from hypothesis import strategies as st

from programmes.governments import GOVERNMENTS

FIRST = next(iter(GOVERNMENTS.values())).first


@given(st.dates(min_value=FIRST, max_value=datetime.date(2100, 1, 1)))
def test_every_day_is_in_one_government(day):
    assert len([one for one in GOVERNMENTS.values() if one.first <= day and (one.last is None or day <= one.last)]) == 1


def test_on_the_day_of_a_change_the_incoming_one_governs():
    assert GOVERNMENTS["starmer"].first == datetime.date(2024, 7, 5)
    assert GOVERNMENTS["sunak"].last == datetime.date(2024, 7, 4)
