"""Celery's way in to the newsroom, a few lines."""

import logging

from celery import shared_task
from django.utils import timezone

from ..tasks import RETRIED
from . import revisions

logger = logging.getLogger(__name__)


@shared_task(**RETRIED)
def publish_due(**_from_newer_publishers):
    """Publish the approved revisions whose moment has come. Returns how many. May run twice, and side by side."""
    published = revisions.publish_due(at=timezone.now())
    if published:
        logger.info("published at their moment revisions=%s", published)
    return published
