"""Lists for editors of what wants looking after: the same form as the checks of quality that readers see, and some of them.

Each report is data: what it means, what an editor does, and its rows, ordered, as Items with the page on which they are
mended. What costs more than a list may is stored by `recheck`.
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple

from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from programmes.models import Programme

from .. import quality
from ..choices import WRITABLE_STATES, RevisionState
from ..facts import dumping
from ..models import Announcement, Claim, Doubts, Response, Revision, SourceCheck
from . import checks
from .known import known_for

CHUNK = 200
AT_ONCE = 2000
"""Announcements that are checked in one go between two nights."""


class Asked(NamedTuple):
    """What a list is asked for. today: the day; years, days: how long is long; user: who asks."""

    today: datetime.date
    years: int = 3
    days: int = 30
    user: object = None


class Item(NamedTuple):
    """A row of a report: its public id, its name, the admin page on which it is mended, what else to know, and the day
    since which it stands (None where nobody knows)."""

    id: str
    name: str
    href: str
    note: str
    since: datetime.date | None


class Report(NamedTuple):
    """A report. of: what its rows are; rows: from Asked an ordered queryset; items: its rows as Items, in a fixed number of
    queries; asks: the field of Asked that may be chosen, or ""; permission: what whoever sees it has to have."""

    key: str
    title: str
    means: str
    mend: str
    of: str
    rows: Callable
    items: Callable
    asks: str = ""
    permission: str = "announcements.view_announcement"


# ----------------------------------------------------------------------------------------------------- rows


def _stale(asked):
    """Programmes of which no published announcement has spoken for so many years, the longest silent first."""
    before = _years_before(asked.today, asked.years)
    spoken = Announcement.objects.published().filter(programmes=OuterRef("pk")).order_by()
    last = spoken.values("programmes").annotate(last=Max("announced_on")).values("last")
    return Programme.objects.annotate(last=Subquery(last)).filter(last__lt=before).order_by("last", "slug")


def _years_before(day, years):
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _unlinked(asked):
    """Responses of published announcements that name no source, or no claim where there are claims to answer."""
    answerable = Claim.objects.filter(announcement=OuterRef("announcement"))
    return (
        Response.objects.of_published()
        .filter(Q(source=None) | Q(claim=None) & Exists(answerable))
        .select_related("announcement", "organisation")
        .order_by("announcement__announced_on", "announcement__slug", "position", "pk")
    )


def _lying(asked):
    """Drafts, and what waits for a reviewer, that nobody has moved on for so many days."""
    before = timezone.make_aware(datetime.datetime.combine(asked.today, datetime.time.min))
    return (
        Revision.objects.filter(state__in=WRITABLE_STATES, moved_at__lt=before - datetime.timedelta(days=asked.days))
        .visible_to(asked.user, all=asked.user is None or asked.user.has_perm("announcements.approve_revision"))
        .select_related("assignee")
        .order_by("moved_at", "pk")
    )


def _doubted(asked):
    return Doubts.objects.open().select_related("announcement").order_by("since", "announcement__slug")


# ---------------------------------------------------------------------------------------------------- items


def _page(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _of_pots(rows):
    slugs = {row.reference: row.reference.partition("#")[0] for row in rows}
    first = {row.slug: row for row in Announcement.objects.filter(slug__in=slugs.values())}
    for row in rows:
        announcement = first.get(slugs[row.reference])
        note = f"First spoken of in “{announcement}”." if announcement else ""
        day = announcement and announcement.announced_on
        yield Item(row.reference, row.name, _page(announcement or row), note, day)


def _of_sources(rows):
    looks = {look.url: look for look in SourceCheck.objects.filter(url__in=[row.url for row in rows])}
    for row in rows:
        look = looks[row.url]
        said = f"answered {look.status}" if look.status else look.said
        note = f"{row.url}: {said}" + (f"; moved to {look.moved_to}" if look.moved_to else "")
        yield Item(row.url, f"{row.publisher}: {row.announcement}", _page(row.announcement), note, look.failing_since)


def _of_programmes(rows):
    for row in rows:
        yield Item(row.slug, row.name, _page(row), f"Last spoken of on {row.last:%-d %B %Y}.", row.last)


def _of_responses(rows):
    for row in rows:
        lacks = " and ".join(what for what, given in [("source", row.source_id), ("claim", row.claim_id)] if not given)
        reference = f"{row.announcement.slug}/{row.key}"
        name = f"{row.organisation} on “{row.announcement}”"
        yield Item(reference, name, _page(row.announcement), f"Names no {lacks}.", row.announcement.announced_on)


def _of_revisions(rows):
    for row in rows:
        whose = f"with {row.assignee}" if row.assignee else "with nobody"
        note = f"{row.get_state_display()}, {whose}."
        yield Item(str(row.pk), str(row), _page(row), note, timezone.localdate(row.moved_at))


def _of_doubts(rows):
    for row in rows:
        note = " ".join(found["message"] for found in row.found)
        yield Item(row.announcement.slug, str(row.announcement), _page(row.announcement), note, row.since)


def _as_readers_see(key, items, **how):
    """One of the checks of quality, which readers see too."""
    check = quality.CHECKS[key]
    return Report(check.key, check.title, check.means, check.mend, check.of, lambda asked: check.rows(), items, **how)


REPORTS = {
    report.key: report
    for report in [
        _as_readers_see("unclear-newness", _of_pots),
        Report(
            "unreviewed-warnings",
            "Warnings that nobody ticked off",
            "The checks of the entry page warn of something in a published announcement, and nobody has said why it stands.",
            "Revise the announcement: mend what is wrong, or tick it off with a reason.",
            "announcements",
            _doubted,
            _of_doubts,
        ),
        Report(
            "stale-programmes",
            "Programmes gone quiet",
            "No announcement has spoken of the programme for years: it may have ended, been renamed or folded into another.",
            "Look for what became of it, and enter the latest announcement, or say in its description that it ended.",
            "programmes",
            _stale,
            _of_programmes,
            asks="years",
        ),
        _as_readers_see("dead-links", _of_sources),
        Report(
            "unlinked-responses",
            "Responses that name no source or claim",
            "What somebody answered can be read nowhere, or nobody knows which money it is about.",
            "Revise the announcement: enter where it was read, and which claim it answers where it answers one.",
            "responses",
            _unlinked,
            _of_responses,
        ),
        Report(
            "drafts-lying",
            "Drafts and reviews that lie",
            "Nobody has moved the revision on for weeks.",
            "Finish it, hand it to somebody, or discard it.",
            "revisions",
            _lying,
            _of_revisions,
            asks="days",
            permission="announcements.view_revision",
        ),
    ]
}
"""By key, in the order in which they are shown."""


# ---------------------------------------------------------------------------------------------- what is stored


def unchecked():
    """Published announcements that changed since they were checked, or never were."""
    return Announcement.objects.published().filter(Q(doubts__isnull=True) | Q(updated_at__gt=F("doubts__checked_at")))


def recheck(announcements, *, at):
    """Store what the checks warn of in these announcements, a queryset; gives how many were looked at.

    What was found before keeps the day on which it was.
    """
    ids = list(announcements.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        _recheck(ids[start : start + CHUNK], at)
    return len(ids)


def _recheck(ids, at):
    today = timezone.localdate(at)
    rows = list(dumping.prefetched(Announcement.objects.published().filter(pk__in=ids)))
    before = {row.pk: {one["key"]: one["since"] for one in row.found} for row in Doubts.objects.filter(pk__in=ids)}
    ticked = _ticked([row.slug for row in rows])
    found = []
    for row in rows:
        record = dumping.announcement(row)
        warnings = [
            {
                "rule": finding.rule,
                "message": finding.message,
                "key": finding.key,
                "since": before.get(row.pk, {}).get(finding.key, str(today)),
            }
            for finding in checks.find(record, known_for(record, today=today, besides=row.slug))
            if finding.level == checks.Level.WARNING and finding.key not in ticked.get(row.slug, ())
        ]
        since = min((one["since"] for one in warnings), default=None)
        found.append(Doubts(announcement=row, found=warnings, number=len(warnings), since=since, checked_at=at))
    Doubts.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["announcement"],
        update_fields=["found", "number", "since", "checked_at"],
    )


def _ticked(slugs):
    """{id: the keys of the warnings that were ticked off when it was last published}."""
    published = Revision.objects.filter(announcement__in=slugs, state=RevisionState.PUBLISHED).order_by(
        "moved_at", "pk"
    )
    return {
        slug: {tick.get("key") for tick in words.get("ticked") or () if tick.get("reason")}
        for slug, words in published.values_list("announcement", "typed")
    }
