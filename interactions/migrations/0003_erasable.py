from django.db import migrations

from tenancy.database.migrations import erasable


class Migration(migrations.Migration):
    dependencies = [("interactions", "0002_append_only")]

    operations = [erasable("interactions_interaction", {"text": "''"}, movable=("customer_id", "at"))]
