"""The index that announcements.search reads: a table of its own on each engine, which no model knows.

It has no foreign key: a row whose announcement is gone finds nothing, and emptying the announcements stays allowed.
"""

from django.db import migrations


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE TABLE announcements_search (id bigint PRIMARY KEY, document tsvector NOT NULL)")
        schema_editor.execute("CREATE INDEX announcements_search_document ON announcements_search USING gin (document)")
    else:
        schema_editor.execute(
            "CREATE VIRTUAL TABLE announcements_search USING fts5(document, tokenize = 'porter unicode61')"
        )


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE announcements_search")


class Migration(migrations.Migration):
    dependencies = [("announcements", "0003_publish_permission")]
    operations = [migrations.RunPython(make, drop)]
