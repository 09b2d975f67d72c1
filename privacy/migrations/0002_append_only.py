from django.db import migrations

from tenancy.database.migrations import append_only


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]

    operations = [
        append_only("privacy_policyversion"),
        append_only("privacy_consent", movable=("customer_id",)),
        append_only("privacy_erasure"),
        append_only("privacy_erasedkey"),
    ]
