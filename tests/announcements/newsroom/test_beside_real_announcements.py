"""What the database knows beside a record that is being entered: what checks and radar rest on."""

import datetime
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.models import Announcement
from announcements.newsroom import revisions
from announcements.newsroom.checks import Known, Level, find
from announcements.newsroom.known import known_for
from announcements.newsroom.radar import likely, unlooked
from tests.real import AT

TODAY = datetime.date(2026, 11, 22)
PACKAGE = "2018-07-20-hospital-technology-package"
TECHNOLOGY = "2016-02-07-nhs-technology-fund#technology-fund"
PRESCRIBING = "2018-02-23-electronic-prescribing-fund#electronic-prescribing"
MILLION = 10**6 * 100

COUNTS = {  # of 335 announcements with 807 claims
    "scale_slip": 1,
    "wording_differs": 5,
    "bound_differs": 27,
    "bound_in_text": 3,
    "for_each": 1,
    "huge": 1,
    "unlike_programme": 1,
    "parts_exceed_whole": 5,
    "side_by_side": 33,
    "period_missing": 7,
    "sector_unknown": 3,
    "additionality_unclear": 14,
    "programme_unlisted": 24,
    "source_used": 26,
}


def test_no_real_announcement_has_an_error_and_few_have_warnings(real):
    """So that nobody learns to tick without looking: two of three have none at all."""
    found = {slug: find(said, known_for(said, today=TODAY, besides=slug)) for slug, said in real.items()}
    findings = [finding for some in found.values() for finding in some]
    assert [finding for finding in findings if finding.level == Level.ERROR] == []
    assert Counter(finding.rule for finding in findings) == COUNTS
    assert sum(not some for some in found.values()) / len(found) > 0.66


def test_the_pots_that_claims_lead_to_are_known_with_their_amounts_parts_and_rounding(real):
    known = known_for(real[PACKAGE], today=TODAY, besides=PACKAGE)
    assert set(known.pots) == {TECHNOLOGY, PRESCRIBING}
    prescribing = known.pots[PRESCRIBING]
    assert (prescribing.low, prescribing.high, prescribing.rounding) == (75 * MILLION, 75 * MILLION, MILLION / 2)
    assert (
        "2018-11-29-electronic-prescribing-first-wave#first-wave",
        162 * MILLION / 10,
        MILLION / 20,
    ) in prescribing.parts
    inside = {reference for reference, *_ in known.pots[TECHNOLOGY].parts}
    assert not any(reference.startswith(PACKAGE) for reference in inside)


def test_sums_of_its_programmes_are_known_and_none_of_its_own(real):
    slug = "2018-11-29-electronic-prescribing-first-wave"

    def sums(**besides):
        return [high for some in known_for(real[slug], today=TODAY, **besides).programmes.values() for high, _ in some]

    assert 75 * MILLION in sums(besides=slug)
    assert 162 * MILLION / 10 not in sums(besides=slug)
    assert 162 * MILLION / 10 in sums()


def test_the_same_announcement_entered_again_is_known_by_id_address_and_day(real):
    again = real[PACKAGE] | {"id": "2018-07-20-hospital-technology-again"}
    rules = {finding.rule for finding in find(again, known_for(again, today=TODAY))}
    assert "entered_twice" in rules
    assert "id_taken" in {finding.rule for finding in find(real[PACKAGE], known_for(real[PACKAGE], today=TODAY))}
    assert find(real[PACKAGE], known_for(real[PACKAGE], today=TODAY, besides=PACKAGE)) != []


def test_an_address_is_recognised_however_it_is_written(real):
    url = real[PACKAGE]["sources"][0]["url"].replace("https://", "http://") + "/"
    record = {"sources": [{"url": url, "publisher": "GOV.UK"}]}
    assert PACKAGE in {other.slug for other in known_for(record, today=TODAY).others}


