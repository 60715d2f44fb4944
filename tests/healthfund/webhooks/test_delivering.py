"""What receivers are promised in RECEIVING.md, against real receivers."""

import datetime
import json
import threading
import time

import pytest
from django.conf import settings as portal
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from announcements import publishing
from announcements.models import Change
from healthfund.models import Delivery, Webhook
from healthfund.webhooks import delivering, patience, signing, tasks
from tests.factories import (
    AnnouncementFactory,
    ChangeFactory,
    ClaimFactory,
    DeliveryFactory,
    SourceFactory,
    UserFactory,
    WebhookFactory,
)
from tests.newsroom import changing, publish
from tests.receiving import drip, endless, hang

pytestmark = pytest.mark.django_db

AT = datetime.datetime(2026, 11, 21, 22, 44, tzinfo=datetime.UTC)


def run(webhook, clock):
    return delivering.run(webhook.pk, clock=clock)


def log(webhook):
    """(event, status, attempts) of each delivery, in order."""
    return list(webhook.deliveries.in_order().values_list("event", "status", "attempts"))


def events(receiver):
    return [received.headers["webhook-id"] for received in receiver.received]


def changes(number, **values):
    return [f"change-{ChangeFactory(**values).pk}" for _ in range(number)]


# A change arrives


def test_a_change_arrives_signed_with_what_happened_to_what_and_where_to_read_it(receiver, clock):
    receiving = receiver(204)
    webhook = WebhookFactory(address=receiving.address)
    change = ChangeFactory(public_id="2018-07-20-hospital-technology-package", kind="edited")
    assert run(webhook, clock) == 1
    [received] = receiving.received
    assert json.loads(received.body) == {
        "id": f"change-{change.pk}",
        "type": "announcement.edited",
        "timestamp": "2026-11-21T22:44:05+00:00",
        "data": {
            "resource": "announcement",
            "id": "2018-07-20-hospital-technology-package",
            "url": "https://portal.example/api/v1/announcements/2018-07-20-hospital-technology-package/",
        },
    }
    signed = signing.headers([webhook.secret], f"change-{change.pk}", int(AT.timestamp()), received.body)
    assert received.headers | signed == received.headers
    assert (received.method, received.path, received.headers["content-type"]) == ("POST", "/hook", "application/json")


def test_what_came_of_it_is_kept(receiver, clock):
    webhook = WebhookFactory(address=receiver(204).address)
    changes(1)
    run(webhook, clock)
    delivery = webhook.deliveries.get()
    assert (delivery.status, delivery.attempts, delivery.response_status, delivery.error) == ("delivered", 1, 204, "")
    assert (delivery.created_at, delivery.attempted_at, delivery.ended_at) == (AT, AT, AT)
    assert delivery.milliseconds is not None


@pytest.mark.parametrize("pot", [False, True])
def test_the_address_in_a_message_leads_to_the_document(pot):
    change = ChangeFactory(pot=pot)
    assert resolve(delivering.where(change)).url_name == change.resource


def test_changes_arrive_once_each_and_in_their_order(receiver, clock):
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address)
    expected = changes(5)
    assert run(webhook, clock) == 5
    assert run(webhook, clock) == 0
    expected += changes(2)
    assert run(webhook, clock) == 2
    assert events(receiving) == expected


def test_a_new_webhook_begins_with_the_next_change(receiver, clock):
    changes(2)
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address, cursor=delivering.newest_change())
    assert run(webhook, clock) == 0
    expected = changes(1)
    run(webhook, clock)
    assert events(receiving) == expected


def test_many_changes_are_looked_at_some_at_a_time_and_none_is_left_out(receiver, clock, monkeypatch):
    monkeypatch.setattr(delivering, "MANY", 2)
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address)
    expected = changes(2) + changes(4, kind="withdrawn")
    changes(3, pot=True)
    expected += changes(1)
    run(webhook, clock)
    assert events(receiving) == expected


def test_a_test_tells_of_nothing(receiver, clock):
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address)
    delivering.queue_test(webhook, at=AT)
    run(webhook, clock)
    [received] = receiving.received
    message = json.loads(received.body)
    assert (message["type"], message["data"], message["id"]) == ("test", {}, received.headers["webhook-id"])


