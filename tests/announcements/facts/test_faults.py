"""Every kind of fault, with the place at which it is told and what it tells to do."""

import datetime

import pytest

from announcements.facts import loading
from announcements.models import Announcement
from tests.factories import AnnouncementFactory, ClaimFactory, OrganisationFactory

from .samples import AT, FUND, GONE, MORE, announcement, changed, claim, document, faults, full, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]

A = "announcements[0]"
C = "announcements[0].claims[0]"
P = "announcements[0].claims[1]"
D = "announcements[1].claims[1]"
LONG = "x" * 301


def test_the_full_sample_has_no_faults():
    assert faults(full()) == []


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("format", "healthfund-facts/2", "format: “healthfund-facts/2” is not healthfund-facts/1"),
        ("format", GONE, 'format: is missing: give "healthfund-facts/1"'),
        ("announcements", {}, "announcements: is an object: give a list of announcements"),
        ("extra", 1, "extra: is not a key of a fact file"),
        ("announcements[0]", "x", f"{A}: is a text: give an announcement"),
        # announcements
        (f"{A}.id", "fund", f"{A}.id: “fund” is not a slug that starts with the day, such as"),
        (f"{A}.id", "2020-01-11-fund", f"{A}.id: does not start with announced_on, 2020-01-10: begin it with"),
        (f"{A}.announced_on", "2020-02-30", f"{A}.announced_on: “2020-02-30” is not a day: write it as 2018-07-20"),
        (f"{A}.announced_on", "10 January 2020", f"{A}.announced_on: “10 January 2020” is not a day"),
        (f"{A}.announced_on", "1066-10-14", f"{A}.announced_on: “1066-10-14” is not a day between 1900 and 2199"),
        (f"{A}.title", " A fund", f"{A}.title: “ A fund” is not a text without blanks around it"),
        (f"{A}.title", LONG, f"{A}.title: has 301 characters: shorten it to 300"),
        (f"{A}.summary", "", f"{A}.summary: “” is not a text without blanks around it"),
        (f"{A}.summary", GONE, f"{A}.summary: is missing: give a text without blanks around it"),
        (f"{A}.summary", "a\0b", f"{A}.summary: holds the character U+0000: take it out"),
        (f"{A}.summary", "a\ud800b", f"{A}.summary: holds half a character"),
        (f"{A}.announcer", "DHSC", f"{A}.announcer: is a text: give an announcer with organisation, person and role"),
        (f"{A}.announcer.organisation", GONE, f"{A}.announcer.organisation: is missing"),
        (f"{A}.announcer.name", "x", f"{A}.announcer.name: is not a key of an announcer"),
        (f"{A}.programmes", ["A", "A"], f"{A}.programmes: lists “A” twice"),
        (f"{A}.sumary", "x", f"{A}.sumary: is not a key of an announcement; did you mean summary?"),
        (f"{A}.note", None, f"{A}.note: is null: give a text"),
        # sources
        (f"{A}.sources", [], f"{A}.sources: has nothing in it: give at least 1"),
        (f"{A}.sources[0].url", "www.gov.uk", f"{A}.sources[0].url: “www.gov.uk” is not an http(s) address"),
        (f"{A}.sources[0].url", "https://www.gov.uk\n", f"{A}.sources[0].url: “https://www.gov.uk\\n” is not an http"),
        (f"{A}.sources[0].url", GONE, f"{A}.sources[0].url: is missing: give an http(s) address, or null"),
        (f"{A}.sources[0].kind", "tweet", f"{A}.sources[0].kind: “tweet” is not one of press_release, news_article,"),
        (f"{A}.sources[0].kind", GONE, f"{A}.sources[0].kind: is missing: give the kind of source, one of press_rel"),
        (f"{A}.sources[0].published_on", "2024-05-02", f"{A}.sources[0].published_on: 2024-05-02 lies in the future"),
        # figures, targets, responses
        (f"{A}.figures[0].kind", "money", f"{A}.figures[0].kind: “money” is not one of saving, cost,"),
        (f"{A}.targets[0].value", "40", f"{A}.targets[0].value: is a text: give a number, or null"),
        (f"{A}.targets[0].value", True, f"{A}.targets[0].value: is true: give a number, or null"),
        (f"{A}.targets[0].value", float("nan"), f"{A}.targets[0].value: is nan, which JSON does not know"),
        (f"{A}.targets[0].value", 10**30, f"{A}.targets[0].value: is above 99999999999"),
        (f"{A}.targets[0].value", 0.12345, f"{A}.targets[0].value: has more than four decimals: round it"),
        (f"{A}.targets[0].due", "spring 2030", f"{A}.targets[0].due: “spring 2030” is not a year, month or day"),
        (f"{A}.responses[0].source", 2, f"{A}.responses[0].source: 2 leads to no source: there are 2, counted from 0"),
        (f"{A}.responses[0].source", 1.0, f"{A}.responses[0].source: is a number: give a place in sources"),
        (f"{A}.responses[0].claim", "again", f"{A}.responses[0].claim: again is not the key of a claim of this"),
        (f"{A}.responses[0].stance", "angry", f"{A}.responses[0].stance: “angry” is not one of welcomes, mixed,"),
        # amounts
        (f"{C}.amount", "412m", f"{C}.amount: “412m” is not written in full: write 412000000"),
        (f"{C}.amount", "£1.8bn", f"{C}.amount: “£1.8bn” is not written in full: write 1800000000"),
        (f"{C}.amount", "2 million", f"{C}.amount: “2 million” is not written in full: write 2000000"),
        (f"{C}.amount", "4.12e8", f"{C}.amount: “4.12e8” is not written in full: write all its digits"),
        (
            f"{C}.amount",
            "£412",
            f"{C}.amount: “£412” is more than digits: if nothing is missing of its scale, write 412",
        ),
        (f"{C}.amount", "412,000", f"{C}.amount: “412,000” is more than digits"),
        (f"{C}.amount", "-5", f"{C}.amount: “-5” is below 0"),
        (f"{C}.amount", "0.505", f"{C}.amount: “0.505” has more than two decimals: round it to the penny"),
        (f"{C}.amount", "0412", f"{C}.amount: “0412” begins with 0: take it off"),
        (f"{C}.amount", "9" * 16, f"{C}.amount: “{'9' * 16}” has more than 15 digits before the point"),
        (f"{C}.amount", "lots", f"{C}.amount: “lots” is not an amount in full: write digits such as"),
        (f"{C}.amount", "5\n", f"{C}.amount: “5\\n” is more than digits"),
        (f"{C}.amount", 412, f"{C}.amount: is a number: give an amount in full, as text such as"),
        (f"{C}.amount", GONE, f"{C}.amount: is missing: give an amount in full"),
        (f"{P}.amount", "5", f"{P}.amount: is given on a range: give low and high, and null for the amount"),
        (f"{P}.low", None, f"{P}.low: is missing: a range has low and high"),
        (f"{P}.low", "20000000.01", f"{P}.low: the low end is above the high one"),
        (f"{C}.high", "5", f"{C}.high: is for a range only: set bound to range, or take it out"),
        (f"{C}.currency", "pounds", f"{C}.currency: “pounds” is not an ISO 4217 code such as"),
        (f"{D}.currency", "GBP", f"{D}.rate: is given for pounds: take it out, or mend the currency"),
        (f"{D}.rate.gbp_per_unit", "0", f"{D}.rate.gbp_per_unit: is 0: a rate is above 0"),
        (f"{D}.rate.gbp_per_unit", "1.0123456789", f"{D}.rate.gbp_per_unit: “1.0123456789” has more than 6 digits"),
        (f"{D}.rate.on", "2024-05-02", f"{D}.rate.on: 2024-05-02 lies in the future: today is 2024-05-01"),
        (f"{D}.terms", "cash", f"{D}.price_year: is given though terms are cash: set terms to real, or take it out"),
        # the pot
        (f"{C}.about", "part", f"{C}.about: is given on a claim that introduces its pot"),
        (f"{C}.effect", "repeats", f"{C}.about: is missing: a claim that repeats says which pot it is about"),
        (f"{C}.effect", "donates", f"{C}.effect: “donates” is not one of introduces, repeats,"),
        (f"{C}.theme", GONE, f"{C}.theme: is missing: a claim that introduces its pot describes it"),
        (f"{C}.regions", [], f"{C}.regions: is missing: a claim that introduces its pot describes it"),
        (f"{C}.sector", GONE, f"{C}.sector: is missing: a claim that introduces its pot describes it"),
        (f"{C}.additionality", GONE, f"{C}.additionality: is missing: a claim that introduces its pot describes it"),
        (f"{C}.theme", "genomcs", f"{C}.theme: genomcs is not a theme here; did you mean genomics?"),
        (f"{C}.tags", ["quilts"], f"{C}.tags[0]: quilts is not a theme here; known are ai, cancer, digital, genomics"),
        (f"{C}.key", "Total", f"{C}.key: “Total” is not a key in small letters"),
        (f"{C}.key", "part", f"{P}.key: part is used twice in this announcement"),
        (f"{C}.programmes", ["Jam"], f"{C}.programmes[0]: Jam is not a programme of the announcement: list it there"),
        # years and places
        (f"{P}.start_fy", "2020-22", f"{P}.start_fy: “2020-22” is not a financial year: write it as 2018-19"),
        (f"{P}.start_fy", "2022-23", f"{P}.end_fy: 2021-22 is before start_fy, 2022-23"),
        (f"{P}.end_fy", "1066-67", f"{P}.end_fy: “1066-67” is not a year between 1900-01 and 2199-00"),
        (f"{P}.profile", {"2020": "5"}, f"{P}.profile: “2020” is not a financial year"),
        (f"{P}.profile", {"2020-21": "5m"}, f"{P}.profile.2020-21: “5m” is not written in full: write 5000000"),
        (f"{P}.regions[1]", "nowhere", f"{P}.regions[1]: nowhere is not a region here"),
        (f"{P}.regions[1]", "england", f"{P}.regions[0]: north-west lies in england, which is listed too: keep one"),
        (f"{P}.regions", GONE, f"{P}.regions: is missing beside splits: name the places that the pot is for"),
        (f"{P}.splits[1].region", "north-west", f"{P}.splits[1].region: north-west has an amount already: give one"),
        (f"{P}.splits[1].region", "london", f"{P}.splits[1].region: london does not lie in north-of-england"),
        (f"{P}.splits[1].region", "mars", f"{P}.splits[1].region: mars is not a region here"),
        (f"{P}.splits[1].amount", "1k", f"{P}.splits[1].amount: “1k” is not written in full: write 1000"),
        # references
        (f"{P}.part_of[0]", "Total", f"{P}.part_of[0]: “Total” is not a reference to a claim, such as"),
        (f"{P}.part_of[0]", "totl", f"{P}.part_of[0]: there is no claim {FUND}#totl; did you mean total?"),
        (f"{P}.part_of[0]", "2019-01-01-x#y", f"{P}.part_of[0]: there is no claim 2019-01-01-x#y; check it, or load"),
        (
            "announcements[1].claims[0].about",
            f"{FUND}#totl",
            f"announcements[1].claims[0].about: there is no claim {FUND}",
        ),
        (f"{D}.partly_in[0].pot", "nobody", f"{D}.partly_in[0].pot: there is no claim {MORE}#nobody; check it"),
        (f"{D}.partly_in[0].low", None, f"{D}.partly_in[0]: gives one end of the share alone: give both, or null"),
        (f"{D}.partly_in[0].low", "2.51", f"{D}.partly_in[0].low: the low end of the share is above the high one"),
        (f"{D}.partly_in[0].high", GONE, f"{D}.partly_in[0].high: is missing"),
        (f"{P}.part_of[0]", "part", f"{P}.part_of[0]: puts {FUND}#part inside itself: {FUND}#part holds {FUND}#part"),
    ],
)
def test_a_fault_is_told_at_its_place(place, value, told):
    # Some values break a second rule too; the first line in the document's order need not be the one meant.
    lines = faults(changed(full(), place, value))
    assert any(line.startswith(f"first.json: {told}") for line in lines), lines


