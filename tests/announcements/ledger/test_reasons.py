"""Which pots make up a figure, and which claims do not count in it and why."""

import datetime
import itertools

import pytest

from announcements.choices import Bound, ClaimMeasure, Effect, Terms
from announcements.ledger import claims, figures, posting, reasons, totals
from announcements.models import Claim, Pot
from tests.factories import AnnouncementFactory, ClaimFactory, PotFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
LATER = AT + datetime.timedelta(days=1)


def post(at=AT):
    posting.post(Pot.objects.values_list("pk", flat=True), at=at)


def left_out(**question):
    """{claim id: reason}"""
    return {
        f"{claim.announcement.slug}#{claim.key}": claim.why
        for claim in reasons.claims(**question).select_related("announcement")
    }


def name(claim):
    return f"{claim.announcement.slug}#{claim.key}"


def on(day, **claim):
    return ClaimFactory(announcement=AnnouncementFactory(announced_on=day), **claim)


def test_the_reasons_in_sql_are_those_of_the_rules_in_their_order():
    """Every way in which a claim can be stated, about a pot that nobody counts."""
    pot = PotFactory()
    for effect, measure, terms, bound, currency, amount in itertools.product(
        [Effect.REVISES, Effect.CANCELS, Effect.PROPOSES],
        [ClaimMeasure.TOTAL, ClaimMeasure.LEVEL, ClaimMeasure.BREAKDOWN],
        Terms.values,
        [Bound.EXACT, Bound.RANGE],
        ["GBP", "USD"],
        [None, 100],
    ):
        ends = {"low": 1, "high": 2} if bound == Bound.RANGE else {"amount": amount}
        ClaimFactory(
            pot=pot,
            effect=effect,
            measure=measure,
            terms=terms,
            bound=bound,
            currency=currency,
            **({"amount": None} | ends),
        )
    why = left_out()
    for claim in Claim.objects.select_related("announcement", "pot"):
        rule = figures.why_uncounted(claims.counted(claim))
        # Nothing is posted, so what counts by itself is left out for want of an entry.
        assert reasons.NEVER_COUNTED.get(why[name(claim)]) == rule, claim
    assert set(why.values()) >= set(reasons.NEVER_COUNTED)


def test_each_claim_that_adds_nothing_says_why():
    whole = on("2020-01-01", amount="£10m")
    part = on("2020-02-01", amount="£10m", part_of=[whole.pot])
    again = on("2020-03-01", pot=whole.pot, amount="£10m", effect="repeats")
    handed = on("2020-04-01", pot=part.pot, amount="£3m", effect="allocates")
    same = on("2020-05-01", pot=part.pot, amount="£10m", effect="revises")
    around = on("2020-01-01", amount="£5m")
    inside = ClaimFactory(announcement=around.announcement, amount="£5m", part_of=[around.pot])
    post()
    announced = {name(again): "repeats", name(handed): "other_stage", name(same): "unchanged", name(around): "shared"}
    assert left_out() == announced
    allocated = left_out(measure="allocated")
    assert set(allocated) == {name(claim) for claim in (whole, part, again, same, around, inside)}
    assert set(allocated.values()) == {"other_stage"}
    assert left_out(measure="said") == {name(inside): "shared"}


def test_pots_add_up_to_the_figure_and_those_that_come_to_nothing_are_no_part_of_it():
    whole = PotFactory(amount="£10m")
    PotFactory(amount="£4m", part_of=[whole])
    gone = PotFactory(amount="£1m")
    ClaimFactory(pot=gone, amount=None, effect="cancels", announcement__announced_on="2021-01-01")
    post()
    assert reasons.pots(known_at=AT).count() == 2
    assert reasons.pots(known_at=AT, as_at=datetime.date(2020, 6, 1)).count() == 3
    assert reasons.pots(known_at=AT, theme="ai").count() == 0


def test_what_is_asked_is_about_the_money_of_the_pot_or_what_introduces_it():
    programme = ProgrammeFactory(slug="one")
    counted = on("2020-01-01", amount="£10m", theme="ai", regions=["wales"], announcement__programmes=[])
    again = on("2020-03-01", pot=counted.pot, effect="repeats", amount="£10m", theme=None)
    unknown = on(
        "2020-05-01", amount=None, theme="ai", regions=["london"], sector="charity", start_fy=2020, end_fy=2021
    )
    unknown.announcement.programmes.set([programme])
    post()
    both = {name(again): "repeats", name(unknown): "no_amount"}
    for asked, found in [
        ({}, both),
        ({"theme": "ai"}, both),
        ({"theme": "digital"}, {}),
        ({"region": ["wales"]}, {name(again): "repeats"}),
        ({"region": ["england"]}, {name(unknown): "no_amount"}),
        ({"not_region": ["england"]}, {name(again): "repeats"}),
        ({"region_itself": ["england"]}, {}),
        ({"public": False}, {name(unknown): "no_amount"}),
        ({"not_sector": ["charity"]}, {name(again): "repeats"}),
        ({"money_year": [2021]}, {name(unknown): "no_amount"}),
        ({"money_year": [totals.NOT_STATED]}, {name(again): "repeats"}),
        ({"announced_year": [2020]}, {name(unknown): "no_amount"}),
        ({"announced_year": [2019]}, {name(again): "repeats"}),
        ({"programme": ["one"]}, {name(unknown): "no_amount"}),
        ({"as_at": datetime.date(2020, 3, 31)}, {name(again): "repeats"}),
        ({"as_at": datetime.date(2020, 2, 1)}, {}),
    ]:
        assert left_out(**asked) == found, asked


def test_drafts_and_what_was_published_later_are_not_told():
    claim = on("2020-01-01", amount=None)
    claim.announcement.published_at = LATER
    claim.announcement.save()
    assert left_out() == {name(claim): "no_amount"}
    assert left_out(known_at=AT) == {}
    claim.announcement.status = "draft"
    claim.announcement.save()
    assert left_out() == {}


def test_reasons_are_counted_and_what_they_said_is_summed_unless_it_never_is():
    pot = on("2020-01-01", amount="£10m").pot
    on("2020-03-01", pot=pot, amount="£10m", effect="repeats")
    on("2020-04-01", pot=pot, amount="£7m", effect="repeats", bound="up_to")
    on("2020-05-01", pot=pot, amount="£500m", measure="level", effect="revises")
    post()
    assert reasons.summary() == [
        ("not_summable", 1, None, None),
        ("repeats", 2, 1_000_000_000, 1_700_000_000),
    ]
