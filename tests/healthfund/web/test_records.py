"""The pages of one announcement and one pot: how new it is, claims as a tree, a life, history, and how to cite them."""

import pytest

from announcements import publishing
from announcements.models import Announcement
from tests.factories import AnnouncementFactory, ClaimFactory, OrganisationFactory, ResponseFactory, SourceFactory
from tests.newsroom import publish

from .conftest import AT
from .test_web_pages import words

M = 10**8


@pytest.fixture
def plan(count):
    """An announcement whose sum holds a new part and an older pot, and more that nobody explains."""
    old = ClaimFactory(name="The old fund", amount="£40m", announcement=AnnouncementFactory(title="Long ago"))
    later = AnnouncementFactory(announced_on="2021-01-01", announcer=OrganisationFactory(name="HM Treasury"))
    whole = ClaimFactory(announcement=later, key="total", name="The plan", amount="£100m", includes=[old.pot])
    part = ClaimFactory(announcement=later, key="part", amount="£20m", part_of=[whole.pot], additionality="unclear")
    ResponseFactory(announcement=later, claim=part, stance="critical", summary="Too little.")
    count()
    return later


def test_what_was_said_is_split_into_kinds_that_add_up_to_it(client, plan):
    response = client.get(plan.get_absolute_url())
    panel = response.context["novelty"]
    kinds = {str(line.kind): line.amounts.firm // M for line in panel["kinds"]}
    assert kinds == {"new": 40, "already": 40, "unexplained": 20}
    assert panel["said"] == (100 * M, 100 * M)
    for end in (0, 1):
        assert sum(line.amounts[end] for line in panel["kinds"]) == panel["said"][end]
    page = words(response)
    assert "It said £100m . Of that, £40m is public money that was new when it was said." in page
    assert "£40m in The old fund , announced 1 Jan 2020 in Long ago" in page


def test_the_bar_is_one_where_both_scenarios_are_alike_and_else_two_on_one_scale(client, plan, count):
    [bar] = client.get(plan.get_absolute_url()).context["novelty"]["bars"]
    assert [(strip.kind, strip.start, strip.width) for strip in bar.strips] == [
        ("slice-new", 0, 40),
        ("slice-already", 40, 40),
        ("slice-unexplained", 80, 20),
    ]
    promise = ClaimFactory(low="£30m", high="£60m").announcement
    count()
    firm, most = client.get(promise.get_absolute_url()).context["novelty"]["bars"]
    assert [strip.width for strip in firm.strips] == [50]
    assert [strip.width for strip in most.strips] == [100]


def test_an_announcement_without_a_sum_has_nothing_to_split(client, count):
    announcement = ClaimFactory(amount=None).announcement
    count()
    assert "there is nothing to split" in words(client.get(announcement.get_absolute_url()))


def test_claims_stand_under_the_whole_they_lie_in_with_what_each_added_and_why(client, plan):
    response = client.get(plan.get_absolute_url())
    [whole] = response.context["claims"]
    [part] = whole.inside
    assert (whole.claim.key, part.claim.key) == ("total", "part")
    assert (whole.added, part.added) == ((40 * M, 40 * M), (20 * M, 20 * M))
    assert [(reason.amounts, reason.pot.name) for reason in whole.reasons] == [((40 * M, 40 * M), "The old fund")]
    assert "£40m of it lies in The old fund ." in words(response)


def test_a_part_of_older_money_says_where_it_came_from(client, count):
    whole = ClaimFactory(name="The whole", amount="£100m").pot
    later = AnnouncementFactory(announced_on="2021-01-01")
    ClaimFactory(announcement=later, amount="£30m", part_of=[whole])
    count()
    assert "£30m of it came out of The whole ." in words(client.get(later.get_absolute_url()))


def test_a_response_stands_at_the_claim_that_it_disputes(client, plan):
    response = client.get(plan.get_absolute_url())
    [answer] = response.context["claims"][0].inside[0].answers
    assert answer.stance == "critical"
    page = response.content.decode()
    assert f'href="#response-{answer.key}"' in page
    assert f'<li id="response-{answer.key}">' in page


def test_the_page_as_at_a_day_shows_what_its_pots_added_then(client, count):
    claim = ClaimFactory(amount="£100m")
    later = AnnouncementFactory(announced_on="2022-01-01")
    ClaimFactory(announcement=later, pot=claim.pot, effect="cancels", amount=None)
    count()
    address = claim.announcement.get_absolute_url()
    assert "Its pot adds nothing now" in words(client.get(address))
    page = words(client.get(f"{address}?as_at=2021-06-01"))
    assert "Its pot adds £100m as at 1 Jun 2021" in page
    assert "As at 1 June 2021 : what had taken effect by the end of that day." in page


def test_the_citation_names_who_said_what_when_and_an_address_that_keeps_the_day(client, plan):
    citation = client.get(f"{plan.get_absolute_url()}?as_at=2023-02-03").context["citation"]
    assert citation.text == f"HM Treasury, “{plan.title}”, 1 January 2021. In: healthfund, as at 3 February 2023."
    assert citation.address == f"http://testserver{plan.get_absolute_url()}?as_at=2023-02-03"
    assert client.get(citation.address).status_code == 200


@pytest.mark.parametrize("asked", ["as_at=yesterday", "as_at=2020-01-01&as_at=2021-01-01", "asat=2020-01-01"])
def test_a_day_that_is_none_is_refused(client, plan, asked):
    response = client.get(f"{plan.get_absolute_url()}?{asked}")
    assert response.status_code == 400
    [refusal] = response.context["refusals"]
    assert refusal.fault.parameter == asked.split("=")[0]


def test_the_history_tells_when_it_was_published_and_withdrawn_and_what_the_ledger_moved(client, django_user_model):
    editor = django_user_model.objects.create(username="editor")
    claim = ClaimFactory(amount="£5m", regions=["england"], announcement=AnnouncementFactory(draft=True))
    announcement = claim.announcement
    SourceFactory(announcement=announcement)
    publish(announcement, at=AT)
    history = client.get(announcement.get_absolute_url()).context["history"]
    assert [(event.at, event.words, event.moved) for event in history] == [(AT, "Published here", (5 * M, 5 * M))]
    publishing.withdraw(
        announcement=Announcement.objects.get(), reason="Twice here.", by=editor, at=AT.replace(hour=15)
    )
    response = client.get(announcement.get_absolute_url())
    assert response.status_code == 410
    assert [event.words for event in response.context["history"]] == ["Published here", "Withdrawn"]
    assert response.context["history"][1].moved == (-5 * M, -5 * M)


# One pot


@pytest.fixture
def fund(count):
    """A pot that was announced, said again, raised, shared out and cut, and lies in another one."""
    whole = ClaimFactory(name="The whole", amount="£500m", announcement=AnnouncementFactory(announced_on="2018-01-01"))
    pot = ClaimFactory(name="The fund", amount="£100m", part_of=[whole.pot]).pot
    for day, effect, amount in [
        ("2021-01-01", "repeats", "£100m"),
        ("2022-01-01", "revises", "£80m"),
        ("2023-01-01", "allocates", "£30m"),
        ("2024-01-01", "cancels", None),
    ]:
        ClaimFactory(announcement=AnnouncementFactory(announced_on=day), pot=pot, effect=effect, amount=amount)
    count()
    return pot


def test_a_pots_life_names_the_sort_of_each_day_and_what_is_allocated_from_then_on(client, fund):
    response = client.get(fund.get_absolute_url())
    life = response.context["life"]
    assert [moment.sort for moment in life] == ["introduces", "repeats", "revises", "allocates", "cancels"]
    assert [moment.amount[1] // M for moment in life] == [100, 100, 80, 80, 0]
    assert [moment.allocated[1] // M for moment in life] == [0, 0, 0, 30, 30]
    assert '<span class="dot cancels">' in response.content.decode()


def test_a_pot_as_at_a_day_is_what_it_was_and_its_entries_add_up_to_that(client, fund):
    response = client.get(f"{fund.get_absolute_url()}?as_at=2022-06-01")
    [announced] = [stage for stage in response.context["stages"] if stage["measure"] == "announced"]
    assert response.context["explanation"].own == announced["ends"] == (80 * M, 80 * M)
    assert len(response.context["life"]) == 3
    assert "Sum: what it adds, the figure at the top £80,000,000.00" in words(response)
    before = words(client.get(f"{fund.get_absolute_url()}?as_at=2017-01-01"))
    assert "Nothing had been said of it by that day." in before


def test_a_pot_is_drawn_among_those_that_it_shares_money_with(client, fund):
    picture = client.get(fund.get_absolute_url()).context["picture"]
    assert [(knot.name, knot.note) for knot in picture.knots] == [("The fund", "£0"), ("The whole", "whole")]
    assert client.get(fund.claims.first().links.first().pot.get_absolute_url()).context["picture"].knots[0].x == 1
    alone = ClaimFactory().pot
    assert client.get(alone.get_absolute_url()).context["picture"] is None


def test_a_pot_is_cited_by_who_announced_it_first(client, fund):
    citation = client.get(f"{fund.get_absolute_url()}?as_at=2023-02-03").context["citation"]
    assert citation.text.startswith("Department of Health and Social Care, “The fund”, 1 January 2020.")
    assert citation.address == f"http://testserver{fund.get_absolute_url()}?as_at=2023-02-03"
