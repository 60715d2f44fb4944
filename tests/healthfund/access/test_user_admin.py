"""The pages on which administrators look after users, groups and locked log-ins."""

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.test import Client

from announcements.choices import Role
from announcements.models import AuditEntry
from tests import codes
from tests.announcements.admin.browsing import client_of, page, said, typed
from tests.roles import group, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return member(Role.ADMINISTRATOR, "administrator")


@pytest.fixture
def client(administrator):
    return client_of(administrator)


@pytest.fixture
def editor():
    return member(Role.EDITOR, "editor", first_name="Ada", last_name="Byron")


def act(client, model, action, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return said(client.post(page("changelist", model), data, follow=True))


def test_the_list_says_who_has_which_role_and_a_second_factor(client, administrator, editor):
    codes.set_up(editor)
    body = client.get(page("changelist", User) + "?second_factor=yes").content.decode()
    assert "Ada Byron" in body
    assert "Editor" in body
    assert page("change", editor) in body
    assert page("change", administrator) not in body


def test_the_list_costs_as_many_queries_at_any_length(client, editor, django_assert_max_num_queries):
    client.get(page("changelist", User))
    with django_assert_max_num_queries(10) as first:
        client.get(page("changelist", User))
    for number in range(5):
        codes.set_up(member(Role.EDITOR, f"editor-{number}"))
    with django_assert_max_num_queries(len(first)):
        client.get(page("changelist", User))


def test_an_administrator_makes_an_account_with_its_role_at_once(client):
    data = typed(client.get(page("add", User))) | {
        "username": "grace",
        "usable_password": "true",
        "password1": "battery staple 9",
        "password2": "battery staple 9",
        "groups": [group(Role.REVIEWER).pk],
    }
    client.post(page("add", User), data)
    grace = User.objects.get(username="grace")
    assert grace.is_staff
    assert [str(role) for role in grace.groups.all()] == ["Reviewer"]
    entry = AuditEntry.objects.get(thing="user", key="grace")
    assert (entry.verb, entry.by, entry.document["roles"]) == ("created", "administrator", ["Reviewer"])


def test_a_change_of_role_is_noted(client, editor):
    data = typed(client.get(page("change", editor))) | {"groups": [group(Role.REVIEWER).pk]}
    client.post(page("change", editor), data)
    entry = AuditEntry.objects.get(thing="user", key="editor")
    assert (entry.verb, entry.document["roles"]) == ("changed", ["Reviewer"])


def test_a_deleted_account_is_noted_too(client, editor):
    client.post(page("delete", editor), {"post": "yes"})
    entry = AuditEntry.objects.get(thing="user", key="editor")
    assert (entry.verb, entry.document) == ("deleted", None)


def test_a_lost_phone_is_answered_by_starting_anew(client, editor):
    codes.set_up(editor)
    client_of(editor)
    said_ = act(client, User, "start_second_factor_anew", editor)
    assert said_ == ["editor sets up a new second factor at the next log-in, and is logged out."]
    assert not Authenticator.objects.exists()
    assert Session.objects.count() == 1, "the administrator's own"
    assert AuditEntry.objects.get(thing="user", key="editor").why == "Second factor started anew."


def test_somebody_is_logged_out_everywhere(client, editor):
    theirs = client_of(editor)
    assert act(client, User, "end_sessions", editor) == ["editor: 1 log-in ended."]
    assert theirs.get("/admin/").status_code == 302


# Nobody gets above themselves


def test_an_administrator_makes_no_superusers(client, administrator):
    data = typed(client.get(page("change", administrator)))
    assert "is_superuser" not in data
    client.post(page("change", administrator), data | {"is_superuser": "on", "user_permissions": [1]})
    administrator.refresh_from_db()
    assert not administrator.is_superuser
    assert not administrator.user_permissions.exists()


def test_an_administrator_does_not_touch_superusers(client):
    root = User.objects.create_superuser("root")
    codes.set_up(root)
    assert client.get(page("change", root)).status_code == 200, "may look"
    assert client.post(page("change", root), {"username": "mine"}).status_code == 403
    assert client.post(page("delete", root), {"post": "yes"}).status_code == 403
    assert client.get(f"/admin/auth/user/{root.pk}/password/").status_code == 403
    refused = ["root is a superuser, whom only superusers change."]
    assert act(client, User, "start_second_factor_anew", root) == refused
    assert act(client, User, "end_sessions", root) == refused
    assert Authenticator.objects.exists()


def test_a_superuser_makes_superusers(admin_client, editor):
    data = typed(admin_client.get(page("change", editor)))
    admin_client.post(page("change", editor), data | {"is_superuser": "on"})
    editor.refresh_from_db()
    assert editor.is_superuser


@pytest.mark.parametrize("role", [None, Role.EDITOR, Role.REVIEWER])
@pytest.mark.parametrize("model", [User, Group, AccessAttempt])
def test_others_have_no_business_there(role, model):
    assert client_of(member(role)).get(page("changelist", model)).status_code == 403


# Groups


def test_roles_are_looked_at_with_their_members_and_not_changed(client, editor):
    role = group(Role.EDITOR)
    assert "editor" in client.get(page("change", role)).content.decode()
    assert client.post(page("change", role), {"name": "Other"}).status_code == 403
    assert client.post(page("delete", role), {"post": "yes"}).status_code == 403


def test_the_portal_s_own_groups_are_made_and_changed(client):
    right = Permission.objects.get(codename="view_alertmail")
    client.post(page("add", Group), {"name": "Post room", "permissions": [right.pk]})
    post_room = Group.objects.get(name="Post room")
    assert list(post_room.permissions.all()) == [right]
    client.post(page("change", post_room), {"name": "Mail room", "permissions": []})
    post_room.refresh_from_db()
    assert (post_room.name, post_room.permissions.count()) == ("Mail room", 0)


# Locked log-ins


def lock(browser="one"):
    for _ in range(5):
        Client(HTTP_USER_AGENT=browser).post("/account/login/", {"login": "editor", "password": "wrong"})


def test_an_administrator_releases_a_locked_log_in_whatever_the_browser(client, editor):
    lock("one")
    AccessAttempt.objects.update(failures_since_start=3)
    Client(HTTP_USER_AGENT="two").post("/account/login/", {"login": "editor", "password": "wrong"})
    body = client.get(page("changelist", AccessAttempt)).content.decode()
    assert "editor" in body
    row = AccessAttempt.objects.latest("pk")
    assert act(client, AccessAttempt, "release", row) == ["Released: editor from 127.0.0.1."]
    assert not AccessAttempt.objects.exists()


def test_what_is_locked_says_until_when(client, editor):
    lock()
    row = AccessAttempt.objects.get()
    assert row.attempt_time.year
    page_ = admin.site.get_model_admin(AccessAttempt)
    assert ":" in page_.locked(row)
    row.failures_since_start = 4
    assert page_.locked(row) == "–"


def test_secrets_and_addresses_have_no_page_of_their_own():
    registered = {model._meta.label for model in admin.site._registry}
    assert "mfa.Authenticator" not in registered
    assert "account.EmailAddress" not in registered
