"""Celery's ways in, a few lines each. The rules they call stand in `delivering`."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from announcements.tasks import RETRIED, handed_over

from . import delivering
from .models import Delivery, Webhook

logger = logging.getLogger(__name__)


@shared_task(**RETRIED)
def tell(**_from_newer_publishers):
    """Have every webhook that is due send what it has, each in a task of its own. May run any number of times."""
    due = list(Webhook.objects.due(at=timezone.now()).in_order().values_list("pk", flat=True))
    for pk in due:
        deliver.delay(webhook=pk)
    return len(due)


@shared_task(**RETRIED)
def deliver(webhook, **_from_newer_publishers):
    """Send what a webhook has to send. Side by side with itself, one of the two does it."""
    sent = delivering.run(webhook, clock=timezone.now)
    # Its turn was over, or a change came that another task left to this one.
    if Webhook.objects.due(at=timezone.now()).filter(pk=webhook).exists():
        deliver.delay(webhook=webhook)
    return sent


@shared_task(**RETRIED)
def sweep_webhooks(**_from_newer_publishers):
    """Do what was missed while broker, worker or receiver were away, and forget deliveries that are a month old."""
    forgotten, _ = Delivery.objects.outdated(at=timezone.now()).delete()
    if forgotten:
        logger.info("forgot deliveries=%s", forgotten)
    return tell()


def deliver_soon(webhook):
    """Have a webhook send what it has, once the transaction has committed. Without a broker the sweep does it later."""
    transaction.on_commit(partial(handed_over, deliver, otherwise="deliver", webhook=webhook.pk))
