"""The verbs of the newsroom: begin, save, send to review, approve, send back, discard, and what goes live when.

A revision goes live in one way: its record is loaded (facts.loading), whole, in one transaction with its ledger entries.
Until then nothing public knows of it. Each verb is one transaction, refuses by `Refused`, whose reasons tell an editor
what to mend, and writes the audit log. The clock is read by the caller: `at` is an aware datetime, `by` the user who
acts; who may do what is the caller's question, but for one: nobody approves their own words (REVIEW_BY_ANOTHER).
"""

import logging
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import auditing
from ..auditing import Noted
from ..choices import WAITING_STATES, WRITABLE_STATES, Did, RevisionState
from ..facts import dumping, loading
from ..facts.format import FORMAT
from ..models import Announcement, Revision, RevisionVersion
from ..publishing import Refused
from . import checks, differences, known, radar, typed

logger = logging.getLogger(__name__)


class Collision(Exception):
    """Somebody saved the same fields in between. Nothing was written.

    revision: as it is now; changes: what was changed in between, each a Difference; by: who did; merged: both together,
    in which every field that both changed holds what was typed here; conflicts: those fields.
    """

    def __init__(self, revision, changes, by, merged, conflicts):
        self.revision, self.changes, self.by, self.merged, self.conflicts = revision, changes, by, merged, conflicts
        super().__init__(f"{by} changed {len(conflicts)} of the same fields in between.")


class Saved(NamedTuple):
    """A revision as it was saved, and what others had changed beside it, now in it as well."""

    revision: Revision
    changes: list
    by: str


class Judged(NamedTuple):
    """What keeps a revision from being public, and what was seen of it. Paths are places in what was typed.

    faults: (path, message) that can only be mended; findings: those of the checks; unticked: the warnings among them
    that nobody ticked off; likely: {claim key: the pots that it might repeat}; unlooked: (claim key, Candidate) on which
    there is no verdict.
    """

    record: dict
    faults: list
    findings: list
    unticked: list
    likely: dict
    unlooked: list
    composed: typed.Composed

    @property
    def reasons(self):
        """Everything that stands in the way, as sentences."""
        return [
            *(message for _, message in self.faults),
            *(finding.message for finding in self.findings if finding.level == "error"),
            *(f"{finding.message} Mend it, or tick it off with a reason." for finding in self.unticked),
            *(
                f"Say whether {key} is the same money as “{candidate.name}” ({candidate.day:%-d %B %Y})."
                for key, candidate in self.unlooked
            ),
        ]


# Beginning


def begin(record=None, *, by, at, why="", assignee=None):
    """A new revision: of an empty announcement, of a record, or of the published announcement whose id the record has.

    Raises Refused where somebody is revising that announcement already.
    """
    return begin_all([record], by=by, at=at, why=why, assignee=assignee)[0]


@transaction.atomic
def begin_all(records, *, by, at, why="", assignee=None, verb=Did.CREATED):
    """Revisions of many records at once, in their order: all or, where one is refused, none."""
    ids = [record["id"] for record in records if record]
    public = public_records(ids)
    there = set(Announcement.objects.filter(slug__in=ids).values_list("slug", flat=True))
    open_already = Revision.objects.open().filter(announcement__in=ids).order_by("pk")
    if reasons := [f"Somebody is revising “{one}” already ({one.announcement})." for one in open_already]:
        raise Refused(reasons)
    rows = []
    for record in records:
        row = Revision(
            announcement=record["id"] if record and record["id"] in there else "",
            base=public.get(record["id"]) if record else None,
            why=why,
            author=by,
            assignee=assignee or by,
            writers=[by.pk],
            begun_at=at,
            moved_at=at,
        )
        _type(row, typed.of(record) if record else {}, at)
        rows.append(row)
    Revision.objects.bulk_create(rows, batch_size=200)
    _keep(rows, by, at)
    _note([(row, verb) for row in rows], by=by, at=at, why=why)
    return rows


@transaction.atomic
def empty(*, by, at):
    """A revision to type a new announcement in: the one that this user opened and left empty, or another."""
    found = Revision.objects.open().filter(author=by, assignee=by, typed={}).order_by("pk").first()
    return found or begin(by=by, at=at)


