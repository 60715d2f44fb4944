"""Each change is told once to each alert that it concerns, whatever mail server, worker or broker do in between."""

import datetime
import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from announcements.ledger import totals
from announcements.models import Change
from healthfund.alerts import sending, signing_up, tasks
from healthfund.models import Alert, AlertMail, AlertMatch
from tests.factories import AlertFactory, AlertMailFactory, AlertMatchFactory
from tests.mailbox import HANG_UP, LATER, NEVER, TAKE, UNSAID, text_of

pytestmark = pytest.mark.django_db


def run(alert, clock):
    return sending.run(alert.pk, clock=clock)


def subjects(server):
    return [mail["Subject"].strip() for mail in server.mails]


def confirmed(clock, **values):
    """An alert that was confirmed now."""
    alert = AlertFactory(unconfirmed=True, **values)
    assert signing_up.confirm(alert, at=clock())
    return alert


def test_what_was_published_is_told_once(mailbox, newsroom, clock):
    server, alert = mailbox(), confirmed(clock)
    newsroom.publish(title="Scanners for Wales")
    assert run(alert, clock) == 1
    clock.go_on(hours=1)
    assert run(alert, clock) == 0
    assert subjects(server) == ["Published: Scanners for Wales"]
    assert server.mails[0]["To"] == alert.address


def test_what_was_there_before_the_alert_is_not_told(mailbox, newsroom, clock):
    server = mailbox()
    newsroom.publish()
    alert = confirmed(clock)
    assert run(alert, clock) == 0
    assert server.mails == []


def test_where_nothing_fits_no_mail_comes_and_nothing_is_looked_at_again(mailbox, newsroom, clock):
    server = mailbox()
    newsroom.publish(theme="ai")
    alert = confirmed(clock, filter="theme=ai")
    newsroom.publish(theme="digital")
    assert run(alert, clock) == 0
    alert.refresh_from_db()
    assert alert.cursor == Change.objects.latest("pk").pk
    assert (server.mails, alert.mails.count()) == ([], 0)


def test_a_filter_is_told_of_what_comes_leaves_and_goes(mailbox, newsroom, clock):
    server = mailbox()
    stays, goes, leaves = (newsroom.publish(title=title) for title in ("Stays", "Goes", "Leaves"))
    grows = newsroom.publish(amount="£1m", title="Grows")
    newsroom.publish(amount="£1m", title="Never")
    alert = confirmed(clock, filter="amount_min=5000000")
    newsroom.edit(stays, title="Stays, edited")
    newsroom.withdraw(goes, reason="The press release was a hoax.")
    newsroom.edit(leaves, amount="£1m")
    newsroom.edit(grows, amount="£8m")
    comes = newsroom.publish(title="Comes")
    assert run(alert, clock) == 1
    [mail] = server.mails
    text = text_of(mail)
    for news, title in [
        ("PUBLISHED", "Comes"),
        ("EDITED, AND NOW AMONG THESE", "Grows"),
        ("EDITED", "Stays, edited"),
        ("EDITED, AND NO LONGER AMONG THESE", "Leaves"),
        ("WITHDRAWN", "Goes"),
    ]:
        assert f"{news}\n\n* {title}\n" in text
    assert "Why: The press release was a hoax." in text
    assert f"https://portal.example{comes.get_absolute_url()}" in text
    assert "Never" not in text
    assert subjects(server) == ["1 published, 3 edited, 1 withdrawn – Pounds from: 5000000"]
    assert found(alert) == {"Stays, edited", "Grows", "Comes"}


def found(alert):
    return set(alert.matches.values_list("announcement__title", flat=True))


def test_what_was_published_and_withdrawn_in_between_is_not_told(mailbox, newsroom, clock):
    server, alert = mailbox(), confirmed(clock)
    newsroom.withdraw(newsroom.publish())
    assert run(alert, clock) == 0
    assert server.mails == []


def test_ten_in_a_row_are_two_mails(mailbox, newsroom, clock):
    server, alert = mailbox(), confirmed(clock)
    newsroom.publish()
    run(alert, clock)
    for _ in range(9):
        newsroom.publish()
        run(alert, clock)
    assert len(server.mails) == 1
    clock.go_on(minutes=10)
    run(alert, clock)
    assert [subject.partition(" –")[0] for subject in subjects(server)[1:]] == ["9 published"]


@pytest.mark.parametrize(("rhythm", "days"), [("daily", 1), ("weekly", 2)])
def test_others_are_told_in_the_morning(rhythm, days, mailbox, newsroom, clock):
    server, alert = mailbox(), confirmed(clock, rhythm=rhythm)
    newsroom.publish()
    clock.go_on(days=days - 1, hours=8)
    assert run(alert, clock) == 0
    clock.go_on(minutes=16)
    assert run(alert, clock) == 1
    newsroom.publish()
    assert run(alert, clock) == 0
    assert len(server.mails) == 1


