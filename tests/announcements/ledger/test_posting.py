import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements import publishing
from announcements.choices import Effect, Flag, Measure, Status
from announcements.ledger import posting, rollups, totals
from announcements.models import ClaimLink, LedgerEntry, LedgerHead, Membership, Posting, RollupCell
from tests.factories import AnnouncementFactory, ClaimFactory, PotFactory, RegionFactory, SourceFactory, pence
from tests.newsroom import changing, publish

pytestmark = pytest.mark.django_db

ON = datetime.date(2020, 1, 1)
FIRST = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
LATER = datetime.datetime(2024, 6, 1, 12, tzinfo=datetime.UTC)
LAST = datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.UTC)


def post(*pots, at=FIRST):
    return posting.post([pot.pk for pot in pots], at=at)


def announced(as_at=datetime.date(2100, 1, 1), **how):
    """What is announced firm, from the entries themselves."""
    return totals.total(as_at=as_at, **how).firm


def entries(**where):
    """(pot, measure, firm) of each entry, sorted."""
    return sorted(LedgerEntry.objects.filter(**where).values_list("pot", "measure", "firm"))


def state(amount, claim, at):
    """Correct the amount of a claim and post."""
    claim.amount = pence(amount)
    claim.save()
    return posting.post([claim.pot_id], at=at)


def test_an_introduction_posts_what_was_said_and_what_it_announces():
    pot = PotFactory(amount="£412m")
    made = post(pot)
    assert entries(posting=made) == [
        (pot.pk, Measure.ANNOUNCED, pence("£412m")),
        (pot.pk, Measure.SAID, pence("£412m")),
    ]


def test_an_entry_carries_the_description_and_the_cause():
    pot = PotFactory(amount="£1m", theme="ai", regions=["wales"], sector="charity", additionality="moved", end_fy=2021)
    entry = LedgerEntry.objects.get(posting=post(pot), measure=Measure.ANNOUNCED)
    assert (entry.theme_id, entry.region_id, entry.sector, entry.additionality) == ("ai", "wales", "charity", "moved")
    assert (entry.effective_on, entry.announced_year, entry.posted_at) == (ON, 2019, FIRST)
    assert entry.cause == pot.reference


def test_posting_twice_posts_nothing():
    pot = PotFactory()
    post(pot)
    assert post(pot, at=LATER) is None
    assert Posting.objects.count() == 1


def test_posting_one_pot_of_a_family_leaves_nothing_to_post_of_the_others():
    outer = PotFactory(amount="£100m")
    inner = PotFactory(amount="£40m", part_of=[outer])
    post(inner)
    assert announced() == pence("£100m")
    assert post(outer, at=LATER) is None


def test_a_correction_posts_just_the_difference_on_the_day_it_should_have_stood_and_at_the_time_it_was_made():
    claim = ClaimFactory(amount="£100m")
    post(claim.pot)
    made = state("£70m", claim, LATER)
    assert entries(posting=made) == [
        (claim.pot_id, Measure.ANNOUNCED, -pence("£30m")),
        (claim.pot_id, Measure.SAID, -pence("£30m")),
    ]
    assert set(LedgerEntry.objects.values_list("effective_on", flat=True)) == {ON}
    assert set(made.entries.values_list("posted_at", flat=True)) == {LATER}


def test_an_entry_once_posted_stays_as_it_was():
    claim = ClaimFactory(amount="£100m")
    first = post(claim.pot)
    before = list(first.entries.order_by("pk").values())
    state("£70m", claim, LATER)
    assert list(first.entries.order_by("pk").values()) == before


def test_a_correction_that_moves_money_to_another_theme_posts_both_sides():
    claim = ClaimFactory(amount="£100m", theme="digital")
    post(claim.pot)
    claim.theme = ClaimFactory(theme="ai").theme
    claim.save()
    made = post(claim.pot, at=LATER)
    moved = made.entries.filter(measure=Measure.ANNOUNCED).order_by("theme").values_list("theme", "firm")
    assert list(moved) == [("ai", pence("£100m")), ("digital", -pence("£100m"))]


def test_a_correction_that_is_taken_back_leaves_the_total_and_three_postings():
    claim = ClaimFactory(amount="£100m")
    post(claim.pot)
    state("£70m", claim, LATER)
    state("£100m", claim, LAST)
    assert announced() == pence("£100m")
    assert Posting.objects.count() == 3
    assert post(claim.pot, at=LAST) is None


def test_a_corrected_day_moves_the_money_to_the_right_year():
    claim = ClaimFactory(amount="£100m")
    post(claim.pot)
    claim.announcement.announced_on = datetime.date(2020, 5, 1)
    claim.announcement.save()
    post(claim.pot, at=LATER)
    rows = totals.by("announced_year", as_at=datetime.date(2100, 1, 1))
    assert {row.key: row.firm for row in rows} == {(2020,): pence("£100m")}
    assert announced(as_at=datetime.date(2020, 4, 30)) == 0


