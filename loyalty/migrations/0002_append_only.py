from django.db import migrations

from tenancy.database.migrations import append_only


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial")]

    operations = [
        append_only("loyalty_entry", movable=("account_id",)),
        append_only("loyalty_lotuse"),
        append_only("loyalty_programmeversion"),
    ]