def revise(announcement, *, by, at, why=""):
    """The open revision of an announcement that is public, or a new one of it."""
    found = Revision.objects.open().filter(announcement=announcement.slug).first()
    if found:
        return found
    try:
        with transaction.atomic():
            return begin(record_of(announcement.slug), by=by, at=at, why=why)
    except IntegrityError:
        # Somebody else began at the same moment.
        return Revision.objects.open().get(announcement=announcement.slug)


@transaction.atomic
def hand_in(slugs, *, by, at, why=""):
    """Put announcements that were loaded as drafts on the work list: each as a revision, or over the one that is open."""
    if not slugs:
        return
    rows = dumping.prefetched(Announcement.objects.filter(slug__in=slugs).in_order())
    records = {row.slug: dumping.announcement(row) for row in rows}
    open_already = list(Revision.objects.select_for_update().open().filter(announcement__in=slugs))
    begun = {row.announcement for row in open_already}
    begin_all([record for slug, record in records.items() if slug not in begun], by=by, at=at, why=why)
    for row in open_already:
        if row.state in WRITABLE_STATES:
            _save(row, typed.of(records[row.announcement]), by, at, why or None)


def public_records(ids):
    """{id: record} of those announcements that are published now."""
    rows = Announcement.objects.published().filter(slug__in=ids)
    return {row.slug: dumping.announcement(row) for row in dumping.prefetched(rows)} if ids else {}


def record_of(slug):
    """The record of an announcement, whatever its status."""
    return dumping.announcement(dumping.prefetched(Announcement.objects.filter(slug=slug)).get())


# Writing


def save(revision, words, *, version, by, at, why=None):
    """Save what was typed over the version that it was typed on. Gives Saved.

    Where somebody saved another version in between and both changed different fields, both stand. Raises Collision where
    both changed the same ones, and Refused where the revision is not written on any more.
    """
    changes, writer = [], ""
    while True:
        with transaction.atomic():
            now = Revision.objects.select_for_update().get(pk=revision.pk)
            if now.state not in WRITABLE_STATES:
                raise Refused([f"It is {now.get_state_display().lower()} now: take it back to draft to write on it."])
            if now.version == version:
                return Saved(_save(now, words, by, at, why), changes, writer)
            before = RevisionVersion.objects.filter(revision=now, version=version).first()
            base = before.typed if before else {}
            writer = now.versions.order_by("-version").values_list("by", flat=True).first() or ""
            changes = differences.between(base, now.typed)
            merged, conflicts = differences.merged(base, words, now.typed)
            if conflicts:
                raise Collision(now, changes, writer, merged, conflicts)
            words, version = merged, now.version


def _save(revision, words, by, at, why):
    if revision.typed == words and why in (None, revision.why):
        return revision
    last = revision.versions.order_by("-version").first()
    if last and last.by != str(by):
        # One entry of the log for each turn of writing; this writer's own comes when it is handed on.
        _note([(revision, Did.CHANGED)], by=last.by, at=at)
    revision.version += 1
    if why is not None:
        revision.why = why
    if by.pk not in revision.writers:
        revision.writers = [*revision.writers, by.pk]
    _type(revision, words, at)
    revision.save(update_fields=["typed", "title", "announced_on", "version", "why", "writers", "saved_at"])
    _keep([revision], by, at)
    return revision


def _type(revision, words, at):
    record = typed.compose(words).record
    revision.typed = words
    revision.title = (record.get("title") or "")[:300]
    revision.announced_on = record.get("announced_on")
    revision.saved_at = at


def _keep(revisions, by, at):
    RevisionVersion.objects.bulk_create(
        [RevisionVersion(revision=row, version=row.version, typed=row.typed, by=str(by), at=at) for row in revisions],
        batch_size=200,
    )


def undo(revision, *, to, by, at):
    """Write an earlier version of what was typed again. Raises Refused where it is not kept any more."""
    with transaction.atomic():
        now = _held(revision, WRITABLE_STATES)
        before = now.versions.filter(version=to).first()
        if before is None:
            raise Refused(["That version is not kept any more."])
        return _save(now, before.typed, by, at, None)


def schedule(revision, *, publish_at, embargo_until, by, at):
    """Say from when it is to be public, and until when nobody else may know of it; None for either takes it away."""
    with transaction.atomic():
        now = _held(revision, WRITABLE_STATES)
        now.publish_at, now.embargo_until = publish_at, embargo_until
        now.save(update_fields=["publish_at", "embargo_until"])
    return now


