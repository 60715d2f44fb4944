"""The groups of the staff, as migrations make them."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from announcements.choices import Role
from tests.roles import as_migrated, granted

pytestmark = pytest.mark.django_db


def test_each_role_may_what_the_one_before_it_may_and_more():
    editor, reviewer, administrator = (granted(role) for role in Role)
    assert editor < reviewer < administrator


def test_an_editor_looks_at_everything_and_writes_revisions_only():
    shown = {
        f"{model._meta.app_label}.view_{model._meta.model_name}"
        for model in admin.site._registry
        if model._meta.app_label in ("announcements", "programmes")
    }
    may = granted(Role.EDITOR)
    assert shown <= may
    assert {right for right in may if ".view_" not in right} == {
        "announcements.add_revision",
        "announcements.change_revision",
    }


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


def test_the_migrations_make_permissions_that_are_not_there_yet():
    Group.objects.all().delete()
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()
    for operation, apps in as_migrated():
        operation.code(apps, connection.schema_editor())
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)
    assert "announcements.publish_announcement" in granted(Role.REVIEWER)


def test_the_migrations_can_run_twice_and_be_taken_back():
    before = {role: granted(role) for role in Role}
    kept = Group.objects.create(name="Press office")
    operations = list(as_migrated())
    for operation, apps in operations:
        operation.code(apps, connection.schema_editor())
    assert {role: granted(role) for role in Role} == before
    for operation, apps in reversed(operations):
        operation.reverse_code(apps, connection.schema_editor())
    assert not Group.objects.filter(name__in=Role.values).exists()
    assert Group.objects.filter(pk=kept.pk).exists()
