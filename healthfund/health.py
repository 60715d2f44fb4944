"""Whether the portal is alive, and whether it can do its work. Answers in JSON, for machines and for the demo."""

import logging

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.utils import timezone
from kombu.exceptions import OperationalError

from announcements.models import Posting, RollupState
from healthfund.celery import app

log = logging.getLogger(__name__)


def live(request):
    """200 as long as the process answers; asks nobody else."""
    return JsonResponse({"status": "live"})


def ready(request):
    """200 where database and broker can be reached and every migration is applied, else 503.

    `rollup` tells how old the stored totals are, in seconds (null before the first), and how many
    postings they do not hold yet. Late totals do not make the portal unready: its pages name the time.
    """
    database = database_state()
    broker = broker_state()
    usable = database == broker == "ok"
    answer = {
        "status": "ready" if usable else "not ready",
        "database": database,
        "broker": broker,
        "rollup": rollup_state() if database == "ok" else None,
    }
    return JsonResponse(answer, status=200 if usable else 503)


def database_state():
    """ "ok", or in words what is wrong. The driver's own message, which may name hosts and users, goes to the log."""
    try:
        executor = MigrationExecutor(connection)
        unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        log.warning("database unreachable: %s", error)
        return "unreachable"
    return f"{len(unapplied)} migrations not applied" if unapplied else "ok"


def broker_state():
    """ "ok", or in words what is wrong."""
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
    except (OperationalError, OSError) as error:
        log.warning("broker unreachable: %s", error)
        return "unreachable"
    return "ok"


def rollup_state():
    """The age of the stored totals in seconds, and the number of postings that they do not hold yet."""
    rolled_up_at = RollupState.objects.values_list("rolled_up_at", flat=True).first()
    age = (timezone.now() - rolled_up_at).total_seconds() if rolled_up_at else None
    return {"age": age, "waiting": Posting.objects.filter(run__isnull=True).count()}
