"""The ledger entries over HTTP: whatever is asked, they are what the total is the sum of."""

import datetime
from decimal import Decimal

import pytest

from announcements.ledger import posting, rollups
from announcements.models import Announcement, Pot
from tests.factories import (
    AnnouncementFactory,
    ClaimFactory,
    LedgerEntryFactory,
    PostingFactory,
    PotFactory,
    ThemeFactory,
)

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def counted(crowd):
    """A crowd whose announcements are posted and rolled up."""
    crowd(4, 2)
    later = AnnouncementFactory(announced_on="2021-06-01")
    ClaimFactory(announcement=later, pot=ClaimFactory(amount="£9m", bound="up_to").pot, amount="£7m", effect="revises")
    posting.post(Pot.objects.values_list("pk", flat=True), at=AT)
    rollups.rebuild(at=AT)


def everything(api, address):
    rows = []
    while address:
        page = api(address)
        rows += page["results"]
        address = page["next"]
    assert len(rows) == page["count"]
    return rows


@pytest.mark.parametrize(
    "asked",
    [
        "measure=announced",
        "measure=said",
        "theme=ai&theme=digital&region=wales",
        "region_itself=england&public=true",
        "sector=charity&additionality=new",
        "announced_year=2021-22",
        "money_year=_missing",
        "programme=_missing",
        "as_at=2021-05-31",
        "known_at=2024-04-30",
    ],
)
def test_all_pages_of_entries_add_up_to_the_total(api, counted, asked):
    answer = api(f"totals/?{asked}&by=sector")
    assert answer["entries"] == f"/api/v1/entries/?{asked}"
    rows = everything(api, f"{answer['entries']}&page_size=3")
    for end in ("firm", "ceiling"):
        assert sum(Decimal(row[end]) for row in rows) == Decimal(answer["total"][end])


def test_an_entry_shows_its_pot_and_where_it_counts(api):
    pot = PotFactory(name="The fund")
    posted = PostingFactory(posted_at=AT)
    LedgerEntryFactory(posting=posted, pot=pot, cause=pot.reference, firm=-150, ceiling=250, money_year=2021)
    [entry] = api("entries/")["results"]
    address = pot.reference.replace("#", "/")
    assert entry["pot"] == {
        "id": pot.reference,
        "url": f"/api/v1/pots/{address}/",
        "page": f"/pots/{address}/",
        "name": "The fund",
    }
    del entry["pot"], entry["effective_on"]
    assert entry == {
        "claim": pot.reference,
        "measure": "announced",
        "theme": "digital",
        "region": "england",
        "sector": "government",
        "additionality": "new",
        "announced_year": "2019-20",
        "money_year": "2021-22",
        "assumed": False,
        "firm": "-1.50",
        "ceiling": "2.50",
        "posted_at": "2024-05-01T12:00:00Z",
    }


def test_entries_stand_by_day_the_oldest_first(api):
    for day in (3, 1, 2, 1):
        LedgerEntryFactory(effective_on=datetime.date(2020, 1, day), firm=day)
    rows = everything(api, "/api/v1/entries/?page_size=1")
    assert [row["effective_on"][-1] for row in rows] == ["1", "1", "2", "3"]


def test_a_pot_that_is_here_no_longer_has_no_addresses(api):
    pot = PotFactory()
    LedgerEntryFactory(pot=pot)
    Announcement.objects.update(status="withdrawn", withdrawn_reason="It never happened.")
    [entry] = api("entries/")["results"]
    assert entry["pot"] == {"id": pot.reference, "url": None, "page": None, "name": pot.name}


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "theme"},
        {"measure": "announce"},
        {"measure": ["said", "spent"]},
        {"as_at": "today"},
        {"theme": ""},
        {"region": "yorkshire"},
        {"money_year": "2018"},
        {"page_size": "0"},
        {"cursor": "x"},
    ],
)
def test_what_cannot_be_answered_is_refused(refused, asked):
    ThemeFactory(key="ai")
    [error] = refused("entries/", **asked)
    assert [error["parameter"]] == list(asked)


def test_number_of_questions_does_not_grow_with_the_entries(api, django_assert_max_num_queries):
    for n in range(40):
        LedgerEntryFactory(pot=PotFactory(), theme=ThemeFactory(key=f"t{n}"))
    with django_assert_max_num_queries(10):
        assert len(api("entries/?region=uk&programme=_missing&public=true")["results"]) == 40
