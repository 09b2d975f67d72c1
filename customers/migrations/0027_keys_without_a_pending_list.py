import django.contrib.postgres.indexes
from django.db import migrations

NAME = "match_record_keys"


class Migration(migrations.Migration):
    """A changed record is asked for right after it was written: a list of what is not sorted in yet cost the search
    five times what the sorting in costs."""

    dependencies = [("customers", "0026_alike_by_keys_alone")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    f"ALTER INDEX {NAME} SET (fastupdate = off); ALTER INDEX {NAME} RESET (gin_pending_list_limit)",
                    f"ALTER INDEX {NAME} SET (fastupdate = on)",
                ),
                migrations.RunSQL(f"SELECT gin_clean_pending_list('{NAME}')", migrations.RunSQL.noop),
            ],
            [
                migrations.RemoveIndex("matchrecord", NAME),
                migrations.AddIndex(
                    "matchrecord",
                    django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["keys"], name=NAME),
                ),
            ],
        )
    ]
