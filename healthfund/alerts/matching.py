"""What a portion of the changes means to the reader of an alert: which announcements came, changed, left and went."""

from enum import StrEnum
from typing import NamedTuple

from announcements.choices import ChangeKind, Resource
from announcements.ledger import totals
from announcements.ledger.claims import in_parts
from announcements.models import Announcement, Change

from ..webhooks.matching import asked


class News(StrEnum):
    """What happened to an announcement, as the reader of an alert sees it."""

    PUBLISHED = "Published"
    AGAIN = "Published again"
    ENTERED = "Edited, and now among these"
    EDITED = "Edited"
    LEFT = "Edited, and no longer among these"
    WITHDRAWN = "Withdrawn"


class Item(NamedTuple):
    """An announcement (by its id and public id) and what happened to it."""

    news: News
    pk: int
    slug: str


class Portion(NamedTuple):
    """The changes after an alert's place in their log, up to `upto`, and the state that the ledger was in then.

    items: what is to be told; entered and left: ids of announcements that the question has come to find, or finds no
    more; found: ids of those that it found before, None for all that were public.
    """

    upto: int
    known_at: object
    items: list
    entered: list
    left: list


def question_of(alert):
    """The filter that an alert asks; `.faults` says what is wrong with it."""
    return asked(alert.filter)


def judged(kinds, *, was, now):
    """The News of an announcement's changes, whose kinds are given in their order; None where there is none.

    was, now: whether the question found it before them, and finds it after.
    """
    if was and now:
        return News.AGAIN if ChangeKind.WITHDRAWN in kinds else News.EDITED
    if now:
        return News.PUBLISHED if ChangeKind.CREATED in kinds else News.ENTERED
    if was:
        return News.WITHDRAWN if kinds[-1] == ChangeKind.WITHDRAWN else News.LEFT
    return None


def portion(alert, question):
    """The Portion of an alert that is next. Belongs in a snapshot; the number of queries grows only with thousands of
    announcements that changed."""
    changed, upto = {}, alert.cursor
    changes = Change.objects.since(alert.cursor)
    for pk, resource, slug, kind in changes.values_list("pk", "resource", "public_id", "kind"):
        upto = pk
        if resource == Resource.ANNOUNCEMENT:
            changed.setdefault(slug, []).append(kind)
    ids = {}
    for slugs in in_parts(changed):
        ids |= dict(Announcement.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    if alert.filter:
        before, after = _found(alert.matches, "announcement_id", ids), _found(question.qs.order_by(), "pk", ids)
    else:
        before = {ids[slug] for slug, kinds in changed.items() if slug in ids and kinds[0] != ChangeKind.CREATED}
        after = {ids[slug] for slug, kinds in changed.items() if slug in ids and kinds[-1] != ChangeKind.WITHDRAWN}
    items = []
    for slug, kinds in changed.items():
        pk = ids.get(slug)
        news = judged(kinds, was=pk in before, now=pk in after)
        if news:
            items.append(Item(news, pk, slug))
    kept = bool(alert.filter)
    return Portion(
        upto=upto,
        known_at=totals.posted_at(from_ledger=True),
        items=items,
        entered=sorted(after - before) if kept else [],
        left=sorted(before - after) if kept else [],
    )


def _found(rows, column, ids):
    """The ids among these that stand in a column of the rows."""
    found = set()
    for some in in_parts(ids.values()):
        found.update(rows.filter(**{f"{column}__in": some}).values_list(column, flat=True))
    return found
