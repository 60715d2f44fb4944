import copy
import datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from announcements.newsroom.checks import RULES, Known, KnownPot, Level, Other, bare_address, find

TODAY = datetime.date(2026, 11, 22)
DAY = datetime.date(2018, 7, 20)
MILLION = 10**6 * 100
EARLIER = "2017-01-01-fund#total"


def claim(**changes):
    return {
        "key": "total",
        "name": "Hospital technology",
        "as_stated": "£412m",
        "amount": "412000000",
        "currency": "GBP",
        "bound": "exact",
        "measure": "total",
        "effect": "introduces",
        "sector": "government",
        "additionality": "new",
        "theme": "digital",
        "regions": ["england"],
    } | changes


def record(*claims, **changes):
    return {
        "id": "2018-07-20-hospital-technology",
        "announced_on": "2018-07-20",
        "title": "£412m for hospital technology",
        "summary": "Money for hospitals.",
        "announcer": {"organisation": "DHSC"},
        "programmes": ["Hospital technology"],
        "sources": [{"url": "https://www.gov.uk/news/technology", "publisher": "GOV.UK", "kind": "press_release"}],
        "claims": list(claims) or [claim()],
    } | changes


def source(url="https://www.gov.uk/news/technology", **changes):
    return {"url": url, "publisher": "GOV.UK", "kind": "press_release"} | changes


def other(title="Winter beds", day=DAY, slug="2018-07-20-other", addresses=(), **changes):
    return Other(slug, title, day, addresses, **changes)


def known(*others, **changes):
    return Known(today=TODAY, others=others, **changes)


def pot(high, **changes):
    return known(pots={EARLIER: KnownPot(EARLIER, "The fund", high, high, **changes)})


