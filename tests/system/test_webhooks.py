"""A worker that is killed loses no message: real processes, a real receiver, SIGKILL at any moment."""

import contextlib
import json
import random
import sqlite3
import subprocess
import sys
import time

import pytest

from healthfund import env
from healthfund.webhooks.models import LEASE
from tests.receiving import hang, receiving
from tests.system.processes import Program, environment, wait_until

pytestmark = pytest.mark.system

SCRIPT = """
import datetime, json, sys

import django

django.setup()

from django.contrib.auth.models import User
from django.utils import timezone

from announcements.models import Change
from healthfund.models import Delivery, Webhook
from healthfund.webhooks import delivering

verb, *words = sys.argv[1:]


def prepare(address, number):
    owner = User.objects.create_user("owner")
    Webhook.objects.create(owner=owner, address=address, portal="http://portal", created_at=timezone.now(), cursor=0)
    for one in range(int(number)):
        Change.objects.create(
            at=timezone.now(), kind="edited", resource="announcement", public_id=f"2026-11-21-a-{one}"
        )


def work(later):
    ahead = datetime.timedelta(seconds=float(later))
    print("working", flush=True)
    while delivering.run(Webhook.objects.get().pk, clock=lambda: timezone.now() + ahead):
        pass
    print("done", flush=True)


def report():
    print(json.dumps(list(Delivery.objects.in_order().values_list("event", "status"))))


globals()[verb](*words)
"""
CHANGES = 40


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """The path of an empty database."""
    folder = tmp_path_factory.mktemp("empty")
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=env.PROJECT, env=environment(folder), check=True)
    return folder / "healthfund.sqlite3"


class Portal:
    def __init__(self, folder, empty, receiver):
        self.folder, self.number = folder, 0
        self.environment = environment(
            folder,
            DJANGO_SETTINGS_MODULE="healthfund.settings",
            OUTBOUND_ALLOW=receiver.place,
            CELERY_BROKER_URL="memory://",
        )
        with contextlib.ExitStack() as opened:
            places = (empty, folder / empty.name)
            template, copy = (opened.enter_context(contextlib.closing(sqlite3.connect(place))) for place in places)
            template.backup(copy)
        self.do("prepare", receiver.address, str(CHANGES))

    @property
    def how(self):
        return {"cwd": env.PROJECT, "env": self.environment}

    def do(self, *words):
        command = [sys.executable, "-c", SCRIPT, *words]
        return subprocess.run(command, **self.how, check=True, capture_output=True, text=True, timeout=120).stdout

    def worker(self):
        """One that begins when the lease of the one before has ended."""
        later = self.number * LEASE.total_seconds()
        self.number += 1
        words = [sys.executable, "-c", SCRIPT, "work", str(later)]
        return Program(f"worker-{self.number}", words, self.folder, self.environment)

    def finish(self):
        worker = self.worker()
        wait_until(lambda: worker.says("done"), 120, "the end of the work")
        worker.end()
        return json.loads(self.do("report"))


def events(receiver):
    return [received.headers["webhook-id"] for received in receiver.received]


def expected():
    return [f"change-{number}" for number in range(1, CHANGES + 1)]


def test_a_worker_killed_while_a_receiver_is_asked_leaves_the_message_to_the_next(tmp_path, empty):
    with receiving(200, 200, hang, 200) as receiver:
        portal = Portal(tmp_path, empty, receiver)
        worker = portal.worker()
        wait_until(lambda: worker.says("working") and len(receiver.received) == 3, 60, "the third message")
        worker.end()
        assert portal.finish() == [[event, "delivered"] for event in expected()]
        assert events(receiver) == [*expected()[:3], *expected()[2:]]


def test_workers_killed_at_any_moment_lose_nothing_and_repeat_only_what_they_held(tmp_path, empty):
    def slowly(handler):
        time.sleep(0.02)
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with receiving(slowly) as receiver:
        portal = Portal(tmp_path, empty, receiver)
        kills = 4
        for _ in range(kills):
            worker = portal.worker()
            wait_until(lambda worker=worker: worker.says("working"), 60, "a worker")
            time.sleep(random.uniform(0, 0.4))
            worker.end()
        assert portal.finish() == [[event, "delivered"] for event in expected()]
        arrived = events(receiver)
        assert list(dict.fromkeys(arrived)) == expected()
        assert len(arrived) <= CHANGES + kills
        assert arrived == sorted(arrived, key=lambda event: int(event.removeprefix("change-")))
