from django.db import migrations

from tenancy.database.migrations import append_only


class Migration(migrations.Migration):
    dependencies = [("interactions", "0001_initial")]

    operations = [append_only("interactions_interaction", movable=("customer_id", "at"))]
