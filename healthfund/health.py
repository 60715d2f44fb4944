"""Whether the portal is alive, and whether it can do its work. Answers in JSON, for machines and for the demo."""

import datetime
import logging

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import JsonResponse
from django.utils import timezone
from kombu.exceptions import OperationalError

from announcements.models import Posting, RollupState
from healthfund.celery import app

log = logging.getLogger(__name__)

# Five sweeps: whatever still waits then was not merely missed.
PATIENCE = datetime.timedelta(minutes=5)


def live(request):
    """200 as long as the process answers; asks nobody else."""
    return JsonResponse({"status": "live"})


def ready(request):
    """200 where database and broker can be reached, every migration is applied and no posting is stuck, else 503.

    `rollup` tells how old the stored totals are, in seconds (null before the first), and how many
    postings they do not hold yet. Late totals do not make the portal unready, for its pages name the
    time; totals that the sweeps do not mend do.
    """
    database = database_state()
    broker = broker_state()
    rollup = rollup_state(timezone.now()) if database == "ok" else None
    usable = database == broker == "ok" and rollup["state"] == "ok"
    answer = {
        "status": "ready" if usable else "not ready",
        "database": database,
        "broker": broker,
        "rollup": rollup,
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


def rollup_state(now):
    """ "ok" or in words what is wrong, the age of the totals in seconds, and the number of postings they do not hold."""
    rolled_up_at = RollupState.objects.values_list("rolled_up_at", flat=True).first()
    waiting = Posting.objects.filter(run=None).aggregate(count=Count("pk"), since=Min("posted_at"))
    state = "ok"
    if waiting["since"] and now - waiting["since"] > PATIENCE:
        state = (
            f"stuck since {waiting['since'].isoformat(timespec='seconds')}: see that a worker and the schedule (beat) "
            "run, and what their logs say; manage.py rebuild_totals takes in by hand what waits"
        )
    return {
        "state": state,
        "age": (now - rolled_up_at).total_seconds() if rolled_up_at else None,
        "waiting": waiting["count"],
    }
