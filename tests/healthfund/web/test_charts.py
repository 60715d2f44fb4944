"""The geometry of the pictures: what is drawn is as long as the money it stands for."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from healthfund.web import charts
from healthfund.web.charts import Ends

BILLION = 10**11
PENCE = st.integers(min_value=-(10**14), max_value=10**14)
ENDS = st.builds(Ends, PENCE, PENCE)


def test_firm_is_solid_and_what_may_come_on_top_is_hatched_after_it():
    solid, hatched = charts.bar(Ends(50, 75), 0, 100)
    assert solid == ("firm", 0, 50)
    assert hatched == ("may", 50, 25)


def test_a_total_without_doubt_has_no_hatching():
    assert [strip.kind for strip in charts.bar(Ends(40, 40), 0, 100)] == ["firm"]


def test_a_promise_alone_is_hatched_from_nothing():
    assert charts.bar(Ends(0, 30), 0, 100) == (("may", 0, 30),)


def test_what_was_said_is_drawn_as_said():
    assert charts.bar(Ends(10, 20), 0, 100, "said")[0].kind == "said"


def test_no_money_in_any_bar_draws_nothing():
    assert charts.bar(Ends(0, 0), 0, 0) == ()


def test_money_withdrawn_is_drawn_to_the_left_of_nothing():
    assert charts.bar(Ends(-20, -20), -20, 80) == (("firm", 0, 20),)


@given(st.lists(ENDS, min_size=1, max_size=8))
def test_bars_stay_in_their_room_and_are_as_wide_as_their_money(totals):
    least, most = charts.room(totals)
    assume(most > least)
    for ends in totals:
        for strip in charts.bar(ends, least, most):
            assert -0.01 <= strip.start <= 100
            assert strip.start + strip.width <= 100.3
        drawn = sum(strip.width for strip in charts.bar(ends, least, most) if strip.kind == "may")
        assert drawn == pytest.approx(abs(ends.ceiling - ends.firm) * 100 / (most - least), abs=0.21)


@given(st.lists(st.tuples(ENDS, ENDS), min_size=1, max_size=20))
def test_the_years_picture_holds_all_its_columns(pairs):
    said, announced = zip(*pairs, strict=True)
    picture = charts.by_year([str(place) for place in range(len(pairs))], said, announced)
    assert len(picture.columns) == len(pairs)
    assert len(picture.ticks) <= 9
    for column in picture.columns:
        for box in column.boxes:
            assert box.x >= picture.left
            assert box.x + box.width <= picture.width + 0.1
            assert box.y >= 0
            assert box.y + box.height <= picture.height
            assert box.height > 0


def test_years_with_more_money_stand_higher():
    picture = charts.by_year(
        ["2019-20", "2020-21"],
        [Ends(0, 0), Ends(0, 0)],
        [Ends(2 * BILLION, 2 * BILLION), Ends(4 * BILLION, 5 * BILLION)],
    )
    first, second = (column.boxes for column in picture.columns)
    assert second[0].height == pytest.approx(2 * first[0].height, abs=0.2)
    assert [box.kind for box in second] == ["firm", "may"]
    assert second[1].y < second[0].y


def test_years_without_money_draw_an_empty_picture():
    picture = charts.by_year(["2020-21"], [Ends(0, 0)], [Ends(0, 0)])
    assert picture.columns[0].boxes == ()


@pytest.mark.parametrize(
    ("span", "step"), [(0, 1), (4, 1), (60 * BILLION, 20 * BILLION), (7 * BILLION, 2 * BILLION), (41, 20)]
)
def test_ticks_stand_at_round_sums(span, step):
    assert charts.tick_step(span) == step


def test_places_are_darker_by_order_of_magnitude_and_blank_without_money():
    assert charts.shades([0, 10**9, 10**11, 10**13]) == [0, 1, 3, 5]
    assert charts.shades([0, 0]) == [0, 0]
    assert charts.shades([5, 5]) == [5, 5]
