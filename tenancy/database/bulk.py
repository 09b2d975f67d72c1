"""Many rows at once: COPY into a temporary table that lives for the transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def stage(table: str, columns: str, rows: Iterable[Sequence]) -> None:
    """Fill the temporary `table` with `rows`; `columns` are its SQL columns in their order.

    COPY goes around row-level security and is refused on tenant tables, so rows wait here and are upserted
    from here. Nothing of it is logged or outlives the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DELETE ROWS")
        cursor.execute(f"DELETE FROM {table}")
        count = 0
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            lines = []
            for row in rows:
                lines.append("\t".join(map(_cell, row)))
                count += 1
                if len(lines) == 2000:
                    copy.write("\n".join(lines) + "\n")
                    lines.clear()
            if lines:
                copy.write("\n".join(lines) + "\n")
        if count > 100:
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


def _cell(value) -> str:
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value)


def fetch(sql: str, parameters=None) -> list[tuple]:
    """The rows that a statement of ours returns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []
