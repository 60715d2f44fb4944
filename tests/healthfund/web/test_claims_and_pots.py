"""What claims do to their pots and what those add, withdrawn money, and pages that ignore nothing."""

import re

import pytest

from announcements import publishing
from announcements.models import Announcement
from healthfund.web import programmes
from tests.factories import AnnouncementFactory, ClaimFactory, ProgrammeFactory

from .conftest import AT
from .test_web_pages import words

# Every page


def test_every_page_refuses_a_parameter_that_it_does_not_know(client, crowd):
    crowd(1, each=1)
    announcement = Announcement.objects.in_order().first()
    for address in [
        *["/", "/announcements/", "/themes/", "/regions/", "/programmes/", "/how-we-count/"],
        *["/themes/digital/", "/regions/england/", announcement.get_absolute_url()],
        *[announcement.claims.first().pot.get_absolute_url(), announcement.announcer.get_absolute_url()],
        announcement.programmes.first().get_absolute_url(),
    ]:
        response = client.get(f"{address}?thme=ai")
        assert response.status_code == 400, address
        assert [refusal.fault.parameter for refusal in response.context["refusals"]] == ["thme"], address
        assert "There is no parameter “thme” here" in words(response)


# Claims


def test_an_announcement_shows_beside_each_claim_what_its_pot_adds_now(client, count):
    announcement = AnnouncementFactory()
    whole = ClaimFactory(announcement=announcement, amount="£100m", bound="up_to").pot
    ClaimFactory(announcement=announcement, amount="£30m", part_of=[whole])
    ClaimFactory(announcement=announcement, amount="£9bn", effect="proposes")
    count()
    response = client.get(announcement.get_absolute_url())
    first, proposal = response.context["claims"]
    [part] = first.inside
    assert [line.adds for line in (first, part, proposal)] == [(0, 70 * 10**8), (30 * 10**8, 30 * 10**8), (0, 0)]
    page = words(response)
    assert "Its pot adds up to £70m now" in page
    assert "not counted A proposal or demand: recorded, never counted. Its pot adds nothing now" in page
    assert (
        f'<a class="figure" href="{whole.get_absolute_url()}"><data value="0 7000000000">' in response.content.decode()
    )


@pytest.mark.parametrize(
    ("effect", "chip"),
    [
        ("repeats", "adds nothing again"),
        ("revises", "replaces the amount"),
        ("tops_up", "adds to the amount"),
        ("cancels", "takes off the amount"),
        ("allocates", "the same money, shared out"),
        ("spends", "the same money, spent"),
    ],
)
def test_a_claim_about_older_money_says_what_it_does_to_it_and_never_counted(client, count, effect, chip):
    later = AnnouncementFactory(announced_on="2021-01-01")
    ClaimFactory(announcement=later, pot=ClaimFactory().pot, effect=effect)
    count()
    page = words(client.get(later.get_absolute_url()))
    assert chip in page
    assert not re.search(r"\bcounted\b", page)


# Pots


def test_the_pot_of_a_withdrawn_announcement_says_why_and_shows_entries_that_come_to_nothing(client, count):
    pot = ClaimFactory(amount="£100m", key="total").pot
    count()
    publishing.withdraw(announcement=pot.claims.get().announcement, reason="It never happened.", by="an editor", at=AT)
    response = client.get(pot.get_absolute_url())
    assert response.status_code == 410
    assert "It never happened." in words(response)
    stages = response.context["stages"]
    assert [len(stage["entries"]) for stage in stages] == [2, 2]
    assert [stage["ends"] for stage in stages] == [(0, 0), (0, 0)]


def test_a_link_leads_to_the_claim_that_states_it_last_from_both_sides_and_never_to_a_proposal(client, count):
    outer, inner = ClaimFactory().pot, ClaimFactory().pot
    ClaimFactory(pot=inner, partly_in=[(outer, "£1m", "£2m")])
    later = AnnouncementFactory(announced_on="2022-01-01")
    claim = ClaimFactory(pot=outer, announcement=later, overlaps=[(inner, "£3m", "£3m")])
    proposal = AnnouncementFactory(announced_on="2023-01-01")
    ClaimFactory(pot=inner, announcement=proposal, partly_in=[(outer, "£9m", "£9m")], effect="proposes")
    count()
    for pot in (inner, outer):
        response = client.get(pot.get_absolute_url())
        [link] = response.context["links"]
        assert link.share == (3 * 10**8, 3 * 10**8)
        assert link.href == f"/announcements/{later.slug}/#{claim.key}"
        assert f'<a href="{link.href}">1 Jan 2022</a>' in response.content.decode()


# Programmes


def test_programmes_are_found_by_words_and_those_without_money_are_folded_away(client, count):
    ClaimFactory(announcement=AnnouncementFactory(programmes=["AI Lab"]))
    ClaimFactory(announcement=AnnouncementFactory(programmes=["Records"]))
    ProgrammeFactory(name="AI Award")
    count()
    assert '<details class="exact"><summary>1 programme</summary>' in client.get("/programmes/").content.decode()
    response = client.get("/programmes/?q=ai")
    assert [line.label for line in response.context["counted"]] == ["AI Lab"]
    assert [line.label for line in response.context["uncounted"]] == ["AI Award"]
    page = response.content.decode()
    assert '<input type="search" name="q" value="ai"' in page
    assert '<details class="exact" open>' in page
    assert "No programme has all of these words" in words(client.get("/programmes/?q=nowhere"))


def test_the_largest_programmes_stand_open_and_every_smaller_one_is_folded_behind_them(client, count):
    for number in range(programmes.SHOWN + 2):
        ClaimFactory(announcement=AnnouncementFactory(programmes=[f"Lab {number}"]), amount=f"£{number + 1}m")
    count()
    context = client.get("/programmes/").context
    assert len(context["counted"]) == programmes.SHOWN
    assert [line.label for line in context["smaller"]] == ["Lab 1", "Lab 0"]
    context = client.get("/programmes/?q=lab").context
    assert (len(context["counted"]), context["smaller"]) == (programmes.SHOWN + 2, [])
