from django.db import migrations

from tenancy.database.migrations import definer_function

# Amounts are compared by a function that is not leakproof: under row-level security no index would answer.
NEAR = """
    SELECT CASE WHEN upward THEN (
        SELECT monetary FROM segmentation_customerstats
        WHERE tenant_id = current_setting('app.tenant_id')::uuid AND frequency > 0 AND monetary >= bound
        ORDER BY monetary OFFSET skipped LIMIT 1
    ) ELSE (
        SELECT monetary FROM segmentation_customerstats
        WHERE tenant_id = current_setting('app.tenant_id')::uuid AND frequency > 0 AND monetary < bound
        ORDER BY monetary DESC OFFSET skipped LIMIT 1
    ) END
"""


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0014_insights")]

    operations = [
        definer_function("segmentation_amount_near(bound numeric, skipped bigint, upward boolean)", "numeric", NEAR),
    ]