def test_for_a_day_after_a_rotation_messages_are_signed_with_both_secrets(receiver, clock):
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address)
    former = webhook.secret
    webhook.rotate(at=AT)
    assert webhook.secret != former
    for hours in (0, 23.9, 0.2):
        clock.go_on(hours=hours)
        changes(1)
        run(webhook, clock)
    signatures = [len(received.headers["webhook-signature"].split()) for received in receiving.received]
    assert signatures == [2, 2, 1]
    for received, secret in zip(receiving.received, [former, former, webhook.secret], strict=True):
        timestamp = int(received.headers["webhook-timestamp"])
        expected = signing.signature(secret, received.headers["webhook-id"], timestamp, received.body)
        assert expected in received.headers["webhook-signature"].split()


def test_publishing_editing_and_withdrawing_is_told(receiver, clock):
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address, of_pots=True, filter="theme=ai")
    claim, by = published("2019-01-01", theme="ai"), UserFactory()
    published("2019-01-01", theme="genomics")
    announcement = claim.announcement
    run(webhook, clock)
    with changing(announcement, at=AT) as said:
        said["title"] = "Another title"
    run(webhook, clock)
    publishing.withdraw(announcement=announcement, reason="A spoof.", by=by, at=AT)
    run(webhook, clock)
    told = [json.loads(received.body) for received in receiving.received]
    assert [(message["type"], message["data"]["id"]) for message in told] == [
        ("announcement.created", announcement.slug),
        ("pot.created", claim.pot.reference),
        ("announcement.edited", announcement.slug),
        # Its document names the announcements that speak of it.
        ("pot.edited", claim.pot.reference),
        ("announcement.withdrawn", announcement.slug),
        ("pot.withdrawn", claim.pot.reference),
    ]


def test_an_edit_that_moves_no_money_asks_for_the_task_too(django_capture_on_commit_callbacks):
    announcement = published("2019-01-01").announcement
    with django_capture_on_commit_callbacks() as asked, changing(announcement, at=AT) as said:
        said["title"] = "Another title"
    assert len(asked) == 1


# Of what it wants to be told


def matched(webhook, clock):
    """The public ids of the changes that a webhook is told of."""
    held = Webhook.objects.claim(webhook.pk, at=clock())
    assert delivering.look_further(held, at=clock())
    return [json.loads(delivery.body)["data"]["id"] for delivery in webhook.deliveries.in_order()]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"of_announcements": True, "of_pots": False}, ["announcement"]),
        ({"of_announcements": False, "of_pots": True}, ["pot"]),
        ({"of_announcements": True, "of_pots": True}, ["announcement", "pot"]),
    ],
)
def test_a_webhook_is_told_of_the_resources_that_it_names(told, expected, clock):
    webhook = WebhookFactory(**told)
    ids = {change.resource: change.public_id for change in (ChangeFactory(), ChangeFactory(pot=True))}
    assert matched(webhook, clock) == [ids[resource] for resource in expected]


def published(day, **claim):
    claim = ClaimFactory(announcement__draft=True, announcement__announced_on=day, **claim)
    SourceFactory(announcement=claim.announcement)
    publish(claim.announcement, at=AT)
    return claim


def test_a_webhook_with_a_filter_is_told_of_what_the_filter_finds(clock):
    found, other = published("2019-01-01", theme="ai"), published("2019-01-01", theme="genomics")
    webhook = WebhookFactory(filter="theme=ai&announced_from=2018-12-31", of_pots=True)
    Change.objects.all().delete()
    for claim in (other, found):
        ChangeFactory(public_id=claim.announcement.slug)
        ChangeFactory(resource="pot", public_id=claim.pot.reference)
    assert matched(webhook, clock) == [found.announcement.slug, found.pot.reference]


def test_everybody_is_told_of_a_withdrawal(clock):
    webhook = WebhookFactory(filter="announced_from=2030-01-01")
    gone = ChangeFactory(kind="withdrawn", public_id=AnnouncementFactory(withdrawn=True).slug)
    ChangeFactory(kind="edited", public_id=AnnouncementFactory().slug)
    assert matched(webhook, clock) == [gone.public_id]