def assign(revision, *, to, by, at):
    """Give it to somebody to go on with; None: to nobody."""
    with transaction.atomic():
        now = _held(revision, (*WRITABLE_STATES, *WAITING_STATES))
        now.assignee = to
        now.save(update_fields=["assignee"])
    return now


def catch_up(revision, *, by, at):
    """Take in what became public since a revision was begun. Gives the conflicts, in which what was typed stands."""
    with transaction.atomic():
        now = _held(revision, WRITABLE_STATES)
        public = public_records([now.announcement]).get(now.announcement)
        if public is None or public == now.base:
            return []
        merged, conflicts = differences.merged(typed.of(now.base or {}), now.typed, typed.of(public))
        now.base = public
        now.save(update_fields=["base"])
        _save(now, merged, by, at, None)
    return conflicts


# Judging


def judge(revision, *, at, words=None):
    """What keeps a revision from being public as it stands, or with other words typed. Gives Judged."""
    words = revision.typed if words is None else words
    composed = typed.compose(words)
    record = composed.record
    day = timezone.localdate(max(at, revision.goes_live_at or at))
    faults = [*composed.faults, *_faults_of_its_id(revision, record)]
    try:
        loading.load([("", {"format": FORMAT, "announcements": [record]})], at=at, today=day, check=True, put_back=True)
    except loading.FactFaults as wrong:
        faults += [(composed.typed_path(tuple(fault.path[2:])), _sentence(fault)) for fault in wrong.faults]
    if not words.get("id") and not (record.get("announced_on") and record.get("title")):
        # It is made of day and title, whose own faults are told.
        faults = [fault for fault in faults if fault[0] != ("id",)]
    beside = known.known_for(record, today=day, besides=revision.announcement, revision=revision.pk)
    findings = [finding._replace(path=composed.typed_path(finding.path)) for finding in checks.find(record, beside)]
    # What a check says better is not said twice.
    said = {finding.path for finding in findings if finding.level == "error"}
    faults = [fault for fault in faults if fault[0] not in said]
    ticked = {tick.get("key") for tick in words.get("ticked") or () if tick.get("reason")}
    likely = radar.likely(record, besides=revision.announcement)
    looked = {
        claim.get("key") or str(index): row.get("looked") or ()
        for index, (claim, row) in enumerate(
            zip(record.get("claims") or (), typed.trimmed(words).get("claims") or (), strict=False)
        )
    }
    return Judged(
        record,
        list(dict.fromkeys(faults)),
        findings,
        [finding for finding in findings if finding.level == "warning" and finding.key not in ticked],
        likely,
        radar.unlooked(likely, looked),
        composed,
    )


def _faults_of_its_id(revision, record):
    if revision.announcement and record.get("id") != revision.announcement:
        yield ("id",), f"Its id stays {revision.announcement}: addresses lead there."


def _sentence(fault):
    words = f"{fault.message}"
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")


def _refuse_unless_ready(revision, at):
    judged = judge(revision, at=at)
    if judged.reasons:
        raise Refused(judged.reasons)
    return judged


# The way to the public


@transaction.atomic
def submit(revision, *, version, by, at, why=None):
    """Send it to review. Raises Refused with everything that has to be mended or looked at first."""
    now = _held(revision, [RevisionState.DRAFT], version)
    if why is not None:
        now.why = why.strip()
    if not now.is_new and not now.why:
        raise Refused(["Say why the announcement changes: its history tells it."])
    _refuse_unless_ready(now, at)
    _move(now, RevisionState.IN_REVIEW, at, "why", said="")
    _note([(now, Did.SUBMITTED)], by=by, at=at, why=now.why)
    logger.info("submitted revision=%s by=%s", now.pk, by)
    return now


@transaction.atomic
def approve(revision, *, version, by, at):
    """Approve exactly this version: it goes live at once, or at its moment. Raises Refused where it may not."""
    now = _held(revision, WRITABLE_STATES, version)
    if settings.REVIEW_BY_ANOTHER and by.pk in now.writers:
        raise Refused(["You wrote on this yourself: somebody else has to approve it."])
    if settings.REVIEW_BY_ANOTHER and now.state != RevisionState.IN_REVIEW:
        raise Refused(["It was not sent to review yet."])
    _refuse_unless_ready(now, at)
    now.reviewer = by
    if now.goes_live_at and now.goes_live_at > at:
        embargoed = now.embargo_until and now.embargo_until > at
        _move(now, RevisionState.EMBARGOED if embargoed else RevisionState.SCHEDULED, at, "reviewer", said="")
        _note([(now, Did.APPROVED)], by=by, at=at, why=now.why)
        logger.info("approved revision=%s by=%s live=%s", now.pk, by, now.goes_live_at)
    else:
        _go_live(now, by, at)
    return now


