from itertools import groupby

from django.db import migrations, models

from announcements.models.response import key_for

BATCH = 500


def give_keys(apps, schema_editor):
    """As though each announcement's were entered again in their order: an empty portal gives the same."""
    rows = apps.get_model("announcements", "Response").objects.using(schema_editor.connection.alias)
    responses = rows.select_related("organisation").order_by("announcement_id", "position", "pk")
    changed = []
    for _, answers in groupby(responses.iterator(chunk_size=BATCH), key=lambda response: response.announcement_id):
        taken = set()
        for response in answers:
            response.key = key_for(response.organisation.name, taken)
            changed.append(response)
    rows.bulk_update(changed, ["key"], batch_size=BATCH)


HELP = "Its short name in the announcement, made of the organisation's when it is entered; never changed."


class Migration(migrations.Migration):
    dependencies = [("announcements", "0008_documents"), ("programmes", "0003_target_slug")]

    operations = [
        migrations.AddField(
            model_name="response",
            name="key",
            field=models.CharField(default="", max_length=80, editable=False, help_text=HELP),
            preserve_default=False,
        ),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.UniqueConstraint(
                fields=["announcement", "key"],
                name="response_key_once_an_announcement",
                violation_error_message="The announcement has a response of this key already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(key__regex=r"^[a-z0-9]+(-[a-z0-9]+)*\Z"),
                name="response_key_is_a_slug",
                violation_error_message="The key is small letters, digits and hyphens.",
            ),
        ),
    ]
