"""A database filled with generated announcements: in batches, through the real counting rules, going on where it ended."""

import itertools
from random import Random
from typing import NamedTuple

from django.db import connection

from ..ledger import rollups
from ..models import Announcement
from . import generating, loading
from .format import FORMAT


class NotAlone(Exception):
    """Announcements that were not generated are published here, which generated ones would be counted with."""


class Progress(NamedTuple):
    """How far it has come: announcements asked for, of them there already before, and newly loaded."""

    wanted: int
    before: int
    new: int


def fill(wanted, *, seed, batch, now, today, beside=False):
    """Load the first `wanted` announcements of a seed, `batch` in a transaction; yields a Progress after each batch.

    What is there already is left as it is, so that a run that was stopped is continued, and one for more adds the
    rest. now: gives the moment that each batch is posted at; today: the last day that anything may be dated. Rolls up
    at the end what no worker has. Raises NotAlone unless `beside` where other announcements are published, and
    FactFaults where what was generated before was changed so that more cannot build on it.
    """
    others = Announcement.objects.published().exclude(slug__regex=generating.GENERATED).count()
    if others and not beside:
        raise NotAlone(
            f"this database has published announcements that were not generated ({others:,}), and its totals would mix "
            "them with made-up ones: name another database in DATABASE_URL, or say --beside"
        )
    made = itertools.islice(generating.announcements(Random(seed), seed), wanted)
    before = new = analysed = 0
    while records := list(itertools.islice(made, batch)):
        slugs = [record["id"] for record in records]
        there = set(Announcement.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        lacking = [record for record in records if record["id"] not in there]
        if lacking:
            document = {"format": FORMAT, "announcements": lacking}
            loaded = loading.load([(f"from {lacking[0]['id']}", document)], at=now(), today=today)
            new += loaded.counts.new
        before += len(there)
        if lacking and before + new >= 2 * analysed:
            _analyse()
            analysed = before + new
        yield Progress(wanted, before, new)
    rollups.apply_unapplied(at=now())
    if new:
        _analyse()


def _analyse():
    """Have PostgreSQL count its tables, which it plans as empty until it does so by itself, minutes later or never."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
