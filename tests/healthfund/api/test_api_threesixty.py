"""Which claims are grants in the sense of 360Giving, how they read there, and that the file keeps the standard's rules."""

import json
from pathlib import Path

import jsonschema
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from announcements.choices import Bound, Effect, Instrument
from healthfund.exports import threesixty
from tests.factories import AnnouncementFactory, ClaimFactory, OrganisationFactory

RULES = json.loads(Path(__file__).with_name("threesixty_rules.json").read_text(encoding="utf-8"))


@pytest.fixture
def grant(db):
    """Makes a claim that is a grant, but for what is given."""
    OrganisationFactory(
        name="UK Research and Innovation", slug="ukri", other_names=["UKRI"], website="https://www.ukri.org"
    )
    OrganisationFactory(name="Barts Health", slug="barts-health", identifiers=[{"scheme": "NHS ODS", "value": "R1H"}])

    def make(**given):
        fits = {"effect": Effect.ALLOCATES, "amount": "£1.50", "funders": ["UKRI"], "recipients": ["Barts Health"]}
        return ClaimFactory(**fits | {"instrument": Instrument.GRANT} | given)

    return make


@pytest.fixture
def grants(api):
    """The grants of the file, which must keep the rules."""

    def get():
        told = api("360giving.json")
        jsonschema.Draft202012Validator(RULES, format_checker=jsonschema.FormatChecker()).validate(told)
        return told["grants"]

    return get


def test_a_grant_to_one_known_body_from_another_is_told(grant, grants):
    announcement = AnnouncementFactory(announced_on="2020-05-04", summary="What was said.", programmes=["Genome UK"])
    claim = grant(
        announcement=announcement, key="barts", name="Scanners", regions=["wales"], start_fy=2020, end_fy=2022
    )
    [told] = grants()
    assert told["id"] == f"healthfund-{announcement.slug}-barts"
    assert (told["title"], told["description"]) == ("Scanners", "What was said.")
    assert (told["currency"], told["amountAwarded"], told["awardDate"]) == ("GBP", 1.5, "2020-05-04")
    assert told["fundingOrganization"] == [
        {"id": "healthfund-organisation-ukri", "name": "UK Research and Innovation", "url": "https://www.ukri.org"}
    ]
    assert told["recipientOrganization"] == [{"id": "GB-NHS-R1H", "name": "Barts Health"}]
    assert told["plannedDates"] == [{"startDate": "2020-04", "endDate": "2023-03"}]
    assert told["beneficiaryLocation"] == [{"name": "Wales", "countryCode": "GB"}]
    assert [one["title"] for one in told["grantProgramme"]] == ["Genome UK"]
    assert told["classifications"][0]["code"] == claim.theme_id
    assert told["url"] == f"http://testserver/announcements/{announcement.slug}/"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"effect": Effect.PROPOSES}, "neither makes nor allocates"),
        ({"bound": Bound.UP_TO}, "no exact sum"),
        ({"amount": None}, "no exact sum"),
        ({"measure": "per_year"}, "no exact sum"),
        ({"terms": "real"}, "no exact sum"),
        ({"funders": ["UKRI", "Barts Health"]}, "exactly one funder"),
        ({"funders": []}, "exactly one funder"),
        ({"recipients": []}, "exactly one recipient"),
        ({"recipients": ["Councils in England"]}, "no organisation that we know"),
        ({"recipients": [""]}, "no organisation that we know"),
    ],
)
def test_what_is_no_such_grant_is_left_out_with_its_reason(grant, grants, client, given, reason):
    grant()
    grant(**given)
    assert len(grants()) == 1
    description = client.get("/api/v1/360giving.json").json()["description"]
    assert description.startswith("1 of 2 announced grants.")
    assert reason in description


def test_other_ways_to_pay_and_what_is_not_published_are_none(grant, grants):
    grant()
    grant(instrument=Instrument.LOAN)
    grant(announcement=AnnouncementFactory(draft=True))
    assert len(grants()) == 1


def test_a_grant_whose_sum_was_changed_later_is_left_out_and_a_repeated_one_is_told_once(grant, grants):
    changed, repeated = grant(key="changed"), grant(key="repeated")
    grant(pot=changed.pot, effect=Effect.REVISES, amount="£2")
    grant(pot=repeated.pot, effect=Effect.REPEATS)
    assert [one["id"] for one in grants()] == [f"healthfund-{repeated.announcement.slug}-repeated"]


def test_a_long_name_is_cut_to_a_title(grant, grants):
    grant(name="x" * 200)
    assert len(grants()[0]["title"]) == 140


def test_no_grants_are_no_file(client, db):
    ClaimFactory(instrument=Instrument.GRANT)
    response = client.get("/api/v1/360giving.json")
    assert response.status_code == 404
    assert "0 of 1 announced grants" in response.json()["detail"]


def test_it_takes_no_parameters(refused):
    assert refused("360giving.json", year="2020-21")[0]["parameter"] == "year"


def test_a_file_asks_a_fixed_number_of_questions(grant):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            threesixty.document(at=timezone.now(), address="https://x", site="https://x{}".format)
        return len(captured)

    grant()
    few = queries()
    for _ in range(3):
        grant(regions=["wales", "scotland"], programmes=["A", "B"])
    assert queries() == few <= 6


@pytest.mark.parametrize("hundredths", [1, 150, 10**15, 10**15 - 1, 41200000000])
def test_amounts_are_exact_json_numbers(hundredths):
    whole, part = divmod(hundredths, 100)
    told = json.dumps(threesixty.amount(hundredths))
    assert json.loads(told, parse_float=str) in (whole, f"{whole}.{part:02d}", f"{whole}.{part:02d}".rstrip("0"))
