"""What the health addresses say while all is well and while it is not."""

import pytest
from django.utils import timezone

from announcements.models import Posting, RollupState
from healthfund import health
from healthfund.celery import app


def test_live_asks_neither_database_nor_broker(client):
    # Without the db fixture any query would fail.
    assert client.get("/health/live").json() == {"status": "live"}


def test_ready_when_database_and_broker_answer(client, db):
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["status"] == "ready"


def test_ready_tells_what_the_totals_do_not_hold_yet(client, db):
    Posting.objects.all().delete()
    Posting.objects.create(posted_at=timezone.now())
    Posting.objects.create(posted_at=timezone.now(), run=1)
    assert client.get("/health/ready").json()["rollup"]["waiting"] == 1


def test_ready_tells_the_age_of_the_totals(client, db):
    RollupState.objects.update_or_create(
        pk=1, defaults={"rolled_up_at": timezone.now() - timezone.timedelta(seconds=90)}
    )
    assert client.get("/health/ready").json()["rollup"]["age"] == pytest.approx(90, abs=10)


def test_age_is_null_before_the_first_rollup(client, db):
    RollupState.objects.all().delete()
    assert client.get("/health/ready").json()["rollup"]["age"] is None


@pytest.fixture
def posted(db):
    """Makes a posting of so many minutes ago the only one, rolled up by `run` or by none yet."""

    def post(minutes, run=None):
        Posting.objects.all().delete()
        return Posting.objects.create(posted_at=timezone.now() - timezone.timedelta(minutes=minutes), run=run)

    return post


def test_not_ready_while_a_posting_outwaits_the_sweeps(client, posted):
    posting = posted(minutes=6)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["status"] == "not ready"
    said = response.json()["rollup"]["state"]
    assert said.startswith(f"stuck since {posting.posted_at.isoformat(timespec='seconds')}: ")
    assert "worker" in said
    assert "manage.py rebuild_totals" in said


def test_ready_while_a_posting_may_still_be_swept_up(client, posted):
    posted(minutes=4)
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["rollup"]["state"] == "ok"


def test_posting_of_long_ago_that_is_rolled_up_is_not_stuck(client, posted):
    posted(minutes=600, run=1)
    assert client.get("/health/ready").json()["rollup"]["state"] == "ok"


def test_not_ready_while_the_broker_is_away(client, db, monkeypatch, tmp_path):
    monkeypatch.setattr(app.conf, "broker_url", f"redis+socket://{tmp_path}/nobody")
    monkeypatch.setattr(app.conf, "broker_write_url", f"redis+socket://{tmp_path}/nobody")
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["broker"] == "unreachable"
    assert response.json()["database"] == "ok"


def test_not_ready_while_a_migration_waits(client, db):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="announcements").last().delete()
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["database"] == "1 migrations not applied"


def test_unreachable_database_is_named_without_the_drivers_words(monkeypatch, db):
    from django.db import OperationalError

    def away(connection):
        raise OperationalError("connection to server at 10.1.2.3 failed for user portal")

    monkeypatch.setattr(health, "MigrationExecutor", away)
    assert health.database_state() == "unreachable"
