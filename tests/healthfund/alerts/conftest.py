import contextlib

import pytest
from django.core.cache import cache

from tests.clocks import Clock
from tests.mailbox import mail_server
from tests.newsroom import Newsroom


@pytest.fixture(autouse=True)
def _nobody_has_asked():
    """Whoever asks for alerts is counted for an hour."""
    cache.clear()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def mailbox(settings):
    """Starts a real mail server that does these things with what it is sent, and has the portal send there."""
    with contextlib.ExitStack() as started:

        def start(*moods):
            server = started.enter_context(mail_server(*moods))
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
            settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
            return server

        yield start


@pytest.fixture
def newsroom(clock):
    """Publishes, edits and withdraws through the verbs that editors use."""
    return Newsroom(clock)
