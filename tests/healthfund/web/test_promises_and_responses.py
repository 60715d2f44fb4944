"""What was promised, who answered how, and organisations: their lists, their counts, and the pages that show some."""

import datetime
import re
from xml.etree import ElementTree

import pytest

from announcements.ledger import causes
from announcements.models import Claim, Response
from healthfund.web import promises
from programmes.models import Target
from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    OrganisationFactory,
    ResponseFactory,
    SourceFactory,
    TargetFactory,
)
from tests.stored import write_documents

from .test_web_pages import words

ATOM = "{http://www.w3.org/2005/Atom}"
M = 10**8
TODAY = datetime.date(2024, 5, 15)


def promised(due="", announcement=None, **target):
    """A target that a published announcement makes."""
    made = AnnouncedTargetFactory(
        announcement=announcement or AnnouncementFactory(), target=TargetFactory(due=due, **target)
    )
    return made.target


# Promises


@pytest.mark.parametrize(
    ("due", "overdue"),
    [
        ("2023", True),
        ("2024", False),
        ("2024-04", True),
        ("2024-05", False),
        ("2024-05-14", True),
        ("2024-05-15", False),
        ("2025-01", False),
        ("", False),
    ],
)
def test_a_promise_is_overdue_when_all_of_its_day_month_or_year_is_over(db, due, overdue):
    promised(due)
    assert Target.objects.overdue(TODAY).exists() == overdue
    assert promises.is_overdue(due, TODAY) == overdue


@pytest.mark.parametrize(
    ("due", "spoken"), [("2030", "2030"), ("2030-03", "March 2030"), ("2030-03-31", "31 March 2030"), ("", "")]
)
def test_a_day_reads_as_precise_as_it_was_promised(due, spoken):
    assert Target(due=due).due_in_words == spoken


def test_the_overdue_stand_first_then_those_to_come_then_those_without_a_day(client, db):
    for due in ["", "2999", "2011-03", "2010"]:
        promised(due, wording=f"Promised for {due}.")
    response = client.get("/promises/")
    groups = [(heading, [target.due for target in targets]) for heading, targets in response.context["groups"]]
    assert groups == [("Overdue", ["2010", "2011-03"]), ("Due next", ["2999"]), ("Without a day", [""])]
    assert response.context["counts"] == {"overdue": 2, "next": 1, "undated": 1, "all": 4}


def test_a_promise_shows_its_value_who_made_it_and_where_that_can_be_read(client, db):
    announcement = AnnouncementFactory(title="The plan", announced_on="2019-05-01")
    SourceFactory(announcement=announcement, publisher="The Gazette")
    target = promised("2030", announcement, wording="Build forty.", value=40, unit="hospitals")
    AnnouncedTargetFactory(target=target, announcement=AnnouncementFactory(title="Again", announced_on="2020-05-01"))
    AnnouncedTargetFactory(target=target, announcement=AnnouncementFactory(title="A draft", draft=True))
    page = words(client.get("/promises/"))
    assert "Build forty. Promised 1 May 2019 in The plan ( The Gazette ); again 1 May 2020 in Again" in page
    assert "40 hospitals" in page
    assert "A draft" not in page


def test_promises_of_drafts_are_none(client, db):
    AnnouncedTargetFactory(announcement=AnnouncementFactory(draft=True))
    assert "No promise is on record yet." in words(client.get("/promises/"))


def test_promises_are_found_by_what_they_are_for_and_when_they_are_due(client, db):
    announcement = AnnouncementFactory(programmes=["Lab"])
    ClaimFactory(announcement=announcement, theme="ai", regions=["wales"])
    promised("2025", announcement)
    promised("2027")
    write_documents()
    for asked in ["theme=ai", "region=wales", "region=uk", "due_to=2026-01-01", "programme=lab"]:
        if asked == "programme=lab":
            asked = f"programme={announcement.programmes.get().slug}"
            announcement.targets.get().programmes.set(announcement.programmes.all())
        assert client.get(f"/promises/?{asked}").context["counts"]["all"] == 1, asked
    assert "No promise fits all of that." in words(client.get("/promises/?theme=ai&due=_missing"))


