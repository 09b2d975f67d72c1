from django.db import migrations

from tenancy.database.migrations import definer_function

UNPLACED = """
SELECT t.id FROM tenancy_tenant t
WHERE EXISTS (SELECT 1 FROM webhooks_change c WHERE c.tenant_id = t.id AND c.position IS NULL)
"""
DUE = """
SELECT e.tenant_id, e.id FROM webhooks_endpoint e
LEFT JOIN webhooks_head h ON h.tenant_id = e.tenant_id
WHERE e.is_active AND coalesce(e.lease_until, '-infinity') <= now()
  AND (e.position < h.position
       OR EXISTS (SELECT 1 FROM webhooks_delivery d
                  WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.id AND d.state = 'waiting'
                    AND d.next_at <= now()))
ORDER BY e.served_at NULLS FIRST LIMIT most
"""


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_endpoints")]

    operations = [
        definer_function("webhooks_unplaced()", "SETOF uuid", UNPLACED),
        definer_function("webhooks_due(most int)", "TABLE (tenant_id uuid, id uuid)", DUE),
    ]
