"""The list of announcements: its facets, its sums, its order, its marks, its feed."""

import re
import xml.etree.ElementTree as ET

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from announcements.filters import AnnouncementFilter
from announcements.ledger import contributions, totals
from announcements.models import Announcement
from healthfund.web import announcement_list as views
from healthfund.web.facets import NAMES
from tests.factories import AnnouncementFactory, ClaimFactory, OrganisationFactory, ProgrammeFactory, ThemeFactory
from tests.healthfund.web.test_web_pages import figures, words

ATOM = "{http://www.w3.org/2005/Atom}"


def facet(response, name):
    """{value: number} of a facet of the page."""
    [found] = [facet for facet in response.context["facets"] if facet.name == name]
    return {value.value: value.number for value in found.values}


def titles(client, query):
    return [row.title for row in client.get(f"/announcements/?{query}").context["page"].rows]


def said(title, **claim):
    """An announcement of this title with one claim."""
    return ClaimFactory(announcement=AnnouncementFactory(title=title), **claim)


# Facets


def test_a_facets_numbers_answer_all_but_its_own_filter(client, count):
    said("A", theme="ai", regions=["wales"])
    said("B", theme="digital", regions=["wales"])
    said("C", theme="digital", regions=["london"])
    count()
    response = client.get("/announcements/?theme=ai&region=wales")
    assert facet(response, "theme") == {"ai": 1, "digital": 1}
    assert facet(response, "region") == {"uk": 1, "wales": 1}
    assert facet(client.get("/announcements/?not_theme=ai"), "theme") == {"ai": 1, "digital": 2}


def test_every_number_of_a_facet_is_what_choosing_that_value_alone_finds(client, crowd):
    crowd(4, each=2)
    for rest in ["", "theme=digital", "q=announcement&not_region=wales", "amount_min=20000000&sector=government"]:
        response = client.get(f"/announcements/?{rest}")
        for name in NAMES:
            for value, number in facet(response, name).items():
                asked = QueryDict(rest, mutable=True)
                asked.pop(f"not_{name}", None)
                asked.setlist(name, [value])
                found = AnnouncementFilter(asked, Announcement.objects.published()).qs.count()
                assert found == number, (rest, name, value)


def test_the_numbers_are_those_of_now(client, count):
    said("A", theme="ai")
    count()
    assert facet(client.get("/announcements/"), "theme") == {"ai": 1}
    said("B", theme="ai")
    count()
    assert facet(client.get("/announcements/"), "theme") == {"ai": 2}


def test_places_stand_in_their_tree_and_what_is_chosen_stays_in_sight(client, count):
    said("A", regions=["england"])
    programmes = [ProgrammeFactory(name=f"Programme {number:02}") for number in range(14)]
    for programme in programmes[:13]:
        AnnouncementFactory(programmes=[programme])
    count()
    response = client.get(f"/announcements/?programme={programmes[13].slug}")
    [found] = [facet for facet in response.context["facets"] if facet.name == "programme"]
    assert [value.value for value in found.values if value.chosen] == [programmes[13].slug]
    assert found.is_open
    assert len(found.values) == 14  # twelve, the one that is chosen, and what is not stated


# What they come to


def test_the_sums_of_a_list_are_what_they_said_and_what_they_brought_in(client, count):
    first = said("The fund", amount="£100m", theme="ai")
    said("The fund again", pot=first.pot, amount="£100m", effect="repeats", theme="digital")
    said("A part of it", amount="£30m", theme="digital", part_of=[first.pot])
    count()
    sums = {sum.label: sum.amounts for sum in client.get("/announcements/?q=fund").context["sums"]}
    assert sums == {"Said in them": (2 * 10**10,) * 2, "First announced in them": (7 * 10**9,) * 2}
    again = {sum.label: sum.amounts for sum in client.get("/announcements/?q=again").context["sums"]}
    assert again["First announced in them"] == (0, 0)
    part = {sum.label: sum.amounts for sum in client.get("/announcements/?q=part").context["sums"]}
    assert part["First announced in them"] == (3 * 10**9, 3 * 10**9)


def test_over_everything_the_sums_are_the_totals(client, crowd):
    crowd(5, each=2)
    AnnouncementFactory(draft=True)
    assert contributions.of(Announcement.objects.published()) == (totals.total("said"), totals.total())
    found = figures(client.get("/announcements/"))
    assert [asked for _, asked in found] == ["measure=said", "measure=announced"]


def test_what_was_cancelled_later_adds_nothing_where_it_was_first_announced(client, count):
    first = said("Promise", amount="£100m")
    said("End of it", pot=first.pot, amount=None, effect="cancels")
    count()
    sums = {sum.label: sum.amounts for sum in client.get("/announcements/?q=promise").context["sums"]}
    assert sums["First announced in them"] == (0, 0)
    assert sums["Said in them"] == (10**10, 10**10)


def test_the_money_of_a_description_is_asked_for_where_all_filters_describe_money(client, count):
    said("A", amount="£1m", theme="ai")
    count()
    shown = client.get("/announcements/?theme=ai&year=2019-20&not_sector=industry").context["sums"]
    assert [sum.query for sum in shown] == [
        "",
        "",
        "announced_year=2019-20&measure=announced&not_sector=industry&theme=ai",
    ]
    assert shown[2].amounts == (10**8, 10**8)
    for other in ["q=a", "theme=_missing", "amount_min=1", "announced_from=2019-01-01"]:
        assert len(client.get(f"/announcements/?theme=ai&{other}").context["sums"]) == 2, other