def test_every_fault_is_told_in_the_order_of_the_documents():
    first = changed(full(), f"{P}.theme", "quilt")
    first = changed(first, f"{C}.amount", "5m")
    lines = faults(document(announcement("2020-05-01-one", claim(bound="near"))), first)
    assert [line.partition(": ")[0] + " " + line.split(": ")[1] for line in lines] == [
        "first.json announcements[0].claims[0].bound",
        "second.json announcements[0].claims[0].amount",
        "second.json announcements[0].claims[1].theme",
    ]


def test_all_faults_of_one_claim_are_told_at_once():
    said = changed(full(), f"{P}.low", "5m")
    for key, value in [("theme", "quilt"), ("part_of", ["nobody"]), ("colour", "red"), ("programmes", ["Jam"])]:
        said = changed(said, f"{P}.{key}", value)
    said = changed(said, f"{P}.end_fy", "2019-20")
    keys = ["colour", "end_fy", "low", "part_of[0]", "programmes[0]", "theme"]
    assert sorted(line.split(": ")[1] for line in faults(said)) == [f"{P}.{key}" for key in keys]


def test_what_leans_on_a_faulty_claim_is_not_blamed_for_it():
    assert len(faults(changed(full(), f"{C}.amount", "5m"))) == 1


def test_a_whole_record_is_never_shown():
    [line] = faults(changed(full(), f"{C}.amount", {"secret": "x" * 10_000}))
    assert (
        line
        == f'first.json: {C}.amount: is an object: give an amount in full, as text such as "412000000" or "0.50", or null'
    )
    [line] = faults(changed(full(), f"{C}.amount", "y" * 10_000))
    assert len(line) < 300