@transaction.atomic
def send_back(revision, *, by, at, said=""):
    """Take it back to draft: the reviewer says what to mend, or its author wants to write on."""
    now = _held(revision, [RevisionState.IN_REVIEW, *WAITING_STATES])
    _move(now, RevisionState.DRAFT, at, said=said.strip())
    _note([(now, Did.SENT_BACK)], by=by, at=at, why=now.said)
    return now


@transaction.atomic
def discard(revision, *, by, at, why=""):
    """Put it away. It can be taken up again."""
    now = _held(revision, (*WRITABLE_STATES, *WAITING_STATES))
    _move(now, RevisionState.DISCARDED, at)
    _note([(now, Did.DISCARDED)], by=by, at=at, why=why)
    return now


@transaction.atomic
def take_up(revision, *, by, at):
    """Go on with one that was discarded. Raises Refused where another of the same announcement is open by now."""
    now = _held(revision, [RevisionState.DISCARDED])
    if now.announcement and Revision.objects.open().filter(announcement=now.announcement).exists():
        raise Refused(["Somebody is revising the same announcement by now."])
    _move(now, RevisionState.DRAFT, at)
    _note([(now, Did.REOPENED)], by=by, at=at)
    return now


def publish_due(*, at):
    """Publish every approved revision whose moment has come. One that cannot be any more goes back to review, with why.

    Gives how many were published.
    """
    published = 0
    for due in Revision.objects.due(at):
        try:
            with transaction.atomic():
                now = _held(due, WAITING_STATES, due.version)
                _refuse_unless_ready(now, at)
                _go_live(now, now.reviewer, at)
                published += 1
        except Refused as refusal:
            with transaction.atomic():
                said = f"It could not be published at its moment. {refusal}"
                if Revision.objects.filter(pk=due.pk, state__in=WAITING_STATES).update(
                    state=RevisionState.IN_REVIEW, moved_at=at, said=said
                ):
                    _note([(due, Did.SENT_BACK)], by=None, at=at, why=said)
                    logger.error("could not publish revision=%s at its moment: %s", due.pk, refusal)
    return published


def _go_live(revision, by, at):
    """Write the record to the public tables and post it, whole or, raising Refused, not at all."""
    record = typed.compose(revision.typed).record
    public = public_records([record["id"]]).get(record["id"])
    # What is not public, also what was withdrawn meanwhile, is put back.
    if public not in (revision.base, None):
        raise Refused(["It was changed in public since this was begun: open it and take those changes in first."])
    try:
        loading.load(
            [("", {"format": FORMAT, "announcements": [record]})],
            at=at,
            today=timezone.localdate(at),
            put_back=True,
            by=by,
            why=revision.why,
        )
    except loading.FactFaults as wrong:
        raise Refused([_sentence(fault) for fault in wrong.faults]) from None
    revision.announcement = record["id"]
    _move(revision, RevisionState.PUBLISHED, at, "announcement", "reviewer", said="")
    revision.versions.all().delete()
    _note([(revision, Did.PUBLISHED)], by=by, at=at, why=revision.why)
    logger.info("published revision=%s announcement=%s by=%s", revision.pk, revision.announcement, by)


# What they share


def _held(revision, states, version=None):
    """The revision as it stands, held until the transaction ends. Raises Refused where it has moved on."""
    now = Revision.objects.select_for_update().get(pk=revision.pk)
    if now.state not in states:
        raise Refused([f"It is {now.get_state_display().lower()} by now."])
    if version is not None and now.version != version:
        raise Refused(["Somebody wrote on it since you opened it: look at it again first."])
    return now


def _move(revision, state, at, *fields, **values):
    for name, value in values.items():
        setattr(revision, name, value)
    revision.state, revision.moved_at = state, at
    revision.save(update_fields=["state", "moved_at", *fields, *values])


def _note(rows, *, by, at, why=""):
    auditing.note_all(
        [Noted("revision", str(row.pk), str(row), verb, typed.compose(row.typed).record) for row, verb in rows],
        by=by,
        at=at,
        why=why,
    )