def test_pages_of_promises_hold_each_once(client, db):
    made = {promised(str(2000 + number % 40) if number % 5 else "").slug for number in range(70)}
    seen, address = [], "/promises/"
    while address:
        response = client.get(address)
        seen += [target.slug for _, targets in response.context["groups"] for target in targets]
        address = response.context["onward"] and "/promises/" + response.context["onward"]
    assert len(seen) == 70
    assert set(seen) == made


# Responses


@pytest.fixture
def answers(db):
    """Six responses, two of them critical, to announcements of two years, one for AI and one for Wales."""
    first, second = AnnouncementFactory(announced_on="2019-05-01"), AnnouncementFactory(announced_on="2021-05-01")
    claim = ClaimFactory(announcement=first, theme="ai", name="The fund")
    ClaimFactory(announcement=second, theme="digital", regions=["wales"])
    for announcement, stance, name in [
        (first, "welcomes", "The King's Fund"),
        (first, "welcomes", "NHS Confederation"),
        (first, "critical", "Labour Party"),
        (second, "critical", "Labour Party"),
        (second, "mixed", "The King's Fund"),
        (second, "welcomes", "The King's Fund"),
    ]:
        ResponseFactory(
            announcement=announcement,
            stance=stance,
            organisation=OrganisationFactory(name=name),
            claim=claim if announcement == first else None,
        )
    ResponseFactory(announcement=AnnouncementFactory(draft=True), summary="Unseen.")
    write_documents()


def counts(rows):
    return {row.label: [count.number for count in row.counts] for row in rows}


def test_responses_are_counted_by_year_theme_and_organisation_and_stance(client, answers):
    tables = client.get("/responses/").context["tables"]
    assert counts(tables["years"]) == {"2019-20": [2, 0, 1, 0], "2021-22": [1, 1, 1, 0]}
    assert counts(tables["themes"]) == {"Ai": [2, 0, 1, 0], "Digital": [1, 1, 1, 0]}
    assert counts(tables["organisations"]) == {
        "The King's Fund": [2, 1, 0, 0],
        "Labour Party": [0, 0, 2, 0],
        "NHS Confederation": [1, 0, 0, 0],
    }


@pytest.mark.parametrize(
    "asked", ["", "theme=ai", "stance=critical", "year=2021-22", "region=wales&q=", "not_theme=ai"]
)
def test_each_number_leads_to_exactly_those_responses(client, answers, asked):
    doors = 0
    for rows in client.get(f"/responses/?{asked}").context["tables"].values():
        for row in rows:
            assert client.get(row.href).context["count"] == row.number == sum(count.number for count in row.counts)
            for count in row.counts:
                if count.number:
                    assert client.get(count.href).context["count"] == count.number, count.href
                    doors += 1
    assert doors >= 6


def test_the_list_of_responses_shows_who_said_what_on_which_sum_the_latest_first(client, answers):
    response = client.get("/responses/?organisation=" + OrganisationFactory(name="Labour Party").slug)
    assert [one.announcement.announced_on.year for one in response.context["responses"]] == [2021, 2019]
    page = words(response)
    assert "critical Labour Party" in page
    assert ": The fund" in page
    assert "Unseen" not in page


def test_pages_of_responses_hold_each_once_and_a_strange_place_is_refused(client, db):
    announcement = AnnouncementFactory()
    for number in range(70):
        ResponseFactory(announcement=announcement, organisation=OrganisationFactory(name=f"Body {number}"))
    seen, address = [], "/responses/"
    while address:
        response = client.get(address)
        seen += [one.pk for one in response.context["responses"]]
        address = response.context["onward"] and "/responses/" + response.context["onward"]
    assert len(seen) == len(set(seen)) == 70
    for strange in ["x", "2020-01-01-nothing%23x", "%00"]:
        assert client.get(f"/responses/?after={strange}").status_code == 400


