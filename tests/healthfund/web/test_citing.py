"""A cited view stays as it was, and says what it would be now and why."""

import datetime
import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from announcements.ledger import posting, rollups, totals
from announcements.models import Announcement
from healthfund.web import explore
from tests.factories import AnnouncementFactory, ClaimFactory, PopulationFactory, RegionFactory
from tests.stored import write_documents

FIRST = datetime.datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=datetime.UTC)


@pytest.fixture
def post(db):
    """Posts what is not posted yet, some days after the posting before, and rolls it up."""
    moments = iter(FIRST + datetime.timedelta(days=10 * number) for number in range(9))

    def run():
        at = next(moments)
        posting.post_everything(at=at)
        rollups.apply_unapplied(at=at)
        write_documents()

    return run


def words(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def cite(client, address="/explore/?by=theme"):
    """The permanent address of a view, without its host."""
    return client.get(address).context["citation"].address.removeprefix("http://testserver")


def shown(response):
    return [(row.value.key, row.sum.amounts) for row in response.context["table"].rows]


def test_a_cited_view_stays_as_it_was_whatever_is_posted_later(client, post):
    fund = ClaimFactory(amount="£5m", theme="ai")
    post()
    address = cite(client, "/explore/?by=theme&theme=ai&scenario=firm")
    before = client.get(address)
    assert shown(before) == [("ai", (5 * 10**8, 5 * 10**8))]
    assert "It would be the same now" in words(before)
    ClaimFactory(pot=fund.pot, announcement=AnnouncementFactory(announced_on="2021-01-01"), effect="revises", amount="£9m")  # fmt: skip
    ClaimFactory(amount="£1m", theme="ai")
    post()
    after = client.get(address)
    assert shown(after) == shown(before)
    assert after.context["citation"] == before.context["citation"]
    assert "What it would be now, and why" in words(after)
    assert shown(client.get("/explore/" + after.context["current"])) == [("ai", (10 * 10**8, 10 * 10**8))]


def test_what_moved_a_cited_figure_is_told_by_announcement_and_adds_up(client, post):
    ClaimFactory(amount="£5m")
    gone = AnnouncementFactory(announced_on="2020-03-03", title="The one taken back")
    ClaimFactory(amount="£2m", announcement=gone)
    slip = ClaimFactory(amount="£30m", announcement__title="The one with a slip")
    post()
    address = cite(client)
    Announcement.objects.filter(pk=gone.pk).update(status="withdrawn", withdrawn_reason="Never happened.")
    type(slip).objects.filter(pk=slip.pk).update(amount=3 * 10**8)
    late = AnnouncementFactory(title="The one found late", published_at=timezone.now())
    ClaimFactory(amount="£4m", bound="up_to", announcement=late)
    post()
    context = client.get(address).context
    told = [
        (row.announcement.title, row.what, row.amounts.firm, row.amounts.ceiling)
        for row in context["since"].known.movers
    ]
    assert told == [
        ("The one with a slip", "corrected, or its money is seen otherwise since", -27 * 10**8, -27 * 10**8),
        ("The one found late", "recorded since", 0, 4 * 10**8),
        ("The one taken back", "withdrawn", -2 * 10**8, -2 * 10**8),
    ]
    assert context["since"].known.total == totals.total()
    assert context["since"].known.difference == (-29 * 10**8, -25 * 10**8)
    assert context["since"].today.movers == []


def test_what_took_effect_after_the_cited_day_stands_apart(client, post):
    ClaimFactory(amount="£5m", announcement=AnnouncementFactory(announced_on="2020-01-01"))
    ClaimFactory(amount="£7m", announcement=AnnouncementFactory(announced_on="2022-01-01"))
    post()
    context = client.get(cite(client, "/explore/?by=theme&as_at=2021-01-01")).context
    assert context["since"].cited == context["since"].known.total == (5 * 10**8, 5 * 10**8)
    assert context["since"].known.movers == []
    assert [row.amounts.firm for row in context["since"].today.movers] == [7 * 10**8]
    assert context["since"].today.total == (12 * 10**8, 12 * 10**8)


def test_many_that_moved_a_figure_stand_in_one_line_and_it_still_adds_up(client, post):
    ClaimFactory(amount="£5m")
    post()
    address = cite(client)
    for number in range(45):
        ClaimFactory(amount=f"£{1 + number}m")
    post()
    known = client.get(address).context["since"].known
    assert (len(known.movers), known.others) == (40, 5)
    assert sum(row.amounts.firm for row in known.movers) + known.rest.firm == known.difference.firm == 1035 * 10**8


def test_an_older_version_of_the_rules_is_told(client, post, monkeypatch):
    ClaimFactory()
    post()
    address = cite(client)
    for module in (explore, explore.citing):
        monkeypatch.setattr(module, "RULES", 2)
    response = client.get(address)
    assert "It was counted by version 1 of the rules; since then there is version 2." in words(response)
    assert response.context["citation"].address.endswith("rules=1")


def test_the_citation_names_the_day_the_moment_and_the_rules_in_words_and_for_bibtex(client, post):
    ClaimFactory(theme="ai")
    post()
    citation = client.get("/explore/?by=theme&by=region&theme=ai&as_at=2024-06-01").context["citation"]
    assert citation.text.startswith(
        "healthfund (2024). Announced UK health-technology funding by theme and place (theme: Ai). As at 1 June 2024, "
        "as known on 1 May 2024 at 12:00 UTC, counting rules version 1. http://testserver/explore/?"
    )
    assert citation.bibtex.startswith("@misc{healthfund-20240601,\n  author = {{healthfund}},")
    assert "known_at=2024-05-01T12%3A00%3A00.123456Z" in citation.address


def test_a_cited_view_for_each_head_names_whose_heads(client, post):
    ClaimFactory(regions=["wales"])
    PopulationFactory(region=RegionFactory(key="wales"), year=2021)
    post()
    assert "population_year=2021" in cite(client, "/explore/?by=region&per=head")


@pytest.mark.parametrize(
    "asked", ["rules=1", "rules=1&as_at=2024-01-01", "rules=1&as_at=2024-01-01&known_at=2999-01-01", "rules=9"]
)
def test_a_view_that_nothing_fixes_cannot_be_cited(client, post, asked):
    ClaimFactory()
    post()
    response = client.get(f"/explore/?{asked}")
    assert response.status_code == 400
    [refusal] = response.context["refusals"]
    assert refusal.fault.parameter == "rules"
    assert client.get("/explore/" + refusal.without).status_code == 200


def test_before_anything_is_posted_there_is_nothing_to_cite(client, db):
    assert "there is nothing to cite" in words(client.get("/explore/"))


def test_queries_stay_the_same_however_much_moved(client, post):
    def counted():
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    ClaimFactory()
    post()
    address = cite(client)
    ClaimFactory()
    post()
    few = counted()
    for _ in range(12):
        ClaimFactory()
    post()
    assert counted() == few <= 30
