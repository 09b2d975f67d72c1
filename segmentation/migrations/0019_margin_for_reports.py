from django.db import migrations

# View → its statement as it was, with a place after its columns for those that are new.
VIEWS = {
    "customers": (
        """
        SELECT c.id, c.kind, nullif(c.gender, '') AS gender, nullif(c.province, '') AS province,
            nullif(c.city, '') AS city, nullif(c.district, '') AS district, nullif(c.industry, '') AS industry,
            c.store_id, c.created_at, c.quality, coalesce(s.days, 0) AS days, coalesce(s.frequency, 0) AS frequency,
            coalesce(s.monetary, 0)::numeric(18, 4) AS monetary, s.first_at, s.last_at, (s.score / 100)::smallint AS r,
            (s.score / 10 % 10)::smallint AS f, (s.score % 10)::smallint AS m, nullif(s.stage, '') AS stage, p.p_buy,
            p.horizon_days, p.clv, p.clv_low, p.clv_high {more}
        FROM customers_customer c
        LEFT JOIN segmentation_customerstats s ON s.tenant_id = c.tenant_id AND s.customer_id = c.id
        LEFT JOIN segmentation_prediction p ON p.tenant_id = c.tenant_id AND p.customer_id = c.id
        WHERE c.tenant_id = (SELECT reporting.tenant()) AND c.merged_into_id IS NULL AND c.erased_at IS NULL
        """,
        ", s.margin, s.margin_of",
    ),
    "orders": (
        """
        SELECT o.id, o.number, c.id AS customer_id, o.store_id, nullif(o.channel, '') AS channel, o.at, o.total,
            o.refunded, (o.total - o.refunded)::numeric(18, 4) AS net {more}
        FROM sales_order o
        LEFT JOIN customers_customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
            AND c.merged_into_id IS NULL AND c.erased_at IS NULL
        WHERE o.tenant_id = (SELECT reporting.tenant())
        """,
        ", o.cost",
    ),
    "order_lines": (
        """
        SELECT id, order_id, product_id, at, quantity, price, amount, is_refund {more} FROM sales_orderline
        WHERE tenant_id = (SELECT reporting.tenant())
        """,
        ", unit_cost",
    ),
    "products": (
        """
        SELECT id, code, name, nullif(category, '') AS category, nullif(barcode, '') AS barcode, price, is_active {more}
        FROM sales_product WHERE tenant_id = (SELECT reporting.tenant())
        """,
        ", cost",
    ),
}


def views():
    for name, (statement, more) in VIEWS.items():
        view = f"VIEW reporting.{name} WITH (security_barrier) AS"
        yield migrations.RunSQL(
            f"CREATE OR REPLACE {view} {statement.format(more=more)}",
            f"""DROP VIEW reporting.{name}; CREATE {view} {statement.format(more="")};
            GRANT SELECT ON reporting.{name} TO PUBLIC""",
        )


class Migration(migrations.Migration):
    dependencies = [("sales", "0005_costs"), ("segmentation", "0018_margin")]

    operations = list(views())
