from importlib import import_module

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations
from django.db.models import F, Func

from tenancy.database.migrations import definer_function

former = import_module("customers.migrations.0004_search_alone")
TENANT = "current_setting('app.tenant_id')::uuid"
HERE = f"customers_customer c WHERE c.tenant_id = {TENANT}"
LAST = "U&'\\+10FFFF'"
SCOPE = "owners uuid[], shop uuid, reader uuid"


def seen(row: str) -> str:
    """The condition that a row is in the reader's data scope, as in CustomerQuerySet.visible_to; all are without it."""
    return f"""(owners IS NULL OR {row}.owner_id = ANY (owners) OR {row}.store_id = shop OR {row}.id IN (
        SELECT s.content_object_id FROM customers_customershare s
        WHERE s.tenant_id = {TENANT} AND s.user_id = reader))"""


# The planner counts the steps that are switched off before it counts what they cost. Each part has an order that one
# index alone gives, so without sorting that index is the plan whatever the statistics say of the tenant. An equality
# would leave the choice, since every index of the table begins with the tenant: it is asked as a range of one.
ORDERED = ["enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort", "enable_hashjoin",
           "enable_mergejoin"]  # fmt: skip
# A condition on an array of the tenant is met by the index of parts alone, with all its conditions at once.
INVERTED = ["enable_seqscan", "enable_indexscan", "enable_indexonlyscan"]


def planned(name: str, *off: str) -> migrations.RunSQL:
    settings = "".join(f" SET {one} = off" for one in off)
    return migrations.RunSQL(
        f"ALTER FUNCTION {name} SET max_parallel_workers_per_gather = 0 SET jit = off {settings}",
        migrations.RunSQL.noop,
    )


def beginning(column: str, needle: str, rank: int, *, above: str = ">=") -> str:
    return f"""(SELECT c.id, {rank} AS rank, c.updated_at AS at FROM {HERE} AND c.{column} {above} {needle}
        AND c.{column} < {needle} || {LAST} AND {seen("c")} ORDER BY c.{column} LIMIT most)"""


WHOLE = f"""(SELECT c.id, 1 AS rank, c.updated_at AS at FROM {HERE} AND c.name_key >= needle AND c.name_key <= needle
    AND {seen("c")} ORDER BY c.name_key DESC, c.id DESC LIMIT most)"""
BEGUN = " UNION ALL ".join(
    [
        WHOLE,
        beginning("name_key", "needle", 2, above=">"),
        beginning("given_key", "needle", 3),
        beginning("initials", "spelt", 4),
        beginning("pinyin", "spelt", 5),
    ]
)
CONTAINED = """CASE WHEN w.name_key LIKE pattern THEN 6 WHEN w.pinyin LIKE spelt_pattern THEN 7 END"""
COLUMNS = "c.id, c.updated_at, c.name_key, c.given_key, c.initials, c.pinyin"
LATEST = f"""
    SELECT w.id, {CONTAINED}, w.updated_at FROM (
        SELECT {COLUMNS}, c.owner_id, c.store_id FROM {HERE} ORDER BY c.created_at DESC, c.id DESC LIMIT 5000
    ) w WHERE (w.name_key LIKE pattern OR w.pinyin LIKE spelt_pattern) AND {seen("w")} LIMIT most
"""
EVERYWHERE = "customers_customer c WHERE ARRAY[c.tenant_id] @> ARRAY[" + TENANT + "]"
CONTAINING = f"""
    (SELECT c.id, 6, c.updated_at FROM {EVERYWHERE} AND c.name_key LIKE pattern AND {seen("c")} LIMIT most)
    UNION ALL
    (SELECT c.id, 7, c.updated_at FROM {EVERYWHERE} AND c.pinyin LIKE spelt_pattern AND {seen("c")} LIMIT most)
"""
OF_OWNER = f"{HERE} AND c.owner_id >= o AND c.owner_id <= o"
OF_SHOP = f"{HERE} AND c.store_id >= shop AND c.store_id <= shop"
SHARED = f"""SELECT s.content_object_id AS shared FROM customers_customershare s
    WHERE s.tenant_id = {TENANT} AND s.user_id >= reader AND s.user_id <= reader"""
