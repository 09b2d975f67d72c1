from django.db import migrations

from tenancy.database.migrations import erasable


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0002_append_only")]

    operations = [erasable("loyalty_entry", {"reason": "''::bytea"}, movable=("account_id",))]
