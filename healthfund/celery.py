"""The Celery application; how it behaves stands in settings.py, under CELERY_."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthfund.settings")

app = Celery("healthfund")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
