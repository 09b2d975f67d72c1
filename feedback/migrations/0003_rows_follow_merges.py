from django.db import migrations

from customers.database import follows_merges


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_rows_follow_merges"), ("feedback", "0002_append_only")]

    operations = [
        follows_merges("feedback.Invitation"),
        follows_merges("feedback.Response"),
        follows_merges("feedback.Ticket"),
    ]
