from django.db import migrations

from tenancy.database.migrations import definer_function


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_wall")]

    operations = [
        definer_function(
            "tenancy_tenants_with_answers_before(moment timestamptz)",
            "SETOF uuid",
            "SELECT DISTINCT tenant_id FROM tenancy_idempotentrequest WHERE created_at < moment",
        )
    ]
