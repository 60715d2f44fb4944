import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.choices import Bound, LinkKind, Status
from announcements.facts import loading
from announcements.ledger import totals
from announcements.models import (
    AnnouncedTarget,
    Announcement,
    Claim,
    LedgerEntry,
    LedgerHead,
    Membership,
    Posting,
    Pot,
    RegionSplit,
    Response,
    Source,
)
from programmes.models import Organisation, Programme, Target
from tests.factories import AnnouncementFactory, ClaimFactory

from .samples import AT, FUND, GONE, MORE, TODAY, announcement, changed, claim, document, full, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]

TABLES = [AnnouncedTarget, Announcement, Claim, LedgerEntry, LedgerHead, Membership, Organisation, Posting, Pot]
TABLES += [Programme, RegionSplit, Response, Source, Target]


def everything():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def announced():
    return totals.total(as_at=datetime.date(2100, 1, 1))


def test_an_announcement_is_published_with_all_that_it_says():
    assert load(full()) == (2, 0, 0)
    fund = Announcement.objects.get(slug=FUND)
    assert (fund.status, fund.published_at, fund.person) == (Status.PUBLISHED, AT, "A. Minister")
    assert fund.announcer.slug == "dhsc"
    assert sorted(programme.name for programme in fund.programmes.all()) == ["Accelerators", "Test beds"]
    assert [source.publisher for source in fund.sources.order_by("position")] == ["GOV.UK", "Hansard"]
    assert fund.responses.get(stance="mixed").claim.key == "part"
    assert fund.responses.get(stance="mixed").source.publisher == "Hansard"
    assert [str(announced.target) for announced in fund.announced_targets.order_by("position")] == [
        "hospitals, due 2030",
        "waits",
        "records",
    ]
    assert set(Target.objects.get(metric="waits").programmes.all()) == set(fund.programmes.all())


def test_a_claim_is_kept_in_pence_with_its_pot_and_links():
    load(full())
    part = Claim.objects.get(key="part")
    assert (part.bound, part.low, part.high, part.amount) == (Bound.RANGE, 1_000_000_050, 2_000_000_000, None)
    assert part.profile == {"2020-21": 50, "2021-22": 500_000_000}
    assert part.pot.reference == f"{FUND}#part"
    assert {(split.region_id, split.amount) for split in part.splits.all()} == {
        ("north-west", 310),
        ("north-east", 100),
    }
    again, dollars = Claim.objects.get(key="again"), Claim.objects.get(key="dollars")
    assert again.pot == Claim.objects.get(key="total").pot
    assert not again.introduces_pot
    assert [(link.kind, link.pot.reference, link.low, link.high) for link in dollars.links.order_by("position")] == [
        (LinkKind.INCLUDES, f"{FUND}#part", None, None),
        (LinkKind.PARTLY_IN, f"{FUND}#total", 100, 250),
    ]
    assert not dollars.all_programmes
    assert not dollars.programmes.exists()


def test_what_was_loaded_is_counted():
    load(document(announcement(FUND, claim())))
    assert announced() == (10_000_000_000, 10_000_000_000)


def test_loading_twice_changes_nothing_at_all():
    load(full())
    before = everything()
    assert load(full(), at=AT + datetime.timedelta(days=1)) == (0, 0, 2)
    assert everything() == before


def test_saying_the_same_in_other_words_of_the_format_changes_nothing():
    load(full())
    before = everything()
    other = changed(full(), "announcements[0].announcer.organisation", "Department of Health and Social Care")
    other = changed(other, "announcements[0].programmes", ["Accelerators", "Test beds"])
    other = changed(other, "announcements[0].claims[1].part_of", [f"{FUND}#total"])
    other = changed(other, "announcements[0].claims[0].tags", ["genomics", "ai"])
    other = changed(other, "announcements[1].claims[0].terms", "cash")
    other = changed(other, "announcements[1].claims[0].about", f"{FUND}#total")
    other = changed(other, "announcements[1].claims[1].rate.gbp_per_unit", "0.752")
    assert load(other) == (0, 0, 2)
    assert everything() == before


