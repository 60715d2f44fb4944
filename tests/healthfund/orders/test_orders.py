"""Ordering a file, the worker that writes it, and what its page says meanwhile."""

import datetime
import json

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from healthfund.models import OrderedFile
from healthfund.orders import models, tasks, writing
from healthfund.orders.models import ATTEMPTS, FRESH, KEPT, LOST, REMEMBERED, State
from tests.factories import ClaimFactory
from tests.stored import write_documents

AT = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
LATER = AT + datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ORDERED_FILES = tmp_path / "files"
    return settings.ORDERED_FILES


@pytest.fixture
def five(db):
    for _ in range(5):
        ClaimFactory(theme="ai")
    ClaimFactory(theme="digital")
    write_documents()


def order(client, query="theme=ai", format="csv", name="announcements"):
    return client.post("/files/", {"list": name, "query": query, "format": format})


def placed(question="theme=ai", at=AT, format="csv"):
    address = f"http://testserver/api/v1/announcements/?{question}&format={format}"
    return OrderedFile.objects.place(name="announcements", address=address, format=format, at=at)[0]


def write_next(at=LATER):
    return writing.write_next(clock=lambda: at)


def test_an_ordered_file_is_what_the_api_gives(client, five, folder):
    response = order(client)
    [ordered] = OrderedFile.objects.all()
    assert response.headers["Location"] == f"/files/{ordered.key}/"
    assert "It begins in a moment" in client.get(ordered.get_absolute_url()).content.decode()
    writing.write_next(clock=timezone.now)
    file = client.get(f"/files/{ordered.key}/file")
    assert file.headers["Content-Disposition"].startswith('attachment; filename="healthfund-announcements-')
    written = b"".join(file.streaming_content).decode().splitlines()
    straight = (
        b"".join(client.get("/api/v1/announcements/?theme=ai&format=csv").streaming_content).decode().splitlines()
    )
    assert [line for line in written if "made at" not in line] == [line for line in straight if "made at" not in line]
    assert "# complete: 5 rows" in written[-1]
    page = client.get(ordered.get_absolute_url()).content.decode()
    assert "5 rows" in page
    assert f'href="/files/{ordered.key}/file"' in page
    assert [one.name for one in folder.iterdir()] == [f"{ordered.key}.csv"]


@pytest.mark.parametrize("format", ["xlsx", "jsonl"])
def test_every_format_can_be_ordered(client, five, folder, format):
    order(client, format=format)
    ordered = writing.write_next(clock=timezone.now)
    file = folder / f"{ordered.key}.{format}"
    if format == "xlsx":
        assert openpyxl.load_workbook(file)["announcements"].max_row == 6
    else:
        assert json.loads(file.read_text().splitlines()[-1])["_export"]["rows"] == 5


def test_entries_and_the_other_lists_can_be_ordered_too(client, db):
    order(client, name="entries", query="")
    assert writing.write_next(clock=timezone.now).attempts == 1
    assert OrderedFile.objects.get().state == State.READY


@pytest.mark.parametrize(
    "form",
    [
        {"list": "nothing", "format": "csv"},
        {"list": "webhooks", "format": "csv"},
        {"list": "changes", "format": "pdf"},
        {"list": "announcements", "format": "json"},
        {"list": "announcements", "format": "csv", "query": "them=ai"},
        {"list": "announcements", "format": "csv", "query": "page_size=5"},
    ],
)
def test_what_no_page_would_order_is_refused(client, db, form):
    assert client.post("/files/", form).status_code == 400
    assert not OrderedFile.objects.exists()


def test_the_same_order_is_shared_while_it_is_under_way_and_fresh(five):
    first = placed()
    assert placed(at=LATER) == first
    assert placed("theme=digital") != first
    write_next()
    write_next()
    assert placed(at=LATER + FRESH / 2) == first
    assert placed(at=LATER + FRESH) != first


def test_one_file_is_written_at_a_time_and_the_oldest_first(db):
    first, second = placed(), placed("theme=digital")
    taken = OrderedFile.objects.take(at=AT)
    assert taken == first
    assert OrderedFile.objects.take(at=AT) is None
    assert taken.fail(why="No.", at=AT)
    assert OrderedFile.objects.take(at=AT) == second


def test_what_a_killed_worker_left_is_taken_up_again_and_the_first_may_not_finish_it(db):
    placed()
    killed = OrderedFile.objects.take(at=AT)
    assert OrderedFile.objects.take(at=AT + LOST / 2) is None
    assert killed.seen(rows=3, rows_in_all=5, at=AT + LOST / 2)
    assert OrderedFile.objects.take(at=AT + LOST) is None
    again = OrderedFile.objects.take(at=AT + 2 * LOST)
    assert (again, again.attempts, again.rows) == (killed, 2, 0)
    assert not killed.seen(rows=4, rows_in_all=5, at=AT)
    assert not killed.finish(rows=5, bytes=1, filename="a.csv", at=AT)
    assert again.finish(rows=5, bytes=1, filename="a.csv", at=AT)


