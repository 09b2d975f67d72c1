from django.db import migrations

from tenancy.database.migrations import definer_function

# Whose row it is is asked of the row: of an index that begins with the tenant the planner would read all of the
# tenant's entries for each key, 27 ms instead of one.
HERE = "m.tenant_id::text::uuid = current_setting('app.tenant_id')::uuid"
ALIKE = f"""
    WITH hit AS MATERIALIZED (
        SELECT k.key, m.record_id FROM unnest(wanted) AS k (key), LATERAL (
            SELECT m.record_id FROM customers_matchrecord m
            WHERE {HERE} AND m.keys @> ARRAY[k.key] LIMIT most + 1) m
    )
    SELECT m.record_id, r.customer_id, m.features
    FROM (SELECT DISTINCT h.record_id FROM hit h
          WHERE h.key IN (SELECT b.key FROM hit b GROUP BY b.key HAVING count(*) <= most)) f
    JOIN customers_matchrecord m ON m.tenant_id = current_setting('app.tenant_id')::uuid AND m.record_id = f.record_id
    JOIN customers_sourcerecord r ON r.tenant_id = current_setting('app.tenant_id')::uuid AND r.id = m.record_id
"""
SIGNATURE = "customers_alike(wanted bigint[], most int)"
FOUND = "TABLE (record_id uuid, customer_id uuid, features bytea)"


class Migration(migrations.Migration):
    dependencies = [("customers", "0025_form_of_match_records")]

    operations = [
        migrations.RunSQL("DROP FUNCTION customers_alike", migrations.RunSQL.noop),
        definer_function(SIGNATURE, FOUND, ALIKE),
        migrations.RunSQL(
            """ALTER FUNCTION customers_alike SET max_parallel_workers_per_gather = 0 SET jit = off
               SET enable_seqscan = off""",
            migrations.RunSQL.noop,
        ),
    ]
