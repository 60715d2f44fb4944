"""Announcements that come, change and go as editors have them."""

from contextlib import contextmanager

from django.utils import timezone

from announcements import publishing
from announcements.facts import dumping, loading
from announcements.facts.format import FORMAT, pounds
from announcements.models import Announcement
from tests.factories import AnnouncementFactory, ClaimFactory, SourceFactory, pence


def record(announcement):
    """What an announcement says, in the interchange format."""
    return dumping.announcement(dumping.prefetched(Announcement.objects.filter(pk=announcement.pk)).get())


def publish(announcement, *, at):
    """Make a draft, or what was withdrawn, public as it stands."""
    _load(record(announcement), at, put_back=True)
    announcement.refresh_from_db()


@contextmanager
def changing(announcement, *, at):
    """Gives the record of an announcement; what is changed in it is loaded in the end, as a revision is that goes live."""
    said = record(announcement)
    yield said
    _load(said, at)
    announcement.refresh_from_db()


def _load(said, at, **how):
    document = {"format": FORMAT, "announcements": [said]}
    loading.load([("", document)], at=at, today=timezone.localtime(at).date(), **how)


class Newsroom:
    """Each act is a second later than the one before."""

    def __init__(self, clock):
        self.clock = clock

    def draft(self, *, amount="£10m", theme="digital", **values):
        announcement = AnnouncementFactory(draft=True, **values)
        SourceFactory(announcement=announcement)
        if amount:
            ClaimFactory(announcement=announcement, amount=amount, theme=theme)
        return announcement

    def publish(self, announcement=None, **values):
        """Publish an announcement, or a new one, and gives it."""
        announcement = announcement or self.draft(**values)
        publish(announcement, at=self.clock())
        self.clock.go_on(seconds=1)
        return announcement

    def edit(self, announcement, *, amount=None, **values):
        """Change fields of the record, and the amount of its only claim."""
        with changing(announcement, at=self.clock()) as said:
            said |= values
            if amount:
                said["claims"][0]["amount"] = pounds(pence(amount))
        self.clock.go_on(seconds=1)

    def withdraw(self, announcement, reason="It was a mistake."):
        publishing.withdraw(announcement=announcement, reason=reason, by="editor", at=self.clock())
        self.clock.go_on(seconds=1)
