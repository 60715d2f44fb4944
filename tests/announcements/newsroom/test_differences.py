from hypothesis import given, settings
from hypothesis import strategies as st

from announcements.newsroom.differences import Conflict, between, merged

RECORD = {
    "id": "2020-01-01-package",
    "announced_on": "2020-01-01",
    "title": "A package",
    "summary": "Money.",
    "announcer": {"organisation": "DHSC"},
    "sources": [
        {"url": "https://one.example/a", "publisher": "One", "kind": "speech"},
        {"url": "https://two.example/b", "publisher": "Two", "kind": "blog"},
    ],
    "claims": [
        {"key": "total", "name": "All", "amount": "412000000", "currency": "GBP", "effect": "introduces"},
        {"key": "part", "name": "Part", "amount": "5", "part_of": ["total"]},
    ],
    "responses": [{"organisation": "King's Fund", "stance": "mixed", "summary": "Hm.", "source": 1}],
}


def changed(record=RECORD, *, claim=None, **values):
    """The record with some values, and its first claim with those of `claim`."""
    first, *others = record["claims"]
    return record | {"claims": [first | (claim or {}), *others]} | values


def told(old, new, **names):
    return [(difference.label, difference.old, difference.new) for difference in between(old, new, names=names)]


# What differs


def test_a_changed_amount_is_told_in_pounds():
    assert told(RECORD, changed(claim={"amount": "421000000.50"})) == [
        ("Claim total: amount", "£412,000,000", "£421,000,000.50")
    ]


def test_an_amount_in_another_currency_keeps_its_code():
    dollars = changed(claim={"currency": "USD"})
    assert ("Claim total: amount", "USD 412,000,000", "USD 5") in told(dollars, changed(dollars, claim={"amount": "5"}))


def test_what_is_typed_and_no_amount_is_told_as_typed():
    assert told(RECORD, changed(claim={"amount": "half a billion"}))[0][2] == "half a billion"


def test_choices_days_themes_and_pots_are_told_by_their_names():
    new = changed(
        claim={"effect": "tops_up", "theme": "ai", "regions": ["wales"], "about": "2019-01-01-a#b"},
        announced_on="2020-02-03",
    )
    names = {"theme": {"ai": "AI"}, "region": {"wales": "Wales"}, "pot": {"2019-01-01-a#b": "The fund"}}
    assert told(RECORD, new, **names) == [
        ("Day", "1 January 2020", "3 February 2020"),
        ("Claim total: effect", "Introduces a pot", "Tops a pot up"),
        ("Claim total: about the pot", "", "The fund (2019-01-01-a#b)"),
        ("Claim total: theme", "", "AI"),
        ("Claim total: regions", "", "Wales"),
    ]


def test_a_claim_in_another_place_is_the_same_claim():
    assert told(RECORD, RECORD | {"claims": RECORD["claims"][::-1]}) == [
        ("Order of claims", "total, part", "part, total")
    ]


def test_a_new_claim_is_told_field_by_field():
    new = RECORD | {"claims": [*RECORD["claims"], {"key": "new", "amount": "7"}]}
    assert told(RECORD, new) == [("Claim new: key", "", "new"), ("Claim new: amount", "", "£7")]


def test_null_empty_and_missing_say_the_same():
    assert told(RECORD, changed(claim={"low": None, "note": "", "regions": [], "terms": "cash"})) == []


def test_a_claim_for_no_programme_is_not_one_for_all():
    assert told(RECORD, changed(claim={"programmes": []})) == [
        ("Claim total: programmes", "all of the announcement", "none")
    ]


def test_a_response_that_names_the_same_source_in_another_place_is_unchanged():
    new = RECORD | {"sources": RECORD["sources"][1:], "responses": [RECORD["responses"][0] | {"source": 0}]}
    assert [label for label, *_ in told(RECORD, new)] == [
        "Source https://one.example/a: address",
        "Source https://one.example/a: publisher",
        "Source https://one.example/a: kind",
    ]


def test_links_and_years_as_they_are_typed():
    old = changed(claim={"links": [{"kind": "partly_in", "pot": "x", "low": "1"}], "profile": [{"year": "2018-19"}]})
    new = changed(
        claim={
            "links": [{"kind": "partly_in", "pot": "x", "low": "2"}],
            "profile": [{"year": "2018-19", "amount": "3"}],
        }
    )
    assert told(old, new) == [
        ("Claim total: lies partly in x: low end of the share", "£1", "£2"),
        ("Claim total: in 2018-19: amount", "", "£3"),
    ]


def test_years_of_a_record():
    assert told(RECORD, changed(claim={"profile": {"2018-19": "3"}})) == [("Claim total: by year: 2018-19", "", "£3")]


def test_what_was_looked_at_is_told_only_where_it_is_asked_for():
    new = changed(claim={"looked": [{"pot": "x", "verdict": "same"}]}, ticked=[{"key": "k", "reason": "checked"}])
    assert told(RECORD, new) == []
    assert {difference.new for difference in between(RECORD, new, besides=())} == {"x", "same", "k", "checked"}


def test_documents_of_other_things_are_compared_field_by_field():
    old = {"name": "Genomics", "other_names": ["100k"], "website_confirmed": False}
    new = {"name": "Genomics England", "other_names": ["100k", "GEL"], "website_confirmed": True}
    assert told(old, new) == [
        ("Name", "Genomics", "Genomics England"),
        ("Other names", "100k", "100k, GEL"),
        ("Website confirmed", "no", "yes"),
    ]


def test_of_a_longer_text_the_changed_words_are_marked():
    old = "The government announced £412m for technology in all hospitals of England."
    [difference] = between({"summary": old}, {"summary": old.replace("£412m", "£421m")})
    assert ("gone", "£412m") in difference.marked
    assert ("added", "£421m") in difference.marked


