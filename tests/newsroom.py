"""Announcements that come, change and go through the verbs that editors use."""

from announcements import publishing
from tests.factories import AnnouncementFactory, ClaimFactory, SourceFactory, pence


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
        publishing.publish(announcement=announcement, by="editor", at=self.clock())
        self.clock.go_on(seconds=1)
        return announcement

    def edit(self, announcement, *, amount=None, **values):
        with publishing.editing(announcement, by="editor", at=self.clock()):
            if amount:
                claim = announcement.claims.get()
                claim.amount = pence(amount)
                publishing.enter(claim)
            for name, value in values.items():
                setattr(announcement, name, value)
            announcement.save()
        self.clock.go_on(seconds=1)

    def withdraw(self, announcement, reason="It was a mistake."):
        publishing.withdraw(announcement=announcement, reason=reason, by="editor", at=self.clock())
        self.clock.go_on(seconds=1)
