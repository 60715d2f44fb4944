"""Walking a list page by page: whatever the order, the ties and what is written meanwhile, nothing is lost or repeated."""

import random
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Lower
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request

from announcements import filters, search
from announcements.models import Announcement, Pot
from announcements.models import Response as Answer
from healthfund.api.pagination import Pager
from healthfund.keyset import Keyset
from programmes.models import Region, Target
from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    OrganisationFactory,
    PotFactory,
    RegionFactory,
    ResponseFactory,
    TargetFactory,
    ThemeFactory,
)

DAYS = ["2019-01-01", "2019-01-02", "2019-06-01"]


def walk(get, address):
    """Every page from the first to the last, following the links."""
    pages = []
    while address:
        pages.append(get(address))
        address = pages[-1]["next"]
    return pages


def ids(pages):
    return [row["id"] for page in pages for row in page["results"]]


def page(queryset, **parameters):
    request = Request(RequestFactory().get("/list/", parameters))
    pager = Pager(request, queryset, also=())
    assert pager.faults == []
    return pager.response(lambda rows: [row.pk for row in rows]).data


def parameters_of(link):
    return {name: value for name, [value] in parse_qs(urlsplit(link).query).items()}


def walked(queryset, size):
    """The ids of all rows, page by page, with the pages themselves."""
    pages, parameters = [], {"page_size": size}
    while True:
        pages.append(page(queryset, **parameters))
        if not pages[-1]["next"]:
            return pages
        parameters = parameters_of(pages[-1]["next"])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_rows_of_one_day_are_neither_lost_nor_repeated(api, size):
    made = [AnnouncementFactory(announced_on=DAYS[n % 3]).slug for n in range(10)]
    pages = walk(api, f"/api/v1/announcements/?page_size={size}")
    assert ids(pages) == sorted(made, reverse=True)
    assert {page["count"] for page in pages} == {10}
    assert all(len(page["results"]) == size for page in pages[:-1])


def test_the_way_back_is_the_way_there(api):
    for n in range(7):
        AnnouncementFactory(announced_on=DAYS[n % 3])
    there = walk(api, "/api/v1/announcements/?page_size=2")
    assert there[0]["previous"] is None
    back = [there[-1]]
    while back[-1]["previous"]:
        back.append(api(back[-1]["previous"]))
    assert [page["results"] for page in back[::-1]] == [page["results"] for page in there]
    assert api(back[-1]["next"])["results"] == there[1]["results"]


def test_links_carry_every_parameter(api):
    for theme in ["ai", "digital"] * 3:
        ClaimFactory(theme=theme)
    ClaimFactory(theme="cancer")
    first = api("/api/v1/announcements/?theme=ai&theme=digital&page_size=2&sector=government&region=uk")
    asked = parse_qs(urlsplit(first["next"]).query)
    assert asked.pop("cursor")
    assert asked == {"theme": ["ai", "digital"], "page_size": ["2"], "sector": ["government"], "region": ["uk"]}
    assert first["next"].startswith("http://testserver/api/v1/announcements/?")
    assert len(ids(walk(api, first["next"]))) == 4


def test_page_of_exactly_the_rows_that_are_left_has_no_next(api):
    for key in ["a", "b", "c", "d"]:
        ThemeFactory(key=key)
    assert len(walk(api, "/api/v1/themes/?page_size=2")) == 2
    assert api("/api/v1/themes/?page_size=4")["next"] is None


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_written_meanwhile_rows_that_stay_are_seen_once(api, seed):
    chance = random.Random(seed)
    kept = {AnnouncementFactory(announced_on=chance.choice(DAYS)).slug for _ in range(12)}
    passing = [AnnouncementFactory(announced_on=chance.choice(DAYS)) for _ in range(6)]
    seen, address = [], f"/api/v1/announcements/?page_size={chance.randint(1, 4)}"
    while address:
        shown = api(address)
        seen += ids([shown])
        address = shown["next"]
        AnnouncementFactory(announced_on=chance.choice([*DAYS, "2018-01-01"]))
        if passing and chance.random() < 0.7:
            passing.pop(chance.randrange(len(passing))).delete()
    assert len(seen) == len(set(seen))
    assert kept <= set(seen)


def test_a_page_begins_after_its_row_even_when_that_is_gone(api):
    made = sorted((AnnouncementFactory() for _ in range(5)), key=lambda row: row.slug, reverse=True)
    first = api("/api/v1/announcements/?page_size=2")
    made[1].delete()
    assert ids([api(first["next"])]) == [made[2].slug, made[3].slug]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_targets_come_by_due_with_those_without_a_day_last(db, size):
    dues = ["2030", "", "2030-03", "2029", "", "2030-03", "2030"]
    for due in dues:
        TargetFactory(due=due)
    queryset = Target.objects.by_due()
    pages = walked(queryset, size)
    assert [pk for page in pages for pk in page["results"]] == [target.pk for target in queryset]
    assert [target.due for target in queryset] == ["2029", "2030", "2030", "2030-03", "2030-03", "", ""]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_responses_are_paged_across_the_announcements_they_answer(db, size):
    for _ in range(3):
        announcement = AnnouncementFactory()
        for position in [0, 1, 1]:
            ResponseFactory(announcement=announcement, position=position)
    queryset = Answer.objects.latest_first().select_related("announcement")
    assert [pk for page in walked(queryset, size) for pk in page["results"]] == [answer.pk for answer in queryset]


