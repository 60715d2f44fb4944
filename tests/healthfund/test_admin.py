"""The pages on which the staff make tokens for themselves."""

import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from healthfund.models import SECRET, Scope, Token
from tests import factories as f
from tests.announcements.admin.browsing import client_of, errors, page, said, typed


@pytest.fixture
def staff(db):
    """Somebody of the staff without a single permission."""
    return client_of(User.objects.create_user("staff", is_staff=True))


def make(client, **values):
    data = typed(client.get(page("add", Token))) | {"name": "import", "scopes": ["read", "facts:submit"]} | values
    return client.post(page("add", Token), data)


def test_staff_without_any_permission_make_a_token_for_themselves(staff):
    response = make(staff)
    assert response.status_code == 200
    token = Token.objects.get()
    assert token.user_id == int(staff.session["_auth_user_id"])
    assert token.scopes == "read facts:submit"
    assert datetime.timedelta(days=363) < token.expires_at - token.created_at <= datetime.timedelta(days=365)


def test_secret_is_shown_once_and_kept_nowhere(staff):
    response = make(staff)
    shown = SECRET.search(response.content.decode())[0]
    assert Token.objects.with_secret(shown)
    assert "no-store" in response["Cache-Control"]
    assert shown not in str(response.cookies)
    assert shown not in str(list(LogEntry.objects.values()))
    token = Token.objects.get()
    for address in (page("changelist", Token), page("change", token), page("history", token)):
        body = staff.get(address).content.decode()
        assert not re.search(SECRET, body)
        assert token.digest not in body


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"expires_at": "2020-01-01"}, "expires_at"),
        ({"expires_at": "2126-01-01"}, "expires_at"),
        ({"expires_at": ""}, "expires_at"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(staff, values, field):
    assert list(errors(make(staff, **values))) == [field]
    assert not Token.objects.exists()


def test_list_shows_name_scopes_end_and_last_use(staff):
    make(staff)
    Token.objects.update(last_used_at=timezone.now())
    body = staff.get(page("changelist", Token)).content.decode()
    for column in ("name", "scopes", "expires_at", "last_used_at", "revoked_at"):
        assert f"column-{column}" in body


def test_revoked_token_is_marked_and_stays(staff):
    make(staff)
    token = Token.objects.get()
    data = {"action": "revoke_selected", "_selected_action": [token.pk]}
    assert said(staff.post(page("changelist", Token), data, follow=True)) == ["Revoked: 1."]
    token.refresh_from_db()
    assert token.revoked_at
    assert LogEntry.objects.filter(object_id=token.pk, change_message="Revoked.").count() == 1
    assert said(staff.post(page("changelist", Token), data, follow=True)) == ["Revoked: 0."]


def test_nobody_sees_or_revokes_the_tokens_of_others(staff):
    other = f.TokenFactory(name="of somebody else")
    assert "of somebody else" not in staff.get(page("changelist", Token)).content.decode()
    assert staff.get(page("change", other)).status_code == 302
    staff.post(page("changelist", Token), {"action": "revoke_selected", "_selected_action": [other.pk]})
    other.refresh_from_db()
    assert other.revoked_at is None


def test_superuser_sees_and_revokes_all(admin_client):
    other = f.TokenFactory(name="of somebody else")
    assert "of somebody else" in admin_client.get(page("changelist", Token)).content.decode()
    assert admin_client.get(page("change", other)).status_code == 200
    admin_client.post(page("changelist", Token), {"action": "revoke_selected", "_selected_action": [other.pk]})
    other.refresh_from_db()
    assert other.revoked_at


def test_token_is_neither_changed_nor_deleted(admin_client):
    token = f.TokenFactory()
    assert admin_client.post(page("change", token), {"name": "other"}).status_code == 403
    assert admin_client.post(page("delete", token), {"post": "yes"}).status_code == 403
    assert Token.objects.get().name == token.name


def test_visitors_and_users_who_are_not_staff_are_led_to_the_log_in(db):
    visitor = client_of(User.objects.create_user("reader"))
    for client in (Client(), visitor):
        assert client.get(page("add", Token)).status_code == 302


def test_every_scope_says_what_it_is_for(staff):
    body = staff.get(page("add", Token)).content.decode()
    for scope in Scope:
        assert f"{scope.value}: " in body


def test_list_costs_as_many_queries_at_any_length(admin_client, django_assert_num_queries):
    f.TokenFactory()
    admin_client.get(page("changelist", Token))
    with django_assert_num_queries(5):
        admin_client.get(page("changelist", Token))
    for _ in range(5):
        f.TokenFactory()
    with django_assert_num_queries(5):
        admin_client.get(page("changelist", Token))
