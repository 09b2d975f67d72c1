from django.db import migrations

from customers.database import follows_merges


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_rows_follow_merges"), ("interactions", "0004_by_source_record")]

    operations = [
        follows_merges("interactions.Interaction", record="record_id"),
    ]
