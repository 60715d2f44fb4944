import datetime
import json
import logging
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis import Redis

from announcements import search, tasks
from announcements.ledger import posting, totals
from announcements.models import Announcement, RollupCell
from healthfund import embedded, env
from healthfund.celery import app
from tests.factories import ClaimFactory, PotFactory, pence
from tests.stored import write_documents
from tests.system.processes import environment, wait_until

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def posted(db):
    """A posting that waits for its roll-up."""
    return posting.post([PotFactory(amount="£412m").pk], at=AT)


@pytest.mark.parametrize("task", [tasks.roll_up, tasks.sweep_rollups])
def test_a_task_takes_in_what_was_posted_and_the_next_finds_nothing(task, posted):
    begun = timezone.now()
    assert task.apply().get() == 1
    assert totals.total().firm == pence("£412m")
    assert totals.rolled_up_at() >= begun
    assert task.apply().get() == 0
    assert totals.total().firm == pence("£412m")


@pytest.mark.parametrize("task", [tasks.roll_up, tasks.sweep_rollups, tasks.verify_totals, tasks.rebuild_search])
def test_a_task_from_a_newer_publisher_with_more_to_say_is_done_all_the_same(task, db):
    assert task.apply(kwargs={"reason": "edited", "announcement": 5}).get() == 0


def test_verifying_logs_every_mismatch_as_an_error(posted, caplog):
    tasks.roll_up.apply()
    write_documents()
    RollupCell.objects.filter(measure="announced").update(firm=1)
    with caplog.at_level(logging.INFO, "announcements.tasks"):
        assert tasks.verify_totals.apply().get() == 1
    error, summary = (record for record in caplog.records if record.name == "announcements.tasks")
    assert error.levelno == logging.ERROR
    assert "announced / digital / england" in error.getMessage()
    assert summary.getMessage() == "verified totals mismatches=1"


@pytest.mark.parametrize(
    ("cited", "field"),
    [
        (lambda claim: claim.announcement.announcer, "name"),
        (lambda claim: claim.announcement.programmes.get(), "name"),
        (lambda claim: claim.theme, "name"),
        (lambda claim: claim.regions.get(), "name"),
    ],
)
def test_search_follows_a_new_name_in_the_night(cited, field, db):
    claim = ClaimFactory(announcement__programmes=["Genomes"])
    search.index([claim.announcement_id])
    renamed = cited(claim)
    setattr(renamed, field, "Phlogiston")
    renamed.save()
    found = search.search(Announcement.objects.all(), "phlogiston")
    assert not found.exists()
    assert tasks.rebuild_search.apply().get() == 1
    assert found.get() == claim.announcement


def test_search_is_rebuilt_every_night():
    nightly = settings.CELERY_BEAT_SCHEDULE["rebuild-search"]
    assert nightly["task"] == tasks.rebuild_search.name
    assert len(nightly["schedule"].hour) == len(nightly["schedule"].minute) == 1


def test_a_roll_up_is_asked_for_once_the_transaction_has_committed(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as asked, transaction.atomic():
        tasks.roll_up_soon()
        assert asked == []
    assert len(asked) == 1


def test_nothing_is_asked_for_by_a_transaction_that_is_rolled_back(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as asked, transaction.atomic():
        tasks.roll_up_soon()
        transaction.set_rollback(True)
    assert asked == []


ASK = """
import django
django.setup()
from announcements import tasks
tasks.roll_up_soon()
print("went on")
"""


def ask(var_dir):
    """Asks for a roll-up in a new process that knows only the embedded broker; gives what it said."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=env.PROJECT,
        env=environment(var_dir, DJANGO_SETTINGS_MODULE="healthfund.settings"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "went on\n"
    return done.stderr


@pytest.fixture
def broker(tmp_path):
    """The embedded broker, running, and a client of it."""
    program = embedded.valkey_server()
    if program is None:
        pytest.skip("no embedded broker for this machine")
    path = embedded.broker_socket(tmp_path)
    child = embedded.Portal.broker(program, tmp_path / "broker", tmp_path, path)
    child.start()
    client = Redis(unix_socket_path=str(path))
    try:
        wait_until(path.exists, 60, "the broker's socket")
        yield client
    finally:
        client.close()
        child.stop()


def test_without_a_broker_the_sweep_is_left_to_roll_up(tmp_path):
    assert "no broker, the sweep will roll up" in ask(tmp_path)


def test_a_broker_that_takes_no_more_leaves_it_to_the_sweep_too(broker, tmp_path):
    broker.config_set("maxmemory", 1)
    assert "no broker, the sweep will roll up" in ask(tmp_path)


def test_with_a_broker_the_task_and_those_that_follow_it_wait_for_a_worker(broker, tmp_path):
    assert "no broker" not in ask(tmp_path)
    waiting = {json.loads(message)["headers"]["task"] for message in broker.lrange("celery", 0, -1)}
    assert waiting == {tasks.roll_up.name, *settings.TASKS_AFTER_POSTING}
    assert broker.llen("celery") == len(waiting)


def test_what_follows_a_posting_are_tasks_that_workers_know():
    app.loader.import_default_modules()
    assert set(settings.TASKS_AFTER_POSTING) <= set(app.tasks)
