"""What each resource shows, to whom it is shown, and how many questions it puts to the database."""

import datetime
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from announcements.choices import Effect
from announcements.documents import plain, pounds
from announcements.ledger import posting
from announcements.models import Pot
from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    FigureFactory,
    LedgerEntryFactory,
    OrganisationFactory,
    PopulationFactory,
    PotFactory,
    ProgrammeFactory,
    RegionFactory,
    ResponseFactory,
    SourceFactory,
    TargetFactory,
    ThemeFactory,
)

from .lists import LISTS

# Money


@given(st.integers(-(10**18), 10**18))
def test_pounds_are_exact_text_with_two_places(pence):
    text = pounds(pence)
    assert re.fullmatch(r"-?\d+\.\d\d", text)
    assert Decimal(text) * 100 == pence
    assert text != "-0.00"


@given(st.decimals(min_value=0, max_value=10**15, places=4))
def test_plain_decimals_keep_their_value_and_no_exponent(number):
    text = plain(number)
    assert re.fullmatch(r"\d+(\.\d*[1-9])?", text)
    assert Decimal(text) == number


# Lists and details


def test_index_leads_to_every_list(api):
    index = api()
    assert set(index["resources"]) == {*LISTS, "changes", "codes", "facts", "packages", "totals"}
    for address in index["resources"].values():
        assert api(address)


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_a_list(api, name):
    assert api(f"{name}/") == {"count": 0, "count_is": "exact", "next": None, "previous": None, "results": []}


def test_announcement_shows_all_that_was_said(api):
    programme = ProgrammeFactory(name="Genome UK")
    announcement = AnnouncementFactory(
        announced_on="2019-08-08",
        title="Forty hospitals",
        announcer=OrganisationFactory(name="Department", slug="department"),
        programmes=[programme],
        role="Minister",
    )
    SourceFactory(announcement=announcement, url="https://example.org/a", published_on=datetime.date(2019, 8, 9))
    claim = ClaimFactory(
        announcement=announcement,
        key="total",
        as_stated="£412 million",
        amount="£412m",
        start_fy=2019,
        end_fy=2020,
        profile={"2019-20": "£400m", "2020-21": "£12m"},
        splits={"wales": "£1.50"},
    )
    FigureFactory(announcement=announcement, as_stated="400")
    target = TargetFactory(value=Decimal("40"), due="2030-03")
    AnnouncedTargetFactory(announcement=announcement, target=target)
    ResponseFactory(announcement=announcement, claim=claim)

    shown = api(f"announcements/{announcement.slug}/")

    assert shown["id"] == announcement.slug
    assert shown["url"] == f"/api/v1/announcements/{announcement.slug}/"
    assert shown["page"] == announcement.get_absolute_url()
    assert (shown["announced_on"], shown["year"]) == ("2019-08-08", "2019-20")
    assert shown["organisation"]["id"] == "department"
    assert (shown["person"], shown["role"]) == (None, "Minister")
    assert [programme["name"] for programme in shown["programmes"]] == ["Genome UK"]
    assert shown["sources"][0]["address"] == "https://example.org/a"
    assert shown["sources"][0]["published_on"] == "2019-08-09"
    assert shown["figures"][0]["as_stated"] == "400"
    assert (shown["targets"][0]["value"], shown["targets"][0]["due"]) == ("40", "2030-03")
    assert shown["responses"][0]["claim"] == f"{announcement.slug}#total"
    [told] = shown["claims"]
    assert told["id"] == told["pot"]["id"] == f"{announcement.slug}#total"
    assert (told["as_stated"], told["amount"], told["currency"]) == ("£412 million", "412000000.00", "GBP")
    assert (told["low"], told["high"], told["rate"]) == (None, None, None)
    assert (told["start_fy"], told["end_fy"]) == ("2019-20", "2020-21")
    assert told["profile"] == {"2019-20": "400000000.00", "2020-21": "12000000.00"}
    assert told["splits"] == [{"region": "wales", "amount": "1.50"}]
    assert (told["theme"], told["regions"], told["programmes"]) == ("digital", ["england"], [programme.slug])


def test_claim_in_another_currency_shows_its_rate(api):
    claim = ClaimFactory(
        amount=10050, currency="USD", rate=Decimal("0.79"), rate_on=datetime.date(2020, 1, 1), rate_source="Bank"
    )
    [told] = api(f"announcements/{claim.announcement.slug}/")["claims"]
    assert (told["amount"], told["currency"]) == ("100.50", "USD")
    assert told["rate"] == {"gbp_per_unit": "0.79", "on": "2020-01-01", "source": "Bank"}


