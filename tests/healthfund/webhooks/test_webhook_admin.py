import pytest
from django.contrib.admin.models import LogEntry

from healthfund.models import Delivery, Webhook
from tests.announcements.admin.browsing import client_of, may, page, said
from tests.factories import DeliveryFactory, WebhookFactory

MODELS = [Webhook, Delivery]


@pytest.fixture
def reader(db):
    return client_of(may("view_webhook", "view_delivery"))


@pytest.fixture
def keeper(db):
    return client_of(may("view_webhook", "change_webhook", "view_delivery", "change_delivery"))


def act(client, action, *rows):
    model = type(rows[0])
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(page("changelist", model), data, follow=True)


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_show_everything_but_secrets(reader, model):
    delivery = DeliveryFactory(webhook__former_secret="whsec_old", webhook__former_until="2026-11-22T00:00:00Z")
    row = delivery if model is Delivery else delivery.webhook
    for address in (page("changelist", model), page("change", row)):
        response = reader.get(address)
        assert response.status_code == 200
        assert "whsec_" not in response.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_nobody_adds_changes_or_deletes_by_hand(keeper, model):
    delivery = DeliveryFactory()
    row = delivery if model is Delivery else delivery.webhook
    assert keeper.get(page("add", model)).status_code == 403
    assert keeper.post(page("change", row), {"_save": "Save"}).status_code == 403
    assert keeper.post(page("delete", row), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_the_queries_of_a_list_do_not_grow_with_it(keeper, model, django_assert_max_num_queries):
    for _ in range(10):
        DeliveryFactory()
    with django_assert_max_num_queries(9):
        assert keeper.get(page("changelist", model)).status_code == 200


def test_a_webhook_is_switched_off_and_on(keeper):
    webhook = WebhookFactory()
    act(keeper, "switch_off", webhook)
    webhook.refresh_from_db()
    assert webhook.inactive_because == "Switched off in the admin."
    act(keeper, "switch_on", webhook)
    webhook.refresh_from_db()
    assert webhook.is_active
    assert LogEntry.objects.count() == 2


def test_deliveries_are_replayed_but_for_those_of_webhooks_that_are_off(keeper):
    on, off = DeliveryFactory(ended=True), DeliveryFactory(ended=True)
    off.webhook.deactivate("It was rude.")
    response = act(keeper, "replay", on, off)
    assert Delivery.objects.waiting().get() == on
    assert "Sent once more: 1." in said(response)[0]


@pytest.mark.parametrize("action", ["switch_off", "switch_on"])
def test_who_may_only_look_switches_nothing(reader, action):
    webhook = WebhookFactory()
    before = Webhook.objects.values().get()
    act(reader, action, webhook)
    assert Webhook.objects.values().get() == before


def test_who_may_only_look_replays_nothing(reader):
    act(reader, "replay", DeliveryFactory(ended=True))
    assert not Delivery.objects.waiting().exists()
