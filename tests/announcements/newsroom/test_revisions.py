"""What an announcement is to say goes from the first key pressed to the public in one way, and nothing is lost on it."""

import datetime

import pytest

from announcements import publishing
from announcements.choices import Did, RevisionState, Status
from announcements.ledger import rollups, totals
from announcements.models import Announcement, AuditEntry, Revision
from announcements.newsroom import revisions, typed
from tests.announcements.facts.samples import FUND, MORE, announcement, claim, document, load
from tests.factories import OrganisationFactory, RegionFactory, ThemeFactory

from .conftest import AT

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _places():
    ThemeFactory(key="digital")
    RegionFactory(key="london")
    OrganisationFactory(name="Department of Health and Social Care")


def fund(**given):
    source = {"url": "https://www.gov.uk/fund", "publisher": "GOV.UK", "kind": "press_release"}
    years = {"start_fy": "2019-20", "end_fy": "2019-20"}
    return announcement(FUND, claim(**years), sources=[source], **given)


def looked_at(revision, by):
    """The revision with every warning ticked off and every likely pot judged to be other money."""
    judged = revisions.judge(revision, at=AT)
    words = dict(revision.typed, ticked=[{"key": one.key, "reason": "Read twice."} for one in judged.unticked])
    keys = [one.get("key") for one in judged.record["claims"]]
    for key, candidate in judged.unlooked:
        words = typed.with_verdict(words, keys.index(key), candidate.reference, "different")
    return revisions.save(revision, words, version=revision.version, by=by, at=AT).revision


def in_review(by, record=None, **given):
    revision = looked_at(revisions.begin(record or fund(), by=by, at=AT, **given), by)
    return revisions.submit(revision, version=revision.version, by=by, at=AT)


def published(anna, ben, record=None):
    revision = in_review(anna, record)
    revisions.approve(revision, version=revision.version, by=ben, at=AT)
    return Announcement.objects.get(slug=(record or fund())["id"])


def verbs(thing, key):
    return [entry.verb for entry in AuditEntry.objects.of(thing, key).reverse()]


def announced():
    rollups.apply_unapplied(at=AT)
    return totals.total().firm


# Beginning and writing


def test_nothing_public_knows_of_a_revision_until_it_is_approved(anna, ben):
    revision = in_review(anna)
    assert not Announcement.objects.exists()
    revisions.approve(revision, version=revision.version, by=ben, at=AT)
    assert Announcement.objects.get().status == Status.PUBLISHED
    assert announced() == 100_000_000_00
    revision.refresh_from_db()
    assert (revision.state, revision.announcement, revision.reviewer) == (RevisionState.PUBLISHED, FUND, ben)


def test_every_step_is_in_the_audit_log_with_who_did_it(anna, ben):
    revision = in_review(anna)
    revisions.approve(revision, version=revision.version, by=ben, at=AT)
    assert verbs("revision", str(revision.pk)) == [Did.CREATED, Did.SUBMITTED, Did.PUBLISHED]
    entry = AuditEntry.objects.get(thing="announcement")
    assert (entry.key, entry.verb, entry.by, entry.document["title"]) == (FUND, Did.PUBLISHED, "ben", fund()["title"])


def test_published_announcement_stands_until_its_revision_is_approved(anna, ben):
    row = published(anna, ben)
    revision = revisions.revise(row, by=anna, at=AT)
    words = typed.of(revisions.record_of(FUND) | {"title": "Another title"})
    revisions.save(revision, words, version=1, by=anna, at=AT)
    row.refresh_from_db()
    assert row.title == fund()["title"]
    assert revisions.revise(row, by=ben, at=AT) == revision


def test_revision_of_what_is_public_says_why(anna, ben):
    row = published(anna, ben)
    revision = looked_at(revisions.revise(row, by=anna, at=AT), anna)
    with pytest.raises(publishing.Refused, match="why the announcement changes"):
        revisions.submit(revision, version=revision.version, by=anna, at=AT)
    revisions.submit(revision, version=revision.version, by=anna, at=AT, why="A typing error.")
    assert AuditEntry.objects.of("revision", str(revision.pk)).first().why == "A typing error."


def test_begun_twice_is_refused_and_nothing_of_it_stays(anna, ben):
    row = published(anna, ben)
    revisions.revise(row, by=anna, at=AT)
    with pytest.raises(publishing.Refused, match="revising"):
        revisions.begin_all([announcement(MORE), revisions.record_of(FUND)], by=ben, at=AT)
    assert Revision.objects.open().count() == 1


def test_empty_page_that_was_left_is_the_one_that_opens_next(anna, ben):
    first = revisions.empty(by=anna, at=AT)
    assert revisions.empty(by=anna, at=AT) == first
    assert revisions.empty(by=ben, at=AT) != first
    assert not Revision.objects.typed().exists()


# Saving side by side