# How many there are is read off the indexes first: to look through ten thousand of a larger scope is of no use.
WITHIN = f"""
    WITH size AS MATERIALIZED (
        SELECT (SELECT count(*) FROM unnest(owners) o, LATERAL (
                SELECT c.owner_id FROM {OF_OWNER} ORDER BY c.owner_id LIMIT walk) c)
            + (SELECT count(*) FROM (SELECT c.store_id FROM {OF_SHOP} ORDER BY c.store_id LIMIT walk) c)
            + (SELECT count(*) FROM ({SHARED} ORDER BY s.user_id LIMIT walk) s) AS n
    ),
    walked AS MATERIALIZED (
        (SELECT {COLUMNS} FROM unnest(owners) o, LATERAL (
            SELECT * FROM {OF_OWNER} AND (SELECT n FROM size) < walk ORDER BY c.owner_id LIMIT walk) c)
        UNION ALL
        (SELECT {COLUMNS} FROM {OF_SHOP} AND (SELECT n FROM size) < walk ORDER BY c.store_id LIMIT walk)
        UNION ALL
        (SELECT {COLUMNS} FROM ({SHARED} AND (SELECT n FROM size) < walk ORDER BY s.user_id LIMIT walk) s, LATERAL (
            SELECT * FROM {HERE} AND c.id >= s.shared AND c.id <= s.shared ORDER BY c.id LIMIT 1) c)
    )
    SELECT NULL::uuid, n::int, NULL::timestamptz FROM size
    UNION ALL
    SELECT f.id, f.rank, f.updated_at FROM (
        SELECT w.id, w.updated_at, CASE
            WHEN w.name_key = needle THEN 1
            WHEN starts_with(w.name_key, needle) THEN 2
            WHEN starts_with(w.given_key, needle) THEN 3
            WHEN starts_with(w.initials, spelt) THEN 4
            WHEN starts_with(w.pinyin, spelt) THEN 5
            ELSE {CONTAINED} END AS rank
        FROM walked w
    ) f WHERE f.rank IS NOT NULL
"""


def identified(how: str, kind: str) -> str:
    return f"""(SELECT i.customer_id, '{how}' FROM customers_identifier i WHERE i.tenant_id = {TENANT}
        AND i.kind = '{kind}' AND i.digest >= {how} AND i.digest <= {how} ORDER BY i.digest LIMIT 200)"""


IDENTIFIED = " UNION ALL ".join(
    [
        identified("phone", "phone"),
        identified("email", "email"),
        identified("card", "card"),
        f"""(SELECT r.customer_id, 'reference' FROM customers_source s, LATERAL (
            SELECT r.customer_id FROM customers_sourcerecord r WHERE r.tenant_id = {TENANT} AND r.source_id = s.id
            AND r.external_id >= reference AND r.external_id <= reference ORDER BY r.external_id LIMIT 1) r
            WHERE s.tenant_id = {TENANT} LIMIT 200)""",
        f"""(SELECT i.customer_id, 'tail' FROM customers_identifier i WHERE i.tenant_id = {TENANT}
            AND i.tail >= tail_digest AND i.tail <= tail_digest ORDER BY i.tail LIMIT 1000)""",
    ]
)
FOUND = "TABLE (id uuid, rank int, at timestamptz)"
PATTERNS = "pattern text, spelt_pattern text"


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_stewards")]

    operations = [
        migrations.RunSQL(former.Migration.operations[1].reverse_sql, former.Migration.operations[1].sql),
        migrations.RemoveIndex("customer", "customer_name_parts"),
        migrations.RemoveIndex("customer", "customer_pinyin_parts"),
        migrations.AddIndex(
            "customer",
            GinIndex(
                OpClass(Func(F("tenant"), template="ARRAY[%(expressions)s]"), "array_ops"),
                OpClass(F("name_key"), "gin_trgm_ops"),
                OpClass(F("pinyin"), "gin_trgm_ops"),
                name="customer_parts",
                # What was added lately is read whole by every search until it is filed: 4 MB of it cost 11 ms.
                gin_pending_list_limit=128,
            ),
        ),
        definer_function(
            "customers_identified(phone bytea, email bytea, card bytea, reference text, tail_digest bytea)",
            "TABLE (id uuid, how text)",
            IDENTIFIED,
        ),
        planned("customers_identified", *ORDERED),
        definer_function(f"customers_begun(needle text, spelt text, most int, {SCOPE})", FOUND, BEGUN),
        planned("customers_begun", *ORDERED),
        definer_function(f"customers_latest({PATTERNS}, most int, {SCOPE})", FOUND, LATEST),
        planned("customers_latest", *ORDERED),
        definer_function(f"customers_containing({PATTERNS}, most int, {SCOPE})", FOUND, CONTAINING),
        planned("customers_containing", *INVERTED),
        definer_function(f"customers_within(needle text, spelt text, {PATTERNS}, walk int, {SCOPE})", FOUND, WITHIN),
        planned("customers_within", *ORDERED),
    ]