def test_a_withdrawn_announcement_takes_its_money_back():
    claim = ClaimFactory(announcement=SourceFactory().announcement, amount="£100m")
    post(claim.pot)
    publishing.withdraw(announcement=claim.announcement, reason="It never happened.", by="an editor", at=LATER)
    assert announced() == 0
    assert totals.total(Measure.SAID, as_at=ON) == (0, 0)
    assert announced(known_at=FIRST) == pence("£100m")
    claim.pot.refresh_from_db()
    assert (claim.pot.low, claim.pot.high) == (None, None)


def test_a_withdrawn_part_gives_its_money_back_to_the_whole():
    outer = PotFactory(amount="£100m")
    claim = ClaimFactory(announcement=SourceFactory().announcement, amount="£40m", part_of=[outer])
    post(outer)
    assert totals.total(as_at=ON) == (pence("£100m"), pence("£100m"))
    publishing.withdraw(announcement=claim.announcement, reason="It never happened.", by="an editor", at=LATER)
    made = Posting.objects.latest("pk")
    assert entries(posting=made, measure=Measure.ANNOUNCED, pot=outer) == [(outer.pk, Measure.ANNOUNCED, pence("£40m"))]
    assert announced() == pence("£100m")


def test_an_announcement_published_again_brings_its_money_back():
    claim = ClaimFactory(announcement=SourceFactory().announcement, amount="£100m")
    announcement = claim.announcement
    post(claim.pot)
    publishing.withdraw(announcement=announcement, reason="It never happened.", by="an editor", at=LATER)
    publish(announcement, at=LAST)
    assert announced() == pence("£100m")
    assert announced(known_at=LATER) == 0


def test_a_changed_share_posts_both_sides():
    outer = PotFactory(amount="£100m")
    inner = PotFactory(amount="£40m", partly_in=[(outer, "£10m", "£10m")])
    post(inner)
    assert announced() == pence("£130m")
    ClaimLink.objects.update(low=pence("£25m"), high=pence("£25m"))
    made = post(inner, at=LATER)
    assert entries(posting=made) == [(outer.pk, Measure.ANNOUNCED, -pence("£15m"))]
    assert announced() == pence("£115m")


def test_a_link_led_to_another_pot_posts_the_pot_it_left_and_the_pot_it_reached():
    left, reached = PotFactory(amount="£100m"), PotFactory(amount="£200m")
    claim = ClaimFactory(announcement=SourceFactory().announcement, amount="£40m", part_of=[left])
    post(left, reached)
    with changing(claim.announcement, at=LATER) as said:
        said["claims"][0]["part_of"] = [reached.reference]
    made = Posting.objects.latest("pk")
    assert entries(posting=made) == [
        (left.pk, Measure.ANNOUNCED, pence("£40m")),
        (reached.pk, Measure.ANNOUNCED, -pence("£40m")),
    ]
    assert announced() == pence("£300m")


def test_a_removed_link_posts_both_sides():
    outer = PotFactory(amount="£100m")
    claim = ClaimFactory(announcement=SourceFactory().announcement, amount="£40m", part_of=[outer])
    post(outer)
    with changing(claim.announcement, at=LATER) as said:
        del said["claims"][0]["part_of"]
    assert announced() == pence("£140m")
    assert rollups.verify() == []


def test_the_total_as_at_a_day_leaves_out_what_took_effect_later():
    pot = PotFactory(amount="£100m")
    ClaimFactory(
        announcement=AnnouncementFactory(announced_on="2021-06-01"), pot=pot, effect=Effect.REVISES, amount="£60m"
    )
    post(pot)
    assert announced(as_at=datetime.date(2019, 12, 31)) == 0
    assert announced(as_at=ON) == pence("£100m")
    assert announced(as_at=datetime.date(2021, 5, 31)) == pence("£100m")
    assert announced(as_at=datetime.date(2021, 6, 1)) == pence("£60m")


def test_the_total_as_known_at_a_moment_leaves_out_what_was_posted_later():
    claim = ClaimFactory(amount="£100m")
    post(claim.pot)
    state("£70m", claim, LATER)
    assert totals.total(known_at=FIRST - datetime.timedelta(seconds=1)).firm == 0
    assert totals.total(known_at=FIRST).firm == pence("£100m")
    assert totals.total(known_at=LATER - datetime.timedelta(microseconds=1)).firm == pence("£100m")
    assert totals.total(known_at=LATER).firm == pence("£70m")