def test_a_document_that_is_no_object_is_told_by_its_name():
    assert faults([]) == ["first.json: is a list: give a fact file"]


def test_an_id_is_used_once_in_a_file_and_across_files():
    twice = document(announcement(FUND), announcement(FUND))
    assert faults(twice) == [f"first.json: announcements[1].id: {FUND} is used at first.json: announcements[0] too"]
    assert faults(document(announcement(FUND)), document(announcement(FUND))) == [
        f"second.json: announcements[0].id: {FUND} is used at first.json: announcements[0] too"
    ]


def test_an_announcement_is_not_of_tomorrow():
    assert faults(document(announcement("2024-05-01-today"))) == []
    assert faults(document(announcement("2024-05-02-tomorrow"))) == [
        "first.json: announcements[0].announced_on: 2024-05-02 lies in the future: today is 2024-05-01"
    ]


def test_a_claim_is_not_about_a_pot_of_a_later_day():
    early = announcement("2020-01-01-early", claim("again", about=f"{FUND}#total"))
    wanted = f"{FUND}#total is introduced later, on 2020-01-10: a claim is about a pot of no later day"
    assert faults(document(early, announcement(FUND, claim()))) == [f"first.json: {C}.about: {wanted}"]
    load(document(announcement(FUND, claim())))
    assert faults(document(early)) == [f"first.json: {C}.about: {wanted}"]