def test_who_leans_on_a_pot_of_it_is_known(real):
    slug = "2018-02-23-electronic-prescribing-fund"
    leaning = {
        other.slug: other.leans
        for other in known_for(real[slug] | {"sources": real[PACKAGE]["sources"]}, today=TODAY, besides=slug).others
    }
    assert leaning[PACKAGE]
    assert not all(leaning.values())


def test_what_somebody_else_is_entering_at_the_same_time_is_known(real, anna):
    begun = revisions.begin(real[PACKAGE] | {"id": "2018-07-20-not-there-yet"}, by=anna, at=AT)
    again = {"announced_on": "2018-07-21", "title": real[PACKAGE]["title"]}
    warnings = [finding.message for finding in find(again, known_for(again, today=TODAY))]
    assert any("(being entered by anna) reads nearly the same" in warning for warning in warnings)
    others = known_for(again, today=TODAY, revision=begun.pk).others
    assert not any("anna" in other.slug for other in others)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2019-07-20"])
def test_any_day_may_be_typed(real, day):
    record = entered(key="new", amount="75000000", name="Electronic prescribing") | {"announced_on": day}
    assert known_for(record, today=TODAY).names
    assert PRESCRIBING in shown(record)["new"]


def test_withdrawn_announcements_are_known_as_such(real):
    Announcement.objects.filter(slug=PACKAGE).update(status="withdrawn", withdrawn_reason="It never was.")
    (other,) = [other for other in known_for(real[PACKAGE], today=TODAY).others if other.slug == PACKAGE]
    assert other.withdrawn


@pytest.mark.parametrize("record", [{}, None, {"claims": [{"about": "x#y"}]}, {"announced_on": "2018", "id": 5}])
def test_nothing_is_known_of_what_is_not_there(record, db):
    assert known_for(record, today=TODAY)._replace(names=()) == Known(today=TODAY)


def queries(record, besides=""):
    with CaptureQueriesContext(connection) as captured:
        known_for(record, today=TODAY, besides=besides)
    return len(captured)


def test_it_costs_as_many_queries_however_much_a_record_holds(real):
    claims = [claim for said in real.values() for claim in said["claims"]]
    large = real[PACKAGE] | {
        "claims": claims,
        "programmes": sorted({name for said in real.values() for name in said.get("programmes", ())}),
        "sources": [source for said in real.values() for source in said["sources"]][:200],
    }
    assert queries(large, PACKAGE) == queries(real[PACKAGE], PACKAGE) == 10


# The radar


def entered(**claim):
    """A record of a later day with one claim, in which hardly anything is there yet."""
    return {"announced_on": "2019-01-01", "claims": [claim]}


def shown(record, **besides):
    return {key: [candidate.reference for candidate in some] for key, some in likely(record, **besides).items()}


def test_an_amount_or_a_name_or_a_programme_is_enough_for_the_radar(real):
    assert PRESCRIBING in shown(entered(key="new", amount="75000000"))["new"]
    assert PRESCRIBING in shown(entered(name="Electronic prescribing in hospitals"))["0"]
    programmes = {"programmes": ["Hospital electronic prescribing"]}
    assert PRESCRIBING in shown(entered(key="new") | programmes)["new"]
    assert shown(entered(key="new")) == {"new": []}


def test_a_pot_is_told_with_what_an_editor_knows_it_by_and_every_reason(real):
    record = entered(
        key="new",
        amount="75000000",
        as_stated="£75m",
        name="Electronic prescribing",
        programmes=["Hospital electronic prescribing"],
    )
    candidate = likely(record)["new"][0]
    assert candidate.reference == PRESCRIBING
    assert candidate.amount == "£75,000,000"
    assert candidate.day == datetime.date(2018, 2, 23)
    assert candidate.announcement == "2018-02-23-electronic-prescribing-fund"
    assert set(candidate.reasons) >= {
        "Same amount",
        "Similar wording",
        "Same programme: Hospital electronic prescribing",
    }