def test_a_filter_that_is_not_understood_any_more_switches_off_and_loses_nothing(receiver, clock):
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address, filter="theme=gone")
    expected = changes(2)
    assert run(webhook, clock) == 0
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert "not understood any more: “gone”" in webhook.inactive_because
    webhook.filter = ""
    webhook.save()
    webhook.activate()
    run(webhook, clock)
    assert events(receiving) == expected


def test_however_many_changes_there_are_they_are_looked_at_in_the_same_queries(clock):
    def queries(number):
        webhook = WebhookFactory(filter="theme=_missing", of_pots=True, cursor=delivering.newest_change())
        changes(number)
        changes(number, pot=True)
        with CaptureQueriesContext(connection) as asked:
            delivering.look_further(webhook, at=AT)
        return len(asked)

    assert queries(1) == queries(20)


# A receiver that does not take it


def rest(webhook, clock):
    """Set the clock to when the webhook is tried again."""
    webhook.refresh_from_db()
    clock.now = webhook.rests_until


@pytest.mark.parametrize("failure", [500, 404, 302, 429, hang])
def test_a_message_that_is_not_taken_comes_again_with_the_same_id_and_body(failure, receiver, clock, monkeypatch):
    monkeypatch.setattr(delivering, "SECONDS", 0.3)
    receiving = receiver(failure, failure, 200)
    webhook = WebhookFactory(address=receiving.address)
    [event] = changes(1)
    for attempt in (1, 2):
        assert run(webhook, clock) == 1
        assert log(webhook) == [(event, "waiting", attempt)]
        assert run(webhook, clock) == 0, "it rests first"
        clock.go_on(seconds=200)
    run(webhook, clock)
    assert log(webhook) == [(event, "delivered", 3)]
    assert events(receiving) == [event] * 3
    assert len({received.body for received in receiving.received}) == 1
    assert len({received.headers["webhook-timestamp"] for received in receiving.received}) == 3


def test_the_next_message_waits_until_the_one_before_was_taken(receiver, clock):
    receiving = receiver(500, 200)
    webhook = WebhookFactory(address=receiving.address)
    first, second = changes(2)
    run(webhook, clock)
    clock.go_on(minutes=1)
    run(webhook, clock)
    assert events(receiving) == [first, first, second]


def test_after_ten_tries_a_message_is_given_up_and_the_next_is_sent(receiver, clock):
    receiving = receiver(*[500] * patience.TRIES, 200)
    webhook = WebhookFactory(address=receiving.address)
    first, second = changes(2)
    for _ in range(patience.TRIES):
        assert run(webhook, clock) == 1
        rest(webhook, clock)
    run(webhook, clock)
    assert log(webhook) == [(first, "failed", patience.TRIES), (second, "delivered", 1)]


@pytest.mark.parametrize("wish", ["3600", "Sat, 21 Nov 2026 23:44:00 GMT"])
def test_a_receiver_is_left_alone_for_as_long_as_it_asks(wish, receiver, clock):
    webhook = WebhookFactory(address=receiver((503, {"Retry-After": wish}, b""), 200).address)
    changes(1)
    run(webhook, clock)
    clock.go_on(minutes=59)
    assert run(webhook, clock) == 0
    clock.go_on(minutes=1)
    assert run(webhook, clock) == 1


def test_a_receiver_that_is_gone_is_told_nothing_more_and_nothing_is_lost(receiver, clock):
    receiving = receiver(410, 200)
    webhook = WebhookFactory(address=receiving.address)
    expected = changes(2)
    run(webhook, clock)
    clock.go_on(days=1)
    assert run(webhook, clock) == 0
    webhook.refresh_from_db()
    assert (webhook.is_active, "410" in webhook.inactive_because) == (False, True)
    expected += changes(1)
    webhook.activate()
    run(webhook, clock)
    assert events(receiving) == [expected[0], *expected]


