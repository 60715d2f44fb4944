"""From a list to an alert that counts: asked for on a page, confirmed from the mailbox, changed and stopped there."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from healthfund.alerts import asking, sending, signing_up
from healthfund.models import Alert, AlertMail
from healthfund.web import alerts
from tests.factories import AlertFactory, AnnouncementFactory, ClaimFactory, ThemeFactory
from tests.mailbox import text_of
from tests.stored import write_documents

pytestmark = pytest.mark.django_db

NEW = "/alerts/new/"
GIVEN = {"address": "reader@example.org", "rhythm": "daily"}


def ask(client, query="", **values):
    return client.post(f"{NEW}{query}", GIVEN | values)


def send(alert):
    sending.run(alert.pk, clock=timezone.now)


@pytest.fixture
def on_ai():
    ThemeFactory(key="ai", name="Artificial intelligence")
    today = timezone.localdate()
    for days in (1, 89, 90, 400):
        announced = AnnouncementFactory(announced_on=today - datetime.timedelta(days=days))
        ClaimFactory(announcement=announced, theme="ai")
    write_documents()


# Asking


def test_the_page_says_in_words_what_is_asked_and_how_much_of_it_there_was(client, on_ai):
    page = client.get(f"{NEW}?theme=ai").content.decode()
    assert "<dt>Theme</dt><dd>Artificial intelligence</dd>" in page
    assert "2 announcements in the last 90 days, 4 in all." in page
    assert 'href="/announcements/?theme=ai"' in page


def test_without_filters_it_is_about_every_announcement(client, on_ai):
    assert "Every announcement." in client.get(NEW).content.decode()


def test_a_question_that_is_not_understood_is_refused_as_on_the_list(client, on_ai):
    response = client.get(f"{NEW}?theme=aii&colour=red")
    assert response.status_code == 400
    assert "?theme=ai" in response.content.decode()
    assert ask(client, "?theme=aii").status_code == 400
    assert Alert.objects.count() == 0


@pytest.mark.parametrize("values", [{"address": ""}, {"address": "reader"}, {"rhythm": "hourly"}, {"rhythm": ""}])
def test_what_is_typed_wrong_is_said_beside_it_and_kept(values, client):
    response = ask(client, **values)
    assert response.status_code == 400
    assert 'class="wrong"' in response.content.decode()
    assert Alert.objects.count() == 0


def test_a_form_of_another_site_is_refused(client):
    assert Client(enforce_csrf_checks=True).post(NEW, GIVEN).status_code == 403


def test_an_alert_begins_with_a_mail_that_asks(client, on_ai, mailbox):
    server = mailbox()
    response = ask(client, "?theme=ai")
    assert (response.status_code, response["Location"]) == (302, "/alerts/asked/")
    alert = Alert.objects.get()
    assert (alert.filter, alert.rhythm, alert.is_confirmed) == ("theme=ai", "daily", False)
    send(alert)
    [mail] = server.mails
    assert mail["To"] == "reader@example.org"
    text = text_of(mail)
    assert "Theme: Artificial intelligence" in text
    assert f"http://testserver/alerts/confirm/{alert.token}/" in text
    assert "forgotten after three days" in text


def test_a_link_in_the_mail_that_a_program_follows_confirms_nothing_and_its_button_does(client, on_ai):
    ask(client, "?theme=ai")
    alert = Alert.objects.get()
    address = f"/alerts/confirm/{alert.token}/"
    page = client.get(address)
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store, private"
    assert not Alert.objects.get().is_confirmed
    response = client.post(address)
    assert response["Location"] == f"/alerts/{alert.token}/"
    alert.refresh_from_db()
    assert alert.is_confirmed
    assert alert.matches.count() == 4
    # Twice does no harm.
    assert client.post(address)["Location"] == f"/alerts/{alert.token}/"


def test_what_can_be_asked_no_more_is_not_confirmed(client, on_ai):
    ask(client, "?theme=ai")
    alert = Alert.objects.get()
    Alert.objects.update(filter="theme=gone")
    assert client.get(f"/alerts/confirm/{alert.token}/").status_code == 200
    assert client.post(f"/alerts/confirm/{alert.token}/").status_code == 409
    assert not Alert.objects.get().is_confirmed


# Whether an address is known is told to nobody but its reader


def test_who_asks_for_an_alert_that_is_confirmed_sees_the_same_page_and_changes_nothing(client, mailbox):
    server = mailbox()
    alert = AlertFactory(address="Reader@example.org", rhythm="weekly")
    known, stranger = ask(client), ask(client, address="other@example.org")
    assert known["Location"] == stranger["Location"]
    assert client.get(known["Location"]).content == client.get(stranger["Location"]).content
    send(alert)
    alert.refresh_from_db()
    assert alert.rhythm == "weekly"
    assert "has already" in text_of(server.mails[0])
    assert f"/alerts/{alert.token}/" in text_of(server.mails[0])


def test_who_asks_again_before_confirming_has_one_alert_and_one_mail(client):
    ask(client)
    ask(client, rhythm="weekly")
    assert Alert.objects.get().rhythm == "weekly"
    assert AlertMail.objects.count() == 1


def test_an_address_is_not_asked_without_end(client):
    def asked(number):
        values = {"address": "Victim@example.org", "rhythm": "soon", "portal": "http://testserver"}
        return signing_up.ask(filter=f"q={number}", at=timezone.now(), **values)

    assert [asked(number) is not None for number in range(6)] == [True] * 5 + [False]
    assert ask(client, "?q=one+more", address="victim@example.org")["Location"] == "/alerts/asked/"
    assert AlertMail.objects.count() == signing_up.MOST_ASKED
    # Three days later it could be asked again.
    AlertMail.objects.update(created_at=timezone.now() - datetime.timedelta(days=4))
    assert asked(7) is not None


def test_whoever_has_confirmed_one_may_have_many():
    AlertFactory(address="reader@example.org")
    for number in range(12):
        values = {"address": "reader@example.org", "rhythm": "soon", "portal": "http://testserver"}
        assert signing_up.ask(filter=f"q={number}", at=timezone.now(), **values)


def test_a_network_does_not_ask_without_end(client, monkeypatch):
    monkeypatch.setattr(alerts, "MOST_ASKED", 2)
    answers = [ask(client, address=f"{number}@example.org") for number in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert answers[2]["Retry-After"] == "3600"
    assert Alert.objects.count() == 2


def test_what_somebody_typed_into_the_search_is_no_letter_to_somebody_else(client, mailbox):
    server = mailbox()
    ask(client, "?q=%22Win+money%22+http://evil.example/now%3Fa=1")
    send(Alert.objects.get())
    text = text_of(server.mails[0])
    assert "Search: Win money http evil example now a 1" in text
    assert "evil.example" not in text


# Changing and stopping


def test_its_page_shows_it_and_changes_how_often_it_comes(client, on_ai):
    alert = AlertFactory(filter="theme=ai")
    address = f"/alerts/{alert.token}/"
    assert alert.address in client.get(address).content.decode()
    assert client.post(address, {"rhythm": "weekly"})["Location"] == address
    alert.refresh_from_db()
    assert alert.rhythm == "weekly"
    assert alert.next_at > timezone.now()


def test_people_stop_it_by_a_button_and_the_address_is_erased(client):
    alert = AlertFactory()
    AlertMail.objects.all().delete()
    address = f"/alerts/{alert.token}/stop/"
    assert client.get(address).status_code == 200
    assert Alert.objects.count() == 1
    assert "Stopped" in client.post(address).content.decode()
    assert Alert.objects.count() == 0


@pytest.mark.parametrize("path", ["", "stop/"])
def test_an_unknown_key_is_told_nothing(path, client):
    AlertFactory()
    assert client.get(f"/alerts/{'x' * 43}/{path}").status_code == 404
    assert client.get(f"/alerts/confirm/{'x' * 43}/").status_code == 404


def test_an_unconfirmed_alert_has_only_the_page_that_asks(client):
    alert = AlertFactory(unconfirmed=True)
    assert client.get(f"/alerts/{alert.token}/")["Location"] == f"/alerts/confirm/{alert.token}/"


def test_the_key_of_an_alert_is_not_logged(client, caplog):
    alert = AlertFactory()
    caplog.set_level("INFO", "healthfund.request")
    client.get(f"/alerts/{alert.token}/")
    client.get(f"/alerts/confirm/{alert.token}/")
    client.get(f"/alerts/{alert.token}/stop/")
    assert alert.token not in caplog.text
    assert "/alerts/…/stop/" in caplog.text


def test_pages_are_read_and_posted_to_and_nothing_else(client):
    assert client.delete(NEW).status_code == 405
    assert client.post("/alerts/asked/").status_code == 405
    assert client.get("/alerts/asked/?theme=ai").status_code == 400


def test_the_queries_of_the_page_stay_the_same(client, on_ai, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        client.get(f"{NEW}?theme=ai")


# The question


def test_lists_and_sections_lead_to_an_alert_on_what_they_show(client, on_ai):
    for address, query in [
        ("/announcements/?theme=ai&ordering=-amount", "?theme=ai"),
        ("/announcements/", ""),
        ("/themes/ai/", "?theme=ai"),
    ]:
        assert f'<a href="/alerts/new/{query}">E-mail me about these announcements</a>' in (
            client.get(address).content.decode()
        )


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("?theme=ai&after=2020-01-01-x&ordering=-amount", "theme=ai"),
        ("/announcements/?theme=digital&theme=ai&q=", "theme=ai&theme=digital"),
        ("theme=ai&theme=ai", "theme=ai"),
        ("q=what%3F&format=csv", "q=what%3F"),
    ],
)
def test_of_a_pages_query_the_filters_are_kept_in_one_way_of_writing(query, kept):
    assert asking.filters_of(query) == kept


def test_the_same_question_written_otherwise_is_the_same_alert(client, on_ai):
    ThemeFactory(key="digital")
    ask(client, "?theme=ai&theme=digital")
    ask(client, "?theme=digital&theme=ai&theme=ai")
    assert Alert.objects.get().filter == "theme=ai&theme=digital"
