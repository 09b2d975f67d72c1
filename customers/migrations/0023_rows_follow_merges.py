from django.db import migrations

from customers.database import following, follows_merges


class Migration(migrations.Migration):
    dependencies = [("customers", "0021_matches_and_merges")]

    operations = [
        following("customer_id"),
        following("content_object_id"),
        follows_merges("customers.CustomerTag"),
        follows_merges("customers.CustomerShare", column="content_object_id"),
        follows_merges("customers.ImportConflict"),
    ]