def test_two_who_change_different_fields_both_keep_their_words(anna, ben):
    revision = revisions.begin(fund(), by=anna, at=AT)
    revisions.save(revision, revision.typed | {"title": "By Anna"}, version=1, by=anna, at=AT)
    saved = revisions.save(revision, revision.typed | {"summary": "By Ben."}, version=1, by=ben, at=AT)
    assert (saved.revision.typed["title"], saved.revision.typed["summary"]) == ("By Anna", "By Ben.")
    assert (saved.by, [change.new for change in saved.changes]) == ("anna", ["By Anna"])


def test_second_who_changes_the_same_field_sees_who_changed_what_and_loses_nothing(anna, ben):
    revision = revisions.begin(fund(), by=anna, at=AT)
    revisions.save(revision, revision.typed | {"title": "By Anna", "note": "Anna's."}, version=1, by=anna, at=AT)
    with pytest.raises(revisions.Collision) as found:
        revisions.save(revision, revision.typed | {"title": "By Ben", "summary": "By Ben."}, version=1, by=ben, at=AT)
    collision = found.value
    assert collision.by == "anna"
    assert [(one.mine, one.theirs) for one in collision.conflicts] == [("By Ben", "By Anna")]
    merged = collision.merged
    assert (merged["title"], merged["summary"], merged["note"]) == ("By Ben", "By Ben.", "Anna's.")
    revision.refresh_from_db()
    assert revision.title == "By Anna"
    saved = revisions.save(revision, merged, version=collision.revision.version, by=ben, at=AT)
    assert saved.revision.typed["title"] == "By Ben"


def test_undo_writes_an_earlier_version_again(anna):
    revision = revisions.begin(fund(), by=anna, at=AT)
    revisions.save(revision, revision.typed | {"title": "A mistake"}, version=1, by=anna, at=AT)
    assert revisions.undo(revision, to=1, by=anna, at=AT).title == fund()["title"]


def test_saving_the_same_again_is_no_new_version(anna):
    revision = revisions.begin(fund(), by=anna, at=AT)
    assert revisions.save(revision, revision.typed, version=1, by=anna, at=AT).revision.version == 1


# Review


def test_author_does_not_approve_their_own_words(anna):
    revision = in_review(anna)
    with pytest.raises(publishing.Refused, match="somebody else"):
        revisions.approve(revision, version=revision.version, by=anna, at=AT)


def test_reviewer_who_wrote_on_it_is_an_author_too(anna, ben):
    revision = in_review(anna)
    saved = revisions.save(revision, revision.typed | {"note": "Ben's."}, version=revision.version, by=ben, at=AT)
    with pytest.raises(publishing.Refused, match="somebody else"):
        revisions.approve(revision, version=saved.revision.version, by=ben, at=AT)


def test_newsroom_of_one_may_switch_that_off(anna, settings):
    settings.REVIEW_BY_ANOTHER = False
    revision = looked_at(revisions.begin(fund(), by=anna, at=AT), anna)
    revisions.approve(revision, version=revision.version, by=anna, at=AT)
    assert Announcement.objects.published().exists()


def test_reviewer_approves_what_they_saw_and_nothing_newer(anna, ben):
    revision = in_review(anna)
    seen = revision.version
    revisions.save(revision, revision.typed | {"note": "Later."}, version=seen, by=anna, at=AT)
    with pytest.raises(publishing.Refused, match="look at it again"):
        revisions.approve(revision, version=seen, by=ben, at=AT)


def test_what_is_wrong_is_refused_with_every_reason(anna):
    revision = revisions.begin(announcement(FUND, claim(amount="1", theme="unknown-theme"), title=""), by=anna, at=AT)
    with pytest.raises(publishing.Refused) as refusal:
        revisions.submit(revision, version=1, by=anna, at=AT)
    assert len(refusal.value.reasons) >= 2
    revision.refresh_from_db()
    assert revision.state == RevisionState.DRAFT


def test_id_that_is_public_already_is_not_taken_by_a_new_announcement(anna, ben):
    published(anna, ben)
    revision = revisions.begin(by=anna, at=AT)
    saved = revisions.save(revision, typed.of(fund()), version=1, by=anna, at=AT)
    assert any("which this would replace" in reason for reason in revisions.judge(saved.revision, at=AT).reasons)


def test_sent_back_it_is_a_draft_with_what_was_said(anna, ben):
    revision = revisions.send_back(in_review(anna), by=ben, at=AT, said="Read the source again.")
    assert (revision.state, revision.said) == (RevisionState.DRAFT, "Read the source again.")


def test_discarded_one_can_be_taken_up_again(anna):
    revision = revisions.discard(revisions.begin(fund(), by=anna, at=AT), by=anna, at=AT)
    assert not Revision.objects.open().exists()
    assert revisions.take_up(revision, by=anna, at=AT).state == RevisionState.DRAFT


# Going live


