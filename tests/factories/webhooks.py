import datetime

import factory
from django.contrib.auth.models import User

from announcements.models import Change
from healthfund.models import Delivery, Webhook


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"owner-{number}")


class ChangeFactory(factory.django.DjangoModelFactory):
    """That an announcement was published; `pot=True` for a pot."""

    class Meta:
        model = Change

    at = datetime.datetime(2026, 11, 21, 22, 44, 5, tzinfo=datetime.UTC)
    kind = "created"
    resource = "announcement"
    public_id = factory.Sequence(lambda number: f"2026-11-21-announcement-{number}")
    fingerprint = "0" * 64

    class Params:
        pot = factory.Trait(resource="pot", public_id="2018-07-20-hospital-technology-package#technology-package")


class WebhookFactory(factory.django.DjangoModelFactory):
    """Told of announcements, from the first change on."""

    class Meta:
        model = Webhook

    owner = factory.SubFactory(UserFactory)
    address = "https://receiver.example/hook"
    portal = "https://portal.example"
    created_at = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
    cursor = 0


class DeliveryFactory(factory.django.DjangoModelFactory):
    """One that waits; `ended=True` for one that was taken."""

    class Meta:
        model = Delivery

    webhook = factory.SubFactory(WebhookFactory)
    event = factory.Sequence(lambda number: f"change-{number}")
    type = "announcement.created"
    body = '{"id": "change-1"}'
    created_at = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)

    class Params:
        ended = factory.Trait(
            status="delivered",
            attempts=1,
            ended_at=datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC),
            attempted_at=datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC),
            response_status=204,
            milliseconds=12,
        )
