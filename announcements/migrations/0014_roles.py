from django.conf import settings
from django.db import migrations

from ._roles import granting

LOOKS_AT = {"announcements.*": "view", "programmes.*": "view"}
EDITOR = LOOKS_AT | {"announcements.revision": "add change"}
REVIEWER = LOOKS_AT | {
    "announcements.revision": "add change approve_revision",
    "announcements.announcement": "publish_announcement",
}
ADMINISTRATOR = LOOKS_AT | {
    "announcements.revision": "add change delete approve_revision",
    "announcements.announcement": "add change delete publish_announcement",
    "programmes.*": "view add change delete",
}


class Migration(migrations.Migration):
    dependencies = [
        ("announcements", "0013_newsroom"),
        ("programmes", "0003_target_slug"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [granting({"Editor": EDITOR, "Reviewer": REVIEWER, "Administrator": ADMINISTRATOR})]
