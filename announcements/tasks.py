"""Celery's ways in, a few lines each. The rules they call stand in `ledger.rollups` and beside it."""

import logging

from celery import shared_task, signature
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from . import readside, search
from .intake import looking
from .ledger import rollups

logger = logging.getLogger(__name__)

RETRIED = {"autoretry_for": (OperationalError,), "retry_backoff": True, "max_retries": 5}


@shared_task(**RETRIED)
def roll_up(**_from_newer_publishers):
    """Take what was posted into the roll-ups. May run any number of times, side by side, and again."""
    return rollups.apply_unapplied(at=timezone.now())


@shared_task(**RETRIED)
def sweep_rollups(**_from_newer_publishers):
    """Take in what was missed while the broker or a worker was away."""
    return rollups.apply_unapplied(at=timezone.now())


@shared_task(**RETRIED)
def verify_totals(**_from_newer_publishers):
    """Check that cells = entries = rules and that documents say what the records say, and log every mismatch as an
    error. Returns how many there are."""
    mismatches = [*rollups.verify(), *readside.verify()]
    for mismatch in mismatches:
        logger.error("totals do not agree: %s", mismatch)
    logger.info("verified totals mismatches=%s", len(mismatches))
    return len(mismatches)


@shared_task(**RETRIED)
def rebuild_search(**_from_newer_publishers):
    """Index every announcement anew: programmes, organisations, themes and places may have other names now."""
    indexed = search.rebuild()
    logger.info("rebuilt search announcements=%s", indexed)
    return indexed


@shared_task(**RETRIED)
def rebuild_documents(**_from_newer_publishers):
    """Write every document anew that is not what it should be. Returns how many were not."""
    return readside.rebuild(at=timezone.now())


@shared_task(**RETRIED)
def look_at_sources(**_from_newer_publishers):
    """Look whether a few of the sources are still there; scheduled where CHECK_SOURCES is on. Returns how many."""
    return looking.look_at_some(at=timezone.now())


def roll_up_soon():
    """Ask for a roll-up, and for all that the settings have follow a posting, once the transaction has committed.

    Without a broker the sweeps do it later.
    """
    transaction.on_commit(_ask)


def _ask():
    following = (handed_over(signature(name), otherwise="do what follows") for name in settings.TASKS_AFTER_POSTING)
    # The first that finds no broker is the last that looks for it.
    return handed_over(roll_up, otherwise="roll up") and all(following)


def handed_over(task, *, otherwise, **arguments):
    """Have a worker do a task. Without a broker a sweep does later what `otherwise` says; then False."""
    try:
        task.delay(**arguments)
    except (BrokerError, OSError) as error:
        logger.warning("no broker, the sweep will %s: %s", otherwise, error)
        return False
    return True