def test_checking_writes_nothing():
    before = everything()
    assert load(full(), check=True) == (2, 0, 0)
    assert everything() == before


def test_files_that_refer_to_each_other_are_loaded_together():
    first, second = full()["announcements"]
    assert load(document(second), document(first)) == (2, 0, 0)


def test_a_reference_may_lead_to_what_is_loaded_already():
    first, second = full()["announcements"]
    load(document(first))
    assert load(document(second)) == (1, 0, 0)
    assert Claim.objects.get(key="again").pot.reference == f"{FUND}#total"


def test_a_reference_to_a_claim_means_its_pot():
    load(
        document(
            announcement(FUND, claim("total"), claim("again", about="total")),
            announcement(MORE, claim("third", about=f"{FUND}#again"), claim("part", part_of=[f"{FUND}#again"])),
        )
    )
    assert Claim.objects.get(key="third").pot.reference == f"{FUND}#total"
    assert Claim.objects.get(key="part").links.get().pot.reference == f"{FUND}#total"


def test_two_references_to_one_pot_make_one_link():
    load(
        document(
            announcement(FUND, claim("total"), claim("again", about="total"), claim("part", part_of=["total", "again"]))
        )
    )
    assert Claim.objects.get(key="part").links.count() == 1


def test_a_changed_claim_changes_in_its_place_and_the_ledger_follows():
    load(full())
    pk = Claim.objects.get(key="total").pk
    other = changed(full(), "announcements[0].claims[0].amount", "70000000")
    other = changed(other, "announcements[0].claims[0].name", "The renamed total")
    before = Announcement.objects.get(slug=FUND)
    later = AT + datetime.timedelta(days=1)
    assert load(other, at=later) == (0, 1, 1)
    after = Announcement.objects.get(slug=FUND)
    assert Claim.objects.get(key="total").pk == pk
    assert Pot.objects.get(reference=f"{FUND}#total").name == "The renamed total"
    assert (after.published_at, after.updated_at, after.created_at) == (AT, later, before.created_at)
    assert Posting.objects.count() == 2


def test_going_back_to_an_earlier_version_brings_its_totals_back():
    def everywhere():
        rows = totals.by("theme", "region", "sector", "additionality", "money_year", "programme", as_at=TODAY)
        return [row for row in rows if row.firm or row.ceiling]

    load(full())
    before = everywhere()
    load(changed(full(), "announcements[0].claims[0].amount", "1"))
    assert everywhere() != before
    load(full())
    assert everywhere() == before


def test_what_is_gone_from_the_file_goes():
    load(full())
    other = changed(full(), "announcements[0].responses", [])
    other = changed(other, "announcements[0].targets", GONE)
    other = changed(other, "announcements[0].figures", None)
    other = changed(other, "announcements[0].sources", other["announcements"][0]["sources"][:1])
    other = changed(other, "announcements[0].programmes", ["Test beds"])
    other = changed(other, "announcements[1].claims", other["announcements"][1]["claims"][:1])
    other = changed(other, "announcements[0].claims[1].splits", [])
    load(other)
    fund = Announcement.objects.get(slug=FUND)
    assert not fund.responses.exists()
    assert not fund.figures.exists()
    assert not Target.objects.exists()
    assert fund.sources.get().publisher == "GOV.UK"
    assert fund.programmes.get().name == "Test beds"
    assert not RegionSplit.objects.exists()
    assert [claim.key for claim in Claim.objects.filter(announcement__slug=MORE)] == ["again"]


def test_a_pot_that_the_ledger_held_stays_and_is_worth_nothing():
    load(document(announcement(FUND, claim("total"), claim("other"))))
    load(document(announcement(FUND, claim("total"))))
    pot = Pot.objects.get(reference=f"{FUND}#other")
    assert not pot.claims.exists()
    assert sum(entry.firm for entry in pot.entries.filter(measure="announced")) == 0
    assert announced() == (10_000_000_000, 10_000_000_000)


def test_a_pot_that_the_ledger_never_held_goes_with_its_claim():
    load(document(announcement(FUND, claim("total"), claim("idea", effect="proposes", amount=None))))
    load(document(announcement(FUND, claim("total"))))
    assert [pot.reference for pot in Pot.objects.all()] == [f"{FUND}#total"]


