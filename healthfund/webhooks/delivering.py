"""From the log of changes to the receivers. RECEIVING.md says what they are promised.

A webhook is worked on by whoever holds its lease. Changes become deliveries in one transaction with the move of its
cursor, so each becomes one, whoever is killed when. No transaction is open while a receiver is asked: a worker that is
killed then leaves the delivery waiting, and once the lease has ended it is sent again, with the same id.
"""

import json
import logging
import random
import time
import uuid

from django.urls import reverse

from announcements.choices import Resource
from announcements.intake.fetching import Refused, Unreachable, fetch
from announcements.models import Change

from . import patience, signing
from .matching import asked, matching
from .models import Delivery, DeliveryStatus, Webhook

logger = logging.getLogger(__name__)

SECONDS = 10
"""A receiver has to answer within."""

TURN = 15
"""Seconds after which no further message is begun in one turn, so that a task ends before the broker hands it out
again."""

MANY = 500
"""Changes that are looked at together."""

TEST = "test"


def newest_change():
    """The id of the newest change, 0 where there is none: where a new webhook begins."""
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def run(pk, *, clock):
    """Send what a webhook has to send, until nothing is left, its receiver fails, or its turn is over.

    clock: a function that gives the present as an aware datetime. Returns how many messages were sent, also those that
    were not taken; 0 where the webhook is not due or in somebody else's hands.
    """
    webhook = Webhook.objects.claim(pk, at=clock())
    if webhook is None:
        return 0
    sent, ends = 0, time.monotonic() + TURN
    try:
        while time.monotonic() < ends and webhook.renew(at=clock()):
            delivery = webhook.deliveries.waiting().in_order().first()
            if delivery is None:
                if not look_further(webhook, at=clock()):
                    break
                continue
            sent += 1
            if not send(webhook, delivery, clock=clock):
                break
    finally:
        webhook.release()
    return sent


def look_further(webhook, *, at):
    """Turn the next changes into deliveries. False where there are none, or somebody else is at it."""
    changes = list(Change.objects.since(webhook.cursor)[:MANY])
    if not changes:
        return False
    if faults := asked(webhook.filter).faults:
        webhook.deactivate(f"Its filter is not understood any more: {faults[0].message}")
        return False
    told = matching(changes, query=webhook.filter, resources=webhook.resources)
    return webhook.take(changes, [of_change(webhook, change, at=at) for change in told])


def of_change(webhook, change, *, at):
    """The delivery, not saved, that tells a webhook of a change."""
    data = {"resource": change.resource, "id": change.public_id, "url": webhook.portal + where(change)}
    return delivery(webhook, f"change-{change.pk}", f"{change.resource}.{change.kind}", data, told=change.at, at=at)


def queue_test(webhook, *, at):
    """A delivery, saved, that tells of nothing and only shows that messages arrive."""
    made = delivery(webhook, f"{TEST}-{uuid.uuid4().hex}", TEST, {}, told=at, at=at)
    made.save()
    return made


def delivery(webhook, event, type, data, *, told, at):
    body = {"id": event, "type": type, "timestamp": told.isoformat(), "data": data}
    return Delivery(webhook=webhook, event=event, type=type, body=json.dumps(body), created_at=at)


def where(change):
    """The path of the document that a change tells of."""
    if change.resource == Resource.ANNOUNCEMENT:
        return reverse("api:announcement", kwargs={"id": change.public_id})
    announcement, _, key = change.public_id.partition("#")
    return reverse("api:pot", kwargs={"announcement": announcement, "key": key})


def send(webhook, delivery, *, clock):
    """Try to deliver once and write down what came of it. Whether to go on with the next."""
    at, begun = clock(), time.monotonic()
    status, error, wishes = attempt(webhook, delivery, at=at)
    milliseconds, now = round(1000 * (time.monotonic() - begun)), clock()
    outcome = {"attempted_at": at, "response_status": status, "milliseconds": milliseconds, "error": error[:500]}
    logger.info(
        "webhook=%s event=%s attempt=%s status=%s ms=%s %s",
        *(webhook.pk, delivery.event, delivery.attempts + 1, status, milliseconds, error),
    )
    if not error:
        delivery.attempted(**outcome, status=DeliveryStatus.DELIVERED, ended_at=now)
        return webhook.went_well()
    attempts = delivery.attempts + 1
    if attempts >= patience.TRIES:
        outcome |= {"status": DeliveryStatus.FAILED, "ended_at": now}
        # The next message begins anew.
        attempts = 1
    delivery.attempted(**outcome)
    failing_since = webhook.failing_since or at
    asked_for = patience.retry_after(wishes, now) if wishes else None
    webhook.went_wrong(
        failing_since=failing_since,
        rests_until=now + patience.pause(attempts, random.random(), asked_for),
        inactive_because=why_no_more(status, failing_since, now),
    )
    return False


def attempt(webhook, delivery, *, at):
    """Ask the receiver to take a message: (HTTP status or None, what went wrong or "", its Retry-After or "")."""
    body = delivery.body.encode()
    headers = signing.headers(webhook.secrets(at), delivery.event, int(at.timestamp()), body)
    try:
        answer = fetch(
            "POST",
            webhook.address,
            seconds=SECONDS,
            # The answer is its status; what it says is nobody's business here.
            largest=0,
            headers={**headers, "content-type": "application/json"},
            content=body,
        )
    except (Refused, Unreachable) as error:
        return None, str(error), ""
    if 200 <= answer.status < 300:
        return answer.status, "", ""
    redirect = " Redirects are not followed." if 300 <= answer.status < 400 else ""
    error = f"The receiver answered {answer.status}; it takes a message with 200 to 299.{redirect}"
    return answer.status, error, answer.headers.get("retry-after", "")


def why_no_more(status, failing_since, now):
    """Why a webhook that failed is told nothing more; "" where it is."""
    if status == 410:
        return "The receiver answered 410: it wants no more messages."
    if now - failing_since >= patience.DAYS:
        return f"The receiver has taken nothing since {failing_since:%-d %B %Y}."
    return ""
