"""Whether the sources that announcements cite are still there: looked at once a week, a few at a time.

A source counts as gone only after it failed on several days, and nothing but a list for editors depends on it.
"""

import datetime
import logging
import time
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from django.db.models import F, Q

from ..choices import Reached
from ..models import Source, SourceCheck
from .fetching import Refused, Unreachable, fetch

logger = logging.getLogger(__name__)

AGAIN_AFTER = datetime.timedelta(days=7)
FAILED_AGAIN_AFTER = datetime.timedelta(hours=20)
"""One that failed is looked at on the next day, so that a week tells whether it is gone."""

PORTION = 10
"""How many addresses one run looks at, each of another host."""
CONSIDERED = 400
SECONDS = 4
"""For one answer."""
LAST_BEGIN = 8
"""Seconds after which a run begins no further address: a task that lasts longer than the broker's patience runs twice."""
MOST_REDIRECTS = 3

REDIRECTS = frozenset({301, 302, 303, 307, 308})
GUARDED = frozenset({401, 403, 405, 406, 429, 451})
"""Answers of servers that have the page and do not show it to programs."""


class Finding(NamedTuple):
    """What came of looking at an address: the server's last status (None without an answer), where it answers now (""
    for where it was asked), and why there was no answer."""

    outcome: Reached
    status: int | None = None
    moved_to: str = ""
    said: str = ""


def look(url, *, policy=None):
    """The Finding of an address: asked for its head, and where that brings nothing for its page."""
    found = _ask("HEAD", url, policy)
    return found if found.outcome in (Reached.ANSWERS, Reached.MOVED, Reached.NOT_ASKED) else _ask("GET", url, policy)


def _ask(method, url, policy):
    at = url
    try:
        for _ in range(MOST_REDIRECTS + 1):
            answer = fetch(method, at.partition("#")[0], seconds=SECONDS, largest=0, policy=policy)
            onward = answer.headers.get("location", "") if answer.status in REDIRECTS else ""
            if not onward:
                return _judged(answer.status, at if at != url else "")
            at = urljoin(at, onward)
    except Refused as error:
        # Somebody else's redirect to what we do not ask is that page's fault.
        return Finding(Reached.NOT_ASKED if at == url else Reached.FAILS, said=str(error)[:300])
    except (Unreachable, ValueError) as error:
        return Finding(Reached.FAILS, said=str(error)[:300])
    return Finding(Reached.FAILS, answer.status, said=f"It leads on more than {MOST_REDIRECTS} times.")


def _judged(status, moved_to):
    if status in GUARDED:
        return Finding(Reached.GUARDED, status, moved_to)
    if status >= 300:
        return Finding(Reached.FAILS, status, moved_to)
    return Finding(Reached.MOVED if moved_to else Reached.ANSWERS, status, moved_to)


def due(at):
    """The checks of published sources' addresses that are to be made at a moment, those never made first."""
    failing = Q(outcome=Reached.FAILS)
    waited = Q(checked_at__lte=at - FAILED_AGAIN_AFTER) & failing | Q(checked_at__lte=at - AGAIN_AFTER) & ~failing
    cited = Source.objects.of_published().exclude(url="").order_by().values("url")
    checks = SourceCheck.objects.filter(Q(checked_at=None) | waited, url__in=cited)
    return checks.order_by(F("checked_at").asc(nulls_first=True), "pk")


def enrol():
    """Make a row for each cited address that has none yet. May run side by side."""
    known = SourceCheck.objects.order_by().values("url")
    cited = Source.objects.of_published().exclude(url="").exclude(url__in=known).order_by()
    urls = cited.values_list("url", flat=True).distinct()
    SourceCheck.objects.bulk_create([SourceCheck(url=url) for url in urls], ignore_conflicts=True, batch_size=500)


def look_at_some(*, at, policy=None, clock=time.monotonic):
    """Look at a portion of what is due, each address by one run only. Returns how many were looked at."""
    enrol()
    begun, hosts, looked = clock(), set(), 0
    for check in due(at)[:CONSIDERED]:
        host = urlsplit(check.url).hostname
        if host in hosts:
            continue
        if looked == PORTION or clock() - begun > LAST_BEGIN:
            break
        # Whoever moves the moment has it; another run that read the same row finds it moved.
        mine = SourceCheck.objects.filter(pk=check.pk, checked_at=check.checked_at).update(checked_at=at)
        if not mine:
            continue
        hosts.add(host)
        looked += 1
        record(check, look(check.url, policy=policy), at=at)
    logger.info("looked at sources looked=%s", looked)
    return looked


def record(check, finding, *, at):
    """Keep what was found, and on how many days in a row the address failed: a day counts once."""
    day = at.date()
    kept = {
        "outcome": finding.outcome,
        "status": finding.status,
        "moved_to": finding.moved_to[:2000],
        "said": finding.said,
    }
    if finding.outcome != Reached.FAILS:
        kept |= {"failures": 0, "failing_since": None, "failed_on": None}
    elif check.failed_on != day:
        kept |= {
            "failures": min(check.failures + 1, 1000),
            "failing_since": check.failing_since or day,
            "failed_on": day,
        }
    SourceCheck.objects.filter(pk=check.pk).update(checked_at=at, **kept)
