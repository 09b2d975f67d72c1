from django.db import migrations

# A login reads the company that its name says, whatever its session sets. The application itself, which row-level
# security holds to the company it has entered, reads that one.
TENANT = r"""
CREATE SCHEMA reporting;
CREATE FUNCTION reporting.tenant() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT CASE
        WHEN session_user::text LIKE 'read\_%' THEN
            (SELECT id FROM public.tenancy_tenant WHERE 'read_' || slug = session_user::text)
        WHEN pg_has_role(session_user, 'crm_app', 'MEMBER') THEN
            nullif(current_setting('app.tenant_id', true), '')::uuid
    END
$$;
"""
VIEWS = {
    "customers": """
        SELECT c.id, c.kind, nullif(c.gender, '') AS gender, nullif(c.province, '') AS province,
            nullif(c.city, '') AS city, nullif(c.district, '') AS district, nullif(c.industry, '') AS industry,
            c.store_id, c.created_at, c.quality, coalesce(s.days, 0) AS days, coalesce(s.frequency, 0) AS frequency,
            coalesce(s.monetary, 0)::numeric(18, 4) AS monetary, s.first_at, s.last_at, (s.score / 100)::smallint AS r,
            (s.score / 10 % 10)::smallint AS f, (s.score % 10)::smallint AS m, nullif(s.stage, '') AS stage, p.p_buy,
            p.horizon_days, p.clv, p.clv_low, p.clv_high
        FROM customers_customer c
        LEFT JOIN segmentation_customerstats s ON s.tenant_id = c.tenant_id AND s.customer_id = c.id
        LEFT JOIN segmentation_prediction p ON p.tenant_id = c.tenant_id AND p.customer_id = c.id
        WHERE c.tenant_id = (SELECT reporting.tenant()) AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    """,
    "orders": """
        SELECT o.id, o.number, c.id AS customer_id, o.store_id, nullif(o.channel, '') AS channel, o.at, o.total,
            o.refunded, (o.total - o.refunded)::numeric(18, 4) AS net
        FROM sales_order o
        LEFT JOIN customers_customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
            AND c.merged_into_id IS NULL AND c.erased_at IS NULL
        WHERE o.tenant_id = (SELECT reporting.tenant())
    """,
    "order_lines": """
        SELECT id, order_id, product_id, at, quantity, price, amount, is_refund FROM sales_orderline
        WHERE tenant_id = (SELECT reporting.tenant())
    """,
    "products": """
        SELECT id, code, name, nullif(category, '') AS category, nullif(barcode, '') AS barcode, price, is_active
        FROM sales_product WHERE tenant_id = (SELECT reporting.tenant())
    """,
    "days": """
        SELECT d.customer_id, d.day, d.orders, d.amount FROM segmentation_customerday d
        JOIN customers_customer c ON c.tenant_id = d.tenant_id AND c.id = d.customer_id
        WHERE d.tenant_id = (SELECT reporting.tenant()) AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    """,
    "stores": """
        SELECT id, code, name, nullif(city, '') AS city FROM tenancy_store
        WHERE tenant_id = (SELECT reporting.tenant())
    """,
    "segments": """
        SELECT id, key, name, kind, created_at, filled_at FROM segmentation_segment
        WHERE tenant_id = (SELECT reporting.tenant()) AND is_shared AND archived_at IS NULL
    """,
    "segment_members": """
        SELECT m.segment_id, m.customer_id, m.since FROM segmentation_segmentmember m
        JOIN segmentation_segment s ON s.tenant_id = m.tenant_id AND s.id = m.segment_id
        JOIN customers_customer c ON c.tenant_id = m.tenant_id AND c.id = m.customer_id
        WHERE m.tenant_id = (SELECT reporting.tenant()) AND s.is_shared AND s.archived_at IS NULL
            AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    """,
    "score_changes": """
        SELECT h.customer_id, h.day, (h.score_before / 100)::smallint AS r_before,
            (h.score_before / 10 % 10)::smallint AS f_before, (h.score_before % 10)::smallint AS m_before,
            nullif(h.stage_before, '') AS stage_before, (h.score / 100)::smallint AS r,
            (h.score / 10 % 10)::smallint AS f, (h.score % 10)::smallint AS m, nullif(h.stage, '') AS stage
        FROM segmentation_scorechange h
        JOIN customers_customer c ON c.tenant_id = h.tenant_id AND c.id = h.customer_id
        WHERE h.tenant_id = (SELECT reporting.tenant()) AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    """,
}
# To PUBLIC, so that a backup names no login of this database: who reads nothing may look, and finds no row.
RIGHTS = """
GRANT USAGE ON SCHEMA reporting TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0026_alike_by_keys_alone"),
        ("sales", "0004_rows_follow_merges"),
        ("segmentation", "0015_amounts_near_a_bound"),
        ("tenancy", "0013_segments_for_seeded_roles"),
    ]

    operations = [
        migrations.RunSQL(TENANT, "DROP FUNCTION reporting.tenant(); DROP SCHEMA reporting;"),
        *(
            migrations.RunSQL(
                f"CREATE VIEW reporting.{name} WITH (security_barrier) AS {body}", f"DROP VIEW reporting.{name}"
            )
            for name, body in VIEWS.items()
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
