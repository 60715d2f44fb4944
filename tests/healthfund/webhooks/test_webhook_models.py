"""Every named constraint of webhooks and deliveries is attacked where it stands: in the database, past the models."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from healthfund.models import Delivery, Webhook
from tests.factories import DeliveryFactory, WebhookFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)

CHANGES = [
    # constraint, a good row of, what is changed about it
    ("webhook_is_told_something", WebhookFactory, {"of_announcements": False}),
    ("webhook_inactive_says_why", WebhookFactory, {"is_active": False}),
    ("webhook_inactive_says_why", WebhookFactory, {"inactive_because": "It was rude."}),
    ("webhook_has_a_secret", WebhookFactory, {"secret": ""}),
    ("webhook_has_a_secret", WebhookFactory, {"secret": "whsecret"}),
    ("webhook_former_secret_ends", WebhookFactory, {"former_secret": "whsec_AAAA"}),
    ("webhook_former_secret_ends", WebhookFactory, {"former_until": NOW}),
    ("delivery_status_known", DeliveryFactory, {"status": "lost", "ended_at": NOW}),
    ("delivery_ended_has_a_time", DeliveryFactory, {"status": "failed"}),
    ("delivery_ended_has_a_time", DeliveryFactory, {"ended_at": NOW}),
]


@pytest.mark.parametrize(("constraint", "make", "change"), CHANGES)
def test_database_refuses_the_change(constraint, make, change):
    row = make()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**change)


def test_a_webhook_has_one_delivery_of_an_event():
    delivery = DeliveryFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        DeliveryFactory(webhook=delivery.webhook, event=delivery.event)
    assert DeliveryFactory(event=delivery.event).pk


def test_every_constraint_is_attacked():
    named = {constraint.name for model in (Webhook, Delivery) for constraint in model._meta.constraints}
    assert named == {name for name, *_ in CHANGES} | {"delivery_once_an_event"}


def test_database_takes_what_lies_just_inside_the_rules():
    webhook = WebhookFactory()
    good = {"of_announcements": False, "of_pots": True, "is_active": False, "inactive_because": "x"}
    good |= {"former_secret": "whsec_AAAA", "former_until": NOW}
    assert Webhook.objects.filter(pk=webhook.pk).update(**good) == 1


def test_secrets_are_long_random_and_each_its_own():
    one, other = WebhookFactory(), WebhookFactory()
    assert one.secret != other.secret
    assert len(one.secret) == len("whsec_") + 44


def test_whoever_goes_takes_their_webhooks_and_log_along():
    delivery = DeliveryFactory()
    delivery.webhook.owner.delete()
    assert (Webhook.objects.count(), Delivery.objects.count()) == (0, 0)
