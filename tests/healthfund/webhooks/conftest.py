import contextlib
import datetime

import pytest

from tests.receiving import receiving


class Clock:
    """A clock that stands still until it is set on."""

    def __init__(self):
        self.now = datetime.datetime(2026, 11, 21, 22, 44, tzinfo=datetime.UTC)

    def __call__(self):
        return self.now

    def go_on(self, **by):
        self.now += datetime.timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def receiver(settings):
    """Starts a real receiver that gives these answers, and lets the portal reach it."""
    with contextlib.ExitStack() as started:

        def start(*answers):
            made = started.enter_context(receiving(*answers))
            settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, made.place]
            return made

        yield start
