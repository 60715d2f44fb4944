from django.conf import settings
from django.db import migrations

from announcements.migrations._roles import granting

ADMINISTRATOR = {
    "auth.user": "view add change delete",
    "auth.group": "view add change delete",
    "axes.accessattempt": "view delete",
    "healthfund.token": "view change",
    "healthfund.alert": "view delete",
    "healthfund.alertmail": "view",
    "healthfund.webhook": "view change",
    "healthfund.delivery": "view change",
}


class Migration(migrations.Migration):
    dependencies = [
        ("healthfund", "0004_ordered_files"),
        ("announcements", "0014_roles"),
        ("axes", "0010_accessattemptexpiration"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [granting({"Administrator": ADMINISTRATOR})]