def test_the_door_behind_the_sums_adds_up_on_every_page(client, crowd, monkeypatch):
    monkeypatch.setattr(views, "MONEY_SIZE", 5)
    crowd(4, each=2)
    address, seen = "/announcements/money/", 0
    whole = contributions.of(Announcement.objects.published())
    while address:
        context = client.get(address).context
        each = [sums for _, sums in context["rows"]]
        assert context["rest"] == whole.without(each)
        for name in ("said", "adds"):
            for end in (0, 1):
                parts = sum(getattr(one, name)[end] for one in [*each, context["rest"]])
                assert parts == getattr(whole, name)[end]
        seen += len(each)
        address = context["onward"] and f"/announcements/money/{context['onward']}"
    assert seen == context["count"] == 12


# Order, marks, and a list that finds nothing


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [("", "BAC"), ("announced_on", "CAB"), ("-amount", "ACB"), ("amount", "CAB"), ("title", "ABC"), ("-title", "CBA")],
)
def test_the_list_comes_in_the_order_asked_for(client, count, ordering, expected):
    for title, day, amount in [("A", "2020-02-01", "£5m"), ("B", "2020-03-01", None), ("C", "2020-01-01", "£1m")]:
        ClaimFactory(announcement=AnnouncementFactory(title=title, announced_on=day), amount=amount)
    count()
    assert "".join(titles(client, f"ordering={ordering}" if ordering else "")) == expected


@pytest.mark.parametrize("ordering", ["-amount", "title", "announced_on"])
def test_every_order_pages_without_loss(client, count, ordering):
    for number in range(30):
        said(f"Title {number % 4}", amount=f"£{1 + number % 3}m" if number % 5 else None)
    count()
    address, seen = f"/announcements/?ordering={ordering}", []
    while address:
        context = client.get(address).context
        seen += [row.slug for row in context["page"].rows]
        address = context["onward"] and f"/announcements/{context['onward']}"
    assert len(seen) == len(set(seen)) == 30


def test_an_address_has_no_blanks(client, db):
    ThemeFactory(key="ai")
    response = client.get("/announcements/?q=&theme=ai&announced_from=&theme=")
    assert (response.status_code, response.headers["Location"]) == (302, "/announcements/?theme=ai")
    assert client.get("/announcements/?q=").headers["Location"] == "/announcements/"


def test_what_was_searched_for_is_marked_and_stays_text(client, count):
    announcement = AnnouncementFactory(
        title="<b>Robots</b> & surgeons", summary="A surgical robot for <i>every</i> hospital."
    )
    ClaimFactory(announcement=announcement)
    count()
    page = client.get("/announcements/?q=robot").content.decode()
    assert "&lt;b&gt;<mark>Robots</mark>&lt;/b&gt; &amp; surgeons" in page
    assert "A surgical <mark>robot</mark> for &lt;i&gt;every&lt;/i&gt; hospital." in page


def test_a_list_that_finds_nothing_says_what_to_take_away(client, count):
    said("A", theme="ai", regions=["wales"])
    said("B", theme="digital", regions=["london"])
    count()
    response = client.get("/announcements/?theme=ai&region=london")
    assert [(item.value, number) for item, number in response.context["instead"]] == [("Ai", 1), ("London", 1)]
    assert "1 announcement without region: London" in words(response)
    assert client.get("/announcements/" + response.context["instead"][1][0].without).context["count"] == 1


# The feed


def entries(response):
    return ET.fromstring(response.content).findall(f"{ATOM}entry")


def test_the_feed_is_of_exactly_this_view_and_the_page_names_it(client, count):
    said("A & B", theme="ai")
    said("C", theme="digital")
    count()
    page = client.get("/announcements/?theme=ai&ordering=title").content.decode()
    [address] = re.findall(r'<link rel="alternate" type="application/atom\+xml"[^>]+href="([^"]+)"', page)
    response = client.get(address)
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    [entry] = entries(response)
    assert entry.findtext(f"{ATOM}title") == "A & B"
    assert entry.findtext(f"{ATOM}summary").startswith("1 January 2020, Department of Health and Social Care.")
    assert "theme: Ai" in ET.fromstring(response.content).findtext(f"{ATOM}title")


def test_an_entry_keeps_its_id_wherever_the_portal_is_and_is_updated_when_it_reads_differently(client, count):
    claim = said("A", theme="ai")
    count()
    [before] = entries(client.get("/announcements/feed.atom"))
    [elsewhere] = entries(client.get("/announcements/feed.atom", headers={"host": "127.0.0.1"}))
    assert before.findtext(f"{ATOM}id") == elsewhere.findtext(f"{ATOM}id")
    OrganisationFactory(name="Other")
    Announcement.objects.filter(pk=claim.announcement.pk).update(summary="More was said.")
    count()
    [after] = entries(client.get("/announcements/feed.atom"))
    assert after.findtext(f"{ATOM}id") == before.findtext(f"{ATOM}id")
    assert after.findtext(f"{ATOM}updated") > before.findtext(f"{ATOM}updated")


def test_a_feed_refuses_what_its_list_refuses(client, db):
    response = client.get("/announcements/feed.atom?them=ai")
    assert response.status_code == 400
    assert response.context["refusals"][0].fault.nearest == "theme"
    assert client.get("/announcements/feed.atom?after=x").status_code == 400


def test_list_and_feed_ask_a_fixed_number_of_queries(client, crowd):
    addresses = ["/announcements/?q=announcement&region=england", "/announcements/feed.atom?region=england"]

    def counted():
        numbers = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            numbers.append(len(queries))
        return numbers

    crowd(8, each=2)
    few = counted()
    crowd(15, each=4)
    assert counted() == few
