"""Celery's ways in to what the interfaces keep, a few lines each."""

import logging

from celery import shared_task
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.utils import timezone

from .models import KeptAnswer

log = logging.getLogger(__name__)


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def sweep_answers(**_from_newer_publishers):
    """Forget the answers that nobody can ask for any more. Returns how many."""
    swept, _ = KeptAnswer.objects.outdated(at=timezone.now()).delete()
    log.info("swept answers=%s", swept)
    return swept


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def clear_sessions(**_from_newer_publishers):
    """Forget the sessions that have ended. Returns how many."""
    cleared, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    log.info("cleared sessions=%s", cleared)
    return cleared
