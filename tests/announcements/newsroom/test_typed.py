"""What is typed on the entry page makes a record, and a record shown there comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.facts.format import SHAPE, compact
from announcements.newsroom import typed
from tests.real import FIXTURES, read

REAL = [record for path in sorted(FIXTURES.glob("facts/*.json")) for record in read(path)["announcements"]]


def claim(**words):
    """The record's claim, and the faults, of a single claim typed."""
    composed = typed.compose({"claims": [{"name": "The fund"} | words]})
    return composed.record["claims"][0], composed.faults


def test_every_real_announcement_comes_back_from_the_page_as_it_was():
    assert len(REAL) > 300
    for record in map(compact, REAL):
        composed = typed.compose(typed.of(record))
        assert (composed.record, composed.faults) == (record, [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("£412m", {"amount": "412000000", "bound": "exact", "measure": "total"}),
        ("half a billion", {"amount": "500000000", "bound": "exact"}),
        ("£1.2-1.5bn", {"amount": None, "low": "1200000000", "high": "1500000000", "bound": "range"}),
        ("$7.4 million (£5.7m)", {"amount": "5700000", "currency": "GBP"}),
        ("up to £50 million a year", {"amount": "50000000", "bound": "up_to", "measure": "per_year"}),
        ("£20m in 2021-22", {"amount": "20000000", "start_fy": "2021-22", "end_fy": "2021-22"}),
    ],
)
def test_wording_gives_what_was_not_typed(words, says):
    found, faults = claim(as_stated=words)
    assert {key: found.get(key) for key in says} == says
    assert faults == []


def test_what_was_typed_beside_the_wording_holds():
    found, _ = claim(as_stated="£412m in 2021-22", amount="£400m")
    assert (found["amount"], found["bound"], found.get("start_fy")) == ("400000000", "exact", None)


@pytest.mark.parametrize(
    ("text", "digits"), [("412000000", "412000000"), ("£412,000,000.50", "412000000.50"), ("0.5m", "500000")]
)
def test_amounts_are_read_however_they_are_typed(text, digits):
    assert claim(amount=text)[0]["amount"] == compact({"claims": [{"amount": digits}]})["claims"][0]["amount"]


@pytest.mark.parametrize("text", ["lots", "12.345", "-5", "£5 or £6"])
def test_amount_that_is_none_says_what_to_write(text):
    found, faults = claim(amount=text)
    assert found["amount"] is None
    assert [(path, text in message) for path, message in faults] == [(("claims", 0, "amount"), True)]


@pytest.mark.parametrize("text", ["2018-19", "2018/19", "2018-2019", "2018", "2018–19"])
def test_years_are_read_however_they_are_typed(text):
    assert claim(start_fy=text)[0]["start_fy"] == "2018-19"


@pytest.mark.parametrize("text", ["2018-07-20", "20/07/2018", "20 July 2018", "20 Jul 2018"])
def test_days_are_read_however_they_are_typed(text):
    record = typed.compose({"announced_on": text, "title": "A fund for “AI”"}).record
    assert (record["announced_on"], record["id"]) == ("2018-07-20", "2018-07-20-a-fund-for-ai")


def test_keys_are_made_of_names_and_never_twice():
    rows = [{"name": "The fund"}, {"name": "The Fund!"}, {"key": "the-fund-2"}]
    record = typed.compose({"claims": rows}).record
    assert [row["key"] for row in record["claims"]] == ["the-fund", "the-fund-3", "the-fund-2"]


def test_links_go_to_the_lists_of_their_kinds_and_lead_back():
    links = [{"kind": "overlaps", "pot": "a"}, {"kind": "part_of", "pot": "b"}, {"kind": "overlaps", "pot": "c"}]
    composed = typed.compose({"claims": [{"name": "X", "links": links}]})
    found = composed.record["claims"][0]
    assert found["part_of"] == ["b"]
    assert [share["pot"] for share in found["overlaps"]] == ["a", "c"]
    assert composed.typed_path(("claims", 0, "overlaps", 1, "pot")) == ("claims", 0, "links", 2, "pot")
    assert composed.typed_path(("claims", 0, "part_of", 0)) == ("claims", 0, "links", 1, "pot")


