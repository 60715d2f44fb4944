"""Loading without publishing: what is new waits as a draft, and what is public changes only where that is allowed."""

import datetime

import pytest

from announcements import publishing
from announcements.choices import Status
from announcements.facts import dumping, loading
from announcements.ledger import posting
from announcements.models import (
    Announcement,
    AnnouncementDocument,
    Change,
    Claim,
    LedgerEntry,
    Posting,
    Pot,
    PotDocument,
)
from tests.factories import AnnouncementFactory
from tests.newsroom import publish

from .samples import AT, FUND, MORE, TODAY, announcement, changed, claim, document, full, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]


def draft(*documents, **how):
    return load(*documents, publish=False, **how)


def told(*documents, **how):
    with pytest.raises(loading.FactFaults) as wrong:
        draft(*documents, **how)
    return [str(fault) for fault in wrong.value.faults]


def statuses():
    return dict(Announcement.objects.order_by("slug").values_list("slug", "status"))


def test_what_is_new_waits_as_a_draft_and_nothing_is_posted():
    assert draft(full()) == (2, 0, 0)
    assert statuses() == {FUND: Status.DRAFT, MORE: Status.DRAFT}
    assert not Announcement.objects.exclude(published_at=None).exists()
    assert not Posting.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_draft_holds_all_that_its_document_says():
    draft(full())
    as_drafts = [dumping.announcement(row) for row in dumping.prefetched(Announcement.objects.in_order())]
    Announcement.objects.all().delete()
    Pot.objects.all().delete()
    load(full())
    assert dumping.document(Announcement.objects.in_order())["announcements"] == as_drafts


def test_the_same_draft_again_changes_nothing():
    draft(full())
    assert draft(full()) == (0, 0, 2)


def test_draft_follows_its_document():
    draft(full())
    assert draft(changed(full(), "announcements[0].title", "Another title")) == (0, 1, 1)
    assert Announcement.objects.get(slug=FUND).title == "Another title"
    assert statuses()[FUND] == Status.DRAFT


def test_draft_may_lean_on_a_draft_that_is_there_and_publishing_may_not():
    first, second = full()["announcements"]
    draft(document(first))
    assert draft(document(second)) == (1, 0, 0)
    with pytest.raises(loading.FactFaults, match="which is draft: publish that first"):
        load(document(second))
    with pytest.raises(loading.FactFaults, match="which is draft: publish that first"):
        publish(Announcement.objects.get(slug=MORE), at=AT)


def test_drafts_published_one_by_one_leave_the_ledger_as_loading_them_published_would():
    draft(full())
    for slug in (FUND, MORE):
        publish(Announcement.objects.get(slug=slug), at=AT)
    assert LedgerEntry.objects.exists()
    assert load(full()) == (0, 0, 2)
    assert posting.post_everything(at=AT) == 0


def test_publishing_a_draft_by_its_document_is_a_change_and_posts_it():
    draft(full())
    assert load(full()) == (0, 2, 0)
    assert statuses() == {FUND: Status.PUBLISHED, MORE: Status.PUBLISHED}
    assert Posting.objects.count() == 1


def test_draft_never_leans_on_what_is_withdrawn():
    first, second = full()["announcements"]
    load(document(first))
    publishing.withdraw(announcement=Announcement.objects.get(slug=FUND), reason="Wrong.", by=None, at=AT)
    assert "which is withdrawn" in told(document(second))[0]


def test_published_announcement_that_changes_stays_published_and_is_posted():
    load(full())
    other = changed(full(), "announcements[0].claims[0].amount", "70000000")
    assert draft(other, at=AT + datetime.timedelta(days=1)) == (0, 1, 1)
    assert statuses()[FUND] == Status.PUBLISHED
    assert Announcement.objects.get(slug=FUND).published_at == AT
    assert Posting.objects.count() == 2


def test_published_announcement_changes_only_where_that_is_allowed():
    load(full())
    before = dumping.document(Announcement.objects.in_order())
    other = changed(full(), "announcements[1].title", "Another title")
    for check in (True, False):
        with pytest.raises(loading.PublisherNeeded) as wrong:
            draft(other, document(announcement("2020-05-01-new")), may_publish=False, check=check)
        [fault] = wrong.value.faults
        assert (fault.place, fault.pointer) == ("first.json: announcements[1]", "/announcements/1")
    assert dumping.document(Announcement.objects.in_order()) == before
    assert draft(full(), may_publish=False) == (0, 0, 2)


def test_published_announcement_never_comes_to_lean_on_a_draft():
    load(document(announcement(MORE, claim("own"))))
    leaning = document(announcement(MORE, claim("own", part_of=[f"{FUND}#total"])))
    wanted = f"announcements[0].claims[0]: leads to {FUND}, which is a draft, and is published itself"
    [together] = told(leaning, document(announcement(FUND, claim("total"))))
    assert wanted in together
    draft(document(announcement(FUND, claim("total"))))
    [after] = told(leaning)
    assert wanted in after


def test_readers_are_shown_no_draft_also_where_one_comes_with_a_change_of_what_is_public():
    load(document(announcement(MORE, claim("own"))))
    said = document(announcement(MORE, claim("own", amount="5")), announcement(FUND, claim("total")))
    assert draft(said) == (1, 1, 0)
    assert list(AnnouncementDocument.objects.values_list("announcement__slug", flat=True)) == [MORE]
    assert list(PotDocument.objects.values_list("pot__reference", flat=True)) == [f"{MORE}#own"]
    assert set(Change.objects.values_list("public_id", flat=True)) == {MORE, f"{MORE}#own"}


def test_draft_beside_a_published_announcement_adds_nothing_to_its_pots():
    load(document(announcement(FUND, claim("total"))))
    entries = list(LedgerEntry.objects.values())
    draft(document(announcement(MORE, claim("again", about=f"{FUND}#total", effect="tops_up"))))
    assert list(LedgerEntry.objects.values()) == entries
    assert Claim.objects.get(key="again").pot.reference == f"{FUND}#total"


def test_what_is_withdrawn_stays_withdrawn():
    AnnouncementFactory(slug=FUND, announced_on=FUND[:10], withdrawn=True)
    assert "was withdrawn by an editor" in told(document(announcement(FUND, claim())))[0]
    assert statuses() == {FUND: Status.WITHDRAWN}


def test_outcomes_come_in_the_order_of_the_documents_with_the_status_that_follows():
    load(document(announcement(MORE, claim("own"))))
    said = document(announcement(MORE, claim("own")), announcement(FUND, claim()))
    for check in (True, False):
        loaded = loading.load([("", said)], at=AT, today=TODAY, publish=False, check=check)
        assert loaded.outcomes == ((MORE, "unchanged", "published"), (FUND, "new", "draft"))
    loaded = loading.load([("", said)], at=AT, today=TODAY)
    assert loaded.outcomes == ((MORE, "unchanged", "published"), (FUND, "changed", "published"))