def test_a_receiver_that_takes_nothing_for_five_days_is_told_nothing_more(receiver, clock):
    webhook = WebhookFactory(address=receiver(500).address)
    changes(20)
    while run(webhook, clock):
        rest(webhook, clock)
    webhook.refresh_from_db()
    assert webhook.inactive_because == "The receiver has taken nothing since 21 November 2026."
    assert datetime.timedelta(days=5) <= clock.now - AT < datetime.timedelta(days=6.3)
    assert webhook.deliveries.filter(status="failed").exists()


def test_whoever_takes_a_message_is_not_failing_any_more(receiver, clock):
    webhook = WebhookFactory(address=receiver(500, 200).address)
    changes(1)
    run(webhook, clock)
    webhook.refresh_from_db()
    assert webhook.failing_since == AT
    clock.go_on(minutes=1)
    run(webhook, clock)
    webhook.refresh_from_db()
    assert (webhook.failing_since, webhook.rests_until) == (None, None)


def test_a_redirect_into_our_own_network_is_a_failure_and_not_followed(receiver, clock):
    inside = receiver(200)
    webhook = WebhookFactory(address=receiver((307, {"Location": inside.address}, b"")).address)
    changes(1)
    run(webhook, clock)
    assert inside.received == []
    assert "Redirects are not followed" in webhook.deliveries.get().error


@pytest.mark.parametrize("address", ["http://127.0.0.1/", "http://169.254.169.254/", "http://[::ffff:10.0.0.1]/"])
def test_an_address_inside_is_not_asked_whatever_the_row_says(address, clock):
    webhook = WebhookFactory(address=address)
    changes(1)
    run(webhook, clock)
    delivery = webhook.deliveries.get()
    assert (delivery.status, delivery.response_status) == ("waiting", None)
    assert "is not a public address" in delivery.error


@pytest.mark.parametrize(("answer", "expected"), [(endless, "delivered"), (drip, "waiting")])
def test_an_answer_without_end_holds_nobody_up(answer, expected, receiver, clock, monkeypatch):
    monkeypatch.setattr(delivering, "SECONDS", 0.5)
    webhook = WebhookFactory(address=receiver(answer).address)
    changes(1)
    begun = time.monotonic()
    run(webhook, clock)
    assert time.monotonic() - begun < 5
    assert webhook.deliveries.get().status == expected


def test_whoever_may_not_log_in_any_more_is_told_nothing(receiver, clock):
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address, owner__is_active=False)
    changes(1)
    assert run(webhook, clock) == 0


# In one pair of hands


def test_who_holds_a_webhook_holds_it_alone_until_the_lease_ends(clock):
    webhook = WebhookFactory()
    changes(1)
    assert Webhook.objects.claim(webhook.pk, at=clock())
    clock.go_on(seconds=89)
    assert Webhook.objects.claim(webhook.pk, at=clock()) is None
    clock.go_on(seconds=1)
    assert Webhook.objects.claim(webhook.pk, at=clock())


def test_of_two_who_claim_at_once_one_has_it(clock):
    webhook = WebhookFactory()
    one, other = (Webhook.objects.get(pk=webhook.pk) for _ in range(2))
    assert [one.renew(at=AT), other.renew(at=AT + datetime.timedelta(microseconds=1))] == [True, False]


def test_who_lost_the_lease_writes_nothing_any_more(clock):
    webhook = WebhookFactory()
    [change] = [ChangeFactory()]
    late = Webhook.objects.claim(webhook.pk, at=clock())
    clock.go_on(minutes=2)
    present = Webhook.objects.claim(webhook.pk, at=clock())
    made = [delivering.of_change(webhook, change, at=AT) for _ in range(2)]
    assert not late.take([change], made[:1])
    assert not late.went_well()
    assert not late.went_wrong(failing_since=AT, rests_until=AT, inactive_because="It was late.")
    assert not late.release()
    assert present.take([change], made[1:])
    webhook.refresh_from_db()
    assert (webhook.leased_until, webhook.is_active, webhook.cursor) == (present.leased_until, True, change.pk)
    assert webhook.deliveries.count() == 1


def test_of_two_who_tried_to_deliver_the_first_writes_it_down():
    DeliveryFactory()
    one, other = Delivery.objects.get(), Delivery.objects.get()
    assert one.attempted(response_status=500)
    assert not other.attempted(response_status=503)
    assert Delivery.objects.values_list("attempts", "response_status").get() == (1, 500)


