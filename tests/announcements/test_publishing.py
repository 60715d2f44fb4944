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
from tests.newsroom import changing

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
    publishing.publish(announcement=claim.announcement, by=by, at=AT)
    claim.refresh_from_db()
    return claim


def announced(**where):
    return totals.total(Measure.ANNOUNCED, as_at=datetime.date.max, **where).firm


def reasons(announcement, at=AT):
    return publishing.faults(announcement, at=at)


def test_publishing_keeps_the_time_and_posts_the_claims(by):
    claim = f.ClaimFactory(announcement=draft(programmes=["Genomes"]), amount="£412m")
    publishing.publish(announcement=claim.announcement, by=by, at=AT)
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
    for publish in (lambda: publishing.publish(announcement=bare, by=by, at=AT), lambda: published(by)):
        with django_capture_on_commit_callbacks() as asked:
            publish()
        assert len(asked) == 1
    with django_capture_on_commit_callbacks() as asked, changing(bare, at=AT):
        pass
    assert asked == []


def test_announcement_without_money_is_published_as_it_is(by):
    announcement = draft()
    publishing.publish(announcement=announcement, by=by, at=AT)
    assert Announcement.objects.published().get() == announcement
    assert not Posting.objects.exists()


def test_published_announcement_is_not_published_twice(by):
    claim = published(by)
    with pytest.raises(publishing.NotPublishable, match="published already"):
        publishing.publish(announcement=claim.announcement, by=by, at=AT)


# What has to be mended first


def test_all_reasons_are_told_at_once_and_nothing_is_written(by):
    announcement = f.AnnouncementFactory(draft=True, announced_on="2026-04-02")
    Announcement.objects.filter(pk=announcement.pk).update(slug="2026-04-01-early")
    announcement.refresh_from_db()
    claim = f.ClaimFactory(announcement=announcement, regions=[])
    with pytest.raises(publishing.NotPublishable) as refusal:
        publishing.publish(announcement=announcement, by=by, at=AT)
    assert refusal.value.reasons == [
        "Its day, 2 April 2026, is in the future.",
        "Its id has to start with its day, 2026-04-02.",
        "It has no source: name at least one.",
        f"Claim {claim.key} introduces a pot and lacks its region.",
    ]
    assert str(refusal.value) == "\n".join(refusal.value.reasons)
    announcement.refresh_from_db()
    assert (announcement.status, announcement.published_at) == (Status.DRAFT, None)
    assert not Posting.objects.exists()


def test_today_is_the_day_in_london():
    assert reasons(draft("2026-04-01")) == []
    assert reasons(draft("2026-04-01"), at=AT - datetime.timedelta(hours=1)) != []


def test_source_of_a_later_day_is_told():
    announcement = draft()
    f.SourceFactory(announcement=announcement, publisher="The Times", published_on="2030-01-01")
    assert reasons(announcement) == ["The source of The Times is of a day in the future, 1 January 2030."]


def test_pot_of_a_draft_cannot_be_spoken_of():
    pot = f.PotFactory(announcement=draft(), name="Not yet")
    about = f.ClaimFactory(announcement=draft(), pot=pot)
    link = f.ClaimFactory(announcement=draft(), part_of=[pot])
    assert reasons(about.announcement) == [
        f"Claim {about.key} is about “Not yet”, which no published announcement introduces."
    ]
    assert reasons(link.announcement) == [
        f"Claim {link.key} links to “Not yet”, which no published announcement introduces."
    ]


def test_pots_of_its_own_can_be_spoken_of():
    announcement = draft()
    whole = f.PotFactory(announcement=announcement)
    f.ClaimFactory(announcement=announcement, part_of=[whole])
    f.ClaimFactory(announcement=announcement, pot=whole)
    assert reasons(announcement) == []


def test_claim_is_not_about_a_pot_that_is_introduced_later(by):
    pot = published(by, "2020-06-01").pot
    f.ClaimFactory(announcement=draft("2020-06-01"), pot=pot)
    early = f.ClaimFactory(announcement=draft("2020-05-31"), pot=pot)
    [reason] = reasons(early.announcement)
    assert "first spoken of later, on 1 June 2020" in reason


def test_introduction_does_not_move_past_what_is_said_of_its_pot_already(by):
    claim = published(by, "2020-06-01")
    f.ClaimFactory(announcement=draft("2020-07-01"), pot=claim.pot)
    assert reasons(claim.announcement) == []
    Announcement.objects.exclude(pk=claim.announcement.pk).update(status=Status.PUBLISHED, published_at=AT)
    claim.announcement.announced_on = datetime.date(2020, 8, 1)
    claim.announcement.slug = "2020-08-01-moved"
    [reason] = reasons(claim.announcement)
    assert "on an earlier day than this" in reason


def test_links_in_a_circle_are_refused_over_all_time(by):
    inner = published(by, "2020-01-01", name="Inner")
    middle = published(by, "2020-01-02", name="Middle", includes=[inner.pot])
    outer = published(by, "2020-01-03", name="Outer", includes=[middle.pot])
    later = f.ClaimFactory(announcement=draft("2021-01-01"), pot=inner.pot, overlaps=[outer.pot])
    [reason] = reasons(later.announcement)
    assert reason.startswith("The links go in a circle: ")
    assert all(f"“{name}”" in reason for name in ("Inner", "Middle", "Outer"))


def test_circle_of_another_draft_is_its_own_affair(by):
    inner = published(by, "2020-01-01")
    outer = published(by, "2020-01-02", includes=[inner.pot])
    f.ClaimFactory(announcement=draft("2021-01-01"), pot=inner.pot, includes=[outer.pot])
    assert reasons(draft()) == []


def test_regions_and_their_amounts_have_to_fit():
    nested = f.ClaimFactory(announcement=draft(), key="total", regions=["england", "london"])
    assert reasons(nested.announcement) == [
        "Claim total names both England and London, which lies in it: keep one of them."
    ]
    outside = f.ClaimFactory(announcement=draft(), key="total", regions=["london", "south-east"], splits={"wales": 1})
    assert reasons(outside.announcement) == ["Claim total gives Wales an amount, and its regions lie elsewhere."]
    f.ClaimFactory(
        announcement=(good := draft()), regions=["london", "south-east"], splits={"london": 1, "south-west": 1}
    )
    assert reasons(good) == []
    pot = f.PotFactory(announcement=f.AnnouncementFactory(announced_on="2019-01-01"))
    homeless = f.ClaimFactory(announcement=draft(), key="total", pot=pot, splits={"wales": 1})
    assert reasons(homeless.announcement) == ["Claim total splits its money over regions and names none."]


def test_claim_is_for_programmes_of_its_announcement():
    claim = f.ClaimFactory(announcement=draft(programmes=["Genomes"]), key="total", programmes=["Genomes", "Scanners"])
    assert reasons(claim.announcement) == [
        "Claim total is for Scanners, which is not among the announcement's programmes."
    ]


def test_response_answers_its_own_announcement():
    claim, source = f.ClaimFactory(), f.SourceFactory()
    response = f.ResponseFactory(announcement=draft(), claim=claim, source=source)
    assert len(reasons(response.announcement)) == 2


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
    publishing.publish(announcement=claim.announcement, by=by, at=AT)
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
            publishing.publish(announcement=halves[1], by=by, at=AT)
        except publishing.NotPublishable as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        publishing.publish(announcement=halves[0], by=by, at=AT)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it has to wait"
    thread.join(20)
    assert "circle" in str(refused[0])
