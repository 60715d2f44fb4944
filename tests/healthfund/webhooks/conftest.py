import contextlib

import pytest

from tests.clocks import Clock
from tests.receiving import receiving


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
