"""The mail that tells what changed: the figures, then and now, and each announcement with what it adds."""

from collections import Counter
from typing import NamedTuple

from django.utils import timezone

from announcements.ledger import contributions
from announcements.models import Announcement

from . import asking
from .letters import letter
from .matching import News

SHOWN = 25
"""How many announcements are told of one by one; of the others the mail says how many there are."""

LONGEST_SUBJECT = 120


class Told(NamedTuple):
    """An item of a digest: its News, its announcement, and what that said and adds, now and when its reader was last
    written to, as `contributions.Contribution`s."""

    news: News
    announcement: Announcement
    now: contributions.Contribution
    before: contributions.Contribution

    @property
    def is_gone(self):
        """Whether it counts no more in what is asked for."""
        return self.news in (News.WITHDRAWN, News.LEFT)

    @property
    def adds_otherwise(self):
        """Whether it was there before and adds something else now."""
        return self.news in (News.EDITED, News.AGAIN, News.ENTERED) and self.now.adds != self.before.adds


class Figures(NamedTuple):
    """What an alert's announcements come to: how many there are, and their Contribution, now and at the last look."""

    count: int
    now: contributions.Contribution
    before: contributions.Contribution


def written(alert, portion, question, *, at):
    """The Letter that tells what a Portion holds. Belongs in the Portion's snapshot; a fixed number of queries.

    question: the alert's AnnouncementFilter.
    """
    about = asking.sentence(asking.in_words(question))
    order = list(News)
    rows = Announcement.objects.select_related("announcer").in_bulk([item.pk for item in portion.items])
    items = sorted(portion.items, key=lambda item: item.slug, reverse=True)
    items = sorted(items, key=lambda item: order.index(item.news))
    shown = items[:SHOWN]
    these = Announcement.objects.filter(pk__in=[item.pk for item in shown])
    now = contributions.by_announcement(these, known_at=portion.known_at)
    before = contributions.by_announcement(these, known_at=alert.known_at) if alert.known_at else {}
    told = [
        Told(
            item.news,
            rows[item.pk],
            now.get(item.slug, contributions.NOTHING),
            before.get(item.slug, contributions.NOTHING),
        )
        for item in shown
    ]
    context = {
        "about": about,
        "at": timezone.localtime(at),
        "figures": _figures(alert, portion, question),
        "groups": [(news, [one for one in told if one.news == news]) for news in News],
        "more": len(items) - len(shown),
    }
    subject = _subject([item.news for item in items], rows[items[0].pk].title, about)
    return letter("digest", subject, alert, context)._replace(upto=portion.upto)


def _figures(alert, portion, question):
    found = Announcement.objects.all()
    if alert.filter:
        found = found.filter(pk__in=alert.matches.order_by().values("announcement_id"))
    before = contributions.of(found, known_at=alert.known_at) if alert.known_at else contributions.NOTHING
    now = question.qs.order_by()
    return Figures(now.count(), contributions.of(now, known_at=portion.known_at), before)


def _subject(news, title, about):
    """What a digest is about: its one announcement by name, or how many there are of which News."""
    if len(news) == 1:
        return _one_line(f"{news[0]}: {title}")
    counted = Counter(one.partition(",")[0].lower() for one in news)
    return _one_line(f"{', '.join(f'{number} {word}' for word, number in counted.items())} – {about}")


def _one_line(text):
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"