def test_a_claim_that_goes_and_comes_back_has_its_pot_again():
    load(document(announcement(FUND, claim("total"), claim("other"))))
    pot = Pot.objects.get(reference=f"{FUND}#other")
    load(document(announcement(FUND, claim("total"))))
    load(document(announcement(FUND, claim("total"), claim("other"))))
    assert Claim.objects.get(key="other").pot == pot
    assert announced() == (20_000_000_000, 20_000_000_000)


def test_an_introduction_becomes_a_repeat_together_with_those_that_lean_on_it():
    def documents(**how):
        first = announcement(FUND, claim("total"))
        second = announcement(MORE, claim("twin", **how))
        third = announcement("2020-04-01-third", claim("third", about=f"{MORE}#twin"))
        return document(first, second, third)

    load(documents())
    assert load(documents(about=f"{FUND}#total")) == (0, 2, 1)
    assert {claim.pot.reference for claim in Claim.objects.all()} == {f"{FUND}#total"}
    assert announced() == (10_000_000_000, 10_000_000_000)


def test_a_target_that_another_announcement_shares_is_not_changed_for_it():
    load(full())
    target = Target.objects.get(metric="hospitals")
    other = AnnouncementFactory()
    AnnouncedTarget.objects.create(announcement=other, target=target)
    load(changed(full(), "announcements[0].targets[0].value", 48))
    assert other.targets.get().value == 40
    assert Announcement.objects.get(slug=FUND).announced_targets.get(position=0).target.value == 48


def test_a_draft_is_published_by_loading_it():
    AnnouncementFactory(draft=True, slug=FUND, announced_on="2020-01-10")
    assert load(full()) == (1, 1, 0)
    assert Announcement.objects.get(slug=FUND).published_at == AT


def test_organisations_and_programmes_are_entered_once_by_name():
    load(full())
    load(document(announcement("2020-05-01-next", programmes=["Test beds", "Test-Beds"])))
    assert sorted(Programme.objects.values_list("slug", flat=True)) == ["accelerators", "test-beds", "test-beds-2"]
    assert Organisation.objects.get(name="The King's Fund").slug == "the-kings-fund"


def test_the_future_can_be_rehearsed():
    assert load(document(announcement("2199-01-01-far", claim())), future_ok=True) == (1, 0, 0)


def test_nothing_of_any_file_stays_when_the_last_is_faulty():
    before = everything()
    first, second = full()["announcements"]
    with pytest.raises(loading.FactFaults):
        load(document(first), document(second), document(announcement("2020-05-01-bad", claim(amount="5m"))))
    assert everything() == before


def test_a_change_that_is_refused_leaves_the_loaded_version():
    load(full())
    before = everything()
    with pytest.raises(loading.FactFaults):
        load(changed(full(), "announcements[0].claims[0].amount", "£5"), document(announcement("2020-05-01-good")))
    assert everything() == before


def test_queries_do_not_grow_with_the_number_of_claims(django_assert_max_num_queries):
    def documents(count):
        names = [f"2020-01-10-fund-{number}" for number in range(count)]
        return document(*(announcement(name, claim("total"), claim("part", part_of=["total"])) for name in names))

    load(document(announcement(FUND, claim())))
    with django_assert_max_num_queries(110):
        load(documents(24))
    with django_assert_max_num_queries(25):
        load(documents(24))


def test_loading_again_asks_a_fixed_number_of_queries(django_assert_num_queries):
    load(full())
    first, second = full()["announcements"]
    with CaptureQueriesContext(connection) as alone:
        load(document(first))
    with django_assert_num_queries(len(alone)):
        load(document(first, second))


def test_an_editors_claim_about_a_loaded_pot_survives_a_reload():
    load(full())
    pot = Pot.objects.get(reference=f"{FUND}#total")
    mine = ClaimFactory(pot=pot, announcement__announced_on="2021-01-01")
    load(changed(full(), "announcements[0].claims[0].amount", "5"))
    mine.refresh_from_db()
    assert mine.pot == pot
