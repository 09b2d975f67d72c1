from django.db import migrations

from customers.database import follows_merges


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_rows_follow_merges"), ("sales", "0003_order_updates")]

    operations = [
        follows_merges("sales.Order", record="record_id"),
    ]
