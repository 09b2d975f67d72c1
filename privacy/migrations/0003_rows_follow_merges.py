from django.db import migrations

from customers.database import follows_merges


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_rows_follow_merges"), ("privacy", "0002_append_only")]

    operations = [
        follows_merges("privacy.Consent"),
    ]
