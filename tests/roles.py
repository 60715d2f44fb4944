"""The staff by their roles. A test that empties the database takes the groups along: they are made again, as they were."""

from importlib import import_module

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection

MIGRATIONS = ["announcements.migrations.0014_roles", "healthfund.migrations.0005_roles"]


def group(role):
    """The group of a role, as the migrations make it."""
    if not Group.objects.filter(name=role).exists():
        for name in MIGRATIONS:
            for operation in import_module(name).Migration.operations:
                operation.code(apps, connection.schema_editor())
    return Group.objects.get(name=role)


def granted(role):
    """What a role may, as {"app.codename"}."""
    rows = group(role).permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in rows}


def member(role, username=None, **values):
    """Somebody of the staff in a role; in none where role is None."""
    user = User.objects.create_user(username or str(role or "nobody").lower(), is_staff=True, **values)
    if role:
        user.groups.add(group(role))
    return user
