"""Celery's way in, a few lines. What it calls stands in `packaging`."""

import logging

from celery import shared_task
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from announcements.ledger.counting import RULES

from . import packaging

logger = logging.getLogger(__name__)

RETRIED = {"autoretry_for": (OperationalError,), "retry_backoff": True, "max_retries": 5}


@shared_task(**RETRIED)
def build_package(**_from_newer_publishers):
    """Write everything public as a data package. Returns its name."""
    package = packaging.build(settings.PACKAGES, at=timezone.now(), rules=RULES)
    logger.info("built package name=%s", package.name)
    return package.name
