"""The database itself refuses to change the log; on PostgreSQL to delete from it, too."""

from django.db import migrations

POSTGRES = """
CREATE FUNCTION audit_entry_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit entries are never changed or deleted'; END $$;
CREATE TRIGGER audit_entry_stands BEFORE UPDATE OR DELETE ON audit_auditentry
FOR EACH ROW EXECUTE FUNCTION audit_entry_stands();
"""
POSTGRES_BACK = """
DROP TRIGGER audit_entry_stands ON audit_auditentry;
DROP FUNCTION audit_entry_stands();
"""
# Django empties SQLite's tables with DELETE between tests, so here only changes are refused.
SQLITE = """
CREATE TRIGGER audit_entry_stands BEFORE UPDATE ON audit_auditentry
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
"""


def run(statements):
    def operation(apps, schema_editor):
        found = statements.get(schema_editor.connection.vendor)
        if found:
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(found)

    return operation


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunPython(
            run({"postgresql": POSTGRES, "sqlite": SQLITE}),
            run({"postgresql": POSTGRES_BACK, "sqlite": "DROP TRIGGER audit_entry_stands"}),
        )
    ]
