"""Sessions end, are private, and exist for the staff only."""

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from announcements.choices import Role
from healthfund.access import sessions
from healthfund.tasks import clear_sessions
from tests.roles import member

pytestmark = pytest.mark.django_db

HOME = "/admin/"
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def editor():
    return member(Role.EDITOR, "editor")


@pytest.fixture
def client(editor):
    client = Client()
    client.force_login(editor)
    return client


def left():
    """How long the one session still lasts."""
    return Session.objects.get().expire_date - timezone.now()


def let_pass(client, *, idle=datetime.timedelta(), since_log_in=None):
    """As if the last page had been so long ago, and the log-in."""
    if since_log_in is not None:
        session = client.session
        session[sessions.BEGAN] -= int(since_log_in.total_seconds())
        session.save()
    row = Session.objects.get()
    Session.objects.update(expire_date=row.expire_date - idle)


def test_a_session_ends_when_nothing_is_asked_for(client):
    assert client.get(HOME).status_code == 200
    let_pass(client, idle=2 * HOUR)
    assert client.get(HOME).status_code == 302


def test_each_page_prolongs_it_and_writes_that_once_a_minute_at_most(client):
    let_pass(client, idle=HOUR)
    client.get(HOME)
    assert 119 < left().total_seconds() / 60 <= 120
    let_pass(client, idle=datetime.timedelta(seconds=50))
    before = Session.objects.get().expire_date
    client.get(HOME)
    assert Session.objects.get().expire_date == before


def test_it_ends_in_any_case_twelve_hours_after_it_began(client):
    let_pass(client, since_log_in=11.5 * HOUR)
    client.get(HOME)
    assert 29 < left().total_seconds() / 60 <= 30
    let_pass(client, since_log_in=0.5 * HOUR)
    assert client.get(HOME).status_code == 302


def test_prolonging_keeps_what_another_request_has_put_into_it(client):
    let_pass(client, idle=HOUR)
    session = client.session
    session["typed"] = "something"
    client.get(HOME)
    session.save()
    client.get(HOME)
    assert client.session["typed"] == "something"


def test_cookies_are_for_this_site_only_and_end_with_the_browser():
    member(Role.REVIEWER, "reviewer", password="correct horse")
    client = Client()
    assert client.get("/account/login/").cookies["csrftoken"]["samesite"] == "Lax"
    cookie = client.post("/account/login/", {"login": "reviewer", "password": "correct horse"}).cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"]
    assert not cookie["expires"]


@pytest.mark.parametrize(
    "address", ["/", "/announcements/", "/api/v1/", "/how-we-count/", "/alerts/new/?theme=ai", "/nothing"]
)
def test_no_public_page_makes_a_session(address):
    client = Client()
    client.get(address)
    assert "sessionid" not in client.cookies
    assert not Session.objects.exists()


def test_a_public_page_neither_looks_at_a_session_nor_prolongs_it(client, editor):
    let_pass(client, idle=HOUR)
    answer = client.get("/how-we-count/")
    assert "Cookie" not in answer.get("Vary", "")
    assert left() < 61 * datetime.timedelta(minutes=1)


def test_what_htmx_asks_for_without_a_session_is_answered_with_nothing_to_swap(client):
    asked = {"HTTP_HX_REQUEST": "true"}
    assert client.get(HOME, **asked).status_code == 200
    Session.objects.all().delete()
    for send in (client.get, client.post):
        answer = send("/admin/programmes/theme/", **asked)
        assert answer.status_code == 401
        assert answer.content == b""


def test_all_sessions_of_a_user_can_be_ended_and_nobody_elses(client, editor):
    other = Client()
    other.force_login(member(Role.REVIEWER, "reviewer"))
    assert sessions.end_all(editor) == 1
    assert client.get(HOME).status_code == 302
    assert other.get(HOME).status_code == 200


def test_sessions_that_have_ended_are_forgotten_every_night(client):
    let_pass(client, idle=3 * HOUR)
    assert clear_sessions() == 1
    assert not Session.objects.exists()
