from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("announcements", "0002_append_only"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="announcement",
            options={"permissions": [("publish_announcement", "Can publish and withdraw announcements")]},
        ),
    ]
