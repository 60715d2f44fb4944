from django.db import migrations, models

from programmes.names import target_slug

BATCH = 500


def give_slugs(apps, schema_editor):
    """As though they were entered again in the order in which they were: an empty portal gives the same."""
    targets = list(apps.get_model("programmes", "Target").objects.using(schema_editor.connection.alias).order_by("pk"))
    taken = set()
    for target in targets:
        target.slug = target_slug(target.metric, target.due, taken)
    if targets:
        type(targets[0]).objects.using(schema_editor.connection.alias).bulk_update(targets, ["slug"], batch_size=BATCH)


HELP = "The public name in addresses, made of metric and due day when it is entered; never changed."


class Migration(migrations.Migration):
    dependencies = [("programmes", "0002_target_says_what_it_promises")]

    operations = [
        migrations.AddField(
            model_name="target",
            name="slug",
            field=models.CharField("id", max_length=120, null=True, editable=False, help_text=HELP),
        ),
        migrations.RunPython(give_slugs, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="target",
            name="slug",
            field=models.CharField("id", max_length=120, unique=True, editable=False, help_text=HELP),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*\Z"),
                name="target_slug_is_a_slug",
                violation_error_message="The id is small letters, digits and hyphens.",
            ),
        ),
    ]