@pytest.mark.parametrize("address", ["/responses/?them=ai", "/promises/?theme=aii", "/organisations/?kind=x"])
def test_what_a_list_does_not_know_is_refused(client, answers, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("address", ["/promises/?after=x", "/promises/?after=%00", "/organisations/?after=%00"])
def test_a_place_that_is_not_in_the_list_is_refused(client, db, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("address", ["/responses/feed.atom?stance=critical", "/promises/feed.atom"])
def test_lists_have_feeds_whose_entries_lead_to_where_it_was_said(client, answers, address):
    promised("2030", AnnouncementFactory(title="The plan"), wording="Build forty.")
    response = client.get(address)
    links = [
        entry.find(f"{ATOM}link").get("href") for entry in ElementTree.fromstring(response.content).iter(f"{ATOM}entry")
    ]
    assert len(links) == (2 if "responses" in address else 1)
    for link in links:
        path, _, anchor = link.removeprefix("http://testserver").partition("#")
        assert f'id="{anchor}"' in client.get(path).content.decode()
    assert client.get(address.split("?")[0] + "?nonsense=1").status_code == 400


# On the pages of things


def test_a_theme_shows_the_responses_and_promises_of_its_announcements_and_where_all_are(client, answers):
    ai = Response.objects.filter(announcement__claims__theme="ai").first().announcement
    promised("2010", ai, wording="Cure everything.")
    response = client.get("/themes/ai/")
    assert counts(response.context["voices"]["rows"]) == {"2019-20": [2, 0, 1, 0]}
    assert response.context["voices"]["href"] == "/responses/?theme=ai"
    assert client.get(response.context["voices"]["href"]).context["count"] == 3
    assert "Cure everything." in words(response)
    assert client.get(response.context["promises"]["href"]).context["counts"]["all"] == 1


def test_the_picture_of_stances_is_to_be_had_as_a_file(client, answers):
    picture = client.get("/themes/ai/").context["voices"]["picture"]
    rows = client.get(f"/charts/responses.csv?{picture.query}")
    lines = b"".join(rows.streaming_content).decode().splitlines()
    assert lines[:3] == ["label,series,number", "2019-20,Welcomes it,2", "2019-20,Mixed,0"]
    assert client.get("/charts/responses.csv?theme=aii").status_code == 400
    assert 'href="/charts/responses.csv?theme=ai"' in client.get("/responses/?theme=ai").content.decode()


def test_a_programme_tells_how_often_each_pound_of_it_was_said(client, count):
    announcement = AnnouncementFactory(programmes=["Lab"])
    pot = ClaimFactory(announcement=announcement, amount="£100m").pot
    for day in ["2021-01-01", "2022-01-01"]:
        ClaimFactory(announcement=AnnouncementFactory(announced_on=day), pot=pot, amount="£100m")
    count()
    response = client.get(announcement.programmes.get().get_absolute_url())
    again = response.context["again"]
    assert (again["number"], again["pots"], again["times"]) == (3, 1, (3, 3))
    assert "each pound was said 3.0 times" in words(response)


def test_the_curve_of_a_pot_steps_where_what_was_announced_allocated_or_spent_of_it_changed(client, count):
    pot = ClaimFactory(amount="£100m", announcement=AnnouncementFactory(announced_on="2019-01-01")).pot
    for day, effect, amount in [
        ("2020-01-01", "repeats", "£100m"),
        ("2021-01-01", "revises", "£60m"),
        ("2022-01-01", "allocates", "£20m"),
    ]:
        ClaimFactory(announcement=AnnouncementFactory(announced_on=day), pot=pot, effect=effect, amount=amount)
    count()
    curve = client.get(pot.get_absolute_url()).context["curve"]
    assert [(moment.day, moment.series, moment.ends.firm // M) for moment in curve.figures] == [
        ("2019-01-01", "Announced", 100),
        ("2021-01-01", "Announced", 60),
        ("2022-01-01", "Allocated", 20),
    ]
    assert client.get(f"/charts/life.csv?{curve.query}").status_code == 200
    assert client.get("/charts/life.csv?pot=nothing").status_code == 400
    assert client.get("/charts/life.csv").status_code == 404


# Organisations


def test_organisations_are_listed_by_name_with_what_they_did_and_found_by_every_name(client, answers):
    OrganisationFactory(name="Aardvark Trust", other_names=["The Ant Fund"])
    response = client.get("/organisations/")
    shown = {row.name: (row.announced, row.answered) for row in response.context["organisations"]}
    assert shown["The King's Fund"] == (0, 3)
    assert shown["Department of Health and Social Care"][0] == 2
    assert list(shown) == sorted(shown)
    assert [row.name for row in client.get("/organisations/?q=ant+fund").context["organisations"]] == ["Aardvark Trust"]
    assert client.get("/organisations/?role=responder").context["count"] == 3


def test_pages_of_organisations_hold_each_once(client, db):
    made = {OrganisationFactory(name=f"Body {number:03}").slug for number in range(120)}
    seen, address = [], "/organisations/"
    while address:
        response = client.get(address)
        seen += [row.slug for row in response.context["organisations"]]
        address = response.context["onward"] and "/organisations/" + response.context["onward"]
    assert len(seen) == 120
    assert set(seen) == made


def test_an_organisation_as_announcer_says_what_it_said_and_what_that_moved(client, count):
    treasury = OrganisationFactory(name="HM Treasury")
    whole = ClaimFactory(announcement=AnnouncementFactory(announcer=treasury), amount="£100m").pot
    later = AnnouncementFactory(announcer=treasury, announced_on="2021-01-01")
    ClaimFactory(announcement=later, amount="£30m", part_of=[whole])
    ClaimFactory(amount="£7m")
    count()
    context = client.get(treasury.get_absolute_url()).context
    assert context["said"] == (130 * M, 130 * M)
    assert context["moved"] == (100 * M, 100 * M)


def test_an_organisation_as_payer_has_the_sums_that_name_it_alone_apart_from_those_it_shares(client, count):
    fund = OrganisationFactory(name="The Café Fund", short_name="TCF", other_names=["Old Fund"])
    ClaimFactory(name="Alone", amount="£5m", funders=["the café fund"])
    ClaimFactory(name="By its old name", amount="£2m", funders=["Old Fund"])
    ClaimFactory(name="Shared", amount="£9m", funders=["TCF", "NHS England"])
    ClaimFactory(name="Another", amount="£1m", funders=["Not TCF at all"])
    count()
    response = client.get(fund.get_absolute_url())
    paid = response.context["paid"]
    assert (paid["alone"], paid["shared"]) == ((7 * M, 7 * M), (9 * M, 9 * M))
    assert [line.label for line in paid["lines"]] == ["Shared", "Alone", "By its old name"]
    assert "Of 3 sums that name it among the payers." in words(response)


def test_sums_of_nobody_and_claims_without_payers_are_nothing(db):
    ClaimFactory()
    assert causes.paid_by([]).pots == []
    assert not Claim.objects.naming_payer(["DHSC"]).exists()


def test_the_doors_of_an_organisation_lead_to_its_lists(client, answers):
    fund = OrganisationFactory(name="The King's Fund")
    page = client.get(fund.get_absolute_url()).content.decode()
    assert f'href="/responses/?organisation={fund.slug}"' in page
    [door] = re.findall(rf'href="(/responses/\?organisation={fund.slug}&amp;year=2021-22&amp;stance=mixed)"', page)
    assert client.get(door.replace("&amp;", "&")).context["count"] == 1
