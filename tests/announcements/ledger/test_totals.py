"""What a total leaves out, and money at a region itself, asked of the roll-ups and of the ledger alike."""

import datetime

import pytest

from announcements.ledger import posting, rollups, totals
from announcements.models import Pot
from programmes.models import Programme
from tests.factories import ClaimFactory, MembershipFactory, PotFactory, ProgrammeFactory, RegionFactory

pytestmark = pytest.mark.django_db

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
FROM_LEDGER = {"known_at": AT}
WAYS = pytest.mark.parametrize("way", [{}, FROM_LEDGER], ids=["from roll-ups", "from the ledger"])


@pytest.fixture
def spread():
    """Money of several themes, payers, places and years, some without a year; two programmes, one pot in both."""
    one, two = ProgrammeFactory(slug="one"), ProgrammeFactory(slug="two")
    RegionFactory(key="scotland")
    ClaimFactory(amount="£1m", theme="ai", regions=["wales"], announcement__programmes=[one, two])
    ClaimFactory(amount="£10m", regions=["north-east"], start_fy=2020, end_fy=2021, announcement__programmes=[two])
    PotFactory(amount="£100m", regions=["north-of-england"], sector="charity")
    PotFactory(amount="£1000m", regions=["england"], additionality="moved")
    posting.post(Pot.objects.values_list("pk", flat=True), at=AT)
    rollups.apply_unapplied(at=AT)


def firm(**where):
    return totals.total(**where).firm


@WAYS
def test_what_a_filter_finds_and_what_its_exclusion_finds_add_up_to_the_total(spread, way):
    everything = totals.total(**way)
    for name in totals.DIMENSIONS:
        for row in totals.by(name, **way):
            [value] = row.key
            wanted = totals.NOT_STATED if value is None else value
            found, left = (totals.total(**{asked: [wanted]}, **way) for asked in (name, f"not_{name}"))
            assert [sum(ends) for ends in zip(found, left, strict=True)] == list(everything), (name, value)
            assert found.firm, (name, value)


@WAYS
def test_several_excluded_values_are_all_left_out(spread, way):
    assert firm(not_region=["wales", "north-of-england"], **way) == firm(region_itself="england", **way)
    assert firm(not_money_year=[2020, totals.NOT_STATED], **way) == 500_000_000
    assert firm(not_programme=["one"], **way) == firm(**way) - 100_000_000
    assert firm(not_programme=[totals.NOT_STATED], **way) == 1_100_000_000


@WAYS
def test_exclusion_and_filter_of_one_dimension_both_hold(spread, way):
    assert firm(region="england", not_region="north-east", **way) == 110_000_000_000
    assert firm(programme="two", not_programme="one", **way) == 1_000_000_000


@WAYS
def test_at_a_region_is_without_what_lies_below_it(spread, way):
    assert firm(region_itself="england", **way) == 100_000_000_000
    assert firm(region_itself=["england", "north-of-england"], **way) == 110_000_000_000
    assert firm(region_itself="uk", **way) == 0
    assert [row.key for row in totals.by("region", region_itself="england", **way)] == [("england",)]


def test_rows_by_programme_leave_out_pots_of_an_excluded_one(spread):
    assert [(row.key, row.firm) for row in totals.by("programme", not_programme="one")] == [
        (("two",), 1_000_000_000),
        ((None,), 110_000_000_000),
    ]


def test_exclusion_of_a_programme_is_as_at_the_day_of_the_question(spread):
    pot = Pot.objects.get(high=10_000_000_000)
    MembershipFactory(pot=pot, programme=Programme.objects.get(slug="two"), effective_on=datetime.date(2022, 1, 1))
    assert firm(not_programme="two", as_at=datetime.date(2021, 12, 31)) == 110_000_000_000
    assert firm(not_programme="two", as_at=datetime.date(2022, 1, 1)) == 100_000_000_000


@pytest.mark.parametrize("name", ["not_public", "not_region_itself", "not_not_theme", "at_theme", "not_"])
def test_there_is_no_other_exclusion(name):
    with pytest.raises(TypeError, match=name):
        totals.total(**{name: ["x"]})