def test_a_morning_without_news_passes(mailbox, newsroom, clock):
    server, alert = mailbox(), confirmed(clock, rhythm="daily")
    clock.go_on(hours=9)
    assert run(alert, clock) == 0
    newsroom.publish()
    assert run(alert, clock) == 0
    clock.go_on(days=1)
    assert run(alert, clock) == 1
    assert len(server.mails) == 1


# What the mail says of itself


def test_a_mail_program_can_stop_it_by_one_click(mailbox, newsroom, clock, client):
    server, alert = mailbox(), confirmed(clock)
    newsroom.publish()
    run(alert, clock)
    [mail] = server.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip() == f"<https://portal.example/alerts/{alert.token}/stop/>"
    address = mail["List-Unsubscribe"].strip(" <>").removeprefix("https://portal.example")
    strict = type(client)(enforce_csrf_checks=True)
    response = strict.post(address, {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert not response.cookies
    assert (Alert.objects.count(), AlertMail.objects.count()) == (0, 0)
    assert strict.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_links_lead_to_the_alert_and_its_list_in_both_texts(mailbox, newsroom, clock):
    newsroom.publish(theme="ai")
    server, alert = mailbox(), confirmed(clock, filter="theme=ai")
    newsroom.publish(theme="ai")
    run(alert, clock)
    [mail] = server.mails
    assert mail.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        text = mail.get_body((kind,)).get_content()
        assert f"https://portal.example/alerts/{alert.token}/" in text
        assert "https://portal.example/announcements/?theme=ai" in text


def test_the_text_is_kept_until_it_is_sent_and_never_with_the_token(mailbox, newsroom, clock):
    mailbox(LATER, TAKE)
    alert = confirmed(clock)
    newsroom.publish()
    run(alert, clock)
    waiting = alert.mails.get()
    assert waiting.text
    assert alert.token not in waiting.text + waiting.html
    clock.go_on(minutes=5)
    run(alert, clock)
    waiting.refresh_from_db()
    assert (waiting.text, waiting.html, waiting.attempts, waiting.error) == ("", "", 2, "")


def test_a_new_secret_key_gives_new_links_that_work(mailbox, newsroom, clock, client, settings):
    server, alert = mailbox(), confirmed(clock)
    settings.SECRET_KEY = "another"
    newsroom.publish()
    run(alert, clock)
    assert client.get(f"/alerts/{Alert.objects.get().token}/").status_code == 200
    assert Alert.objects.get().token in text_of(server.mails[0])


# When it goes wrong


@pytest.mark.parametrize("trouble", [LATER, NEVER, HANG_UP])
def test_what_the_server_does_not_take_is_sent_later_once(trouble, mailbox, newsroom, clock):
    server, alert = mailbox(trouble, trouble, TAKE), confirmed(clock)
    newsroom.publish()
    for _ in range(3):
        run(alert, clock)
        assert run(alert, clock) == 0, "it rests"
        clock.go_on(minutes=5)
    assert len(server.mails) == 1
    alert.refresh_from_db()
    assert (alert.failing_since, alert.rests_until, alert.leased_until) == (None, None, None)


def test_without_a_mail_server_it_waits_and_says_why(newsroom, clock, settings, mailbox):
    server, alert = mailbox(), confirmed(clock)
    settings.EMAIL_PORT = 1
    newsroom.publish()
    assert run(alert, clock) == 0
    mail, alert = alert.mails.get(), Alert.objects.get()
    assert (mail.attempts, mail.sent_at) == (1, None)
    assert "ConnectionRefusedError" in mail.error
    assert alert.failing_since is not None
    settings.EMAIL_PORT = server.port
    clock.go_on(minutes=5)
    assert run(alert, clock) == 1


def test_what_changes_while_the_server_is_away_is_told_after_it(mailbox, newsroom, clock):
    server, alert = mailbox(LATER, TAKE), confirmed(clock)
    newsroom.publish(title="First")
    run(alert, clock)
    newsroom.publish(title="Second")
    clock.go_on(minutes=20)
    assert run(alert, clock) == 2
    assert subjects(server) == ["Published: First", "Published: Second"]


def test_a_worker_killed_before_it_sends_leaves_the_mail_to_another(mailbox, newsroom, clock):
    server, alert = mailbox(), confirmed(clock)
    newsroom.publish()
    held = Alert.objects.claim(alert.pk, at=clock())
    assert sending.look_further(held, at=clock())
    # Here it is killed.
    assert run(alert, clock) == 0
    clock.go_on(minutes=11)
    assert run(alert, clock) == 1
    assert len(server.mails) == 1


def test_a_mail_that_comes_twice_because_a_worker_was_killed_is_known_by_its_id(mailbox, newsroom, clock):
    """The server took it, and whoever sent it was killed before that could be written down."""
    server, alert = mailbox(UNSAID, TAKE), confirmed(clock)
    newsroom.publish()
    run(alert, clock)
    clock.go_on(minutes=11)
    run(alert, clock)
    one, other = server.mails
    assert (
        one["Message-ID"] == other["Message-ID"] == f"<alert-{alert.pk}-to-{Alert.objects.get().cursor}@portal.example>"
    )
    assert text_of(one) == text_of(other)
    clock.go_on(hours=1)
    assert run(alert, clock) == 0


def test_whose_lease_another_has_taken_moves_and_keeps_nothing(newsroom, clock):
    alert = confirmed(clock)
    newsroom.publish()
    slow = Alert.objects.claim(alert.pk, at=clock())
    clock.go_on(minutes=11)
    quick = Alert.objects.claim(alert.pk, at=clock())
    assert sending.look_further(quick, at=clock())
    assert not sending.look_further(slow, at=clock())
    assert not slow.renew(at=clock())
    assert alert.mails.count() == 1


def test_an_alert_that_is_stopped_meanwhile_is_not_sent(mailbox, newsroom, clock):
    server, alert = mailbox(), confirmed(clock)
    newsroom.publish()
    held = Alert.objects.claim(alert.pk, at=clock())
    sending.look_further(held, at=clock())
    alert.delete()
    assert not held.renew(at=clock())
    assert (server.mails, AlertMail.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="in memory there is one connection")
def test_workers_side_by_side_send_each_mail_once(mailbox, newsroom, clock):
    server = mailbox()
    alerts = [confirmed(clock, rhythm="soon") for _ in range(6)]
    newsroom.publish(title="The one")
    begin, failures = threading.Barrier(4), []

    def work():
        try:
            begin.wait(20)
            ends = time.monotonic() + 60
            while Alert.objects.due(at=timezone.now()).exists() or Alert.objects.exclude(leased_until=None).exists():
                assert time.monotonic() < ends
                for alert in alerts:
                    sending.run(alert.pk, clock=timezone.now)
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
    assert sorted(mail["To"] for mail in server.mails) == sorted(alert.address for alert in alerts)


# The question


def test_a_question_that_cannot_be_asked_any_more_keeps_its_place(mailbox, newsroom, clock, caplog):
    server, alert = mailbox(), confirmed(clock)
    Alert.objects.update(filter="theme=gone")
    newsroom.publish()
    assert run(alert, clock) == 0
    assert "cannot be asked any more" in caplog.text
    assert Alert.objects.get().cursor == alert.cursor
    Alert.objects.update(filter="")
    clock.go_on(days=1)
    assert run(alert, clock) == 1
    assert len(server.mails) == 1


# Sweeping


def test_the_sweep_forgets_what_nobody_confirmed_what_takes_no_mail_and_the_past():
    now = timezone.now()
    old = now - datetime.timedelta(days=3, minutes=1)
    AlertFactory(unconfirmed=True, asked_at=old)
    AlertFactory(failing_since=now - datetime.timedelta(days=31))
    stays = [AlertFactory(unconfirmed=True, asked_at=now), AlertFactory(asked_at=old), AlertFactory(failing_since=old)]
    AlertMailFactory(sent=True, alert=stays[1], sent_at=now - datetime.timedelta(days=31))
    kept = AlertMailFactory(sent=True, alert=stays[1], sent_at=old)
    AlertMatchFactory(alert=stays[1])
    tasks.sweep_alerts()
    assert set(Alert.objects.all()) == set(stays)
    assert AlertMail.objects.get() == kept
    assert AlertMatch.objects.count() == 1


def test_the_sweep_asks_for_what_is_due_alone(newsroom, clock):
    clock.now = timezone.now() - datetime.timedelta(hours=1)
    confirmed(clock)
    confirmed(clock, rhythm="weekly")
    assert tasks.tell() == 0
    newsroom.publish()
    assert tasks.tell() == 1


def test_publishing_asks_for_it(settings):
    assert "healthfund.alerts.tasks.tell" in settings.TASKS_AFTER_POSTING
    assert settings.CELERY_BEAT_SCHEDULE["sweep-alerts"]["task"] == tasks.sweep_alerts.name


def test_the_known_moment_is_that_of_the_ledger(newsroom, clock, mailbox):
    mailbox()
    newsroom.publish()
    alert = confirmed(clock)
    assert alert.known_at == totals.posted_at(from_ledger=True)
    newsroom.publish()
    run(alert, clock)
    alert.refresh_from_db()
    assert alert.known_at == totals.posted_at(from_ledger=True)
