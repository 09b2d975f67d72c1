from django.db import migrations

DAYS = """
    INSERT INTO segmentation_customerday (tenant_id, customer_id, day, orders, amount)
    SELECT o.tenant_id, o.customer_id, (o.at AT TIME ZONE t.timezone)::date,
           count(*) FILTER (WHERE o.total - o.refunded > 0), sum(o.total - o.refunded)
    FROM sales_order o JOIN tenancy_tenant t ON t.id = o.tenant_id
    WHERE o.customer_id IS NOT NULL GROUP BY 1, 2, 3
"""
RHYTHM = """
    UPDATE segmentation_customerstats s SET days = g.days, gap_squares = g.squares FROM (
        SELECT tenant_id, customer_id, count(*) AS days, coalesce(sum(gap * gap), 0) AS squares FROM (
            SELECT tenant_id, customer_id,
                   (day - lag(day) OVER (PARTITION BY tenant_id, customer_id ORDER BY day))::bigint AS gap
            FROM segmentation_customerday WHERE orders > 0
        ) d GROUP BY 1, 2
    ) g WHERE s.tenant_id = g.tenant_id AND s.customer_id = g.customer_id
"""


class Migration(migrations.Migration):
    """The days of the orders that stand already."""

    dependencies = [("segmentation", "0004_days_of_orders"), ("sales", "0004_rows_follow_merges")]

    operations = [migrations.RunSQL(DAYS, migrations.RunSQL.noop), migrations.RunSQL(RHYTHM, migrations.RunSQL.noop)]