def test_a_webhook_that_is_switched_off_in_the_middle_is_sent_nothing_further(clock):
    webhook = WebhookFactory()
    changes(1)
    held = Webhook.objects.claim(webhook.pk, at=clock())
    webhook.deactivate("Its owner switched it off.")
    assert not held.renew(at=clock())
    assert held.release()
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.leased_until) == (False, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="in memory there is one connection")
def test_workers_side_by_side_deliver_each_change_once(receiver):
    receiving = receiver(200)
    webhooks = [WebhookFactory(address=receiving.address) for _ in range(3)]
    expected = changes(20)
    begin = threading.Barrier(4)
    failures = []

    def work():
        try:
            begin.wait(20)
            ends = time.monotonic() + 60
            while (
                Webhook.objects.due(at=timezone.now()).exists() or Webhook.objects.exclude(leased_until=None).exists()
            ):
                assert time.monotonic() < ends
                for webhook in webhooks:
                    delivering.run(webhook.pk, clock=timezone.now)
        except BaseException as failure:
            failures.append(failure)
            raise
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(90)
    assert failures == []
    assert sorted(events(receiving)) == sorted(expected * 3)
    for webhook in webhooks:
        assert log(webhook) == [(event, "delivered", 1) for event in expected]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="in memory there is one connection")
def test_of_two_who_look_at_the_same_changes_at_once_one_keeps_what_they_come_to():
    webhook = WebhookFactory()
    change = ChangeFactory()
    held = Webhook.objects.claim(webhook.pk, at=AT)
    outcome = []

    def second():
        try:
            twin = Webhook.objects.get(pk=webhook.pk)
            outcome.append(twin.take([change], [delivering.of_change(twin, change, at=AT)]))
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        assert held.take([change], [delivering.of_change(held, change, at=AT)])
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it has to wait"
    thread.join(20)
    assert outcome == [False]
    assert webhook.deliveries.count() == 1


# Once more


def test_what_is_replayed_comes_once_more_with_its_id_and_body_before_what_waits(receiver, clock):
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address)
    first, second = changes(2)
    run(webhook, clock)
    Delivery.objects.filter(event=first).replay()
    third = changes(1)
    run(webhook, clock)
    assert events(receiving) == [first, second, first, *third]
    assert receiving.received[0].body == receiving.received[2].body
    assert log(webhook)[0] == (first, "delivered", 1)


# Tasks


def test_the_sweep_forgets_what_ended_a_month_ago_and_nothing_that_waits(db):
    old = AT - datetime.timedelta(days=31)
    DeliveryFactory(ended=True, ended_at=old)
    young = DeliveryFactory(ended=True, ended_at=datetime.datetime.now(datetime.UTC))
    waits = DeliveryFactory(created_at=old)
    tasks.sweep_webhooks.apply()
    assert set(Delivery.objects.all()) == {young, waits}


@pytest.mark.parametrize("task", [tasks.tell, tasks.sweep_webhooks])
def test_a_task_is_asked_for_for_each_webhook_that_has_something_to_send(task, db):
    WebhookFactory(is_active=False, inactive_because="Switched off.")
    for _ in range(2):
        WebhookFactory()
    assert task.apply().get() == 0
    changes(1)
    assert task.apply(kwargs={"reason": "of newer publishers"}).get() == 2


def test_the_task_of_a_webhook_sends_what_it_has(receiver):
    receiving = receiver(200)
    webhook = WebhookFactory(address=receiving.address)
    expected = changes(2)
    assert tasks.deliver.apply(kwargs={"webhook": webhook.pk}).get() == 2
    assert events(receiving) == expected
    assert tasks.deliver.apply(kwargs={"webhook": 10**6}).get() == 0


def test_webhooks_are_swept_every_minute_and_told_after_each_posting():
    assert portal.CELERY_BEAT_SCHEDULE["sweep-webhooks"]["task"] == tasks.sweep_webhooks.name
    assert portal.CELERY_BEAT_SCHEDULE["sweep-webhooks"]["schedule"] == 60
    assert tasks.tell.name in portal.TASKS_AFTER_POSTING
