"""How new what an announcement said was: the slices are what was said to the penny, and each is what the rule says."""

import datetime
from collections import defaultdict

import pytest
from hypothesis import given, settings

from announcements.choices import Novelty
from announcements.facts.replaying import as_claims
from announcements.ledger import claims, counting, newness, posting
from announcements.models import Announcement, Pot
from tests.announcements.ledger.test_counting import cases, real_announcements
from tests.factories import AnnouncementFactory, ClaimFactory
from tests.reference.places import TREE

M = 10**8
AT = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def all_spoken(announcements):
    """(id, what it said by the ledger's said entries, Spoken) of each announcement, and the families' entries."""
    everything = as_claims(announcements)
    for family in counting.families(everything):
        said = defaultdict(lambda: defaultdict(lambda: (0, 0)))
        entries = counting.replay(family, TREE).entries
        for entry in entries:
            if entry.key.measure == "said":
                of_pot = said[entry.cause.split("#")[0]]
                firm, ceiling = of_pot[entry.key.pot]
                of_pot[entry.key.pot] = (firm + entry.firm, ceiling + entry.ceiling)
        for name in {claim.announcement for claim in family}:
            yield name, said[name], newness.spoken(family, TREE, name, said[name]), family, entries


def check(announcements):
    for name, said, spoken, _family, _entries in all_spoken(announcements):
        assert spoken.said == tuple(sum(ends[end] for ends in said.values()) for end in (0, 1)), name
        assert sum(part.firm for part in spoken.slices) == spoken.said.firm, name
        assert sum(part.ceiling for part in spoken.slices) == spoken.said.ceiling, name
        assert all(part.firm >= 0 and part.ceiling >= 0 and part.firm + part.ceiling for part in spoken.slices), name
        assert all(part.kind == Novelty.ALREADY or not part.pot for part in spoken.slices), name


@settings(max_examples=250)
@given(cases)
def test_the_slices_add_up_to_what_was_said_in_both_scenarios(announcements):
    check(announcements)


def test_the_slices_of_every_real_announcement_add_up_to_what_it_said():
    check(real_announcements())


@settings(max_examples=100)
@given(cases)
def test_whoever_speaks_alone_on_a_day_finds_new_no_more_than_the_ledger_gained(announcements):
    days = defaultdict(set)
    for announcement in announcements:
        days[announcement["announced_on"]].add(announcement["id"])
    for name, _said, spoken, family, entries in all_spoken(announcements):
        day = next(claim.day for claim in family if claim.announcement == name)
        if len(days[str(day)]) > 1:
            continue
        of_day = [entry for entry in entries if entry.day == day and entry.key.measure == "announced"]
        gained = defaultdict(int)
        for entry in of_day:
            gained[entry.key.pot] += entry.ceiling
        assert {pot: ends.ceiling for pot, ends in spoken.moved.items() if ends.ceiling} == {
            pot: pence for pot, pence in gained.items() if pence
        }
        fresh = sum(part.ceiling for part in spoken.slices if part.kind in (Novelty.NEW, Novelty.MOVED, Novelty.OTHERS))
        assert fresh <= sum(pence for pence in gained.values() if pence > 0)


@settings(max_examples=100)
@given(cases)
def test_whoever_only_repeats_says_nothing_new(announcements):
    for name, _said, spoken, family, _entries in all_spoken(announcements):
        if all(claim.effect == "repeats" for claim in family if claim.announcement == name):
            assert {part.kind for part in spoken.slices} <= {Novelty.ALREADY, Novelty.UNEXPLAINED}


# What each slice is


@pytest.fixture
def count(db):
    """Posts everything that is there."""
    return lambda: posting.post(Pot.objects.values_list("pk", flat=True), at=AT)


@pytest.fixture
def slices(count):
    """The slices of an announcement, once everything is posted: {(kind, the name of the pot it was announced in): millions
    firm and at the ceiling}."""

    def of(announcement):
        count()
        spoken = newness.of(Announcement.objects.prefetch_related("claims").get(pk=announcement.pk))
        names = dict(Pot.objects.values_list("reference", "name"))
        return {(str(part.kind), names.get(part.pot, "")): (part.firm / M, part.ceiling / M) for part in spoken.slices}

    return of


def said_on(day, **claim):
    """A claim in an announcement of its own, of a day."""
    return ClaimFactory(announcement=AnnouncementFactory(announced_on=day), **claim)


def test_money_that_nobody_spoke_of_before_is_new(slices):
    assert slices(said_on("2020-01-01", amount="£100m").announcement) == {("new", ""): (100, 100)}


def test_a_promise_that_is_new_is_new_at_the_ceiling_alone(slices):
    claim = said_on("2020-01-01", amount="£100m", bound="up_to")
    assert slices(claim.announcement) == {("new", ""): (0, 100)}


def test_what_is_said_again_was_announced_where_it_was_introduced(slices):
    pot = said_on("2020-01-01", amount="£100m", name="The fund").pot
    claim = said_on("2021-01-01", pot=pot, amount="£100m")
    assert slices(claim.announcement) == {("already", "The fund"): (100, 100)}


def test_more_than_was_ever_announced_is_said_again_with_a_rest_that_nobody_explained(slices):
    pot = said_on("2020-01-01", amount="£100m", name="The fund").pot
    claim = said_on("2021-01-01", pot=pot, amount="£130m")
    assert slices(claim.announcement) == {("already", "The fund"): (100, 100), ("unexplained", ""): (30, 30)}


