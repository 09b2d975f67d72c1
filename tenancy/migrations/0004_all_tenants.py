from django.db import migrations

from tenancy.database.migrations import definer_function


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_old_answers")]

    operations = [definer_function("tenancy_tenants()", "SETOF uuid", "SELECT id FROM tenancy_tenant ORDER BY id")]