def test_change_of_what_is_public_goes_live_with_its_ledger(anna, ben):
    row = published(anna, ben)
    revision = revisions.revise(row, by=anna, at=AT, why="It was £90m.")
    words = typed.of(revisions.record_of(FUND))
    words["claims"][0] |= {"amount": "90m", "as_stated": "£90m"}
    revision = looked_at(revisions.save(revision, words, version=1, by=anna, at=AT).revision, anna)
    revision = revisions.submit(revision, version=revision.version, by=anna, at=AT)
    revisions.approve(revision, version=revision.version, by=ben, at=AT)
    assert announced() == 90_000_000_00
    entry = AuditEntry.objects.of("announcement", FUND).first()
    assert (entry.verb, entry.why, entry.document["claims"][0]["amount"]) == (Did.CHANGED, "It was £90m.", "90000000")


def test_change_that_came_in_beside_it_is_taken_in_before_it_goes_live(anna, ben):
    row = published(anna, ben)
    revision = revisions.revise(row, by=anna, at=AT, why="A note.")
    words = revision.typed | {"note": "Anna's."}
    revision = looked_at(revisions.save(revision, words, version=1, by=anna, at=AT).revision, anna)
    load(document(revisions.record_of(FUND) | {"title": "Loaded"}))
    revision = revisions.submit(revision, version=revision.version, by=anna, at=AT)
    with pytest.raises(publishing.Refused, match="changed in public"):
        revisions.approve(revision, version=revision.version, by=ben, at=AT)
    assert revisions.catch_up(revision, by=anna, at=AT) == []
    revision.refresh_from_db()
    revisions.approve(revision, version=revision.version, by=ben, at=AT)
    row.refresh_from_db()
    assert (row.title, row.note) == ("Loaded", "Anna's.")


@pytest.mark.parametrize(
    ("moment", "state"), [("publish_at", RevisionState.SCHEDULED), ("embargo_until", RevisionState.EMBARGOED)]
)
def test_approved_before_its_moment_it_waits_and_then_goes_live_by_itself(anna, ben, moment, state):
    revision = in_review(anna)
    moments = {"publish_at": None, "embargo_until": None, moment: AT + HOUR}
    revision = revisions.schedule(revision, **moments, by=anna, at=AT)
    assert revisions.approve(revision, version=revision.version, by=ben, at=AT).state == state
    assert revisions.publish_due(at=AT) == 0
    assert not Announcement.objects.exists()
    assert revisions.publish_due(at=AT + HOUR) == 1
    assert revisions.publish_due(at=AT + HOUR) == 0
    assert Announcement.objects.published().exists()


def test_one_that_cannot_go_live_at_its_moment_goes_back_to_review_and_says_why(anna, ben):
    revision = revisions.schedule(in_review(anna), publish_at=AT + HOUR, embargo_until=None, by=anna, at=AT)
    revisions.approve(revision, version=revision.version, by=ben, at=AT)
    load(document(fund()))
    assert revisions.publish_due(at=AT + HOUR) == 0
    revision.refresh_from_db()
    assert revision.state == RevisionState.IN_REVIEW
    assert "which this would replace" in revision.said


def test_embargo_hides_it_from_whoever_has_no_part_in_it(anna, ben):
    revision = revisions.begin(fund(), by=anna, at=AT)
    revisions.schedule(revision, publish_at=None, embargo_until=AT + HOUR, by=anna, at=AT)
    assert not Revision.objects.visible_to(ben, all=False).exists()
    assert Revision.objects.visible_to(ben, all=True).exists()
    assert Revision.objects.visible_to(anna, all=False).exists()


def test_what_is_handed_in_as_a_draft_is_on_the_work_list(anna):
    load(document(fund()), publish=False)
    revisions.hand_in([FUND], by=anna, at=AT)
    revision = Revision.objects.open().get()
    assert (revision.announcement, revision.title, revision.is_new) == (FUND, fund()["title"], True)
    load(document(fund(title="Handed in again")), publish=False)
    revisions.hand_in([FUND], by=anna, at=AT)
    revision.refresh_from_db()
    assert revision.title == "Handed in again"


def test_beginning_many_costs_as_many_queries_as_beginning_few(anna, django_assert_num_queries):
    records = [announcement(f"2020-01-{day:02d}-fund") for day in range(1, 25)]
    with django_assert_num_queries(8):
        revisions.begin_all(records, by=anna, at=AT)


# What was withdrawn


@pytest.mark.parametrize("begun_before", [True, False])
def test_what_was_withdrawn_is_put_back_as_it_was_approved(anna, ben, begun_before):
    row = published(anna, ben)
    begun = revisions.revise(row, by=anna, at=AT, why="Another title.") if begun_before else None
    publishing.withdraw(announcement=row, reason="A spoof.", by=ben, at=AT)
    assert announced() == 0
    revision = begun or revisions.revise(row, by=anna, at=AT, why="It was none.")
    words = revision.typed | {"title": "No spoof"}
    revision = looked_at(revisions.save(revision, words, version=revision.version, by=anna, at=AT).revision, anna)
    revision = revisions.submit(revision, version=revision.version, by=anna, at=AT)
    revisions.approve(revision, version=revision.version, by=ben, at=AT)
    row.refresh_from_db()
    assert (row.status, row.title, row.withdrawn_reason) == (Status.PUBLISHED, "No spoof", "")
    assert announced() == 100_000_000_00
