"""Many rows at once: COPY into a temporary table that lives for the transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from django.db import connection

TYPES = {"int": "int4", "smallint": "int2", "bigint": "int8"}  # where psycopg knows a type by another name


def stage(table: str, columns: str, rows: Iterable[Sequence], *, is_joined: bool = True) -> None:
    """Fill the temporary `table` with `rows`; `columns` are its SQL columns in their order.

    COPY goes around row-level security and is refused on tenant tables, so rows wait here and are upserted
    from here. Nothing of it is logged or outlives the transaction. Binary, since to spell and read the values as
    text takes six times as long. Rows that are joined to others want statistics, those that are only read do not.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DELETE ROWS")
        cursor.execute(f"DELETE FROM {table}")
        count = 0
        with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_types(columns))
            for row in rows:
                copy.write_row(row)
                count += 1
        if is_joined and count > 100:
            cursor.execute(f"ANALYZE {table}")


def analyze(*tables: str) -> None:
    """Renew the planner's statistics of those tables that have doubled since it was done.

    A connection keeps the plans of its foreign-key checks: those made while a table was empty read all of it,
    and go only when its statistics change. A large table that grew a little is left alone: to look at it again
    takes as long as to import thousands of rows.
    """
    grown = fetch(
        """SELECT oid::regclass::text FROM pg_class WHERE oid = ANY(%s::text[]::regclass[])
           AND pg_relation_size(oid) >= 2 * greatest(relpages, 0) * current_setting('block_size')::bigint""",
        [list(tables)],
    )
    if grown:
        fetch(f"ANALYZE {', '.join(table for (table,) in grown)}")


@lru_cache
def _types(columns: str) -> list[str]:
    """The types in "id uuid, number text"."""
    named = [column.split()[1] for column in columns.split(",")]
    return [TYPES.get(name, name) for name in named]


BY_PAGES = {
    "enable_seqscan": "off", "enable_indexscan": "off", "enable_indexonlyscan": "off", "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
}  # fmt: skip


@contextmanager
def by_pages() -> Iterator[None]:
    """Statements read those pages that hold rows of the tenant, in the order in which they lie, by several processes.
    For all rows of a large company in a table of all companies: the whole table takes longer, and the order of an index
    jumps to a page for each row."""
    fetch("; ".join(f"SET LOCAL {name} = {value}" for name, value in BY_PAGES.items()))
    yield
    fetch("; ".join(f"SET LOCAL {name} = DEFAULT" for name in BY_PAGES))


def fetch(sql: str, parameters=None) -> list[tuple]:
    """The rows that a statement of ours returns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []
