"""One line for each request, with its id; the same id in the answer, on every line meanwhile, and in the tasks."""

import logging
import re

import pytest
from celery import shared_task
from celery.contrib.testing.worker import start_worker
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st

from healthfund import logs
from healthfund.celery import app
from tests.factories import ThemeFactory
from tests.system.processes import wait_until

OWN_ID = re.compile(r"[0-9a-f]{32}")
noise = logging.getLogger("healthfund.noise")


@pytest.fixture
def lines(caplog):
    """Gives what was logged as (the id that the line bears, its text)."""
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(logs.Cause())
    return lambda: [(record.cause, record.getMessage()) for record in caplog.records]


def answered(view, address="/", **headers):
    """What the middleware gives for a view's answer, read to its end."""
    response = logs.RequestLog(view)(RequestFactory().get(address, headers=headers))
    return response, b"".join(response)


@pytest.mark.parametrize("given", ["abc", "Root=1-67891233-abcdef", "JKJaXmPLvHcESHA=", "7", "a" * 64])
def test_visitors_own_id_is_kept(client, db, given):
    assert client.get("/api/v1/", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", " a", "a b", "a\tb", 'a"b', "-a", "é", "a" * 65, "a\nINFO forged", "<script>"])
def test_id_that_could_forge_a_line_is_replaced(given):
    assert OWN_ID.fullmatch(logs.request_id(given))


@given(st.text(max_size=80))
def test_whatever_is_sent_the_id_is_one_short_word(sent):
    assert re.fullmatch(r"[\x21-\x7e]{1,64}", logs.request_id(sent))
    assert '"' not in logs.request_id(sent)


def test_every_request_without_an_id_gets_one_of_its_own(client, db):
    first, second = (client.get("/api/v1/")["X-Request-ID"] for _ in range(2))
    assert OWN_ID.fullmatch(first)
    assert first != second


def test_each_request_is_one_line(client, db, lines):
    ThemeFactory(key="ai")
    client.get("/api/v1/themes/ai/", headers={"X-Request-ID": "one"})
    client.get("/api/v1/themes/?page_size=0", headers={"X-Request-ID": "two"})
    client.get("/themes/none/", headers={"X-Request-ID": "three"})
    told = [(cause, re.sub(r"\d+ ms", "0 ms", text)) for cause, text in lines()]
    assert told == [
        ("one", "GET /api/v1/themes/ai/ 200 0 ms anonymous"),
        ("two", "GET /api/v1/themes/?page_size=0 400 0 ms anonymous"),
        ("three", "GET /themes/none/ 404 0 ms anonymous"),
    ]


def test_what_a_request_logs_bears_its_id_and_what_comes_after_does_not(lines):
    def view(request):
        noise.info("within")
        return HttpResponse()

    answered(view, **{"X-Request-ID": "mine"})
    noise.info("after")
    assert [(cause, text.partition(" ")[0]) for cause, text in lines()] == [
        ("mine", "within"),
        ("mine", "GET"),
        ("-", "after"),
    ]


def test_line_is_written_in_the_settings_format(settings):
    formatter = logging.Formatter(settings.LOGGING["formatters"]["line"]["format"])
    record = logging.makeLogRecord({"name": "somebody", "msg": "said %s", "args": ("this",), "levelname": "INFO"})
    with logs.caused_by("mine"):
        assert logs.Cause().filter(record)
    assert re.fullmatch(r"[\d-]+ [\d:,]+ INFO somebody \[mine\]: said this", formatter.format(record))


def test_who_asks_is_named_without_a_question_to_the_database(client, admin_client, admin_user, lines):
    client.get("/how-we-count/")
    admin_client.get("/admin/")
    assert lines()[0][1].endswith("anonymous")
    assert lines()[1][1].endswith(f"user={admin_user.pk}")


def test_nobody_is_looked_up_for_the_line_alone(admin_client, django_assert_num_queries):
    with django_assert_num_queries(0):
        admin_client.get("/robots.txt")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/a/?theme=ai&page_size=5", "/a/?theme=ai&page_size=5"),
        ("/a/?token=hf_123&theme=ai", "/a/?token=…&theme=ai"),
        ("/a/?theme=ai&API_KEY=x&password=y", "/a/?theme=ai&API_KEY=…&password=…"),
        ("/a/%0Ab", "/a/%0Ab"),
        ("/a/é?q=%C3%BC", "/a/%C3%A9?q=%C3%BC"),
        ("/" + "a" * 600, "/" + "a" * 499 + "…"),
    ],
)
def test_address_is_shown_on_one_line_and_without_secrets(address, shown):
    assert logs.address(RequestFactory().get(address)) == shown


def test_stream_stays_one_and_is_told_of_when_it_ends(lines):
    given = []

    def chunks():
        for number in range(3):
            given.append(number)
            noise.info("chunk")
            yield b"%d" % number

    response = logs.RequestLog(lambda _: StreamingHttpResponse(chunks()))(
        RequestFactory().get("/", headers={"X-Request-ID": "mine"})
    )
    assert given == []
    stream = iter(response)
    assert (next(stream), given) == (b"0", [0])
    assert logs.cause() == "-"
    assert list(stream) == [b"1", b"2"]
    assert [cause for cause, _ in lines()] == ["mine"] * 4
    assert re.fullmatch(r"GET / 200 \d+ ms anonymous", lines()[-1][1])


def test_stream_that_nobody_reads_to_its_end_or_that_breaks_is_told_as_cut_short(db, lines):
    def breaks():
        yield b"1"
        raise ValueError("broken")

    left = logs.RequestLog(lambda _: StreamingHttpResponse(iter([b"1", b"2"])))(RequestFactory().get("/left"))
    next(iter(left))
    left.close()
    with pytest.raises(ValueError, match="broken"):
        answered(lambda _: StreamingHttpResponse(breaks()), "/broken")
    assert [re.sub(r"\d+ ms", "0 ms", text) for _, text in lines()] == [
        "GET /left 200 0 ms anonymous cut short",
        "GET /broken 200 0 ms anonymous cut short",
    ]


# Tasks


causes_of_tasks = []


@shared_task
def say_so(again):
    causes_of_tasks.append(logs.cause())
    if again:
        say_so.delay(False)


def sends(request):
    say_so.delay(True)
    return HttpResponse("sent")


urlpatterns = [path("sends/", sends)]


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
def test_tasks_of_a_request_and_their_own_tasks_bear_its_id(client):
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        client.get("/sends/", headers={"X-Request-ID": "mine"})
        unasked = say_so.delay(False).id
        wait_until(lambda: len(causes_of_tasks) == 3, 30, "the third task")
    assert sorted(causes_of_tasks) == sorted(["mine", "mine", unasked])
