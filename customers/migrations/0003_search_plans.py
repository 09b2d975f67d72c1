from importlib import import_module

from django.db import migrations

from tenancy.database.migrations import definer_function

HERE = "customers_customer WHERE tenant_id = current_setting('app.tenant_id')::uuid"
SIGNATURE = "customers_find(needle text, pattern text, most int)"


def beginning(column: str, rank: int) -> str:
    """Rows whose column begins with the needle, as a range: LIKE would not use the index."""
    return f"""(SELECT id, {rank} AS rank, {column} AS form FROM {HERE}
        AND {column} >= needle AND {column} < needle || U&'\\+10FFFF' ORDER BY {column} LIMIT most)"""


BEGINNINGS = " UNION ALL ".join(
    [beginning("name_key", 1), beginning("given_key", 2), beginning("initials", 3), beginning("pinyin", 4)]
)
# Names that contain the needle are looked for only where those that begin with it do not fill the list. A short
# piece of pinyin is either in every tenth name or in none, and the planner cannot tell: a few thousand rows are
# looked through first, then the trigrams asked. The LIMIT stands outside of what is materialised, so that it is
# planned as if all of it were wanted: with the LIMIT in sight, a needle that nobody has was looked for by a walk
# through all customers (.5 s of a million).
FIND = f"""
    WITH begun AS MATERIALIZED ({BEGINNINGS}),
    wanting AS MATERIALIZED (SELECT length(needle) >= 3 AND count(DISTINCT id) < most AS more FROM begun),
    near AS MATERIALIZED (
        SELECT id, pinyin FROM (
            SELECT id, pinyin FROM {HERE} AND length(needle) < 6 AND (SELECT more FROM wanting) LIMIT 5000
        ) walked WHERE pinyin LIKE pattern
    ),
    named AS MATERIALIZED (
        SELECT id, name_key FROM {HERE} AND name_key LIKE pattern AND (SELECT more FROM wanting)
    ),
    spelt AS MATERIALIZED (
        SELECT id, pinyin FROM {HERE} AND pinyin LIKE pattern AND (SELECT more FROM wanting)
            AND (SELECT count(*) FROM near) < most
    )
    SELECT id, min(rank) FROM (
        SELECT * FROM begun
        UNION ALL (SELECT id, 5, name_key FROM named LIMIT most)
        UNION ALL (SELECT id, 6, pinyin FROM near LIMIT most)
        UNION ALL (SELECT id, 6, pinyin FROM spelt LIMIT most)
    ) f GROUP BY id ORDER BY min(rank), min(form), id LIMIT most
"""
FORMER = import_module("customers.migrations.0002_search").Migration.operations[-1]
PENDING = """
    ALTER INDEX customer_name_parts SET (gin_pending_list_limit = 128);
    ALTER INDEX customer_pinyin_parts SET (gin_pending_list_limit = 128);
"""
FORMER_PENDING = """
    ALTER INDEX customer_name_parts RESET (gin_pending_list_limit);
    ALTER INDEX customer_pinyin_parts RESET (gin_pending_list_limit);
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_search")]

    operations = [
        migrations.RunSQL(FORMER.reverse_sql, FORMER.sql),
        definer_function(SIGNATURE, "TABLE (id uuid, rank int)", FIND),
        # What was added lately is read whole by every search until it is filed: 4 MB of it cost 11 ms.
        migrations.RunSQL(PENDING, FORMER_PENDING),
    ]