def test_fields_of_a_form_become_rows_and_empty_ones_are_passed_over():
    words = typed.unflatten(
        [
            ("title", ["A fund "]),
            ("claims-0-name", [""]),
            ("claims-2-name", ["The fund"]),
            ("claims-2-regions", ["england", "", "wales"]),
            ("claims-2-amount", ["many"]),
            ("sources-1-publisher", ["GOV.UK"]),
            ("responses-0-source", ["1"]),
            ("responses-0-summary", ["Glad."]),
            ("csrfmiddlewaretoken", ["x"]),
            ("claims-9999-name", ["no such row"]),
        ]
    )
    composed = typed.compose(words)
    assert [row["name"] for row in composed.record["claims"]] == ["The fund"]
    assert composed.record["claims"][0]["regions"] == ["england", "wales"]
    assert composed.record["responses"][0]["source"] == 0
    assert composed.faults[0][0] == ("claims", 2, "amount")
    assert composed.typed_path(("claims", 0, "name")) == ("claims", 2, "name")
    assert typed.compose(typed.trimmed(words)).record == composed.record


WORDS = st.sampled_from(["", "x", "£5m", "2018-19", "2018-07-20", "england", "same", "0", "99", "up to £3m"])
NAMES = st.sampled_from(
    ["id", "title", "announced_on", "announcer-person", "sources-0-url", "claims-0-amount", "claims-1-as_stated"]
    + ["claims-0-links-0-pot", "claims-0-links-1-kind", "claims-1-profile-0-year", "claims-1-splits-0-amount", "claims"]
    + [
        "claims-0",
        "claims-0-rate-on",
        "targets-0-value",
        "responses-1-source",
        "ticked-0-key",
        "announcer",
        "sources-a",
    ]
)


@given(st.lists(st.tuples(NAMES, st.lists(WORDS, min_size=1, max_size=3)), max_size=12))
def test_nothing_that_is_typed_breaks_the_page(pairs):
    composed = typed.compose(typed.unflatten(pairs))
    assert isinstance(SHAPE.errors({"format": "healthfund-facts/1", "announcements": [composed.record]}), list)


@given(st.lists(st.sampled_from(typed.VERDICTS), min_size=1, max_size=4))
def test_the_last_verdict_on_a_pot_is_the_one_that_stands(verdicts):
    words = {"claims": [{"name": "The fund", "links": [{"kind": "part_of", "pot": "other"}]}]}
    for verdict in verdicts:
        words = typed.with_verdict(words, 0, "pot", verdict)
    (row,) = words["claims"]
    last = verdicts[-1]
    assert row["looked"] == [{"pot": "pot", "verdict": last}]
    assert row.get("about", "") == ("pot" if last == "same" else "")
    linked = [link["kind"] for link in row["links"] if link["pot"] == "pot"]
    assert linked == ([] if last in ("same", "different") else [last])
    assert {"kind": "part_of", "pot": "other"} in row["links"]


def test_verdict_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="none of"):
        typed.with_verdict({"claims": [{}]}, 0, "pot", "maybe")


def test_sums_of_a_press_release_are_offered_each_once_and_without_those_entered():
    text = "A fund of £412 million for wards. The £412 million includes up to £75 million over two years for records."
    assert [one.wording for one in typed.sums_of(text, {})] == ["£412 million", "up to £75 million over two years"]
    words = typed.with_sum({"claims": [{"name": "The fund", "theme": "digital", "as_stated": "£412 million"}]}, "£75m")
    assert words["claims"][1] == {"theme": "digital", "as_stated": "£75m"}
    assert [one.wording for one in typed.sums_of(text, words)] == ["up to £75 million over two years"]
