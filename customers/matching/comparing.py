"""Which records are compared and how they agree, of all records at once: in DuckDB, in this process's memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from customers.matching.features import BETWEEN, Features
from customers.matching.fields import FIELDS, MOST_IN_BLOCK, RULES, Field

COLUMNS = Features._fields
FREQUENT = sorted({level.frequent for field in FIELDS for level in field.levels if level.frequent})
PORTION = 122_880  # records loaded at once: what DuckDB keeps together
AT_ONCE = 800_000  # pairs
THREADS = 2


def connect(memory: str = "700MB") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    con.execute(f"SET threads = {THREADS}; SET memory_limit = '{memory}'")
    con.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    return con


def load(con: duckdb.DuckDBPyConnection, portions: Iterable[Sequence[bytes]]) -> int:
    """Records, each as features.line writes it, numbered from 0 in their order. Returns how many there are."""
    con.execute(f"CREATE TABLE record (i INTEGER, {', '.join(f'{name} {_type(name)}' for name in COLUMNS)})")
    con.execute("SET threads = 1")  # two only hinder each other
    count, gathered = 0, []
    for portion in portions:
        gathered += portion
        if len(gathered) >= PORTION:
            count += _insert(con, count, gathered)
            gathered = []
    count += _insert(con, count, gathered)
    con.execute(f"SET threads = {THREADS}")
    return count


def _type(name: str) -> str:
    return "INTEGER" if name == "birth_ordinal" else "VARCHAR"


def _insert(con, count: int, lines: list[bytes]) -> int:
    numbers = np.arange(count, count + len(lines), dtype=np.int32)
    con.register("given", pa.table({"i": numbers, "line": pa.array(lines, pa.binary()).cast(pa.string())}))
    columns = ", ".join(f"said[{place}]::{_type(name)}" for place, name in enumerate(COLUMNS, 1))
    con.execute(
        f"INSERT INTO record SELECT i, {columns} FROM (SELECT i, string_split(line, '{BETWEEN}') AS said FROM given)"
    )
    con.unregister("given")
    return len(lines)


def put(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Sequence]) -> None:
    """Put the columns into the table, which is made where there is none."""
    con.register("given", pa.table({name: pa.array(values) for name, values in columns.items()}))
    known = ask(con, f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{table}'")[0][0]
    con.execute(f"INSERT INTO {table} SELECT * FROM given" if known else f"CREATE TABLE {table} AS SELECT * FROM given")
    con.unregister("given")


def ask(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return con.execute(sql).fetchall()


def block(con: duckdb.DuckDBPyConnection) -> int:
    """Table `pair`: the pairs to compare, which are those that a rule brings together, with the level of each field.
    Returns how many."""
    con.execute("CREATE TABLE met (code BIGINT)")
    kinds = ask(con, "SELECT count(DISTINCT kind) FROM record")[0][0]
    for rule in RULES:
        _meet(con, rule if kinds < 2 else ("kind", *rule))
    _begin(con, "pair")
    for begin, end in parts(con, "met"):
        within = f"code >= {begin << 32} AND code < {end << 32}"
        codes = np.unique(con.execute(f"SELECT code FROM met WHERE {within}").fetchnumpy()["code"])
        _compare(con, codes >> 32, codes & ((1 << 32) - 1), begin, end, "pair")
    con.execute("DROP TABLE met")
    return ask(con, "SELECT count(*) FROM pair")[0][0]


def _meet(con: duckdb.DuckDBPyConnection, rule: Sequence[str]) -> None:
    said = " AND ".join(f"{name} <> ''" for name in rule)
    con.execute(
        f"""CREATE TEMP TABLE keyed AS
            WITH every AS (SELECT i, hash({", ".join(rule)}) AS key FROM record WHERE {said})
            SELECT i, key FROM every WHERE key IN (
                SELECT key FROM every GROUP BY key HAVING count(*) BETWEEN 2 AND {MOST_IN_BLOCK})"""
    )
    con.execute(
        """INSERT INTO met SELECT (a.i::BIGINT << 32) | b.i FROM keyed a JOIN keyed b ON a.key = b.key AND a.i < b.i"""
    )
    con.execute("DROP TABLE keyed")


def parts(con: duckdb.DuckDBPyConnection, pairs: str) -> Iterator[tuple[int, int]]:
    """The records' numbers in ranges, so that to each belong about AT_ONCE pairs by their left one: a join of all pairs
    with all that is said of them does not fit into memory."""
    records, count = (ask(con, f"SELECT count(*) FROM {table}")[0][0] for table in ("record", pairs))
    step = max(1, records * AT_ONCE // max(count, 1))
    for begin in range(0, records, step):
        yield begin, begin + step


def compare(con: duckdb.DuckDBPyConnection, pairs: str, into: str) -> None:
    """Table `into`: the pairs (l, r) with the level of each field."""
    _begin(con, into)
    for begin, end in parts(con, pairs):
        part = con.execute(f"SELECT l, r FROM {pairs} WHERE l >= {begin} AND l < {end}").fetchnumpy()
        _compare(con, part["l"], part["r"], begin, end, into)


def _begin(con, into: str) -> None:
    levels = ", ".join(f"{field.key} TINYINT" for field in FIELDS)
    con.execute(f"CREATE OR REPLACE TABLE {into} (l INTEGER, r INTEGER, {levels})")


def _compare(con, l: np.ndarray, r: np.ndarray, begin: int, end: int, into: str) -> None:  # noqa: E741
    """Pairs whose left ones are in the range."""
    put(con, "part", {"l": l.astype(np.int32), "r": r.astype(np.int32)})
    con.execute(
        f"""INSERT INTO {into} SELECT p.l, p.r, {LEVELS} FROM part p
            JOIN (SELECT * FROM record WHERE i >= {begin} AND i < {end}) a ON a.i = p.l
            JOIN record b ON b.i = p.r"""
    )
    con.execute("DROP TABLE part")


def level_sql(field: Field) -> str:
    tests = [f"WHEN {field.unsaid.sql()} THEN -1"]
    tests += [f"WHEN {level.question.sql()} THEN {place}" for place, level in enumerate(field.levels[:-1])]
    return f"(CASE {' '.join(tests)} ELSE {len(field.levels) - 1} END)::TINYINT"


LEVELS = ", ".join(f"{level_sql(field)} AS {field.key}" for field in FIELDS)


def patterns(con: duckdb.DuckDBPyConnection, pairs: str = "pair") -> list[tuple]:
    """(level of each field …, how many pairs)."""
    if pairs != "pair":
        compare(con, pairs, "compared")
    names = ", ".join(field.key for field in FIELDS)
    table = "pair" if pairs == "pair" else "compared"
    found = con.execute(f"SELECT {names}, count(*) FROM {table} GROUP BY {names} ORDER BY ALL").fetchall()
    con.execute("DROP TABLE IF EXISTS compared")
    return found
