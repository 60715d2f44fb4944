"""Celery's ways in, a few lines each. The rules they call stand in `writing`."""

import logging

from celery import shared_task
from django.utils import timezone

from announcements.tasks import RETRIED, handed_over

from . import writing
from .models import OrderedFile

logger = logging.getLogger(__name__)


@shared_task(**RETRIED)
def write_orders(**_from_newer_publishers):
    """Write what is ordered, one after the other. Side by side with itself, one of the two does it. Returns how many."""
    written = 0
    while writing.write_next(clock=timezone.now):
        written += 1
    return written


@shared_task(**RETRIED)
def sweep_orders(**_from_newer_publishers):
    """Remove what has expired, and take up what a killed worker left or no broker handed out. Returns how many files went."""
    swept = writing.sweep(at=timezone.now())
    if swept:
        logger.info("swept files=%s", swept)
    if OrderedFile.objects.to_write(at=timezone.now()).exists():
        write_orders.delay()
    return swept


def write_soon():
    """Have a worker write what is ordered. Without a broker the sweep does it later."""
    handed_over(write_orders, otherwise="write the file")
