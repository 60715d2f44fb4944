"""Webhooks through the API: their owner makes, changes and removes them, reads the log, and nobody else sees any."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from healthfund.api.v1 import webhooks
from healthfund.models import Delivery, Scope, Webhook
from healthfund.webhooks import tasks
from tests.factories import ChangeFactory, DeliveryFactory, TokenFactory, WebhookFactory
from tests.receiving import receiving

ROOT = "/api/v1/webhooks/"
ADDRESS = "https://receiver.example/hook"


class Caller:
    """Whoever holds a token; gives the answers of the API, which are JSON."""

    def __init__(self, client, token):
        self.client, self.user = client, token.user
        self.headers = {"authorization": f"Bearer {token.secret}"}

    def ask(self, method, path="", expected=200, **document):
        response = getattr(self.client, method)(
            path if path.startswith("/") else ROOT + path,
            **({"data": json.dumps(document), "content_type": "application/json"} if method != "get" else {}),
            headers=self.headers,
        )
        assert response.status_code == expected, response.content
        assert response["Cache-Control"] == "no-store"
        kind = "application/problem+json" if expected >= 400 else "application/json"
        if expected != 204:
            assert response["Content-Type"] == kind
        return response.json() if expected != 204 else None

    def faults(self, method, path="", **document):
        return {fault["pointer"]: fault["message"] for fault in self.ask(method, path, 400, **document)["errors"]}


@pytest.fixture
def owner(client, db):
    return Caller(client, TokenFactory(scopes="webhooks"))


@pytest.fixture
def hook(owner):
    return WebhookFactory(owner=owner.user)


# Making one


def test_a_webhook_is_made_and_its_secret_shown_once(owner):
    ChangeFactory()
    made = owner.ask("post", "", 201, address=ADDRESS, filter="announced_from=2019-01-01", resources=["pot"])
    webhook = Webhook.objects.get()
    assert made["secret"] == webhook.secret
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made["secret"])
    assert (webhook.owner, webhook.address, webhook.filter) == (owner.user, ADDRESS, "announced_from=2019-01-01")
    assert (made["resources"], made["active"], made["inactive_because"]) == (["pot"], True, "")
    assert (webhook.portal, webhook.cursor) == ("http://testserver", ChangeFactory().pk - 1)
    for path in ("", f"{made['id']}/"):
        assert made["secret"] not in json.dumps(owner.ask("get", path))


def test_by_itself_a_webhook_is_told_of_every_announcement(owner):
    made = owner.ask("post", "", 201, address=ADDRESS)
    assert (made["filter"], made["resources"]) == ("", ["announcement"])


@pytest.mark.parametrize(
    ("document", "pointer", "said"),
    [
        ({}, "/address", "required"),
        ({"address": "http://127.0.0.1/"}, "/address", "not a public address"),
        ({"address": "https://user:word@example.org/"}, "/address", "no user name"),
        ({"address": "ftp://example.org/"}, "/address", "begins with https://"),
        ({"address": "https://example.org:22/"}, "/address", "The port is one of 80, 443, 8080, 8443."),
        ({"address": None}, "/address", "null"),
        ({"address": "x" * 501}, "/address", "500"),
        ({"filter": "them=ai"}, "/filter", "them: There is no parameter “them” here. Did you mean theme?"),
        ({"filter": "page_size=5"}, "/filter", "no parameter"),
        ({"filter": "theme="}, "/filter", "Give theme a value"),
        ({"filter": "announced_from=soon"}, "/filter", "is not a day"),
        ({"filter": "x" * 2001}, "/filter", "2000"),
        ({"resources": []}, "/resources", "empty"),
        ({"resources": ["rumour"]}, "/resources/0", "not a valid choice"),
        ({"resources": "pot"}, "/resources", "list"),
        ({"active": "yes"}, "/active", "valid boolean"),
        ({"adress": ADDRESS}, "/adress", "Did you mean address?"),
        ({"a/b~c": 1}, "/a~1b~0c", "no member"),
        ({"secret": "whsec_mine"}, "/secret", "no member"),
    ],
)
def test_a_faulty_document_is_refused_with_the_place_of_each_fault(owner, document, pointer, said):
    whole = document if pointer == "/address" else {"address": ADDRESS} | document
    assert said in owner.faults("post", **whole)[pointer]
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("body", ["[]", '"text"', "{", "", "\0", "[" * 5000])
def test_what_is_no_document_is_refused(client, owner, body):
    response = client.post(ROOT, body, content_type="application/json", headers=owner.headers)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_a_form_is_no_document(client, owner):
    assert client.post(ROOT, {"address": ADDRESS}, headers=owner.headers).status_code == 415


def test_parameters_are_refused_where_there_are_none(owner, hook):
    assert "errors" in owner.ask("patch", f"{hook.pk}/?adress=1", 400)
    assert "errors" in owner.ask("get", "?pagesize=1", 400)


def test_nobody_has_more_than_so_many(owner, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST", 1)
    owner.ask("post", "", 201, address=ADDRESS)
    assert "remove one first" in owner.ask("post", "", 409, address=ADDRESS)["detail"]


# Changing and removing it


def test_an_owner_changes_a_webhook_and_nothing_else_of_it(owner, hook):
    before = Webhook.objects.values().get()
    answer = owner.ask("patch", f"{hook.pk}/", address="https://other.example/", resources=["pot", "announcement"])
    assert (answer["address"], answer["resources"]) == ("https://other.example/", ["announcement", "pot"])
    after = Webhook.objects.values().get()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"address", "of_pots"}


def test_a_worker_goes_on_where_it_was_while_the_owner_changes_a_webhook(owner, hook):
    """What the owner does writes its own columns only."""
    stale = Webhook.objects.get()
    Webhook.objects.update(cursor=7)
    for step in (stale.activate, lambda: stale.deactivate("x"), stale.wake, lambda: stale.rotate(at=hook.created_at)):
        step()
    assert Webhook.objects.get().cursor == 7


def test_switched_off_and_on_again(owner, hook):
    assert owner.ask("patch", f"{hook.pk}/", active=False)["inactive_because"] == "Its owner switched it off."
    Webhook.objects.update(failing_since=hook.created_at, rests_until=hook.created_at)
    answer = owner.ask("patch", f"{hook.pk}/", active=True)
    assert (answer["active"], answer["inactive_because"]) == (True, "")
    assert (answer["failing_since"], answer["next_attempt_at"]) == (None, None)


def test_a_webhook_can_be_made_switched_off(owner):
    owner.ask("post", "", 201, address=ADDRESS, active=False)
    assert not Webhook.objects.get().is_active


def test_a_removed_webhook_is_gone_with_its_log(owner, hook):
    DeliveryFactory(webhook=hook)
    owner.ask("delete", f"{hook.pk}/", 204)
    assert (Webhook.objects.count(), Delivery.objects.count()) == (0, 0)
    owner.ask("get", f"{hook.pk}/", 404)


def test_a_rotation_shows_the_new_secret_and_keeps_the_former_for_a_day(owner, hook):
    answer = owner.ask("post", f"{hook.pk}/rotate/")
    after = Webhook.objects.get()
    assert answer["secret"] == after.secret != hook.secret
    assert after.former_secret == hook.secret
    assert answer["former_secret_until"] is not None


# The log


def test_a_test_arrives_and_stands_in_the_log(owner, settings):
    with receiving(200) as receiver:
        settings.OUTBOUND_ALLOW = [receiver.place]
        made = owner.ask("post", "", 201, address=receiver.address)
        queued = owner.ask("post", f"{made['id']}/test/", 202)
        assert (queued["type"], queued["status"]) == ("test", "waiting")
        tasks.deliver.apply(kwargs={"webhook": made["id"]})
        [received] = receiver.received
    [logged] = owner.ask("get", f"{made['id']}/deliveries/")["results"]
    assert logged["event"] == received.headers["webhook-id"] == queued["event"]
    assert (logged["status"], logged["attempts"], logged["response_status"]) == ("delivered", 1, 200)
    assert logged["message"] == json.loads(received.body)


def test_a_delivery_is_replayed_with_its_event(owner, hook):
    delivery = DeliveryFactory(webhook=hook, ended=True)
    Webhook.objects.update(rests_until=hook.created_at)
    answer = owner.ask("post", f"{hook.pk}/deliveries/{delivery.pk}/replay/", 202)
    assert (answer["event"], answer["status"], answer["attempts"]) == (delivery.event, "waiting", 0)
    assert Delivery.objects.waiting().get() == delivery
    assert Webhook.objects.get().rests_until is None


@pytest.mark.parametrize("path", ["test/", "deliveries/{}/replay/"])
def test_nothing_is_sent_to_a_webhook_that_is_off(owner, hook, path):
    delivery = DeliveryFactory(webhook=hook, ended=True)
    hook.deactivate("The receiver answered 410.")
    assert "answered 410" in owner.ask("post", f"{hook.pk}/{path.format(delivery.pk)}", 409)["detail"]
    assert not Delivery.objects.waiting().exists()


def test_the_log_has_the_latest_first_in_pages_and_by_status(owner, hook):
    made = [DeliveryFactory(webhook=hook, ended=number % 2 == 0).pk for number in range(5)]
    path, seen = f"{hook.pk}/deliveries/?page_size=2", []
    while path:
        page = owner.ask("get", path)
        seen += [row["id"] for row in page["results"]]
        path = (page["next"] or "").removeprefix("http://testserver")
    assert seen == made[::-1]
    assert owner.ask("get", f"{hook.pk}/deliveries/?status=waiting")["count"] == 2
    assert "errors" in owner.ask("get", f"{hook.pk}/deliveries/?status=lost", 400)


def test_the_queries_of_each_list_do_not_grow_with_it(owner, hook):
    def queries(path):
        with CaptureQueriesContext(connection) as asked:
            owner.ask("get", path)
        return len(asked)

    owner.ask("get")
    few = [queries(path) for path in ("", f"{hook.pk}/deliveries/")]
    for _ in range(5):
        DeliveryFactory(webhook=hook)
        WebhookFactory(owner=owner.user)
    assert [queries(path) for path in ("", f"{hook.pk}/deliveries/")] == few
    # The token, how many there are, and the rows; of a log also whose it is.
    assert few == [3, 4]


# Who may

EVERYTHING = [
    ("get", ""),
    ("post", ""),
    ("get", "{hook}/"),
    ("patch", "{hook}/"),
    ("delete", "{hook}/"),
    ("post", "{hook}/test/"),
    ("post", "{hook}/rotate/"),
    ("get", "{hook}/deliveries/"),
    ("post", "{hook}/deliveries/{delivery}/replay/"),
]


@pytest.fixture
def path_of(hook):
    delivery = DeliveryFactory(webhook=hook, ended=True)
    return lambda path: ROOT + path.format(hook=hook.pk, delivery=delivery.pk)


def state():
    return list(Webhook.objects.values()), list(Delivery.objects.values())


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_without_a_token_there_is_nothing_to_see(client, path_of, method, path):
    address, before = path_of(path), state()
    response = getattr(client, method)(address, content_type="application/json")
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert state() == before


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_a_token_without_the_scope_is_refused_even_its_owners(client, owner, path_of, method, path):
    others = " ".join(scope for scope in Scope.values if scope != Scope.WEBHOOKS)
    caller = Caller(client, TokenFactory(user=owner.user, scopes=others))
    address, before = path_of(path), state()
    assert caller.ask(method, address, 403)["scope"] == "webhooks"
    assert state() == before


@pytest.mark.parametrize(("method", "path"), [one for one in EVERYTHING if one[1]])
def test_to_everybody_else_a_webhook_does_not_exist(client, path_of, method, path):
    stranger = Caller(client, TokenFactory(scopes="webhooks"))
    address, before = path_of(path), state()
    assert "You have no webhook" in stranger.ask(method, address, 404)["detail"]
    assert state() == before


def test_a_list_has_ones_own_only(client, owner, hook):
    assert Caller(client, TokenFactory(scopes="webhooks")).ask("get")["count"] == 0
    assert [row["id"] for row in owner.ask("get")["results"]] == [hook.pk]


def test_a_delivery_of_another_webhook_is_not_replayed(owner, hook):
    other = DeliveryFactory(ended=True)
    owner.ask("post", f"{hook.pk}/deliveries/{other.pk}/replay/", 404)
    assert not Delivery.objects.waiting().exists()


@pytest.mark.parametrize("pk", ["0", "9" * 30])
def test_a_number_that_no_webhook_has_is_not_found(owner, pk):
    owner.ask("get", f"{pk}/", 404)