SOURCE = ("http://gov.uk/news/technology/?utm_source=mail",)
FIRST = (("2018-01-01-first#part", 600 * MILLION, Fraction(MILLION, 2)),)
PART = {"part_of": ["total"], "amount": "400000000", "as_stated": "£400m"}
CASES = {  # of each rule a record that it speaks of and one that it leaves alone, each with what is known
    "scale_slip": (record(claim(amount="412000")), record(claim(amount="412000", as_stated="£412,000"))),
    "unlike_text": (record(claim(amount="412000000000", as_stated="£412bn")), record(title="£412bn for all and £412m")),
    "wording_differs": (record(claim(amount="421000000")), record(claim(amount="824000000", as_stated="£412m each"))),
    "currency_differs": (record(claim(as_stated="$412m")), record(claim(as_stated="$500m (£412m)"))),
    "bound_differs": (record(claim(as_stated="up to £412m")), record(claim(as_stated="up to £412m", bound="up_to"))),
    "bound_in_text": (
        record(title="Hospital technology", summary="Up to £412 million for hospitals."),
        record(claim(bound="up_to", as_stated="up to £412m"), summary="Up to £412 million for hospitals."),
    ),
    "for_each": (
        record(
            claim(amount="7500000", as_stated="up to £7.5m", bound="up_to"), title="Up to £7.5m each for three areas"
        ),
        record(
            *(claim(key=key, amount="7500000", as_stated="£7.5m") for key in "ab"), title="£7.5m each for two areas"
        ),
    ),
    "without_amount": (
        record(claim(amount=None, as_stated="£10m or £20m")),
        record(claim(amount=None, as_stated="a substantial sum")),
    ),
    "small": (
        record(claim(amount="412", as_stated="412")),
        record(claim(amount="0", as_stated=None, effect="revises")),
    ),
    "huge": (record(claim(amount="33000000000")), record(claim(amount="33000000000", measure="level"))),
    "amount_is_year": (
        record(claim(amount="2018000", as_stated=None)),
        record(claim(amount="2019000", as_stated=None), claim(key="b", amount="2018", as_stated="£2,018")),
    ),
    "amount_is_reference": (
        record(claim(amount="83215", as_stated=None), sources=[source("https://www.gov.uk/news/83215-fund")]),
        record(claim(amount="83215", as_stated="£83,215"), sources=[source("https://www.gov.uk/news/83215-fund")]),
    ),
    "unlike_pot": (
        (record(claim(about=EARLIER, effect="repeats")), pot(412_000 * 100)),
        (record(claim(about=EARLIER, effect="spends")), pot(412_000 * MILLION)),
    ),
    "unlike_programme": (
        (record(), known(programmes={"Hospital technology": [(412_000 * 100, "Pilot")]})),
        (
            record(),
            known(programmes={"Hospital technology": [(413_000 * 100, "Pilot")], "Else": [(412_000 * 100, "No")]}),
        ),
    ),
    "parts_exceed_whole": (
        record(claim(), claim(**PART | {"key": "a"}), claim(**PART | {"key": "b"})),
        record(claim(), claim(**PART | {"key": "a"}), claim(**PART | {"key": "b", "part_of": ["a"]})),
    ),
    "side_by_side": (
        record(claim(), claim(key="prescribing", amount="75000000", as_stated="£75m")),
        record(claim(), claim(key="prescribing", amount="75000000", as_stated="£75m", part_of=["total"])),
    ),
    "parts_of_a_thousandth": (
        record(claim(), *(claim(key=key, part_of=["total"], amount="200000", as_stated="£200,000") for key in "ab")),
        record(claim(), *(claim(key=key, part_of=["total"], amount="20000", as_stated="£20,000") for key in "ab")),
    ),
    "years_differ": (
        record(claim(profile={"2018-19": "200000", "2019-20": "212000"})),
        record(claim(profile={"2018-19": "200000000", "2019-20": "211600000"})),
    ),
    "splits_exceed": (
        record(claim(splits=[{"region": "wales", "amount": "420000000"}])),
        record(claim(splits=[{"region": "wales", "amount": "100000000"}])),
    ),
    "future_day": (
        record(announced_on="2026-11-23", id="2026-11-23-fund"),
        record(announced_on="2026-11-22", id="2026-11-22-fund"),
    ),
    "id_without_day": (record(announced_on="2018-07-21"), record(announced_on=None)),
    "period_missing": (
        record(claim(as_stated="£412m over three years")),
        record(claim(as_stated="£412m over three years", start_fy="2018-19", end_fy="2020-21"), claim(key="b")),
    ),
    "period_differs": (
        record(claim(as_stated="£412m over three years", start_fy="2018-19", end_fy="2019-20")),
        record(claim(as_stated="£412m over three years", start_fy="2018-19", end_fy="2020-21")),
    ),
    "yearly_differs": (
        record(claim(as_stated="£412m a year")),
        record(claim(as_stated="£412m a year", measure="per_year", start_fy="2018-19", end_fy="2018-19")),
    ),
    "years_far": (record(claim(end_fy="2081-82")), record(claim(end_fy="2028-29"))),
    "sector_unknown": (record(claim(sector="unknown")), record(claim(sector="unknown", about=EARLIER))),
    "additionality_unclear": (
        record(claim(additionality="unclear")),
        record(claim(additionality="unclear", note="The Treasury did not answer.")),
    ),
    "programme_unlisted": (
        (record(summary="From the Winter Fund."), known(names=["Winter Fund"])),
        (
            record(summary="From the Great Winter Fund.", programmes=["Great Winter Fund"]),
            known(names=["Winter Fund", "Great Winter Fund", "hospitals"]),
        ),
    ),
    "id_taken": (
        (record(), known(other(slug="2018-07-20-hospital-technology"))),
        (record(), known(other(slug="2018-07-20-hospital-technology-2"))),
    ),
    "entered_twice": (
        (record(), known(other("£412M for hospital technology!", addresses=SOURCE))),
        (record(), known(other("£412m for hospital technology"), other(addresses=SOURCE))),
    ),
    "near_announcement": (
        (record(), known(other("Hospital technology gets £412 million", DAY + datetime.timedelta(days=9)))),
        (record(), known(other("Hospital technology gets £412 million", DAY + datetime.timedelta(days=90)))),
    ),
    "source_used": (
        (record(), known(other(addresses=SOURCE))),
        (
            record(claim(about=EARLIER)),
            known(other(addresses=SOURCE, slug="2017-01-01-fund"), other(addresses=SOURCE, leans=True), other()),
        ),
    ),
    "without_address": (record(sources=[source(None)]), record(sources=[source(None), source()])),
}


def rules(case):
    said, about = case if isinstance(case, tuple) else (case, known())
    return {finding.rule for finding in find(said, about)}


def test_every_rule_has_its_examples():
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_finds_what_it_is_for_and_leaves_the_rest_alone(rule):
    finds, leaves = CASES[rule]
    assert rule in rules(finds)
    assert rule not in rules(leaves)


def test_a_sound_record_has_no_findings():
    assert find(record(), known()) == []


def the_finding(said, about=None):
    (finding,) = find(said, about or known())
    return finding


def test_a_message_says_what_to_do_with_the_numbers_in_it():
    finding = the_finding(record(claim(amount="412000"), title="Hospital technology"))
    assert finding.message == (
        "“£412m” reads as £412,000,000, and £412,000 is entered, 1,000 times less: enter 412,000,000, or put the wording "
        "right."
    )
    assert finding.path == ("claims", 0, "amount")
    assert finding.level == Level.WARNING


