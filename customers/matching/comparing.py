"""Which records are compared and how they agree, of all records at once: in DuckDB, in this process's memory."""

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pyarrow as pa

from customers.matching.features import Features
from customers.matching.fields import FIELDS, MOST_IN_BLOCK, RULES, Field

COLUMNS = Features._fields
FREQUENT = sorted({level.frequent for field in FIELDS for level in field.levels if level.frequent})
PORTION = 50_000


def connect(memory: str = "700MB") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    con.execute(f"SET threads = 2; SET memory_limit = '{memory}'")
    con.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    return con


def load(con: duckdb.DuckDBPyConnection, rows: Iterable[Sequence]) -> int:
    """Records as (number, *features); numbers begin at 0 and have no gaps. Returns how many there are."""
    con.execute(f"CREATE TABLE record (i INTEGER, {', '.join(f'{name} {_type(name)}' for name in COLUMNS)})")
    count, portion = 0, []
    for row in rows:
        portion.append(row)
        if len(portion) == PORTION:
            count += _insert(con, portion)
            portion = []
    return count + (_insert(con, portion) if portion else 0)


def _type(name: str) -> str:
    return "INTEGER" if name == "birth_ordinal" else "VARCHAR"


def _insert(con, portion: list) -> int:
    put(con, "record", dict(zip(("i", *COLUMNS), zip(*portion, strict=True), strict=True)))
    return len(portion)


def put(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Sequence]) -> None:
    """Put the columns into the table, which is made where there is none."""
    con.register("given", pa.table({name: pa.array(values) for name, values in columns.items()}))
    known = ask(con, f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{table}'")[0][0]
    con.execute(f"INSERT INTO {table} SELECT * FROM given" if known else f"CREATE TABLE {table} AS SELECT * FROM given")
    con.unregister("given")


def ask(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return con.execute(sql).fetchall()


def block(con: duckdb.DuckDBPyConnection) -> int:
    """The pairs to compare: those of one kind that a rule brings together. Returns how many."""
    con.execute("CREATE TABLE pair (l INTEGER, r INTEGER)")
    kind = ", kind" if ask(con, "SELECT count(DISTINCT kind) FROM record")[0][0] > 1 else ""
    parts = []
    for place, rule in enumerate(RULES):
        said = " AND ".join(f"{name} <> ''" for name in rule)
        con.execute(
            f"""CREATE TEMP TABLE key_{place} AS
                WITH keyed AS (SELECT i, hash({", ".join(rule)}{kind}) AS key FROM record WHERE {said})
                SELECT i, key FROM keyed WHERE key IN (
                    SELECT key FROM keyed GROUP BY key HAVING count(*) BETWEEN 2 AND {MOST_IN_BLOCK})"""
        )
        parts.append(f"SELECT a.i AS l, b.i AS r FROM key_{place} a JOIN key_{place} b ON a.key = b.key AND a.i < b.i")
    con.execute(f"INSERT INTO pair SELECT DISTINCT l, r FROM ({' UNION ALL '.join(parts)})")
    for place in range(len(RULES)):
        con.execute(f"DROP TABLE key_{place}")
    return ask(con, "SELECT count(*) FROM pair")[0][0]


def level_sql(field: Field) -> str:
    tests = [f"WHEN {field.unsaid.sql()} THEN -1"]
    tests += [f"WHEN {level.question.sql()} THEN {place}" for place, level in enumerate(field.levels[:-1])]
    return f"(CASE {' '.join(tests)} ELSE {len(field.levels) - 1} END)::TINYINT"


LEVELS = ", ".join(f"{level_sql(field)} AS {field.key}" for field in FIELDS)


def patterns(con: duckdb.DuckDBPyConnection, pairs: str = "pair") -> list[tuple]:
    """(level of each field …, how many pairs)."""
    names = ", ".join(field.key for field in FIELDS)
    return con.execute(
        f"""SELECT {names}, count(*) FROM (
                SELECT {LEVELS} FROM {pairs} p JOIN record a ON a.i = p.l JOIN record b ON b.i = p.r)
            GROUP BY {names} ORDER BY ALL"""
    ).fetchall()
