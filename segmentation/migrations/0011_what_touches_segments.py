from django.db import migrations

from customers.database import follows_merges
from segmentation.database import noting, touches
from tenancy.database.migrations import append_only, definer_function


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0026_alike_by_keys_alone"),
        ("interactions", "0005_rows_follow_merges"),
        ("privacy", "0003_rows_follow_merges"),
        ("sales", "0004_rows_follow_merges"),
        ("segmentation", "0010_picks_and_batches"),
    ]

    operations = [
        append_only("segmentation_segmentevent"),
        follows_merges("segmentation.SegmentPick"),
        noting("customer", changed="SELECT tenant_id, customer_id AS id FROM moved"),
        noting("itself", changed="SELECT tenant_id, id FROM moved"),
        noting(
            "line",
            changed="""SELECT o.tenant_id, o.customer_id AS id FROM sales_order o
                JOIN (SELECT DISTINCT tenant_id, order_id FROM moved) l ON (l.tenant_id, l.order_id) = (o.tenant_id, o.id)""",
        ),
        touches("customers_customer", "itself"),
        touches("customers_customertag"),
        touches("customers_customvalue"),
        touches("interactions_interaction"),
        touches("privacy_consent"),
        touches("sales_order"),
        touches("sales_orderline", "line"),
        touches("segmentation_prediction"),
        touches("segmentation_segmentpick"),
        definer_function(
            "segmentation_touched()",
            "SETOF uuid",
            "SELECT t.id FROM tenancy_tenant t WHERE EXISTS "
            "(SELECT FROM segmentation_segmenttouch s WHERE s.tenant_id = t.id AND NOT s.followed)",
        ),
    ]
