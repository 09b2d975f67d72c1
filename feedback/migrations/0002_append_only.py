from django.db import migrations

from tenancy.database.migrations import append_only, erasable


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial")]

    operations = [
        append_only("feedback_ticketentry"),
        erasable("feedback_ticketentry", {"text": "''::bytea"}),
    ]
