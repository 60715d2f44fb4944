"""The verbs: what each does, what it refuses and why, and that a refusal leaves everything as it was."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from announcements import publishing
from announcements.choices import Effect, Measure, Status
from announcements.facts import loading
from announcements.ledger import posting, totals
from announcements.models import Announcement, Claim, LedgerEntry, Membership, Posting, Pot
from tests import factories as f
from tests.newsroom import changing, publish

AT = datetime.datetime(2026, 3, 31, 23, 30, tzinfo=datetime.UTC)
"""In London it is the first of April already."""
M = 100_000_000

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db):
    return User.objects.create_user("ada")


def draft(day="2020-01-01", **values):
    announcement = f.AnnouncementFactory(draft=True, announced_on=day, **values)
    f.SourceFactory(announcement=announcement)
    return announcement


def published(by, day="2020-01-01", **claim):
    """A published announcement of one claim, through the verb; gives the claim."""
    claim = f.ClaimFactory(announcement=draft(day), **claim)
    publish(claim.announcement, at=AT)
    claim.refresh_from_db()
    return claim


def announced(**where):
    return totals.total(Measure.ANNOUNCED, as_at=datetime.date.max, **where).firm


def test_publishing_keeps_the_time_and_posts_the_claims(by):
    claim = f.ClaimFactory(announcement=draft(programmes=["Genomes"]), amount="£412m")
    publish(claim.announcement, at=AT)
    announcement = Announcement.objects.get()
    assert (announcement.status, announcement.published_at) == (Status.PUBLISHED, AT)
    assert announced() == 412 * M
    assert {entry.posted_at for entry in LedgerEntry.objects.all()} == {AT}
    assert Membership.objects.get().programme.name == "Genomes"
    claim.pot.refresh_from_db()
    assert (claim.pot.low, claim.pot.high) == (412 * M, 412 * M)


def test_what_follows_a_posting_is_asked_for_after_the_commit_and_only_where_something_public_changed(
    by, django_capture_on_commit_callbacks
):
    bare = draft()
    for act in (lambda: publish(bare, at=AT), lambda: published(by)):
        with django_capture_on_commit_callbacks() as asked:
            act()
        assert len(asked) == 1
    with django_capture_on_commit_callbacks() as asked, changing(bare, at=AT):
        pass
    assert asked == []


def test_announcement_without_money_is_published_as_it_is(by):
    announcement = draft()
    publish(announcement, at=AT)
    assert Announcement.objects.published().get() == announcement
    assert not Posting.objects.exists()


def test_what_cannot_be_public_stays_a_draft():
    announcement = f.ClaimFactory(announcement=f.AnnouncementFactory(draft=True), regions=[]).announcement
    with pytest.raises(loading.FactFaults) as refusal:
        publish(announcement, at=AT)
    assert {fault.path[2:] for fault in refusal.value.faults} == {("sources",), ("claims", 0, "regions")}
    announcement.refresh_from_db()
    assert (announcement.status, announcement.published_at) == (Status.DRAFT, None)
    assert not Posting.objects.exists()


# Withdrawing


def test_withdrawing_posts_what_was_added_as_taken_back(by):
    claim = published(by, amount="£412m")
    entries = LedgerEntry.objects.count()
    later = AT + datetime.timedelta(days=1)
    publishing.withdraw(announcement=claim.announcement, reason=" A spoof. ", by=by, at=later)
    announcement = Announcement.objects.get()
    assert (announcement.status, announcement.withdrawn_reason) == (Status.WITHDRAWN, "A spoof.")
    assert announced() == 0
    assert LedgerEntry.objects.count() == 2 * entries
    assert totals.total(Measure.ANNOUNCED, as_at=datetime.date.max, known_at=AT).firm == 412 * M


def test_withdrawing_a_link_gives_the_shared_money_back_to_both(by):
    whole = published(by, "2020-01-01", amount="£100m")
    part = published(by, "2020-01-02", amount="£30m")
    link = published(by, "2020-01-03", pot=part.pot, part_of=[whole.pot])
    assert announced() == 100 * M
    publishing.withdraw(announcement=link.announcement, reason="Misread.", by=by, at=AT)
    assert announced() == 130 * M


@pytest.mark.parametrize("leaning", [{"pot": True}, {"part_of": True}])
def test_nothing_is_withdrawn_that_published_ones_lean_on(by, leaning):
    first = published(by, "2020-01-01", name="Package")
    given = {"pot": first.pot} if "pot" in leaning else {"part_of": [first.pot]}
    later = published(by, "2020-01-02", **given)
    with pytest.raises(publishing.NotWithdrawable) as refusal:
        publishing.withdraw(announcement=first.announcement, reason="A spoof.", by=by, at=AT)
    [reason] = refusal.value.reasons
    assert later.announcement.slug in reason
    assert "“Package”" in reason
    assert Announcement.objects.published().count() == 2
    publishing.withdraw(announcement=later.announcement, reason="A spoof.", by=by, at=AT)
    publishing.withdraw(announcement=first.announcement, reason="A spoof.", by=by, at=AT)
    assert announced() == 0


def test_drafts_that_lean_on_it_do_not_keep_it(by):
    first = published(by)
    f.ClaimFactory(announcement=draft("2020-01-02"), pot=first.pot)
    publishing.withdraw(announcement=first.announcement, reason="A spoof.", by=by, at=AT)
    assert announced() == 0


def test_withdrawing_needs_a_reason_and_something_published(by):
    with pytest.raises(publishing.NotWithdrawable) as refusal:
        publishing.withdraw(announcement=draft(), reason=" ", by=by, at=AT)
    assert len(refusal.value.reasons) == 2


def test_publishing_again_restores_the_money(by):
    claim = published(by, amount="£412m")
    publishing.withdraw(announcement=claim.announcement, reason="By mistake.", by=by, at=AT)
    publish(claim.announcement, at=AT)
    assert announced() == 412 * M


# Changes


def test_a_change_posts_the_difference_for_pots_before_and_after(by):
    claim = published(by, "2020-01-02", effect=Effect.ALLOCATES, amount="£10m")
    other = published(by, "2020-01-01", amount="£50m")
    with changing(claim.announcement, at=AT) as said:
        said["claims"][0]["about"] = other.pot.reference
    assert announced() == 50 * M
    assert totals.total(Measure.ALLOCATED, as_at=datetime.date.max).firm == 10 * M
    assert Pot.objects.count() == 2, "the ledger holds entries of the pot that is no longer introduced"


def test_a_refused_change_leaves_nothing_half_written(by):
    claim = published(by, amount="£412m")

    def change():
        with changing(claim.announcement, at=AT) as said:
            said["claims"][0]["amount"] = "1"
            said["sources"] = []

    with pytest.raises(loading.FactFaults, match="sources"):
        change()
    assert Claim.objects.get().amount == 412 * M
    assert announced() == 412 * M


def test_what_was_withdrawn_meanwhile_is_not_changed(by):
    claim = published(by)

    def change():
        with changing(claim.announcement, at=AT) as said:
            said["title"] = "Another"
            publishing.withdraw(announcement=claim.announcement, reason="A spoof.", by=by, at=AT)

    with pytest.raises(loading.FactFaults, match="withdrawn by an editor"):
        change()
    assert Announcement.objects.get().status == Status.WITHDRAWN
    assert announced() == 0


def test_changing_the_programmes_of_an_announcement_moves_its_pots(by):
    claim = published(by, amount="£5m")
    with changing(claim.announcement, at=AT) as said:
        said["programmes"] = ["Genomes"]
    assert announced(programme="genomes") == 5 * M


def test_pot_of_a_claim_that_went_is_taken_up_again(by):
    claim = published(by, amount="£5m", key="total")
    with changing(claim.announcement, at=AT) as said:
        gone = said["claims"].pop()
    assert announced() == 0
    with changing(claim.announcement, at=AT) as said:
        said["claims"] = [gone | {"amount": "7000000"}]
    assert announced() == 7 * M
    assert Pot.objects.count() == 1


# Removing


def test_an_announcement_that_others_lean_on_is_not_removed(by):
    claim = f.ClaimFactory(announcement=draft())
    later = f.ClaimFactory(announcement=draft("2021-01-01"), part_of=[claim.pot])
    with pytest.raises(publishing.NotRemovable, match=later.announcement.slug):
        publishing.remove(announcement=claim.announcement, by=by, at=AT)
    for one in (later, claim):
        publishing.remove(announcement=one.announcement, by=by, at=AT)
    assert not Pot.objects.exists()


def test_only_what_never_was_public_is_removed(by):
    claim = published(by)
    publishing.withdraw(announcement=claim.announcement, reason="A spoof.", by=by, at=AT)
    with pytest.raises(publishing.NotRemovable, match="its record stays"):
        publishing.remove(announcement=claim.announcement, by=by, at=AT)
    unseen = f.ClaimFactory(announcement=draft()).announcement
    publishing.remove(announcement=unseen, by=by, at=AT)
    assert Announcement.objects.get() == claim.announcement
    assert Pot.objects.count() == 1


def test_what_the_verbs_leave_is_what_a_fresh_posting_would_find(by):
    """Whatever was published, edited and withdrawn: posting everything again finds no difference."""
    first = published(by, "2020-01-01", amount="£100m")
    part = published(by, "2020-02-01", amount="£30m", part_of=[first.pot])
    again = published(by, "2020-03-01", pot=first.pot, effect="revises", amount="£120m")
    with changing(part.announcement, at=AT) as said:
        del said["claims"][0]["part_of"]
    publishing.withdraw(announcement=again.announcement, reason="A spoof.", by=by, at=AT)
    assert announced() == 130 * M
    assert posting.post(Pot.objects.values_list("pk", flat=True), at=AT) is None


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_wait_for_each_other(by):
    """The second sees what the first did: of two halves of a circle only one becomes public."""
    if connection.vendor == "sqlite":
        pytest.skip("In memory there is one connection; SQLite lets one write at a time in any case.")
    import threading

    one, two = published(by, "2020-01-01"), published(by, "2020-01-02")
    halves = [
        f.ClaimFactory(announcement=draft("2020-02-01"), pot=one.pot, includes=[two.pot]).announcement,
        f.ClaimFactory(announcement=draft("2020-02-02"), pot=two.pot, includes=[one.pot]).announcement,
    ]
    refused = []

    def second():
        try:
            publish(halves[1], at=AT)
        except loading.FactFaults as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        publish(halves[0], at=AT)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it has to wait"
    thread.join(20)
    assert "inside itself" in str(refused[0])
