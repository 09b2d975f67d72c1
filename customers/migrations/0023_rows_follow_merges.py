from django.db import migrations

from customers.database import following, follows_merges


class Migration(migrations.Migration):
    dependencies = [("customers", "0022_match_records")]

    operations = [
        following("customer_id"),
        following("content_object_id"),
        follows_merges("customers.CustomerTag"),
        follows_merges("customers.CustomerShare", column="content_object_id"),
        follows_merges("customers.ImportConflict"),
    ]
