"""The database itself refuses to change or delete what the ledger holds.

Deleting is let through only while a Rehearsal row stands, which only `manage.py golden` writes, in a transaction
that it rolls back. On SQLite a later migration that alters one of these tables drops its triggers with it: such a
migration has to lay them again (`tests/announcements/test_ledger_models.py` attacks them on both engines).
"""

from django.db import migrations

TABLES = ["announcements_ledgerentry", "announcements_membership"]
WORD = "the ledger is append-only: post the difference"

POSTGRESQL = """
CREATE FUNCTION announcements_append_only() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM announcements_rehearsal) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '%s' USING ERRCODE = 'integrity_constraint_violation';
END
$$ LANGUAGE plpgsql
"""


def lay(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL % WORD)
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION announcements_append_only()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{WORD}'); END"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                "WHEN NOT EXISTS (SELECT 1 FROM announcements_rehearsal) "
                f"BEGIN SELECT RAISE(ABORT, '{WORD}'); END"
            )


def lift(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_no_update")
            schema_editor.execute(f"DROP TRIGGER {table}_no_delete")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION announcements_append_only()")


class Migration(migrations.Migration):
    dependencies = [("announcements", "0001_initial")]
    operations = [migrations.RunPython(lay, lift)]
