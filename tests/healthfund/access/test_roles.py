"""The groups of the staff, as migrations make them."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from announcements.choices import Role
from tests.roles import granted

pytestmark = pytest.mark.django_db

MIGRATION = import_module("announcements.migrations.0014_roles").Migration


def roles_operation():
    return MIGRATION.operations[0]


def test_each_role_may_what_the_one_before_it_may_and_more():
    editor, reviewer, administrator = (granted(role) for role in Role)
    assert editor < reviewer < administrator


def test_an_editor_looks_at_everything_and_writes_revisions_only():
    views = {f"announcements.{right}" for right in codenames("announcements", "view_")}
    views |= {f"programmes.{right}" for right in codenames("programmes", "view_")}
    assert granted(Role.EDITOR) == views | {"announcements.add_revision", "announcements.change_revision"}


def test_a_reviewer_besides_approves_and_publishes():
    more = granted(Role.REVIEWER) - granted(Role.EDITOR)
    assert more == {"announcements.approve_revision", "announcements.publish_announcement"}


def test_an_administrator_besides_looks_after_users_tokens_alerts_and_webhooks():
    assert {
        right for right in granted(Role.ADMINISTRATOR) if not right.startswith(("announcements.", "programmes."))
    } == {
        *(f"auth.{verb}_{model}" for model in ("user", "group") for verb in ("view", "add", "change", "delete")),
        *("axes.view_accessattempt", "axes.delete_accessattempt"),
        *("healthfund.view_token", "healthfund.change_token"),
        *("healthfund.view_alert", "healthfund.delete_alert", "healthfund.view_alertmail"),
        *("healthfund.view_webhook", "healthfund.change_webhook"),
        *("healthfund.view_delivery", "healthfund.change_delivery"),
    }


def test_the_migration_makes_permissions_that_are_not_there_yet():
    Group.objects.all().delete()
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()
    roles_operation().code(apps, connection.schema_editor())
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)
    assert "announcements.publish_announcement" in granted(Role.REVIEWER)


def test_the_migration_can_run_twice_and_be_taken_back():
    before = {role: granted(role) for role in Role}
    kept = Group.objects.create(name="Press office")
    operation = roles_operation()
    operation.code(apps, connection.schema_editor())
    assert {role: granted(role) for role in Role} == before
    operation.reverse_code(apps, connection.schema_editor())
    assert not Group.objects.filter(name__in=[Role.EDITOR, Role.REVIEWER]).exists()
    assert Group.objects.filter(pk=kept.pk).exists()


def codenames(label, beginning):
    rows = Permission.objects.filter(content_type__app_label=label, codename__startswith=beginning)
    return rows.values_list("codename", flat=True)