def test_pots_of_later_days_and_of_the_announcement_itself_are_no_candidates(real):
    record = entered(key="new", amount="75000000")
    assert PRESCRIBING not in shown(record | {"announced_on": "2018-02-22"})["new"]
    assert PRESCRIBING in shown(record | {"announced_on": None})["new"]
    assert PRESCRIBING not in shown(record, besides="2018-02-23-electronic-prescribing-fund")["new"]


def test_a_claim_about_a_pot_is_not_looked_for(real):
    assert shown(entered(key="again", amount="75000000", about=PRESCRIBING, effect="repeats")) == {}


def test_what_nobody_gave_a_verdict_on_is_unlooked_until_somebody_does(real):
    record = entered(key="new", amount="75000000", name="Electronic prescribing in hospitals")
    candidates = likely(record)
    waiting = [(key, candidate.reference) for key, candidate in unlooked(candidates, {})]
    assert waiting[0] == ("new", PRESCRIBING)
    verdicts = [{"pot": pot, "verdict": "different"} for _, pot in waiting]
    assert unlooked(candidates, {"new": verdicts}) == []
    assert unlooked(candidates, {"new": [{"pot": PRESCRIBING, "verdict": ""}]}) == unlooked(candidates, {})
    record["claims"][0]["part_of"] = [PRESCRIBING]
    assert PRESCRIBING not in {candidate.reference for _, candidate in unlooked(likely(record), {})}


def test_the_radar_costs_as_many_queries_however_many_claims_and_pots(real):
    claims = [claim for said in real.values() for claim in said["claims"] if not claim.get("about")]
    for record in (
        {"claims": claims[:40], "programmes": real[PACKAGE]["programmes"]},
        entered(amount="75000000") | {"programmes": real[PACKAGE]["programmes"]},
    ):
        with CaptureQueriesContext(connection) as captured:
            assert likely(record)
        assert len(captured) == 8


def as_new(said):
    """The announcement as it would be entered if nobody knew that it speaks of earlier pots."""
    new = {"about": None, "part_of": [], "includes": [], "partly_in": [], "overlaps": [], "effect": "introduces"}
    return said | {"claims": [claim | new for claim in said["claims"]]}


def led_to(said, claim):
    """The pots that a claim is about or shares money with."""
    links = [*claim.get("part_of", ()), *claim.get("includes", ())]
    shares = [share["pot"] for key in ("partly_in", "overlaps") for share in claim.get(key) or ()]
    return {
        reference if "#" in reference else f"{said['id']}#{reference}"
        for reference in (claim.get("about"), *links, *shares)
        if reference
    }


def test_nearly_every_real_repeat_would_have_been_looked_at(real):
    """37 of 39 demand a look (95 per cent), and all 39 are among the five shown."""
    shown, demanded = [], []
    for slug, said in real.items():
        repeats = {
            claim["key"]: claim["about"]
            for claim in said["claims"]
            if claim["effect"] == "repeats"
            and not any(pot.startswith(f"{slug}#") for pot in led_to(said, {"about": claim["about"]}))
        }
        found = likely(as_new(said), besides=slug) if repeats else {}
        for key, about in repeats.items():
            shown += [candidate.reference for candidate in found[key] if candidate.reference == about]
            demanded += [
                candidate for candidate in found[key] if candidate.reference == about and candidate.demands_a_look
            ]
    assert len(shown) == 39
    assert len(demanded) >= 37


def test_few_pots_demand_a_look_at_what_is_new(real):
    """Of all 691 new claims 0.63 each; here of every sixth announcement's, so that it is quick."""
    looks = []
    for slug in sorted(real)[::6]:
        found = likely(as_new(real[slug]), besides=slug)
        looks += [
            sum(one.demands_a_look and one.reference not in led_to(real[slug], claim) for one in found[claim["key"]])
            for claim in real[slug]["claims"]
            if not claim.get("about")
        ]
    assert len(looks) > 90
    assert sum(looks) / len(looks) < 0.75
