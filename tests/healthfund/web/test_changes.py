"""The page of changes, its feed and its files."""

import datetime
import xml.etree.ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.models import Change
from tests.factories import AnnouncementFactory, ClaimFactory
from tests.healthfund.web.test_web_pages import words

ATOM = "{http://www.w3.org/2005/Atom}"
AT = datetime.datetime(2026, 3, 28, 23, 30, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def happened(kind, thing, at=AT):
    resource, name = ("pot", thing.reference) if hasattr(thing, "reference") else ("announcement", thing.slug)
    return Change.objects.create(kind=kind, resource=resource, public_id=name, at=at, fingerprint="f")


@pytest.fixture
def story(db):
    """A fund that was published, then edited, and another announcement that was withdrawn."""
    claim = ClaimFactory(announcement=AnnouncementFactory(title="The fund"), name="Fund money")
    happened("created", claim.announcement, AT - 2 * DAY)
    happened("created", claim.pot, AT - 2 * DAY)
    happened("edited", claim.announcement, AT - DAY)
    gone = AnnouncementFactory(title="A mistake", withdrawn=True)
    happened("withdrawn", gone, AT)
    return claim


def shown(client, query=""):
    acts = client.get(f"/changes/?{query}").context["acts"]
    return [(what, one.name) for act in acts for what, some in act.groups for one in some]


def test_what_happened_is_told_in_words_newest_first(client, story):
    assert shown(client) == [
        ("Withdrawn", "A mistake"),
        ("Reads differently now", "The fund"),
        ("Published", "The fund"),
        ("Money first announced", "Fund money"),
    ]
    text = words(client.get("/changes/"))
    assert "28 March 2026 23:30 Withdrawn A mistake" in text
    assert "26 March 2026 23:30 Published The fund Money first announced Fund money" in text


def test_every_change_leads_to_where_the_thing_is_or_is_explained(client, story):
    acts = client.get("/changes/").context["acts"]
    doors = {one.name: one.href for act in acts for _, some in act.groups for one in some}
    assert doors["The fund"] == story.announcement.get_absolute_url()
    assert doors["Fund money"] == story.pot.get_absolute_url()
    assert client.get(doors["A mistake"]).status_code == 410


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("kind=withdrawn", 1),
        ("kind=created&kind=edited", 3),
        ("resource=pot", 1),
        ("changed_from=2026-03-28", 1),
        ("changed_to=2026-03-26", 2),
        ("changed_from=2026-03-27&changed_to=2026-03-27", 1),
        ("kind=withdrawn&resource=pot", 0),
    ],
)
def test_changes_are_found_by_kind_and_day_here_in_the_api_and_in_the_feed(client, story, query, number):
    assert len(shown(client, query)) == number
    assert len(client.get(f"/api/v1/changes/?{query}").json()["results"]) == number
    feed = ET.fromstring(client.get(f"/changes/feed.atom?{query}").content)
    assert len(feed.findall(f"{ATOM}entry")) == number
    rows = b"".join(client.get(f"/api/v1/changes/?{query}&format=csv").streaming_content).decode().splitlines()
    assert rows[-1].startswith(f"# complete: {number} row")


def test_pages_of_changes_hold_each_once(client, db):
    announcement = AnnouncementFactory()
    made = {happened("edited", announcement, AT + number * DAY).pk for number in range(130)}
    seen, address = [], "/changes/?kind=edited"
    while address:
        context = client.get(address).context
        seen += [one.change.pk for act in context["acts"] for _, some in act.groups for one in some]
        address = context["onward"] and f"/changes/{context['onward']}"
    assert len(seen) == 130
    assert set(seen) == made
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    "query", ["kind=deleted", "kinds=edited", "changed_from=yesterday", "after=x", "after=99", "since=-1"]
)
def test_a_bad_question_is_refused(client, db, query):
    response = client.get(f"/changes/?{query}")
    assert response.status_code == 400
    assert response.context["refusals"][0].fault.parameter == query.split("=")[0]
    assert client.get(f"/changes/feed.atom?{query}").status_code == 400


def test_a_feed_of_changes_has_an_entry_for_each_with_an_id_of_its_own(client, story):
    entries = ET.fromstring(client.get("/changes/feed.atom").content).findall(f"{ATOM}entry")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 4
    assert entries[0].findtext(f"{ATOM}title") == "Withdrawn: A mistake"
    assert entries[0].findtext(f"{ATOM}updated") == "2026-03-28T23:30:00+00:00"


def test_nothing_is_said_kindly(client, db):
    assert "Nothing has been published yet." in words(client.get("/changes/"))
    assert "Nothing happened that fits all of that." in words(client.get("/changes/?kind=edited"))


def test_changes_cost_the_same_however_many(client, db):
    def counted():
        with CaptureQueriesContext(connection) as queries:
            client.get("/changes/")
        return len(queries)

    happened("created", AnnouncementFactory())
    happened("created", ClaimFactory().pot)
    few = counted()
    for _ in range(20):
        happened("created", ClaimFactory().pot)
        happened("created", AnnouncementFactory())
    assert counted() == few