def test_claim_for_some_programmes_names_these_alone(api):
    one, two = ProgrammeFactory(), ProgrammeFactory()
    announcement = AnnouncementFactory(programmes=[one, two])
    ClaimFactory(announcement=announcement)
    ClaimFactory(announcement=announcement, programmes=[two])
    ClaimFactory(announcement=announcement, programmes=[])
    told = [claim["programmes"] for claim in api(f"announcements/{announcement.slug}/")["claims"]]
    assert [set(slugs) for slugs in told] == [{one.slug, two.slug}, {two.slug}, set()]


def test_list_of_announcements_is_light_and_latest_first(api):
    first = AnnouncementFactory(announced_on="2019-01-01")
    claim = ClaimFactory(announcement=AnnouncementFactory(announced_on="2020-01-01"))
    ResponseFactory(announcement=claim.announcement)
    latest, earlier = api("announcements/")["results"]
    assert [latest["id"], earlier["id"]] == [claim.announcement.slug, first.slug]
    assert (latest["claim_count"], latest["response_count"]) == (1, 1)
    assert (earlier["claim_count"], earlier["response_count"]) == (0, 0)
    assert "claims" not in latest


def test_what_is_not_published_is_nowhere(api, client):
    for kind in ["draft", "withdrawn"]:
        claim = ClaimFactory(announcement=AnnouncementFactory(**{kind: True}))
        announcement = claim.announcement
        ResponseFactory(announcement=announcement)
        AnnouncedTargetFactory(announcement=announcement)
        for name in ["announcements", "pots", "responses", "targets"]:
            assert api(f"{name}/")["count"] == 0
        for address in [f"announcements/{announcement.slug}/", f"pots/{announcement.slug}/{claim.key}/"]:
            assert client.get(f"/api/v1/{address}").status_code == 404


def test_target_of_a_draft_too_names_the_published_announcement_alone(api):
    target = TargetFactory()
    published = AnnouncedTargetFactory(target=target).announcement
    AnnouncedTargetFactory(target=target, announcement=AnnouncementFactory(draft=True))
    [shown] = api("targets/")["results"]
    assert [announcement["id"] for announcement in shown["announcements"]] == [published.slug]


def test_draft_about_a_published_pot_is_not_shown_with_it(api):
    pot, other = PotFactory(), PotFactory()
    ClaimFactory(pot=pot, announcement=AnnouncementFactory(draft=True), part_of=[other])
    for shown in (api(f"pots/{pot.reference.replace('#', '/')}/"), api(f"pots/{other.reference.replace('#', '/')}/")):
        assert len(shown["claims"]) == 1
        assert shown["links"] == []


def test_pot_shows_its_amount_claims_links_and_entries(api):
    outer = PotFactory(name="Whole")
    claim = ClaimFactory(
        announcement=AnnouncementFactory(announced_on="2020-02-03"), key="part", partly_in=[(outer, "£1m", "£2m")]
    )
    Pot.objects.filter(pk=claim.pot.pk).update(low=100, high=250, flags=["open_ended"])
    ClaimFactory(pot=claim.pot, effect=Effect.REPEATS, announcement__announced_on="2020-02-04", as_stated="up to £3")
    LedgerEntryFactory(pot=claim.pot, firm=-150, ceiling=250, money_year=2021)

    shown = api(f"pots/{claim.announcement.slug}/part/")

    assert shown["id"] == f"{claim.announcement.slug}#part"
    assert shown["page"] == claim.pot.get_absolute_url()
    assert shown["amount"] == {"low": "1.00", "high": "2.50"}
    assert shown["flags"] == ["open_ended"]
    assert [told["as_stated"] for told in shown["claims"]] == [None, "up to £3"]
    assert shown["claims"][1]["announcement"]["announced_on"] == "2020-02-04"
    [link] = shown["links"]
    assert (link["outer"]["name"], link["inner"]["id"], link["whole"]) == ("Whole", shown["id"], False)
    assert (link["low"], link["high"], link["claim"]) == ("1000000.00", "2000000.00", shown["id"])
    [entry] = shown["entries"]
    assert (entry["firm"], entry["ceiling"]) == ("-1.50", "2.50")
    assert (entry["announced_year"], entry["money_year"]) == ("2019-20", "2021-22")
    assert api(f"pots/{outer.reference.replace('#', '/')}/")["links"] == shown["links"]