def test_a_whole_that_holds_older_money_is_new_only_in_the_rest(slices):
    old = said_on("2020-01-01", amount="£40m", name="The old one").pot
    claim = said_on("2021-01-01", amount="£100m", includes=[old])
    assert slices(claim.announcement) == {("new", ""): (60, 60), ("already", "The old one"): (40, 40)}


def test_a_part_of_older_money_was_announced_in_the_whole(slices):
    whole = said_on("2020-01-01", amount="£100m", name="The whole").pot
    claim = said_on("2021-01-01", amount="£40m", part_of=[whole])
    assert slices(claim.announcement) == {("already", "The whole"): (40, 40)}


def test_a_part_of_an_older_promise_was_announced_in_the_promise(slices):
    whole = said_on("2020-01-01", amount="£100m", bound="up_to", name="The promise").pot
    claim = said_on("2021-01-01", amount="£40m", part_of=[whole])
    assert slices(claim.announcement) == {("already", "The promise"): (40, 40)}


def test_a_promise_that_is_kept_was_announced_before(slices):
    pot = said_on("2020-01-01", amount="£50m", bound="up_to", name="The promise").pot
    claim = said_on("2021-01-01", pot=pot, effect="revises", amount="£50m")
    assert slices(claim.announcement) == {("already", "The promise"): (50, 50)}


def test_a_revision_upwards_is_new_by_the_difference(slices):
    pot = said_on("2020-01-01", amount="£100m", name="The fund").pot
    claim = said_on("2021-01-01", pot=pot, effect="revises", amount="£120m")
    assert slices(claim.announcement) == {("new", ""): (20, 20), ("already", "The fund"): (100, 100)}


def test_a_top_up_is_new_though_most_of_the_pot_is_old(slices):
    pot = said_on("2020-01-01", amount="£100m", bound="up_to").pot
    claim = said_on("2021-01-01", pot=pot, effect="tops_up", amount="£20m")
    assert slices(claim.announcement) == {("new", ""): (20, 20)}


def test_money_that_is_shared_out_was_announced_before(slices):
    pot = said_on("2020-01-01", amount="£100m", bound="up_to", name="The fund").pot
    claim = said_on("2021-01-01", pot=pot, effect="allocates", amount="£30m")
    assert slices(claim.announcement) == {("already", "The fund"): (30, 30)}


def test_an_unknown_overlap_is_old_in_firm_and_new_at_the_ceiling(slices):
    old = said_on("2020-01-01", amount="£80m", name="The old one").pot
    claim = said_on("2021-01-01", amount="£100m", partly_in=[old])
    assert slices(claim.announcement) == {("new", ""): (20, 100), ("already", "The old one"): (80, 0)}


@pytest.mark.parametrize(
    ("described", "kind"),
    [
        ({"additionality": "moved"}, "moved"),
        ({"additionality": "restored"}, "moved"),
        ({"additionality": "unclear"}, "unexplained"),
        ({"additionality": "partly_new"}, "unexplained"),
        ({"additionality": "already_announced"}, "already"),
        ({"sector": "industry"}, "others"),
        ({"sector": "charity", "additionality": "unclear"}, "others"),
        ({"sector": "unknown"}, "unexplained"),
        ({"sector": "mixed"}, "unexplained"),
        ({"sector": "local_nhs"}, "new"),
    ],
)
def test_money_without_a_past_is_what_its_pot_is_described_as(slices, described, kind):
    assert slices(said_on("2020-01-01", amount="£10m", **described).announcement) == {(kind, ""): (10, 10)}


def test_of_two_on_one_day_the_one_that_introduces_the_money_is_new(slices):
    first, second = (AnnouncementFactory(announced_on="2020-01-01") for _ in range(2))
    pot = ClaimFactory(announcement=second, amount="£10m", name="The fund").pot
    ClaimFactory(announcement=first, pot=pot, amount="£10m")
    assert slices(second) == {("new", ""): (10, 10)}
    assert slices(first) == {("already", "The fund"): (10, 10)}


def test_money_that_lies_in_two_sums_of_one_announcement_is_new_once(slices):
    announcement = AnnouncementFactory(announced_on="2020-01-01")
    part = ClaimFactory(announcement=announcement, amount="£40m", name="The part").pot
    ClaimFactory(announcement=announcement, amount="£100m", includes=[part])
    ClaimFactory(announcement=announcement, amount="£50m", includes=[part])
    assert slices(announcement) == {("new", ""): (110, 110), ("already", "The part"): (40, 40)}


def test_a_proposal_says_no_money(slices):
    assert slices(said_on("2020-01-01", amount="£10m", effect="proposes").announcement) == {}


def test_what_an_announcement_moved_and_what_lies_around_its_pots_is_told(count):
    outer = said_on("2020-01-01", amount="£100m", name="Outer").pot
    inner = said_on("2021-01-01", amount="£40m", part_of=[outer])
    count()
    spoken = newness.of(inner.announcement)
    assert spoken.moved == {inner.pot.reference: (40 * M, 40 * M), outer.reference: (-40 * M, -40 * M)}
    assert spoken.around == {inner.pot.reference: [outer.reference]}


def test_the_number_of_queries_does_not_grow_with_the_family(django_assert_num_queries, count):
    whole = said_on("2020-01-01", amount="£900m")
    slug = whole.announcement.slug
    count()

    def ask(number):
        with django_assert_num_queries(number):
            newness.of(Announcement.objects.get(slug=slug))

    ask(11)
    for _ in range(5):
        said_on("2021-01-01", amount="£40m", part_of=[whole.pot])
    count()
    ask(11)
    assert len(claims.family_of(Pot.objects.get(pk=whole.pot.pk))) == 6