def test_a_short_text_is_read_whole():
    assert between({"title": "A"}, {"title": "B"})[0].marked == []


# What two people's changes come to


def test_two_fields_of_one_claim_changed_by_two_people_both_stay():
    assert merged(RECORD, changed(claim={"amount": "1"}), changed(claim={"name": "Whole"})) == (
        changed(claim={"amount": "1", "name": "Whole"}),
        [],
    )


def test_one_field_changed_by_both_is_a_conflict_and_mine_stays():
    mine = changed(claim={"amount": "1"})
    assert merged(RECORD, mine, changed(claim={"amount": "2"})) == (
        mine,
        [Conflict(("claims", "total", "amount"), "Claim total: amount", "£412,000,000", "£1", "£2")],
    )


def test_texts_that_either_added_or_removed():
    base, mine, theirs = ({"programmes": list(some)} for some in ("AB", "ABC", "BD"))
    assert merged(base, mine, theirs) == ({"programmes": ["B", "D", "C"]}, [])


def test_a_claim_removed_by_one_and_changed_by_the_other_is_a_conflict():
    removed = RECORD | {"claims": RECORD["claims"][1:]}
    theirs = changed(claim={"amount": "2"})
    out, [conflict] = merged(RECORD, removed, theirs)
    assert out == removed
    assert conflict == (("claims", "total", "amount"), "Claim total: amount", "£412,000,000", "", "£2")
    assert merged(RECORD, theirs, removed)[0] == theirs


def test_a_source_that_moves_takes_its_response_with_it():
    mine = RECORD | {"sources": [{"url": "https://new.example/c", "publisher": "C"}, *RECORD["sources"]]}
    mine["responses"] = [RECORD["responses"][0] | {"source": 2}]
    theirs = RECORD | {"responses": [RECORD["responses"][0] | {"summary": "Well."}]}
    out, conflicts = merged(RECORD, mine, theirs)
    assert conflicts == []
    [response] = out["responses"]
    assert out["sources"][response["source"]]["url"] == "https://two.example/b"
    assert response["summary"] == "Well."


def test_a_source_removed_by_one_and_named_by_the_other_is_a_conflict():
    base = RECORD | {"responses": []}
    out, [conflict] = merged(base, base | {"sources": RECORD["sources"][:1]}, RECORD)
    assert conflict.label == "Response of King's Fund: source"
    assert out["responses"][0]["source"] is None


def some(**fields):
    return st.fixed_dictionaries({}, optional=fields)


def one_of(*values):
    return st.sampled_from(values)


def texts(*values):
    return st.lists(one_of(*values), unique=True, max_size=3)


CLAIMS = st.lists(
    some(
        key=one_of("a", "b", "c"),
        amount=one_of("1", "2", None),
        programmes=texts("p", "q"),
        funders=texts("f", "g"),
        links=st.lists(some(kind=one_of("part_of"), pot=one_of("x", "y"), low=one_of("1", "2")), max_size=2),
        rate=some(on=one_of("2020-01-01", "2020-01-02")),
    ),
    unique_by=lambda claim: claim.get("key"),
    max_size=3,
)


def sound(record):
    """The record without responses that name a source which is not there."""
    sources = range(len(record.get("sources", ())))
    return record | {"responses": [r for r in record.get("responses", ()) if r.get("source", 0) in sources]}


RECORDS = some(
    title=one_of("A", "B", ""),
    announcer=some(organisation=one_of("X", "Y"), person=one_of("P", None)),
    programmes=texts("p", "q", "r"),
    sources=st.lists(
        some(publisher=one_of("1", "2")).flatmap(lambda rest: one_of(*({"url": url} | rest for url in "uvw"))),
        unique_by=lambda source: source["url"],
        max_size=3,
    ),
    claims=CLAIMS,
    responses=st.lists(
        some(organisation=one_of("X", "Y"), source=one_of(0, 1), stance=one_of("mixed")),
        # Of several that nothing tells apart, one may come to stand for another.
        unique_by=lambda response: response.get("organisation"),
        max_size=2,
    ),
).map(sound)


@given(RECORDS)
def test_nothing_differs_from_itself(record):
    assert between(record, record, besides=()) == []


@given(RECORDS, RECORDS)
def test_where_one_side_changed_nothing_the_other_holds(base, side):
    assert merged(base, base, side) == (side, [])
    assert merged(base, side, base) == (side, [])
    assert merged(base, side, side) == (side, [])


@settings(max_examples=100)
@given(RECORDS, RECORDS, RECORDS)
def test_nothing_that_either_side_typed_is_lost(base, mine, theirs):
    out, conflicts = merged(base, mine, theirs)
    now = {difference.path: difference.new for difference in between(base, out)}
    for side, place in (mine, 3), (theirs, 4):
        for difference in between(base, side):
            if "rder of " in difference.label or difference.new == "there":
                continue
            added = set(difference.new.split(", ")) - set(difference.old.split(", ")) - {"", "none"}
            kept = added <= set(now.get(difference.path, difference.old).split(", "))
            in_conflict = any(
                conflict.path[:2] == difference.path[:2] and conflict[place] in (difference.new, "")
                for conflict in conflicts
            )
            assert kept or in_conflict, (difference, now, conflicts)


@settings(max_examples=100)
@given(RECORDS, RECORDS, RECORDS)
def test_without_conflict_it_does_not_matter_whose_change_is_mine(base, mine, theirs):
    out, conflicts = merged(base, mine, theirs)
    turned, others = merged(base, theirs, mine)
    assert bool(conflicts) == bool(others)
    if not conflicts:
        # But for the order in which both added something.
        assert [d for d in between(out, turned) if sorted(d.old) != sorted(d.new)] == []
