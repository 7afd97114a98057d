"""The database itself refuses to change what was published, and on PostgreSQL to delete versions."""

from django.db import migrations

POSTGRES = """
CREATE FUNCTION policy_version_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'published versions are never changed, versions never deleted'; END $$;
CREATE TRIGGER policy_version_stands BEFORE UPDATE ON policies_policyversion
FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION policy_version_stands();
CREATE TRIGGER policy_version_stays BEFORE DELETE ON policies_policyversion
FOR EACH ROW EXECUTE FUNCTION policy_version_stands();
"""
POSTGRES_BACK = """
DROP TRIGGER policy_version_stands ON policies_policyversion;
DROP TRIGGER policy_version_stays ON policies_policyversion;
DROP FUNCTION policy_version_stands();
"""
# Django empties SQLite's tables with DELETE between tests, so here only changes are refused.
SQLITE = """
CREATE TRIGGER policy_version_stands BEFORE UPDATE ON policies_policyversion
WHEN OLD.state = 'published'
BEGIN SELECT RAISE(ABORT, 'published versions are never changed'); END;
"""


def run(statements):
    def operation(apps, schema_editor):
        found = statements.get(schema_editor.connection.vendor)
        if found:
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(found)

    return operation


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_initial")]
    operations = [
        migrations.RunPython(
            run({"postgresql": POSTGRES, "sqlite": SQLITE}),
            run({"postgresql": POSTGRES_BACK, "sqlite": "DROP TRIGGER policy_version_stands"}),
        )
    ]
