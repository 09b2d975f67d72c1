"""What a database holds, in figures by which two of them can be compared: rows and sums, table by table."""

import psycopg
from psycopg import sql

Figures = dict[str, dict]

_NUMBERS = ("smallint", "integer", "bigint", "numeric")


def figures(connection: psycopg.Connection) -> Figures:
    """Table → its rows and the sum of each column of numbers, as the connection's snapshot shows them."""
    connection.execute("SET search_path = public")
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return {name: _figures(connection, name) for (name,) in names}


def _figures(connection: psycopg.Connection, table: str) -> dict:
    columns = [
        name
        for (name,) in connection.execute(
            """SELECT column_name FROM information_schema.columns
               WHERE table_schema = 'public' AND table_name = %s AND data_type = ANY(%s) ORDER BY 1""",
            [table, list(_NUMBERS)],
        )
    ]
    sums = [sql.SQL("sum({})::text").format(sql.Identifier(column)) for column in columns]
    query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join([sql.SQL("count(*)"), *sums]), sql.Identifier(table))
    rows, *totals = connection.execute(query).fetchone()
    return {"rows": rows, "sums": dict(zip(columns, totals, strict=True))}


def differences(expected: Figures, found: Figures) -> list[str]:
    """Where two sets of figures differ, a line each."""
    lines = []
    for table in sorted(expected.keys() | found.keys()):
        before, after = expected.get(table), found.get(table)
        if before != after:
            lines.append(f"{table}: {_told(before)} in the backup, {_told(after)} restored")
    return lines


def _told(figures: dict | None) -> str:
    if figures is None:
        return "absent"
    sums = ", ".join(f"{name} {total}" for name, total in figures["sums"].items() if total)
    return f"{figures['rows']} rows" + (f" ({sums})" if sums else "")
