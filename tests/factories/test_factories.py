import pytest

from announcements.choices import Bound, Effect, LinkKind, Status
from announcements.models import Pot
from programmes.models import Region
from tests import factories
from tests.factories import AnnouncementFactory, ClaimFactory, PotFactory, RegionFactory, pence

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("£412m", 41_200_000_000),
        ("£1.8bn", 180_000_000_000),
        ("£1,000.50", 100_050),
        ("50k", 5_000_000),
        (7, 7),
        (None, None),
    ],
)
def test_pounds_are_read_as_pence(text, expected):
    assert pence(text) == expected


def test_pounds_that_are_none_are_refused():
    with pytest.raises(ValueError, match="is not pounds"):
        pence("£4 zillion")


@pytest.mark.parametrize("name", [name for name in factories.__all__ if name.endswith("Factory")])
def test_every_factory_makes_a_row_without_being_told_anything(name):
    row = getattr(factories, name)()
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_claim_introduces_its_pot_unless_it_is_given_one():
    claim = ClaimFactory(amount="£412m", key="total")
    repeat = ClaimFactory(pot=claim.pot)
    assert claim.pot.reference == f"{claim.announcement.slug}#total"
    assert (claim.effect, claim.introduces_pot, claim.amount) == (Effect.INTRODUCES, True, 41_200_000_000)
    assert [region.key for region in claim.regions.all()] == ["england"]
    assert (repeat.effect, repeat.introduces_pot, repeat.theme, repeat.sector) == (Effect.REPEATS, False, None, "")
    assert Pot.objects.count() == 1


def test_a_claim_takes_its_relations_in_short():
    whole, other = PotFactory(), PotFactory(amount="£5m")
    claim = ClaimFactory(
        low="£1m",
        high="£2m",
        part_of=[whole],
        overlaps=[(other, "£1m", "£2m")],
        programmes=["Test beds"],
        regions=["north-east", "north-west"],
        splits={"north-east": "£1m"},
        profile={"2018-19": "£2m"},
    )
    assert claim.bound == Bound.RANGE
    assert [(link.kind, link.pot, link.high) for link in claim.links.order_by("position")] == [
        (LinkKind.PART_OF, whole, None),
        (LinkKind.OVERLAPS, other, 200_000_000),
    ]
    assert not claim.all_programmes
    assert claim.splits.get().amount == 100_000_000
    assert claim.profile == {"2018-19": 200_000_000}


def test_a_region_brings_the_regions_it_lies_in():
    RegionFactory(key="north-east")
    assert list(Region.objects.in_tree_order().values_list("key", flat=True)) == [
        "uk",
        "england",
        "north-of-england",
        "north-east",
    ]


def test_an_announcement_can_be_a_draft():
    draft = AnnouncementFactory(draft=True, announced_on="2021-02-03")
    assert (draft.status, draft.published_at) == (Status.DRAFT, None)
    assert draft.slug.startswith("2021-02-03-")
