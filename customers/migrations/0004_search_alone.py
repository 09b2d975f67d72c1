from importlib import import_module

from django.db import migrations

from tenancy.database.migrations import definer_function

former = import_module("customers.migrations.0003_search_plans")
FORMER = former.Migration.operations[1]
HERE = former.HERE

# As in 0003. The length of the needle stands in each part, where it is a constant: a part that is not asked for
# is then not planned for a million rows. To start workers takes longer (5 ms) than any of these searches.
FIND = f"""
    WITH begun AS MATERIALIZED ({former.BEGINNINGS}),
    wanting AS MATERIALIZED (SELECT count(DISTINCT id) < most AS more FROM begun),
    near AS MATERIALIZED (
        SELECT id, pinyin FROM (
            SELECT id, pinyin FROM {HERE} AND octet_length(needle) BETWEEN 3 AND 5 AND length(needle) >= 3
                AND (SELECT more FROM wanting) LIMIT 5000
        ) walked WHERE pinyin LIKE pattern
    ),
    named AS MATERIALIZED (
        SELECT id, name_key FROM {HERE} AND name_key LIKE pattern AND length(needle) >= 3
            AND (SELECT more FROM wanting)
    ),
    spelt AS MATERIALIZED (
        SELECT id, pinyin FROM {HERE} AND pinyin LIKE pattern AND length(needle) >= 3
            AND (SELECT more FROM wanting) AND (SELECT count(*) FROM near) < most
    )
    SELECT id, min(rank) FROM (
        SELECT * FROM begun
        UNION ALL (SELECT id, 5, name_key FROM named LIMIT most)
        UNION ALL (SELECT id, 6, pinyin FROM near LIMIT most)
        UNION ALL (SELECT id, 6, pinyin FROM spelt LIMIT most)
    ) f GROUP BY id ORDER BY min(rank), min(form), id LIMIT most
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_search_plans")]

    operations = [
        migrations.RunSQL(FORMER.reverse_sql, FORMER.sql),
        definer_function(former.SIGNATURE, "TABLE (id uuid, rank int)", FIND),
        migrations.RunSQL(
            "ALTER FUNCTION customers_find SET max_parallel_workers_per_gather = 0", migrations.RunSQL.noop
        ),
    ]
