"""Whoever publishes a task waits a few seconds at most, whatever is wrong with the broker."""

import os
import socket
import subprocess
import sys

import pytest

from healthfund import env
from healthfund.celery import app

PUBLISH = """
import time
from healthfund.celery import app
from kombu.exceptions import OperationalError
begin = time.monotonic()
try:
    app.send_task("announcements.tasks.roll_up")
    print("sent")
except OperationalError:
    print("refused", time.monotonic() - begin)
"""
LONGEST = 12


def publish(broker_url, tmp_path):
    """What publishing in a new process came to: "sent", or "refused" and the seconds it took."""
    bare = {name: value for name, value in os.environ.items() if name not in env.VARIABLES}
    given = {"VAR_DIR": str(tmp_path)} | ({"CELERY_BROKER_URL": broker_url} if broker_url else {})
    command = [sys.executable, "-c", PUBLISH]
    done = subprocess.run(command, cwd=env.PROJECT, env=bare | given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture
def silent_port():
    """A port whose listener takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_embedded_broker_that_does_not_run_refuses_at_once(tmp_path):
    word, seconds = publish("", tmp_path)
    assert word == "refused"
    assert float(seconds) < LONGEST


def test_closed_port_refuses_at_once(closed_port, tmp_path):
    word, seconds = publish(f"redis://127.0.0.1:{closed_port}/0", tmp_path)
    assert word == "refused"
    assert float(seconds) < LONGEST


def test_broker_that_hangs_is_given_up(silent_port, tmp_path):
    word, seconds = publish(f"redis://127.0.0.1:{silent_port}/0", tmp_path)
    assert word == "refused"
    assert float(seconds) < LONGEST


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_tasks_are_handed_out_again_until_they_are_done():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.accept_content == ["json"]
