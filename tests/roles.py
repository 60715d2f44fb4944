"""The staff by their roles. A test that empties the database takes the groups along: they are made again, as they were."""

from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.migrations.loader import MigrationLoader

MIGRATIONS = [("announcements", "0014_roles"), ("healthfund", "0005_roles")]


def as_migrated():
    """The operations that make the groups, each with the apps as they are in its migration."""
    loader = MigrationLoader(connection)
    for node in MIGRATIONS:
        apps = loader.project_state(node).apps
        for operation in loader.get_migration(*node).operations:
            yield operation, apps


def group(role):
    """The group of a role, as the migrations make it."""
    if not Group.objects.filter(name=role).exists():
        for operation, apps in as_migrated():
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