@pytest.mark.parametrize("direction", ["high", "-high"])
@pytest.mark.parametrize("end", ["reference", "-reference", "pk", "-pk"])
def test_unknown_values_come_last_in_either_direction_forwards_and_backwards(db, direction, end):
    for high in [None, 5, 1, None, 5, 0, 5, None]:
        Pot.objects.filter(pk=PotFactory().pk).update(low=high, high=high)
    queryset = Pot.objects.order_by(direction, end)
    by = F("high").desc(nulls_last=True) if direction == "-high" else F("high").asc(nulls_last=True)
    expected = [pot.pk for pot in Pot.objects.order_by(by, end)]
    for size in range(1, 10):
        pages = walked(queryset, size)
        assert [pk for page in pages for pk in page["results"]] == expected
        back = [pages[-1]]
        while back[-1]["previous"]:
            back.append(page(queryset, **parameters_of(back[-1]["previous"])))
        assert [pk for page in back[::-1] for pk in page["results"]] == expected


# Orders

FILTERSETS = {
    "announcements": filters.AnnouncementFilter,
    "pots": filters.PotFilter,
    "programmes": filters.ProgrammeFilter,
    "themes": filters.ThemeFilter,
    "regions": filters.RegionFilter,
    "organisations": filters.OrganisationFilter,
    "responses": filters.ResponseFilter,
    "targets": filters.TargetFilter,
}
EVERY_ORDER = [(name, order) for name, filterset in FILTERSETS.items() for order in filterset.orders]
SORTED_BY = {
    ("announcements", "announced_on"): lambda row: row["announced_on"],
    ("announcements", "title"): lambda row: row["title"],
    ("announcements", "published_at"): lambda row: row["published_at"],
    ("announcements", "updated_at"): lambda row: row["updated_at"],
    ("announcements", "amount"): lambda row: largest(row["id"]),
    ("pots", "id"): lambda row: row["id"],
    ("pots", "name"): lambda row: row["name"],
    ("pots", "amount"): lambda row: row["amount"]["high"] and Decimal(row["amount"]["high"]),
    ("programmes", "name"): lambda row: row["name"],
    ("themes", "name"): lambda row: row["name"],
    ("regions", "position"): lambda row: Region.objects.get(key=row["id"]).position,
    ("regions", "name"): lambda row: row["name"],
    ("organisations", "name"): lambda row: row["name"],
    ("organisations", "kind"): lambda row: row["kind"],
    ("responses", "announced_on"): lambda row: row["announcement"]["announced_on"],
    ("responses", "organisation"): lambda row: row["organisation"]["name"],
    ("targets", "due"): lambda row: row["due"],
    ("targets", "metric"): lambda row: row["metric"],
}
"""What the rows of a list are in order of; None comes last either way."""


def largest(slug):
    highs = Pot.objects.filter(claims__announcement__slug=slug, high__isnull=False).values_list("high", flat=True)
    return max(highs, default=None)


@pytest.fixture
def ties(db):
    """Rows of every list, of which many are alike or lack what the list is ordered by."""
    chance = random.Random(7)
    for number in range(9):
        announcement = AnnouncementFactory(
            announced_on=chance.choice(DAYS),
            title=chance.choice(["B", "a", "Ä 5%", "B"]),
            announcer=OrganisationFactory(kind=chance.choice(["charity", "regulator"])),
            programmes=[f"Programme {number % 4}"],
        )
        for high in chance.choices([None, None, 0, 500, 500, 10**15], k=number % 3):
            pot = PotFactory(announcement=announcement, name=chance.choice(["Pot", "Part", "Whole"]))
            Pot.objects.filter(pk=pot.pk).update(low=high and 0, high=high)
        for _ in range(number % 3):
            organisation = OrganisationFactory(name=chance.choice(["Trust", "Union"]))
            ResponseFactory(announcement=announcement, organisation=organisation, position=0)
        target = TargetFactory(due=chance.choice(["", "2030", "2030-03"]), metric=chance.choice(["Beds", "Wards"]))
        AnnouncedTargetFactory(announcement=announcement, target=target)
        ThemeFactory(key=f"theme-{number}")
    for key in ["wales", "scotland", "north-east"]:
        RegionFactory(key=key)