def test_claims_about_each_other_lead_to_no_pot():
    lines = faults(document(announcement(FUND, claim("a", about="b"), claim("b", about="a"), claim("c", about="a"))))
    assert [line.split(": ")[1] for line in lines] == [f"{C}.about", f"{P}.about"]
    assert "leads in a circle and so to no pot" in lines[0]


# ------------------------------------------------------------------------------------------------------ circles


def test_a_circle_in_one_file_is_refused():
    lines = faults(
        document(announcement(FUND, claim("a", includes=["b"]), claim("b", includes=["c"]), claim("c", includes=["a"])))
    )
    assert lines == [
        f"first.json: announcements[0].claims[2].includes[0]: puts {FUND}#a inside itself: "
        f"{FUND}#c holds {FUND}#a holds {FUND}#b holds {FUND}#c"
    ]


def test_a_circle_through_references_and_shares_is_refused():
    lines = faults(
        document(
            announcement(FUND, claim("a"), claim("b", part_of=["a"])),
            announcement(
                MORE,
                claim("again", about=f"{FUND}#a", partly_in=[{"pot": f"{FUND}#b", "low": None, "high": None}]),
            ),
        )
    )
    assert [line.split(": ")[1] for line in lines] == ["announcements[1].claims[0].partly_in[0].pot"]


def test_a_circle_over_what_is_loaded_is_refused():
    load(document(announcement(FUND, claim("a"), claim("b", part_of=["a"]), claim("c", part_of=["b"]))))
    lines = faults(document(announcement(MORE, claim("again", about=f"{FUND}#c", includes=[f"{FUND}#a"]))))
    assert lines == [
        f"first.json: {C}.includes[0]: puts {FUND}#a inside itself: "
        f"{FUND}#c holds {FUND}#a holds {FUND}#b holds {FUND}#c"
    ]


def test_a_circle_over_a_statement_since_replaced_is_refused():
    later = announcement(
        MORE, claim("again", about=f"{FUND}#a", overlaps=[{"pot": f"{FUND}#b", "low": "1", "high": "1"}])
    )
    back = announcement("2020-04-01-back", claim("back", about=f"{FUND}#b", includes=[f"{FUND}#a"]))
    load(document(announcement(FUND, claim("a", includes=["b"]), claim("b")), later))
    assert [line.split(": ")[1] for line in faults(document(back))] == [f"{C}.includes[0]"]


