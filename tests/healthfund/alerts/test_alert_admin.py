import pytest
from django.contrib.admin.models import LogEntry

from healthfund.alerts import outbox, sending
from healthfund.models import Alert, AlertMail
from tests.announcements.admin.browsing import client_of, may, page
from tests.factories import AlertFactory, AlertMailFactory

MODELS = [Alert, AlertMail]
OUTBOX = "/admin/healthfund/alertmail/outbox/"


@pytest.fixture
def reader(db):
    return client_of(may("view_alert", "view_alertmail"))


@pytest.fixture
def keeper(db):
    every = ("add", "view", "change", "delete")
    return client_of(may(*(f"{verb}_{model}" for verb in every for model in ("alert", "alertmail"))))


@pytest.fixture
def files(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_show_everything_but_keys(model, reader):
    mail = AlertMailFactory()
    row = mail if model is AlertMail else mail.alert
    for address in (page("changelist", model), page("change", row)):
        response = reader.get(address)
        assert response.status_code == 200
        text = response.content.decode()
        assert not [secret for secret in (mail.alert.token, mail.alert.digest, mail.alert.salt) if secret in text]


@pytest.mark.parametrize("model", MODELS)
def test_nobody_adds_or_changes_by_hand(model, keeper):
    mail = AlertMailFactory()
    row = mail if model is AlertMail else mail.alert
    assert keeper.get(page("add", model)).status_code == 403
    assert keeper.post(page("change", row), {"_save": "Save"}).status_code == 403


def test_whoever_may_delete_an_alert_stops_it_for_its_reader(keeper, reader):
    mail = AlertMailFactory()
    chosen = {"action": "stop", "_selected_action": [mail.alert_id]}
    reader.post(page("changelist", Alert), chosen)
    assert keeper.post(page("delete", mail), {"post": "yes"}).status_code == 403
    assert keeper.post(page("delete", mail.alert), {"post": "yes"}).status_code == 403
    assert (Alert.objects.count(), AlertMail.objects.count()) == (1, 1)
    assert keeper.post(page("changelist", Alert), chosen).status_code == 302
    assert (Alert.objects.count(), AlertMail.objects.count()) == (0, 0)
    assert mail.alert.address not in LogEntry.objects.get().object_repr


@pytest.mark.parametrize("model", MODELS)
def test_who_may_not_see_them_sees_nothing(model, db):
    stranger = client_of(may("view_webhook"))
    for address in (page("changelist", model), OUTBOX):
        assert stranger.get(address).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_the_queries_of_a_list_do_not_grow_with_it(model, keeper, django_assert_max_num_queries):
    for _ in range(10):
        AlertMailFactory()
    with django_assert_max_num_queries(9):
        assert keeper.get(page("changelist", model)).status_code == 200


def test_the_outbox_shows_what_was_written_to_files(files, reader, clock):
    alert = AlertFactory()
    AlertMailFactory(alert=alert, subject="1 published – Théme", text="Look at https://portal.example/alerts/")
    AlertMailFactory(alert=alert, subject="Later", text="Second.")
    assert sending.run(alert.pk, clock=clock) == 2
    assert [letter.subject for letter in outbox.letters()] == ["Later", "1 published – Théme"]
    text = reader.get(OUTBOX).content.decode()
    assert alert.address in text
    assert 'href="https://portal.example/alerts/"' in text
    assert "Outbox" in reader.get(page("changelist", AlertMail)).content.decode()


def test_the_outbox_stands_before_anything_was_written_and_where_a_mail_server_is_set(files, reader, settings):
    assert "No mail was written yet." in reader.get(OUTBOX).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert "Mail goes to a mail server" in reader.get(OUTBOX).content.decode()
    assert "Outbox" not in reader.get(page("changelist", AlertMail)).content.decode()
