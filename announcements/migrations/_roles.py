"""Permissions for groups in migrations, where Django makes them only after the last one."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations


def granting(roles):
    """An operation that gives groups permissions and takes them back: {group: {"app.model": "add change view"}}.

    A group that is not there is made; one that is left without any permission goes with the migration. "app.*" stands for
    every model of the app so far. A verb of Meta's own permissions is its whole codename:
    {"announcements.announcement": "view publish_announcement"}.
    """
    labels = sorted({thing.partition(".")[0] for things in roles.values() for thing in things})

    def give(apps, schema_editor):
        alias = schema_editor.connection.alias
        for label in labels:
            create_permissions(installed.get_app_config(label), verbosity=0, using=alias, apps=apps)
        for role, permissions in _rows(apps, alias):
            group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=role)
            group.permissions.add(*permissions)

    def take(apps, schema_editor):
        alias = schema_editor.connection.alias
        for role, permissions in _rows(apps, alias):
            for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=role):
                group.permissions.remove(*permissions)
                if not group.permissions.exists():
                    group.delete()

    def _rows(apps, alias):
        found = {
            (row.content_type.app_label, row.codename): row
            for row in apps.get_model("auth", "Permission").objects.using(alias).select_related("content_type")
        }
        for role, things in roles.items():
            yield role, [
                found[label, verb if "_" in verb else f"{verb}_{model}"]
                for thing, verbs in things.items()
                for label, _, name in [thing.partition(".")]
                for model in (_models(apps, label) if name == "*" else [name])
                for verb in verbs.split()
            ]

    def _models(apps, label):
        # What no page shows has no permissions.
        models = apps.get_app_config(label).get_models()
        return [model._meta.model_name for model in models if model._meta.default_permissions]

    return migrations.RunPython(give, take)
