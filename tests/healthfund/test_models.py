"""Tokens and kept answers: every named constraint is attacked in the database, and the rules that stand in the models."""

import datetime
import hashlib

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from healthfund.models import SECRET, Scope, Token
from tests import factories as f

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)

CHANGES = [
    # constraint, a good row of, what is changed about it
    ("token_named", f.TokenFactory, {"name": ""}),
    ("token_scopes_known", f.TokenFactory, {"scopes": ""}),
    ("token_scopes_known", f.TokenFactory, {"scopes": "read write"}),
    ("token_scopes_known", f.TokenFactory, {"scopes": "read,webhooks"}),
    ("token_scopes_known", f.TokenFactory, {"scopes": " read"}),
    ("token_secret_hashed", f.TokenFactory, {"digest": "hf_" + "a" * 43}),
    ("token_secret_hashed", f.TokenFactory, {"digest": "A" * 64}),
    ("token_ends_within_two_years", f.TokenFactory, {"created_at": NOW, "expires_at": NOW}),
    ("token_ends_within_two_years", f.TokenFactory, {"created_at": NOW, "expires_at": NOW - MINUTE}),
    (
        "token_ends_within_two_years",
        f.TokenFactory,
        {"created_at": NOW, "expires_at": NOW + datetime.timedelta(days=731, microseconds=1)},
    ),
    ("answer_belongs_to_a_request", f.KeptAnswerFactory, {"key": ""}),
    ("answer_belongs_to_a_request", f.KeptAnswerFactory, {"request": "the body itself"}),
    ("answer_whole_or_not_yet", f.KeptAnswerFactory, {"status": None}),
    ("answer_whole_or_not_yet", f.KeptAnswerFactory, {"body": ""}),
    ("answer_whole_or_not_yet", f.KeptAnswerFactory, {"status": 503}),
]


@pytest.mark.parametrize(("constraint", "make", "change"), CHANGES)
def test_database_refuses_the_change(constraint, make, change):
    row = make()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**change)


def test_a_key_has_one_answer():
    answer = f.KeptAnswerFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        f.KeptAnswerFactory(token=answer.token, key=answer.key)
    assert f.KeptAnswerFactory(key=answer.key).pk


def test_every_constraint_is_attacked():
    attacked = {name for name, _, _ in CHANGES} | {"answer_once_a_key"}
    ours = apps.get_app_config("healthfund").get_models()
    assert {
        constraint.name
        for model in ours
        for constraint in model._meta.constraints
        if model.__name__ in {"Token", "KeptAnswer"}
    } == attacked


@pytest.mark.parametrize(
    "good",
    [
        {"created_at": NOW, "expires_at": NOW + datetime.timedelta(days=731)},
        {"created_at": NOW, "expires_at": NOW + datetime.timedelta(microseconds=1)},
        {"scopes": " ".join(Scope.values)},
    ],
)
def test_database_takes_what_lies_just_inside_the_rules(good):
    token = f.TokenFactory()
    assert Token.objects.filter(pk=token.pk).update(**good) == 1


def issued(**given):
    user = f.TokenFactory().user
    return Token.objects.issue(**{"user": user, "name": "import", "scopes": ["read"], "at": NOW} | given)


def test_only_the_hash_of_a_secret_is_kept():
    token, secret = issued()
    assert SECRET.fullmatch(secret)
    stored = Token.objects.filter(pk=token.pk).values().get()
    assert stored["digest"] == hashlib.sha256(secret.encode()).hexdigest()
    assert [column for column, value in stored.items() if secret in str(value) or secret[3:] in str(value)] == []


def test_two_tokens_have_two_secrets():
    assert issued()[1] != issued()[1]


def test_token_lasts_a_year_unless_told_otherwise():
    assert issued()[0].expires_at == NOW + datetime.timedelta(days=365)
    assert issued(expires_at=NOW + MINUTE)[0].expires_at == NOW + MINUTE


def test_token_is_found_by_its_secret_with_its_user_in_one_query(django_assert_num_queries):
    token, secret = issued()
    with django_assert_num_queries(1):
        assert Token.objects.with_secret(secret).user == token.user


@pytest.mark.parametrize("secret", ["", "hf_", "hf_" + "a" * 42, "hf_" + "é" * 43, "x" * 10_000, "hf_" + "a" * 44])
def test_what_cannot_be_a_secret_asks_nobody(secret, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Token.objects.with_secret(secret) is None


def test_token_is_of_use_until_it_expires_is_revoked_or_its_user_is_let_in_no_more():
    token, _ = issued()
    end = token.expires_at
    assert token.trouble(end - MINUTE) == ""
    assert "expired on 1 May 2027" in token.trouble(end)
    token.user.is_active = False
    assert "may not log in" in token.trouble(NOW)
    token.revoked_at = NOW
    assert "revoked" in token.trouble(NOW)


def test_revoking_twice_keeps_the_first_time():
    token, _ = issued()
    assert Token.objects.all().filter(pk=token.pk).revoke(at=NOW) == 1
    assert Token.objects.all().filter(pk=token.pk).revoke(at=NOW + MINUTE) == 0
    token.refresh_from_db()
    assert token.revoked_at == NOW


def test_use_is_written_down_at_most_once_a_minute(django_assert_num_queries):
    token, _ = issued()
    with django_assert_num_queries(1):
        Token.objects.seen(token, at=NOW)
    token.refresh_from_db()
    assert token.last_used_at == NOW
    with django_assert_num_queries(0):
        Token.objects.seen(token, at=NOW + MINUTE * 0.99)
    with django_assert_num_queries(1):
        Token.objects.seen(token, at=NOW + MINUTE)
    token.refresh_from_db()
    assert token.last_used_at == NOW + MINUTE


def test_use_written_down_by_another_request_meanwhile_stays():
    token, secret = issued()
    stale = Token.objects.with_secret(secret)
    Token.objects.seen(token, at=NOW)
    Token.objects.seen(stale, at=NOW + MINUTE / 2)
    token.refresh_from_db()
    assert token.last_used_at == NOW


def test_a_scope_is_a_whole_word():
    token = f.TokenFactory(scopes="facts:submit webhooks")
    assert token.has("facts:submit")
    assert not token.has("facts")
    assert not token.has("read")


def test_only_answers_of_the_last_day_are_kept():
    now = timezone.now()
    old = f.KeptAnswerFactory(created_at=now - datetime.timedelta(hours=24))
    f.KeptAnswerFactory(created_at=now - datetime.timedelta(hours=23, minutes=59))
    assert [answer.pk for answer in type(old).objects.outdated(at=now)] == [old.pk]