def test_nothing_is_left_of_an_attempt_that_was_killed(five, folder):
    ordered = placed()
    OrderedFile.objects.take(at=AT)
    folder.mkdir()
    (folder / f"{ordered.stored_as}.1").write_text("half a file")
    write_next(at=AT + LOST)
    assert [one.name for one in folder.iterdir()] == [ordered.stored_as]


def test_what_kills_every_worker_is_given_up(client, db):
    placed()
    for turn in range(ATTEMPTS):
        assert OrderedFile.objects.take(at=AT + turn * LOST)
    assert OrderedFile.objects.take(at=AT + ATTEMPTS * LOST) is None
    [given_up] = OrderedFile.objects.all()
    assert (given_up.state, given_up.error) == (State.FAILED, OrderedFile.WORN_OUT)


def test_a_fault_is_told_and_the_order_can_be_made_again(client, five, folder):
    now = timezone.now()
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("no folder")
    ordered = placed(at=now)
    write_next(at=now)
    page = client.get(ordered.get_absolute_url()).content.decode()
    assert "Your file could not be written." in page
    assert '<input type="hidden" name="query" value="theme=ai">' in page
    folder.unlink()
    order(client)
    again = OrderedFile.objects.exclude(pk=ordered.pk).get()
    write_next(at=now)
    again.refresh_from_db()
    assert again.state == State.READY


def test_a_broken_write_leaves_no_part_of_a_file(five, folder, monkeypatch):
    class Unreadable:
        def __iter__(self):
            raise RuntimeError("the list broke")

    monkeypatch.setattr(writing.Progress, "counting", lambda self, documents: iter(Unreadable()))
    placed()
    write_next()
    assert OrderedFile.objects.get().error == OrderedFile.BROKEN
    assert list(folder.iterdir()) == []


def test_progress_is_shown_and_the_page_looks_again(client, db):
    ordered = placed()
    OrderedFile.objects.take(at=AT).seen(rows=1200, rows_in_all=5000, at=AT)
    page = client.get(ordered.get_absolute_url())
    assert "1,200 of 5,000 rows." in page.content.decode()
    assert 'max="5000" value="1200"' in page.content.decode()
    assert 'hx-trigger="every 2s"' in page.content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert client.get(f"/files/{ordered.key}/file").headers["Location"] == ordered.get_absolute_url()


def test_expired_files_are_swept_and_their_address_says_so_for_a_while(client, five, folder):
    ordered = placed()
    write_next(at=AT)
    (folder / "unknown.csv").write_text("left over")
    assert writing.sweep(at=AT + KEPT - LOST) == 1
    assert writing.sweep(at=AT + KEPT) == 1
    assert list(folder.iterdir()) == []
    OrderedFile.objects.update(finished_at=AT - KEPT, expires_at=AT - LOST)
    response = client.get(ordered.get_absolute_url())
    assert response.status_code == 410
    assert "Make it again" in response.content.decode()
    writing.sweep(at=AT + REMEMBERED)
    assert client.get(ordered.get_absolute_url()).status_code == 404


def test_there_is_an_end_to_how_many_are_kept(client, five, monkeypatch):
    monkeypatch.setattr(models, "MOST", 1)
    placed("theme=digital", at=timezone.now())
    response = order(client)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")


def test_the_sweep_has_written_what_nobody_wrote(five, folder):
    placed(at=timezone.now())
    asked = []
    tasks.write_orders.delay, kept = lambda: asked.append(1), tasks.write_orders.delay
    try:
        tasks.sweep_orders()
        assert asked == [1]
        assert tasks.write_orders() == 1
        tasks.sweep_orders()
        assert asked == [1]
    finally:
        tasks.write_orders.delay = kept


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("order_words_known", {"format": "pdf"}),
        ("order_that_ended_expires", {"finished_at": AT}),
        ("order_that_ended_expires", {"state": "failed", "error": "No."}),
        ("order_ready_has_a_file", {"bytes": 5}),
        ("order_ready_has_a_file", {"state": "ready", "finished_at": AT, "expires_at": LATER}),
        ("order_failed_says_why", {"error": "No."}),
        ("order_failed_says_why", {"state": "failed", "finished_at": AT, "expires_at": LATER}),
        ("order_written_one_at_a_time", {"state": "writing"}),
        ("order_once_under_way", {"question": "the same"}),
    ],
)
def test_the_database_refuses_what_is_no_order(db, name, values):
    ordered, other = placed(), placed("theme=digital")
    if name == "order_written_one_at_a_time":
        OrderedFile.objects.filter(pk=other.pk).update(state="writing")
    OrderedFile.objects.filter(pk=other.pk).update(question="the same")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        OrderedFile.objects.filter(pk=ordered.pk).update(**values)
    said = str(refused.value)
    unique = {"order_written_one_at_a_time": ".state", "order_once_under_way": ".question"}
    assert name in said or (connection.vendor == "sqlite" and unique.get(name, "?") in said)
