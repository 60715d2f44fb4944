"""Every named constraint of alerts and their mails is attacked where it stands: in the database, past the models."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from healthfund.models import Alert, AlertMail, AlertMatch
from tests.factories import AlertFactory, AlertMailFactory, AlertMatchFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)

CHANGES = [
    # constraint, a good row of, what is changed about it
    ("alert_goes_to_an_address", AlertFactory, {"address": "somebody"}),
    ("alert_rhythm_known", AlertFactory, {"rhythm": "hourly"}),
    ("alert_token_hashed", AlertFactory, {"digest": "token"}),
    ("alert_looked_at_once_confirmed", AlertFactory, {"next_at": None}),
    ("alert_looked_at_once_confirmed", AlertFactory, {"confirmed_at": None}),
    ("alert_mail_has_a_subject", AlertMailFactory, {"subject": ""}),
    ("alert_mail_text_until_sent", AlertMailFactory, {"sent_at": NOW}),
    ("alert_mail_text_until_sent", AlertMailFactory, {"text": ""}),
    ("alert_mail_text_until_sent", AlertMailFactory, {"html": ""}),
]
ONCE = {"alert_once_an_address", "alert_matches_once", "alert_mail_once_a_change"}


@pytest.mark.parametrize(("constraint", "make", "change"), CHANGES)
def test_database_refuses_the_change(constraint, make, change):
    row = make()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**change)


def test_an_address_has_an_alert_once_however_it_is_written():
    AlertFactory(address="A.Reader@example.org", filter="theme=ai")
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertFactory(address="a.reader@EXAMPLE.org", filter="theme=ai")
    assert AlertFactory(address="a.reader@example.org", filter="theme=digital").pk


def test_an_alert_finds_an_announcement_once_and_has_one_mail_up_to_a_change():
    match, mail = AlertMatchFactory(), AlertMailFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertMatchFactory(alert=match.alert, announcement=match.announcement)
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertMailFactory(alert=mail.alert, upto=mail.upto)
    assert AlertMailFactory(upto=mail.upto).pk


def test_every_constraint_is_attacked():
    named = {constraint.name for model in (Alert, AlertMail, AlertMatch) for constraint in model._meta.constraints}
    assert named == {name for name, *_ in CHANGES} | ONCE


def test_a_token_is_long_its_own_and_kept_only_as_a_digest(settings):
    one, other = AlertFactory(), AlertFactory()
    assert len(one.token) == 43
    assert one.token != other.token
    assert Alert.objects.with_token(one.token) == one
    stored = Alert.objects.filter(pk=one.pk).values().get()
    assert one.token not in [str(value) for value in stored.values()]
    # Whoever reads the database alone cannot make it.
    settings.SECRET_KEY = "another"
    assert one.token != Alert.objects.get(pk=one.pk).digest
    assert Alert.objects.with_token(one.token) is None


def test_a_message_id_tells_alert_and_change_apart():
    mail = AlertMailFactory(upto=7)
    assert mail.message_id == f"<alert-{mail.alert_id}-to-7@portal.example>"
    asked = [AlertMailFactory(alert=mail.alert, upto=None) for _ in range(2)]
    assert len({mail.message_id for mail in asked}) == 2
