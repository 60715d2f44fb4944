"""The Celery application; how it behaves stands in settings.py, under CELERY_."""

import os

from celery import Celery
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun

from healthfund import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthfund.settings")

app = Celery("healthfund")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks([f"healthfund.{name}" for name in ("webhooks", "exports", "orders", "alerts")])
app.autodiscover_tasks(["announcements.newsroom"])


@setup_logging.connect
def keep_the_settings_logging(**_):
    """That somebody answers this signal keeps Celery from laying its own logging over LOGGING."""


CAUSE = "cause"
"""The header of a task that tells for which request (or other task) it was sent."""


@before_task_publish.connect
def name_the_cause(headers, **_):
    if logs.cause() != logs.NOBODY:
        headers[CAUSE] = logs.cause()


@task_prerun.connect
def work_for_the_cause(task_id, task, **_):
    """What a task logs is logged for whoever caused it; for itself, where the schedule did."""
    logs.work_for(task.request.get(CAUSE) or task_id)


@task_postrun.connect
def work_for_nobody(**_):
    logs.work_for(logs.NOBODY)
