"""A write that is sent twice under one Idempotency-Key is done once, whatever happens in between."""

import datetime
import json
import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from announcements.facts import loading
from announcements.models import Announcement, Posting
from healthfund import tasks
from healthfund.models import KeptAnswer
from tests.announcements.facts.samples import FUND, MORE, announcement, claim, document, full
from tests.factories import KeptAnswerFactory, OrganisationFactory, RegionFactory, ThemeFactory, TokenFactory

ADDRESS = "/api/v1/facts/?publish=true"
RIGHTS = ("add_announcement", "change_announcement", "publish_announcement")

pytestmark = pytest.mark.django_db


def prepare():
    """Themes, regions and the department that the samples speak of; gives a token that may publish."""
    for key in ["digital", "ai", "genomics", "cancer"]:
        ThemeFactory(key=key)
    for key in ["north-east", "north-west", "london", "scotland"]:
        RegionFactory(key=key)
    OrganisationFactory(name="Department of Health and Social Care", slug="dhsc", other_names=["Department of Health"])
    return TokenFactory(scopes="facts:submit facts:publish", may=RIGHTS)


@pytest.fixture
def token(db):
    return prepare()


def send(said, token, key="8e03978e-40d5-43dd-bc93-6894a57f9324", address=ADDRESS, client=None):
    headers = {"authorization": f"Bearer {token.secret}"} | ({"idempotency-key": key} if key else {})
    body = json.dumps(said)
    return (client or Client()).post(address, body, content_type="application/json", headers=headers)


def withdrawing(slug):
    return f"/api/v1/announcements/{slug}/withdraw/"


def test_same_key_and_body_get_the_stored_answer(token):
    first = send(full(), token)
    again = send(full(), token)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert again["Content-Type"] == first["Content-Type"] == "application/json"
    assert Posting.objects.count() == 1


def test_withdrawing_twice_under_one_key_is_answered_twice_and_done_once(token):
    send(full(), token, key=None)
    answers = [send({"reason": "Wrong."}, token, address=withdrawing(MORE)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert send({"reason": "Wrong."}, token, key=None, address=withdrawing(MORE)).status_code == 409


def test_same_key_for_another_request_is_refused(token):
    send(full(), token)
    for said, address in [
        (document(announcement(FUND, claim())), ADDRESS),
        (full(), "/api/v1/facts/"),
        ({"reason": "Wrong."}, withdrawing(MORE)),
    ]:
        response = send(said, token, address=address)
        assert response.status_code == 422
        assert response["Content-Type"] == "application/problem+json"
        assert "take a new key" in response.json()["detail"]
    assert Posting.objects.count() == 1


def test_each_token_has_keys_of_its_own(token):
    other = TokenFactory(scopes="facts:submit facts:publish", may=RIGHTS)
    assert send(full(), token).status_code == 201
    assert send(document(announcement("2020-05-01-new", claim())), other).status_code == 201


def test_key_is_the_same_with_quotation_marks_and_without(token):
    send(full(), token, key='"a key"'.replace(" ", "-"))
    assert send(full(), token, key="a-key")["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", [" ", '""', "a b", "é", "x" * 256, '"open'])
def test_malformed_key_is_refused(token, key):
    response = send(full(), token, key=key)
    assert response.status_code == 400
    assert "255" in response.json()["detail"]
    assert not Announcement.objects.exists()


def test_refusal_is_kept_like_any_answer(token):
    said = document(announcement(FUND, claim(amount="5m")))
    first, again = send(said, token), send(said, token)
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.content == first.content
    assert again["Content-Type"] == "application/problem+json"
    assert send(full(), token, key="another").status_code == 201


def test_who_may_not_write_leaves_nothing_behind(token):
    reader = TokenFactory(scopes="read")
    assert send(full(), reader).status_code == 403
    assert not KeptAnswer.objects.exists()


def test_failure_of_ours_is_not_kept_so_that_the_same_can_be_tried_again(token, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    client = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(loading.posting, "post", broken)
        assert send(full(), token, client=client).status_code == 500
    assert not KeptAnswer.objects.exists()
    assert not Announcement.objects.exists()
    assert send(full(), token).status_code == 201


def test_request_that_is_still_worked_on_is_a_409_that_says_when_to_ask_again(token):
    send(full(), token)
    KeptAnswer.objects.update(status=None, body="")
    response = send(full(), token)
    assert (response.status_code, response["Retry-After"]) == (409, "1")
    assert "being worked on" in response.json()["detail"]


def test_request_whose_process_was_killed_makes_way_after_minutes(token):
    send(full(), token)
    KeptAnswer.objects.update(status=None, body="", created_at=timezone.now() - KeptAnswer.GIVEN_UP)
    response = send(full(), token)
    assert (response.status_code, response.json()["unchanged"]) == (200, 2)
    assert send(full(), token).content == response.content


def test_key_is_free_again_after_a_day(token):
    send(full(), token)
    KeptAnswer.objects.update(created_at=timezone.now() - datetime.timedelta(hours=24))
    assert send(document(announcement("2020-05-01-new", claim())), token).status_code == 201


def test_sweep_forgets_what_nobody_can_ask_for_any_more(token):
    kept = KeptAnswerFactory()
    KeptAnswerFactory(created_at=timezone.now() - KeptAnswer.LIFE)
    assert tasks.sweep_answers.apply(kwargs={"from": "a newer publisher"}).get() == 1
    assert KeptAnswer.objects.get() == kept


# Side by side


def at_once(*calls):
    """What the calls give, each in a thread of its own, all begun together."""
    barrier, given = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        try:
            barrier.wait()
            given[number] = call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return given


@pytest.fixture
def several(transactional_db):
    if connection.vendor == "sqlite":
        pytest.skip("In memory there is one connection; SQLite lets one write at a time in any case.")


def test_sent_side_by_side_under_one_key_it_is_done_once(several):
    token = prepare()
    answers = at_once(*[lambda: send(full(), token)] * 6)
    statuses = sorted(answer.status_code for answer in answers)
    assert 201 in statuses
    assert set(statuses) <= {201, 409}
    assert sum("Idempotent-Replayed" not in answer for answer in answers if answer.status_code == 201) == 1
    assert Posting.objects.count() == 1
    assert KeptAnswer.objects.count() == 1
    assert send(full(), token).json()["new"] == 2


def test_bodies_that_differ_side_by_side_under_one_key_are_not_mixed(several):
    token = prepare()
    others = [document(announcement(f"2020-05-0{number}-new", claim())) for number in range(1, 6)]
    answers = at_once(*[lambda said=said: send(said, token) for said in others])
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422, 422]
    assert Announcement.objects.count() == 1


def test_sent_side_by_side_without_a_key_it_is_still_loaded_once(several):
    token = prepare()
    answers = at_once(*[lambda: send(full(), token, key=None)] * 4)
    assert sorted(answer.json()["new"] for answer in answers) == [0, 0, 0, 2]
    assert Posting.objects.count() == 1
