import datetime
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.models import Announcement
from announcements.newsroom.checks import Known, Level, find
from announcements.newsroom.known import known_for

TODAY = datetime.date(2026, 11, 22)
PACKAGE = "2018-07-20-hospital-technology-package"
TECHNOLOGY = "2016-02-07-nhs-technology-fund#technology-fund"
PRESCRIBING = "2018-02-23-electronic-prescribing-fund#electronic-prescribing"
MILLION = 10**6 * 100

COUNTS = {  # of 335 announcements with 807 claims
    "scale_slip": 1,
    "wording_differs": 5,
    "bound_differs": 27,
    "huge": 1,
    "unlike_programme": 1,
    "parts_exceed_whole": 5,
    "period_missing": 7,
    "sector_unknown": 3,
    "additionality_unclear": 14,
    "programme_unlisted": 24,
    "source_used": 26,
}


def test_no_real_announcement_has_an_error_and_few_have_warnings(real):
    """So that nobody learns to tick without looking: three of four have none at all."""
    found = {slug: find(said, known_for(said, today=TODAY, besides=slug)) for slug, said in real.items()}
    findings = [finding for some in found.values() for finding in some]
    assert [finding for finding in findings if finding.level == Level.ERROR] == []
    assert Counter(finding.rule for finding in findings) == COUNTS
    assert sum(not some for some in found.values()) / len(found) > 0.74


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
    assert queries(large, PACKAGE) == queries(real[PACKAGE], PACKAGE) == 9
