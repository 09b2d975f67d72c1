from django.db import migrations

from tenancy.database.migrations import append_only, definer_function

TENANT_WALL = """
ALTER TABLE tenancy_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenancy_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON tenancy_tenant TO crm_app
    USING (id = current_setting('app.tenant_id')::uuid) WITH CHECK (id = current_setting('app.tenant_id')::uuid);
CREATE POLICY owner_all ON tenancy_tenant TO crm_owner USING (true) WITH CHECK (true);
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        migrations.RunSQL(TENANT_WALL, migrations.RunSQL.noop),
        append_only("tenancy_auditevent"),
        definer_function(
            "tenancy_places_of(asked uuid)",
            "TABLE (tenant_id uuid, slug varchar, name varchar)",
            """SELECT t.id, t.slug, t.name
               FROM tenancy_membership m JOIN tenancy_tenant t ON t.id = m.tenant_id
               WHERE m.user_id = asked AND m.is_active ORDER BY t.name, t.id""",
        ),
        definer_function(
            "tenancy_tenant_of_token(asked bytea)",
            "TABLE (tenant_id uuid, id uuid)",
            """SELECT k.tenant_id, k.id FROM tenancy_apitoken k WHERE k.digest = asked AND k.revoked_at IS NULL""",
        ),
        definer_function(
            "tenancy_tenant_of_slug(asked varchar)",
            "uuid",
            "SELECT id FROM tenancy_tenant WHERE slug = asked",
        ),
        definer_function(
            "tenancy_due_jobs(most int)",
            "TABLE (tenant_id uuid, id uuid)",
            """SELECT j.tenant_id, j.id FROM tenancy_job j
               WHERE j.state IN ('waiting', 'running') AND j.lease_until < now()
               ORDER BY j.lease_until LIMIT most""",
        ),
    ]