def test_a_link_that_the_file_corrects_makes_no_circle():
    load(document(announcement(FUND, claim("a", includes=["b"]), claim("b"))))
    assert load(document(announcement(FUND, claim("a"), claim("b", includes=["a"])))) == (0, 1, 0)


# ------------------------------------------------------------------------------------- what is loaded already


def test_a_pot_is_not_pulled_from_under_a_claim_that_is_loaded():
    load(full())
    [line, *_] = faults(document(announcement(FUND, claim("part"))))
    assert line == (
        f"first.json: announcements[0].claims: {FUND}#total is introduced no more, and {MORE}#again, which is loaded, "
        "is about it: keep it, or load that one changed together with this"
    )
    first = announcement(FUND, claim("total", about="other"), claim("other"), claim("part"))
    lines = faults(document(first))
    assert [line.split(": ")[1] for line in lines] == ["announcements[0].claims[0].about"] * 2
    assert f"{MORE}#dollars, which is loaded, links to it" in lines[1]


def test_a_reference_does_not_lead_to_what_the_same_load_takes_away():
    load(document(announcement(FUND, claim("total"), claim("part", part_of=["total"]))))
    said = document(announcement(FUND, claim("part", part_of=["total"])))
    assert [line.split(": ")[1] for line in faults(said)] == ["announcements[0].claims[0].part_of[0]"]
    other = document(announcement(FUND), announcement(MORE, claim(about=f"{FUND}#total")))
    assert [line.split(": ")[1] for line in faults(other)] == ["announcements[1].claims[0].about"]


def test_a_pot_is_not_pulled_from_under_an_editors_draft():
    load(document(announcement(FUND, claim("total"))))
    pot = Announcement.objects.get(slug=FUND).claims.get().pot
    mine = ClaimFactory(pot=pot, announcement=AnnouncementFactory(draft=True))
    [line] = faults(document(announcement(FUND)))
    assert f"{mine.announcement.slug}#{mine.key}, which is loaded, is about it" in line


def test_the_same_may_be_done_when_both_change_together():
    load(full())
    second = announcement(MORE, claim("again"))
    assert load(document(announcement(FUND, claim("part")), second)) == (0, 2, 0)


def test_what_an_editor_withdrew_stays_withdrawn():
    load(full())
    Announcement.objects.filter(slug=MORE).update(status="withdrawn", withdrawn_reason="Wrong.")
    assert load(full()) == (0, 0, 2)
    other = changed(full(), "announcements[1].title", "Another title")
    message = "was withdrawn by an editor: publish it again in the admin, then load it"
    assert faults(other) == [f"first.json: announcements[1]: {message}"]
    leaning = announcement("2020-05-01-lean", claim("a", about=f"{MORE}#dollars"))
    assert faults(document(leaning)) == [
        f"first.json: {C}.about: leads to {MORE}, which is withdrawn: publish that first"
    ]
    together = document(*full()["announcements"], leaning)
    assert faults(together) == [
        f"first.json: announcements[2].claims[0]: leads to {MORE}, which was withdrawn by an editor: "
        "publish that again first"
    ]


def test_nothing_refers_to_a_draft():
    draft = ClaimFactory(announcement=AnnouncementFactory(draft=True, announced_on="2020-01-01"))
    lines = faults(document(announcement(FUND, claim(about=draft.pot.reference))))
    assert lines == [f"first.json: {C}.about: leads to {draft.announcement.slug}, which is draft: publish that first"]


def test_another_name_belongs_to_the_organisation_that_bears_it_now():
    OrganisationFactory(name="Department of Health")
    load(document(announcement(FUND, announcer={"organisation": "Department of Health"})))
    assert Announcement.objects.get().announcer.name == "Department of Health"


@pytest.mark.usefixtures("db")
class TestWithoutReferenceData:
    @pytest.fixture
    def places(self):
        """None."""

    def test_it_is_told_to_load_that_first(self):
        [line] = faults(full())
        assert line.startswith("first.json: themes and regions are not known yet: load the reference data first")


def test_faults_can_be_read_one_by_one():
    with pytest.raises(loading.FactFaults) as caught:
        loading.load([("x.json", changed(full(), f"{C}.amount", "5m"))], at=AT, today=datetime.date(2024, 5, 1))
    [fault] = caught.value.faults
    assert fault.place == f"x.json: {C}.amount"
    assert fault.message == "“5m” is not written in full: write 5000000"
