"""Celery's ways in, a few lines each. The rules they call stand in `sending`."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from announcements.tasks import RETRIED, handed_over

from . import sending
from .models import Alert, AlertMail

logger = logging.getLogger(__name__)


@shared_task(**RETRIED)
def tell(**_from_newer_publishers):
    """Have every alert that is due send what it has, each in a task of its own. May run any number of times."""
    due = list(Alert.objects.due(at=timezone.now()).in_order().values_list("pk", flat=True))
    for pk in due:
        send.delay(alert=pk)
    return len(due)


@shared_task(**RETRIED)
def send(alert, **_from_newer_publishers):
    """Send what an alert has to send. Side by side with itself, one of the two does it."""
    return sending.run(alert, clock=timezone.now)


@shared_task(**RETRIED)
def sweep_alerts(**_from_newer_publishers):
    """Tell what is due by the clock or was missed; forget addresses that nobody confirmed or that take no mail, and that
    mails were sent a month ago."""
    now = timezone.now()
    for rows, what in [
        (Alert.objects.unanswered(at=now), "alerts that nobody confirmed"),
        (Alert.objects.unreachable(at=now), "alerts that could not be sent"),
        (AlertMail.objects.outdated(at=now), "mails of the past"),
    ]:
        _, forgotten = rows.delete()
        if forgotten:
            logger.info("forgot %s: %s", what, forgotten)
    return tell()


def send_soon(alert):
    """Have an alert send what it has, once the transaction has committed. Without a broker the sweep does it later."""
    transaction.on_commit(partial(handed_over, send, otherwise="send", alert=alert.pk))
