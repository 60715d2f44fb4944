"""The history of a thing, out of the audit log: who did what and when, why, and what changed by it, field by field."""

from contextlib import contextmanager
from typing import NamedTuple

from django.db import transaction

from programmes.models import Region, Theme

from .. import auditing
from ..auditing import Noted
from ..choices import Did
from ..models import AuditEntry, Pot
from . import differences, things


class Step(NamedTuple):
    """One entry of a thing's history, and what it changed of what the one before it left."""

    entry: AuditEntry
    differences: list
    document: dict | None

    @property
    def first(self):
        """Whether nothing is known from before."""
        return self.document is not None and not self.differences


def steps(thing, key):
    """The Steps of a thing, the latest first. What is first known of it is not told field by field."""
    told, before = [], None
    entries = list(AuditEntry.objects.of(thing, key))
    names = _names([entry.document for entry in entries if entry.document])
    for entry in reversed(entries):
        changed = []
        if entry.document is not None:
            if before is not None:
                changed = differences.between(before, entry.document, names=names)
            before = entry.document
        told.append(Step(entry, changed, entry.document))
    return told[::-1]


def between(old, new):
    """What differs between two documents of a thing, by the present names of what they speak of."""
    return differences.between(old, new, names=_names([old, new]))


def note_change(row, before, *, by, at, why="", verb=None):
    """Note that a thing of `things` was entered or changed, with what it says now. before: its document from before,
    None where it is new. Where it says the same nothing is noted."""
    thing, now = things.name(row), things.document(row)
    if before == now:
        return
    if before is not None:
        note_standing(thing, things.key(row), str(row), before, at=at)
    verb = verb or (Did.CREATED if before is None else Did.CHANGED)
    auditing.note(thing, things.key(row), str(row), verb, by=by, at=at, why=why, document=now)


def note_deleted(row, *, by, at, why=""):
    """Note that a thing of `things` goes, and what it said. Belongs before it goes."""
    thing, key = things.name(row), things.key(row)
    note_standing(thing, key, str(row), things.document(row), at=at)
    auditing.note(thing, key, str(row), Did.DELETED, by=by, at=at, why=why)


@contextmanager
def noting(*, by, at, why):
    """Note what comes to be and what changes inside, of all things that may be written back."""
    with transaction.atomic():
        before = _all_documents()
        yield
        after = _all_documents()
        changed = {place: now for place, now in after.items() if before.get(place) != now}
        standing, notes = [], []
        for (thing, key), (label, document) in changed.items():
            was = before.get((thing, key))
            notes.append(Noted(thing, key, label, Did.CREATED if was is None else Did.CHANGED, document))
            if was is not None:
                standing.append(Noted(thing, key, was[0], Did.CREATED, was[1]))
        for thing in sorted({noted.thing for noted in standing}):
            mine = [noted for noted in standing if noted.thing == thing]
            told = auditing.told(thing, [noted.key for noted in mine])
            first = [noted for noted in mine if noted.key not in told]
            auditing.note_all(first, by=None, at=at, why=auditing.KEPT_SINCE)
        auditing.note_all(notes, by=by, at=at, why=why)


def _all_documents():
    """{(thing, key): (label, document)} of everything that may be written back: some queries for each kind of thing."""
    return {
        (thing, things.key(row)): (str(row), things.document(row))
        for thing in sorted(things.WRITTEN_BACK)
        for row in things.all_of(thing)
    }


def note_standing(thing, key, label, document, *, at):
    """Note what a thing said before it changed for the first time since histories are kept."""
    if key not in auditing.told(thing, [key]):
        auditing.note(thing, key, label, Did.CREATED, by=None, at=at, why=auditing.KEPT_SINCE, document=document)


def _names(documents):
    """What people call the themes, regions and pots that these documents may speak of: three queries."""
    claims = [
        claim
        for document in documents
        if isinstance(document.get("claims"), list)
        for claim in document["claims"]
        if isinstance(claim, dict)
    ]
    if not claims:
        return {}
    return {
        "theme": dict(Theme.objects.values_list("key", "name")),
        "region": dict(Region.objects.values_list("key", "name")),
        "pot": dict(Pot.objects.filter(reference__in=_pots(claims)).values_list("reference", "name")),
    }


def _pots(claims):
    found = {claim["about"] for claim in claims if claim.get("about")}
    for claim in claims:
        found.update(pot for key in ("part_of", "includes") for pot in claim.get(key) or ())
        found.update(
            row["pot"] for key in ("partly_in", "overlaps", "links") for row in claim.get(key) or () if row.get("pot")
        )
    return found
