"""Celery's way in to the newsroom, a few lines."""

import logging

from celery import shared_task
from django.utils import timezone

from ..models import Announcement
from ..tasks import RETRIED
from . import reports, revisions

logger = logging.getLogger(__name__)


@shared_task(**RETRIED)
def publish_due(**_from_newer_publishers):
    """Publish the approved revisions whose moment has come. Returns how many. May run twice, and side by side."""
    published = revisions.publish_due(at=timezone.now())
    if published:
        logger.info("published at their moment revisions=%s", published)
    return published


@shared_task(**RETRIED)
def recheck_changed(**_from_newer_publishers):
    """Look for warnings in the announcements that changed since that was done. Returns how many."""
    return reports.recheck(reports.unchecked()[: reports.AT_ONCE], at=timezone.now())


@shared_task(**RETRIED)
def recheck_all(**_from_newer_publishers):
    """Look for warnings in every published announcement: what is doubtful about one may lie in another. Returns how many."""
    checked = reports.recheck(Announcement.objects.published(), at=timezone.now())
    logger.info("checked announcements=%s", checked)
    return checked
