"""The Celery application; how it behaves stands in settings.py, under CELERY_."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthfund.settings")

app = Celery("healthfund")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_the_settings_logging(**_):
    """That somebody answers this signal keeps Celery from laying its own logging over LOGGING."""