def test_parts_of_other_announcements_count_in_a_known_whole():
    part = claim(part_of=[EARLIER], effect="allocates")
    whole = pot(1000 * MILLION, parts=FIRST)
    finding = the_finding(record(part), whole)
    assert (
        "The 2 parts of “The fund” come to £1,012,000,000 and it is £1,000,000,000: £12,000,000 more" in finding.message
    )
    assert find(record(part), pot(1012 * MILLION, parts=FIRST)) == []


def test_parts_within_rounding_do_not_exceed_and_an_open_whole_holds_any():
    part = claim(part_of=[EARLIER], effect="allocates")
    assert find(record(part), pot(411 * MILLION, rounding=5 * MILLION)) == []
    assert find(record(part), pot(100 * MILLION, open_ended=True)) == []
    assert "parts_exceed_whole" in rules((record(part), pot(100 * MILLION)))


def test_a_warning_that_was_ticked_off_lapses_when_what_it_rests_on_changes():
    slip = record(claim(amount="412000"), title="Hospital technology")
    key = the_finding(slip).key
    assert the_finding(slip | {"summary": "Otherwise told.", "note": "Looked at."}).key == key
    assert the_finding(slip | {"claims": [claim(amount="412000", as_stated="£412 million")]}).key != key


def test_a_withdrawn_announcement_may_be_entered_again():
    withdrawn = other("£412m for hospital technology", addresses=SOURCE, withdrawn=True)
    assert rules((record(), known(withdrawn))) == {"near_announcement", "source_used"}


@pytest.mark.parametrize(
    "address",
    [
        "http://www.GOV.UK/news/technology/",
        "https://gov.uk/news/technology#funding",
        "https://www.gov.uk/news/technology?utm_source=a&utm_medium=b",
    ],
)
def test_an_address_is_the_same_however_it_is_written(address):
    assert bare_address(address) == "gov.uk/news/technology"


def test_what_an_address_asks_for_tells_it_from_others():
    assert bare_address("https://www.example.org/?id=1&utm_source=a") == "example.org?id=1"


# Every kind of thing a record may hold, so that each has a chance of being spoilt.
WHOLE = record(
    claim(profile={"2018-19": "1", "2019-20": "2"}, splits=[{"region": "wales", "amount": "5"}], start_fy="2018-19"),
    claim(key="a", part_of=["total"], includes=[EARLIER], bound="range", amount=None, low="1", high="2"),
    claim(key="b", about="c", effect="repeats", partly_in=[{"pot": "a", "low": None, "high": None}]),
    claim(key="c", about="b", overlaps=[{"pot": "total", "low": "1", "high": "2"}], programmes=["Hospital technology"]),
    claim(key="d", currency="USD", rate={"gbp_per_unit": "0.75", "on": "2018-07-20", "source": "HMRC"}),
    sources=[source(published_on="2018-07-20"), source("https://www.example.org/83215")],
)
BESIDE = Known(
    TODAY,
    {EARLIER: KnownPot(EARLIER, "The fund", 5, 5, parts=(("2018-01-01-first#part", 3, Fraction(1, 2)),))},
    {"Hospital technology": [(5, "Pilot"), (6, "Pilot"), (7, "Pilot")]},
    ["Hospital technology"],
    [other("£412m for hospital technology", addresses=SOURCE), other(slug="2018-07-20-hospital-technology")],
)
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.text(max_size=8),
    st.sampled_from(
        ["0", "0.00", "2018-19", "2019-20", "range", "per_year", "total", "a", "#", "2026-13-01", EARLIER, "£5m"]
    ),
    st.lists(st.none() | st.text(max_size=2) | st.dictionaries(st.text(max_size=2), st.none()), max_size=2),
)


@st.composite
def spoilt(draw, value=WHOLE, depth=0):
    """The record with things missing, or other things in their place."""
    if depth and draw(st.integers(0, 19)) == 0:
        return draw(junk)
    if isinstance(value, dict):
        return {
            key: draw(spoilt(inner, depth + 1)) for key, inner in value.items() if depth == 0 or draw(st.integers(0, 9))
        }
    if isinstance(value, list):
        return [draw(spoilt(inner, depth + 1)) for inner in value if draw(st.integers(0, 9))]
    return copy.copy(value)


@settings(max_examples=150)
@given(spoilt() | junk)
def test_half_finished_records_are_checked_as_far_as_they_can_be_read(said):
    for finding in find(said, BESIDE):
        assert finding.message.endswith(".")
        assert finding.key.startswith(finding.rule)
        assert finding.level == RULES[finding.rule].level
