from django.db import migrations

from customers.database import follows_merges


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_rows_follow_merges"), ("segmentation", "0002_lists_bulk_changes_exports")]

    operations = [
        follows_merges("segmentation.BulkRow"),
    ]