def test_past_day_and_past_knowledge_are_asked_together():
    claim = ClaimFactory(amount="£100m")
    post(claim.pot)
    revision = ClaimFactory(
        announcement=AnnouncementFactory(announced_on="2021-06-01"),
        pot=claim.pot,
        effect=Effect.REVISES,
        amount="£60m",
    )
    post(claim.pot, at=LATER)
    state("£50m", revision, LAST)
    day = datetime.date(2021, 6, 1)
    asked = [totals.total(as_at=day, known_at=moment).firm for moment in (FIRST, LATER, LAST)]
    assert asked == [pence("£100m"), pence("£60m"), pence("£50m")]
    assert totals.total(as_at=ON, known_at=LAST).firm == pence("£100m")


def test_a_draft_posts_nothing():
    claim = ClaimFactory(announcement=AnnouncementFactory(draft=True))
    assert post(claim.pot) is None
    assert not LedgerEntry.objects.exists()


def test_a_pot_keeps_what_it_comes_to_and_its_flags():
    outer = PotFactory(amount="£100m", as_stated="£100m")
    inner = PotFactory(amount="£140m", as_stated="£140m", part_of=[outer], bound="at_least")
    post(inner)
    outer.refresh_from_db()
    inner.refresh_from_db()
    assert (outer.low, outer.high, outer.flags) == (pence("£100m"), pence("£100m"), [Flag.PARTS_EXCEED_WHOLE])
    assert (inner.low, inner.high, inner.flags) == (pence("£140m"), pence("£140m"), [Flag.OPEN_ENDED])


def test_programmes_are_joined_and_left_by_posting():
    claim = ClaimFactory(announcement=AnnouncementFactory(programmes=["Test beds"]))
    post(claim.pot)
    assert list(Membership.objects.values_list("programme__name", "change")) == [("Test beds", 1)]
    claim.announcement.programmes.clear()
    post(claim.pot, at=LATER)
    assert list(Membership.objects.order_by("pk").values_list("change", "posted_at")) == [(1, FIRST), (-1, LATER)]
    assert post(claim.pot, at=LAST) is None


def test_the_head_of_the_ledger_keeps_when_it_was_last_posted_to():
    post(PotFactory(), at=LATER)
    assert LedgerHead.objects.get().posted_at == LATER


def test_posting_leaves_the_roll_ups_to_the_roll_up():
    made = post(PotFactory())
    assert made.run is None
    assert not RollupCell.objects.exists()


def test_what_has_no_claims_any_more_is_taken_back_to_nothing():
    claim = ClaimFactory(amount="£100m")
    pot = claim.pot
    post(pot)
    claim.announcement.status = Status.DRAFT
    claim.announcement.save()
    post(pot, at=LATER)
    left = {}
    for entry in LedgerEntry.objects.order_by("pk"):
        left[entry.measure] = left.get(entry.measure, 0) + entry.firm
    assert left == {Measure.SAID: 0, Measure.ANNOUNCED: 0}


def queries_of_posting(parts, repeats):
    """How many queries posting a pot takes that has so many parts, each said again so many times."""
    outer = PotFactory(amount="£100m")
    for _ in range(parts):
        inner = PotFactory(amount="£1m", part_of=[outer], splits={"london": "£10k"}, programmes=["Test beds"])
        for _ in range(repeats):
            ClaimFactory(pot=inner)
    posting.lock()  # makes the row that it holds where an emptied database has none
    with CaptureQueriesContext(connection) as queries:
        post(outer)
    return len(queries)


def test_queries_of_posting_do_not_grow_with_the_family():
    RegionFactory(key="london")
    assert queries_of_posting(parts=1, repeats=1) == queries_of_posting(parts=4, repeats=4)


def test_queries_of_posting_again_do_not_grow_with_the_family():
    small, large = PotFactory(), PotFactory()
    for _ in range(40):
        ClaimFactory(pot=large)
    post(small, large)
    counted = []
    for pot in (small, large):
        with CaptureQueriesContext(connection) as queries:
            assert post(pot, at=LATER) is None
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_a_posting_never_stands_before_an_earlier_one_whatever_the_clock_said():
    """`known_at` asks by the time of posting: who got the ledger first was known first."""
    first, second = PotFactory(amount="£10m"), PotFactory(amount="£5m")
    later = posting.post([first.pk], at=FIRST)
    earlier_clock = posting.post([second.pk], at=FIRST - datetime.timedelta(hours=1))
    assert earlier_clock.posted_at > later.posted_at
    assert totals.total(known_at=later.posted_at) == (10**9, 10**9)
    assert totals.total(known_at=earlier_clock.posted_at) == (15 * 10**8, 15 * 10**8)


def test_everything_is_posted_anew_where_the_ledger_lacks_what_the_rules_say():
    PotFactory(amount="£10m")
    assert posting.post_everything(at=FIRST) == 1
    assert posting.post_everything(at=FIRST) == 0
    assert totals.total(as_at=datetime.date(2100, 1, 1)) == (10**9, 10**9)