def test_every_order_is_tried():
    assert {(name, order.removeprefix("-")) for name, order in EVERY_ORDER} == set(SORTED_BY)


@pytest.mark.parametrize(("name", "order"), EVERY_ORDER)
def test_whatever_the_order_every_row_comes_once_and_in_its_place(api, ties, name, order):
    everything = [page["results"] for page in walk(api, f"/api/v1/{name}/?page_size=500")]
    whole = api(f"{name}/", ordering=order, page_size=500)["results"]
    assert len(whole) == len(everything[0]) > 2
    assert sorted(map(str, whole)) == sorted(map(str, everything[0]))
    values = [SORTED_BY[name, order.removeprefix("-")](row) for row in whole]
    stated = [value for value in values if value is not None]
    assert values == sorted(stated, reverse=order.startswith("-")) + [None] * (len(values) - len(stated))
    for size in (1, 2, 5):
        there = walk(api, f"/api/v1/{name}/?ordering={order}&page_size={size}")
        assert [row for page in there for row in page["results"]] == whole
        back = [there[-1]]
        while back[-1]["previous"]:
            back.append(api(back[-1]["previous"]))
        assert [row for page in back[::-1] for row in page["results"]] == whole


@pytest.mark.parametrize("order", filters.AnnouncementFilter.orders)
def test_in_every_order_rows_that_stay_are_seen_once_whatever_is_written_meanwhile(api, order):
    chance = random.Random(order)

    def written():
        claim = ClaimFactory(announcement__announced_on=chance.choice(DAYS), announcement__title=chance.choice("abc"))
        high = chance.choice([None, 1, 2])
        Pot.objects.filter(pk=claim.pot.pk).update(low=high, high=high)
        return claim.announcement

    kept, passing = {written().slug for _ in range(8)}, [written() for _ in range(5)]
    seen, address = [], f"/api/v1/announcements/?ordering={order}&page_size=2"
    while address:
        shown = api(address)
        seen += ids([shown])
        address = shown["next"]
        if len(seen) < 30:
            written()
        if passing:
            Announcement.objects.filter(pk=passing.pop().pk).update(status="withdrawn", withdrawn_reason="Gone.")
    assert len(seen) == len(set(seen))
    assert kept <= set(seen)


def test_order_holds_among_what_is_filtered_and_links_carry_it(api, ties):
    first = api("announcements/", ordering="-amount", not_amount="_missing", page_size=1)
    assert parameters_of(first["next"])["ordering"] == "-amount"
    amounts = [largest(slug) for slug in ids(walk(api, first["next"]))]
    assert amounts == sorted(amounts, reverse=True)
    assert None not in amounts


def test_cursor_of_another_order_and_unknown_orders_are_refused(api, refused, ties):
    cursor = parameters_of(api("announcements/", ordering="title", page_size=1)["next"])["cursor"]
    assert refused("announcements/", ordering="-title", cursor=cursor)[0]["parameter"] == "cursor"
    [error] = refused("announcements/", ordering="titel")
    assert (error["nearest"], "-amount" in error["allowed"]) == ("title", True)
    assert refused("announcements/", ordering=["title", "-title"])[0]["parameter"] == "ordering"


def test_longest_title_fits_into_a_cursor_and_an_address(api):
    chance = random.Random(1)
    for number in range(3):
        AnnouncementFactory(title=f"{number}" + "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(299)))
    pages = walk(api, "/api/v1/announcements/?ordering=title&page_size=1")
    assert len(ids(pages)) == 3
    # What gunicorn takes as a line at most.
    assert max(len(page["next"] or "") for page in pages) < 4000


def test_an_order_that_cannot_be_paged_is_a_mistake_of_ours(db):
    for order in [F("high").desc(), Lower("name").asc(nulls_last=True), F("high").asc(nulls_first=True)]:
        with pytest.raises(TypeError, match="paged"):
            Keyset(Pot.objects.order_by(order, "pk"))


@pytest.mark.parametrize("order", [(), ("announced_on",), ("-slug", "title"), ("slug", "announcer")])
def test_an_order_that_ends_in_nothing_unique_is_a_mistake_of_ours(order):
    with pytest.raises(TypeError, match="unique"):
        Keyset(Announcement.objects.order_by(*order))


def test_the_number_of_rows_is_remembered_until_something_changes(api):
    AnnouncementFactory()
    assert api("announcements/")["count"] == 1
    with CaptureQueriesContext(connection) as again:
        assert api("announcements/")["count"] == 1
    assert not any("COUNT" in query["sql"] for query in again)
    AnnouncementFactory()
    assert api("announcements/")["count"] == 2


def test_the_number_that_words_find_is_counted_every_time(api):
    AnnouncementFactory(title="Robots")
    search.rebuild()
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert api("announcements/", q="robots")["count"] == 1
        assert any("COUNT" in query["sql"] for query in asked)
