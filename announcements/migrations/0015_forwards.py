"""What was merged leads on for good, and the database itself refuses to change or delete what the audit log holds.

Deleting is let through only during a rehearsal, as in 0002. On SQLite a later migration that alters the audit log drops
its triggers with it: such a migration has to lay them again.
"""

from django.db import migrations, models

TABLE = "announcements_auditentry"
WORD = "the audit log is append-only"

POSTGRESQL = """
CREATE FUNCTION announcements_audit_append_only() RETURNS trigger AS $$
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
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION announcements_audit_append_only()"
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{WORD}'); END"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} "
            "WHEN NOT EXISTS (SELECT 1 FROM announcements_rehearsal) "
            f"BEGIN SELECT RAISE(ABORT, '{WORD}'); END"
        )


def lift(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {TABLE}_append_only ON {TABLE}")
        schema_editor.execute("DROP FUNCTION announcements_audit_append_only()")
    else:
        schema_editor.execute(f"DROP TRIGGER {TABLE}_no_update")
        schema_editor.execute(f"DROP TRIGGER {TABLE}_no_delete")


class Migration(migrations.Migration):

    dependencies = [
        ('announcements', '0014_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Forward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thing', models.CharField(choices=[('announcement', 'Announcement'), ('pot', 'Pot'), ('organisation', 'Organisation')], max_length=12)),
                ('old', models.CharField(max_length=240, verbose_name='id of what was merged')),
                ('new', models.CharField(max_length=240, verbose_name='id of what it is now')),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('thing', 'old'), name='forward_once_a_thing'), models.CheckConstraint(condition=models.Q(('thing__in', ['announcement', 'pot', 'organisation'])), name='forward_thing_known'), models.CheckConstraint(condition=models.Q(('old', models.F('new')), _negated=True), name='forward_leads_elsewhere')],
            },
        ),
        migrations.RunPython(lay, lift),
    ]
