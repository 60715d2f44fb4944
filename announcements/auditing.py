"""The audit log: one way to write it, in the transaction of what it tells."""

from typing import NamedTuple

from .models import AuditEntry

KEPT_SINCE = "As it stood before its history was kept."
"""Why of an entry that keeps what a thing said before it changed for the first time."""


class Noted(NamedTuple):
    """One thing that somebody did something to: its kind, public id and name, and its document afterwards (a dict of
    JSON values; None where it went or says the same)."""

    thing: str
    key: str
    label: str
    verb: str
    document: dict | None = None


def note(thing, key, label, verb, *, by, at, why="", document=None):
    """Note what was done to one thing. by: the user, or their name; None where the portal itself did it."""
    note_all([Noted(thing, key, label, verb, document)], by=by, at=at, why=why)


def note_all(things, *, by, at, why=""):
    """Note what was done to many at once, each a Noted."""
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                at=at,
                thing=noted.thing,
                key=noted.key,
                label=noted.label[:300],
                verb=noted.verb,
                by="" if by is None else str(by),
                why=why,
                document=noted.document,
            )
            for noted in things
        ],
        batch_size=500,
    )


def told(thing, keys):
    """Those of the keys of things of this kind of which the log holds a document."""
    keys, found = list(keys), set()
    for start in range(0, len(keys), 500):
        rows = AuditEntry.objects.filter(thing=thing, key__in=keys[start : start + 500], document__isnull=False)
        found.update(rows.order_by().values_list("key", flat=True).distinct())
    return found
