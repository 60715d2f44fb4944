"""The geometry of the pictures: what is drawn is as long as the money it stands for."""

import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from healthfund import env
from healthfund.web import charts
from healthfund.web.charts import Ends, Mark, Moment

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
def test_columns_stay_between_round_ticks_and_are_as_long_as_their_money(pairs):
    marks = [
        mark
        for place, (said, announced) in enumerate(pairs)
        for mark in (Mark(str(place), "said", said, "said"), Mark(str(place), "announced", announced))
    ]
    chart = charts.columns(marks)
    ticks = chart["encoding"]["y"]["axis"]["values"]
    assert chart["encoding"]["y"]["scale"]["domain"] == [ticks[0], ticks[-1]]
    assert len(ticks) <= 9
    values = chart["data"]["values"]
    assert all(ticks[0] <= value["from"] < value["to"] <= ticks[-1] for value in values)
    for mark in marks:
        own = [value for value in values if (value["label"], value["series"]) == (mark.label, mark.series)]
        doubt = sum(value["to"] - value["from"] for value in own if value["part"] == "may")
        assert doubt == abs(mark.ends.ceiling - mark.ends.firm)


def test_a_chart_reads_its_figures_as_the_page_does():
    [value, _] = charts.bars([Mark("AI", "announced", Ends(2 * BILLION, 3 * BILLION))])["layer"][0]["data"]["values"]
    assert value["reads"] == "£2–3bn"


def test_steps_go_on_to_the_last_day_and_keep_their_doubt():
    moments = [
        Moment("2019-08-08", "announced", Ends(250 * BILLION, 250 * BILLION)),
        Moment("2021-01-01", "announced", Ends(139 * BILLION, 160 * BILLION)),
    ]
    values = charts.steps(moments, until="2026-01-01")["data"]["values"]
    assert [(value["day"], value["low"], value["high"]) for value in values] == [
        ("2019-08-08", 250 * BILLION, 250 * BILLION),
        ("2021-01-01", 139 * BILLION, 160 * BILLION),
        ("2026-01-01", 139 * BILLION, 160 * BILLION),
    ]


def test_a_picture_that_leaves_the_page_has_the_colours_of_the_stylesheet():
    stylesheet = (env.PROJECT / "static/css/healthfund.css").read_text(encoding="utf-8").split("}")[0]
    assert {
        name: f"#{value}" for name, value in re.findall(r"--([\w-]+): #(\w{6});", stylesheet) if name in charts.PAPER
    } == charts.PAPER
    painted = json.dumps(charts.painted(charts.columns([Mark("AI", "announced", Ends(1, 2))])))
    assert "var(" not in painted
    assert charts.PAPER["firm"] in painted


@pytest.mark.parametrize(
    ("span", "step"), [(0, 1), (4, 1), (60 * BILLION, 20 * BILLION), (7 * BILLION, 2 * BILLION), (41, 20)]
)
def test_ticks_stand_at_round_sums(span, step):
    assert charts.tick_step(span) == step


def test_places_are_darker_by_order_of_magnitude_and_blank_without_money():
    assert charts.shades([0, 10**9, 10**11, 10**13]) == [0, 1, 3, 5]
    assert charts.shades([0, 0]) == [0, 0]
    assert charts.shades([5, 5]) == [5, 5]
