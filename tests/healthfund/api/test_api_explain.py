"""What a total rests on: the pots in it, page by page to the penny, and the claims left out of it."""

import datetime
from decimal import Decimal

import pytest

from announcements.ledger import posting
from announcements.models import Pot
from tests.factories import AnnouncementFactory, ClaimFactory, PotFactory, ThemeFactory

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


def post(at=AT):
    posting.post(Pot.objects.values_list("pk", flat=True), at=at)


@pytest.fixture
def counted(crowd):
    """A crowd, one of whose pots is repeated, another revised, and one proposed; posted and not rolled up."""
    crowd(3, 2)
    pot = ClaimFactory(amount="£9m", bound="up_to", name="The fund").pot
    for day, amount, effect in [("2021-06-01", "£7m", "revises"), ("2021-07-01", "£7m", "repeats")]:
        ClaimFactory(announcement=AnnouncementFactory(announced_on=day), pot=pot, amount=amount, effect=effect)
    ClaimFactory(amount="£1bn", effect="proposes")
    post()
    return pot


def everything(api, address):
    rows = []
    while address:
        page = api(address)
        rows += page["results"]
        address = page["next"]
    assert len(rows) == page["count"]
    return rows


def sums(rows):
    return {end: f"{sum(Decimal(row[end]) for row in rows):.2f}" for end in ("firm", "ceiling")}


@pytest.mark.parametrize(
    "asked",
    ["", "measure=said", "measure=allocated", "theme=ai&region=wales", "as_at=2021-05-31&by=theme", "by=programme"],
)
def test_all_pages_of_pots_add_up_to_the_total(api, counted, asked):
    shown = api(f"totals/?explain=true&{asked}")
    told = shown["explanation"]["in"]
    pots = everything(api, f"{told['list']}&page_size=2")
    assert len(pots) == told["pots"]
    assert sums(pots) == {end: told[end] for end in ("firm", "ceiling")} == shown["total"]
    for pot in pots:
        assert sums(pot["claims"]) == {end: pot[end] for end in ("firm", "ceiling")}
    assert sums(everything(api, f"{shown['entries']}&page_size=500")) == shown["total"]


def test_what_is_posted_meanwhile_changes_no_page(api, counted):
    shown = api("totals/?explain=true")
    PotFactory(amount="£77m")
    post(at=AT + datetime.timedelta(days=1))
    assert sums(everything(api, shown["explanation"]["in"]["list"])) == shown["total"]
    assert api("totals/?explain=true")["total"] != shown["total"]


def test_a_pot_shows_what_each_claim_moved(api, counted):
    [fund] = [pot for pot in everything(api, "/api/v1/totals/pots/") if pot["name"] == "The fund"]
    assert fund["amount"] == {"low": "7000000.00", "high": "7000000.00"}
    assert [(claim["effect"], claim["firm"], claim["ceiling"]) for claim in fund["claims"]] == [
        ("introduces", "0.00", "9000000.00"),
        ("revises", "7000000.00", "-2000000.00"),
    ]


def test_what_is_left_out_is_listed_by_reason(api, counted):
    out = {one["reason"]: one for one in api("totals/?explain=true&by=theme")["explanation"]["out"]}
    # One about the fund, and two about the whole of each of the crowd's three, of £1m each.
    assert out["repeats"]["claims"] == 7
    assert Decimal(out["repeats"]["said"]["firm"]) >= 7_000_000
    assert (out["proposal"]["claims"], out["proposal"]["said"]) == (1, None)
    for one in out.values():
        rows = everything(api, one["list"])
        assert len(rows) == one["claims"]
        assert {(row["reason"], row["because"]) for row in rows} == {(one["reason"], one["because"])}
    every = everything(api, "/api/v1/totals/left-out/?page_size=1")
    assert len(every) == sum(one["claims"] for one in out.values())
    assert len(everything(api, "/api/v1/totals/left-out/?not_reason=repeats&not_reason=proposal")) == len(every) - 8
    assert api("totals/?explain=true&theme=ai")["explanation"]["out"] == []


def test_nothing_is_explained_unless_asked(api, counted):
    assert api("totals/?explain=false")["explanation"] is None
    assert api("totals/?explain=true")["notes"][0].startswith("Explained is the total in cash")


def test_before_anything_is_posted_there_is_nothing_to_explain(api):
    shown = api("totals/?explain=true")["explanation"]
    assert (shown["in"]["pots"], shown["in"]["firm"], shown["out"]) == (0, "0.00", [])


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("totals/", {"explain": "yes"}),
        ("totals/pots/", {"by": "theme"}),
        ("totals/pots/", {"reason": "repeats"}),
        ("totals/pots/", {"region": "yorkshire"}),
        ("totals/left-out/", {"reason": "repeat"}),
        ("totals/left-out/", {"as_at": "today"}),
        ("totals/left-out/", {"prices": "2019-20"}),
    ],
)
def test_what_cannot_be_answered_is_refused(refused, path, asked):
    ThemeFactory(key="ai")
    [error] = refused(path, **asked)
    assert [error["parameter"]] == list(asked)


@pytest.mark.parametrize(
    ("address", "number"), [("totals/?explain=true&by=theme&", 14), ("totals/pots/?", 10), ("totals/left-out/?", 10)]
)
def test_number_of_questions_is_the_same_for_few_and_many(api, crowd, django_assert_max_num_queries, address, number):
    crowd(6, 3)
    post()
    with django_assert_max_num_queries(number):
        api(f"{address}region=uk&programme=_missing&not_money_year=2001-02")