def test_pot_explains_why_it_counts_as_it_does(api):
    outer = PotFactory(name="Whole", amount="£100m", announcement=AnnouncementFactory(announced_on="2020-01-01"))
    claim = ClaimFactory(
        announcement=AnnouncementFactory(announced_on="2020-02-03"), key="part", part_of=[outer], amount="£30m"
    )
    ClaimFactory(pot=claim.pot, effect=Effect.PROPOSES, announcement__announced_on="2020-02-05", amount="£99m")
    posting.post([outer.pk], at=timezone.now())

    told = api(f"pots/{outer.reference.replace('#', '/')}/")["explanation"]

    assert told["amount"] == {"low": "100000000.00", "high": "100000000.00"}
    assert told["own"] == {"firm": "70000000.00", "ceiling": "70000000.00"}
    [shared] = told["shared"]
    assert (shared["pot"]["id"], shared["kind"]) == (claim.pot.reference, "whole")
    assert (shared["firm"], shared["ceiling"]) == ("30000000.00", "30000000.00")
    [link] = told["links"]
    assert (link["pot"]["name"], link["holds"], link["whole"], link["low"]) == (claim.pot.name, True, True, None)
    assert [step["day"] for step in told["steps"]] == ["2020-01-01", "2020-02-03"]
    assert told["steps"][0]["own"]["firm"] == "100000000.00"
    said = [
        said for step in api(f"pots/{claim.announcement.slug}/part/")["explanation"]["steps"] for said in step["said"]
    ]
    assert [(claim["effect"], bool(claim["uncounted"])) for claim in said] == [
        ("introduces", False),
        ("proposes", True),
    ]


def test_pot_without_an_amount_has_none(api):
    PotFactory()
    assert api("pots/")["results"][0]["amount"] == {"low": None, "high": None}


def test_theme_region_organisation_and_programme_have_a_page_of_their_own(api):
    ThemeFactory(key="ai")
    region = RegionFactory(key="wales")
    PopulationFactory(region=region, year=2020, people=3000000)
    old = OrganisationFactory(
        name="Old", short_name="O", other_names=["Older"], status="merged", successor=OrganisationFactory(name="New")
    )
    old.covers.add(region)
    programme = ProgrammeFactory()
    assert api("themes/ai/")["id"] == "ai"
    wales = api("regions/wales/")
    assert (wales["level"], wales["parent"], wales["populations"][0]["people"]) == ("nation", "uk", 3000000)
    assert api("regions/uk/")["parent"] is None
    shown = api(f"organisations/{old.slug}/")
    assert (shown["short_name"], shown["other_names"], shown["successor"]["name"]) == ("O", ["Older"], "New")
    assert (shown["covers"], shown["website"]) == (["wales"], None)
    assert api(f"programmes/{programme.slug}/")["name"] == programme.name


def test_every_address_that_is_shown_leads_somewhere(api, crowd):
    crowd(1, 2)
    seen = set()

    def follow(node):
        if isinstance(node, dict):
            address = node.get("url")
            if address and address not in seen:
                seen.add(address)
                follow(api(address))
            node = list(node.values())
        if isinstance(node, list):
            for item in node:
                follow(item)

    for name in LISTS:
        follow(api(f"{name}/")["results"])
    assert len(seen) > 20


# Queries


def queries(api, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        api(address)
    return len(captured)


def test_every_list_asks_the_same_number_of_questions_however_many_rows(api, crowd):
    def measured():
        return {name: (api(f"{name}/")["count"], queries(api, f"{name}/")) for name in LISTS}

    crowd(1, 1)
    few = measured()
    crowd(3, 3)
    many = measured()
    for name in LISTS:
        assert many[name][0] > few[name][0] or name == "regions", name
        assert many[name][1] == few[name][1] <= 8, name


@pytest.mark.parametrize(
    "filters",
    [
        "theme=ai&region=wales&sector=charity&additionality=new&year=2019-20&announced_from=2019-01-01",
        "programme=_missing",
        "q=announcement",
    ],
)
def test_filters_add_a_fixed_number_of_questions(api, crowd, filters):
    crowd(1, 1)
    few = queries(api, f"announcements/?{filters}")
    crowd(3, 3)
    assert queries(api, f"announcements/?{filters}") == few


def test_details_ask_the_same_number_of_questions_however_much_they_show(api, crowd):
    small, big = crowd(1, 1)[0], crowd(1, 4)[0]

    def addresses(made):
        return [
            f"announcements/{made.announcement.slug}/",
            f"pots/{made.pot.reference.replace('#', '/')}/",
            f"programmes/{made.programme.slug}/",
            f"organisations/{made.announcement.announcer.slug}/",
            "regions/wales/",
            "themes/ai/",
        ]

    assert len(api(addresses(big)[0])["claims"]) > len(api(addresses(small)[0])["claims"])
    for few, many in zip(addresses(small), addresses(big), strict=True):
        assert queries(api, few) == queries(api, many) <= 25, few
