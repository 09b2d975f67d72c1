from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations

from tenancy.database.migrations import definer_function

HERE = "customers_customer WHERE tenant_id = current_setting('app.tenant_id')::uuid"


def beginning(column: str, rank: int) -> str:
    """Rows whose column begins with the needle, as a range: LIKE would not use the index."""
    return f"""(SELECT id, {rank} AS rank, {column} AS form FROM {HERE}
        AND {column} >= needle AND {column} < needle || U&'\\+10FFFF' ORDER BY {column} LIMIT most)"""


def containing(column: str, rank: int) -> str:
    return f"""(SELECT id, {rank} AS rank, {column} AS form FROM {HERE}
        AND {column} LIKE pattern AND length(needle) >= 3 LIMIT most)"""


FORMS = [
    beginning("name_key", 1),
    beginning("given_key", 2),
    beginning("initials", 3),
    beginning("pinyin", 4),
    containing("name_key", 5),
    containing("pinyin", 6),
]


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        TrigramExtension(),
        BtreeGinExtension(),
        migrations.AddIndex(
            "customer",
            GinIndex(name="customer_name_parts", fields=["tenant", "name_key"], opclasses=["uuid_ops", "gin_trgm_ops"]),
        ),
        migrations.AddIndex(
            "customer",
            GinIndex(name="customer_pinyin_parts", fields=["tenant", "pinyin"], opclasses=["uuid_ops", "gin_trgm_ops"]),
        ),
        definer_function(
            "customers_find(needle text, pattern text, most int)",
            "TABLE (id uuid, rank int)",
            f"""SELECT id, min(rank) FROM ({" UNION ALL ".join(FORMS)}) f
                GROUP BY id ORDER BY min(rank), min(form), id LIMIT most""",
        ),
    ]
