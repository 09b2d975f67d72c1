"""The bits of all pairs, and which customers contradict each other: the model in SQL."""

import duckdb
import numpy as np

from customers.matching.clusters import Edges
from customers.matching.comparing import FREQUENT, ask, compare, parts, put
from customers.matching.fields import FIELDS, contradiction_sql
from customers.matching.model import Model

MARGIN = 1e-6  # of arithmetic
NAMES = ", ".join(field.key for field in FIELDS)
RARE = ", ".join(f"least(a.rare_{column}, b.rare_{column}) AS rare_{column}" for column in FREQUENT)


def know(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Table `known`: how rare the values of each record are."""
    columns, joins = [], []
    for column in FREQUENT:
        values = model.rarity.get(column) or {"": 0.0}
        con.execute(f"DROP TABLE IF EXISTS rarity_{column}")
        put(con, f"rarity_{column}", {"value": list(values), "bits": list(values.values())})
        rare = f"coalesce(q_{column}.bits, {model.rarest.get(column, 0.0)!r})"
        columns.append(f"CASE WHEN r.{column} = '' THEN 0.0 ELSE {rare} END AS rare_{column}")
        joins.append(f"LEFT JOIN rarity_{column} q_{column} ON q_{column}.value = r.{column}")
    con.execute(f"CREATE OR REPLACE TABLE known AS SELECT r.i, {', '.join(columns)} FROM record r {' '.join(joins)}")


def score(con: duckdb.DuckDBPyConnection, model: Model, *, least: float) -> int:
    """Table `scored` (l, r, the level of each field, bits) of the pairs with at least so many bits; how many."""
    _score(con, model, "pair", "scored", least)
    return ask(con, "SELECT count(*) FROM scored")[0][0]


def within(con: duckdb.DuckDBPyConnection, model: Model, cluster: np.ndarray) -> Edges:
    """The bits of all pairs that a cluster holds, also of those that no rule brings together."""
    con.execute("DROP TABLE IF EXISTS placed")
    put(con, "placed", {"i": np.arange(len(cluster), dtype=np.int32), "g": cluster})
    con.execute(
        """CREATE OR REPLACE TEMP TABLE inside AS
           SELECT a.i AS l, b.i AS r FROM placed a JOIN placed b ON a.g = b.g AND a.i < b.i"""
    )
    compare(con, "inside", "inside_compared")
    _score(con, model, "inside_compared", "inside_scored", -np.inf)
    found = con.execute("SELECT l, r, bits FROM inside_scored").fetchnumpy()
    con.execute("DROP TABLE inside; DROP TABLE inside_compared; DROP TABLE inside_scored")
    return Edges(**found)


def _score(con: duckdb.DuckDBPyConnection, model: Model, pairs: str, into: str, least: float) -> None:
    """Table `into`: the pairs of a table that has their levels, with their bits."""
    levels = ", ".join(f"{field.key} TINYINT" for field in FIELDS)
    con.execute(f"CREATE OR REPLACE TABLE {into} (l INTEGER, r INTEGER, {levels}, bits DOUBLE)")
    likely, enough = "", ""
    if np.isfinite(least):
        likely, enough = f"AND {_most(model)} >= {least - MARGIN!r}", f"WHERE bits >= {least!r}"
    for begin, end in parts(con, pairs):
        con.execute(
            f"""INSERT INTO {into}
                SELECT l, r, {NAMES},
                    {model.prior!r} + person - log2(1 + pow(2, {model.household!r} + household)) AS bits
                FROM (
                    SELECT l, r, {NAMES}, {_sum(model, "person")} AS person, {_sum(model, "household")} AS household
                    FROM (SELECT p.l, p.r, {NAMES}, {RARE}
                          FROM (SELECT * FROM {pairs} WHERE l >= {begin} AND l < {end} {likely}) p
                          JOIN (SELECT * FROM known WHERE i >= {begin} AND i < {end}) a ON a.i = p.l
                          JOIN known b ON b.i = p.r)
                ) {enough}"""
        )


def _most(model: Model) -> str:
    """More bits than a pair of such levels can have, however rare its values are."""
    cases = []
    for field, weights in zip(FIELDS, model.weights, strict=True):
        most = []
        for level, weight in zip(field.levels, weights, strict=True):
            rare = max([0.0, model.rarest.get(level.frequent, 0.0), *model.rarity.get(level.frequent, {}).values()])
            most.append(weight.person + (rare if level.frequent else -weight.stranger))
        whens = " ".join(f"WHEN {place} THEN {bits!r}" for place, bits in enumerate(most))
        cases.append(f"CASE {field.key} {whens} ELSE 0.0 END")
    return f"{model.prior!r} + {' + '.join(cases)}"


def evidence_sql(model: Model, pairs: str) -> str:
    """Of each pair of a table that comparing.compare made: l, r, bits, the level of each field by its key, and what
    Model.evidence gives: `prior`, the bits of each field as w_<key>, `w_household`."""
    household = f"{model.household!r} + {_sum(model, 'household')}"
    terms = zip(FIELDS, _terms(model, "person"), strict=True)
    return f"""
        SELECT *, prior + {" + ".join(f"w_{field.key}" for field in FIELDS)} + w_household AS bits FROM (
            SELECT l, r, {NAMES}, {model.prior!r}::DOUBLE AS prior,
                {", ".join(f"{term} AS w_{field.key}" for field, term in terms)},
                -log2(1 + pow(2, {household})) AS w_household
            FROM (SELECT p.l, p.r, {NAMES}, {RARE}
                  FROM {pairs} p JOIN known a ON a.i = p.l JOIN known b ON b.i = p.r))"""


def _sum(model: Model, kind: str) -> str:
    return " + ".join(_terms(model, kind))


def _terms(model: Model, kind: str) -> list[str]:
    """The bits of each field, "person"'s or "household"'s against a stranger's."""
    terms = []
    for field, weights in zip(FIELDS, model.weights, strict=True):
        cases = []
        for place, (level, weight) in enumerate(zip(field.levels, weights, strict=True)):
            value = getattr(weight, kind)
            rare = f"rare_{level.frequent}"
            cases.append(
                f"WHEN {place} THEN " + (f"{value!r} + {rare}" if level.frequent else repr(value - weight.stranger))
            )
        terms.append(f"CASE {field.key} {' '.join(cases)} ELSE 0.0 END")
    return terms


def contradicting(con: duckdb.DuckDBPyConnection, customer: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Pairs of customers, of shape (n, 2), that one cluster holds though their records speak against each other.
    `customer` gives the customer of each record, `cluster` the cluster of each customer."""
    con.execute("DROP TABLE IF EXISTS placed")
    put(con, "placed", {"i": np.arange(len(customer), dtype=np.int32), "c": customer, "g": cluster[customer]})
    con.execute(
        """CREATE OR REPLACE TEMP TABLE beside AS SELECT a.i AS l, b.i AS r
           FROM placed a JOIN placed b ON a.g = b.g AND a.c < b.c"""
    )
    compare(con, "beside", "compared")
    rows = con.execute(
        f"""SELECT lc, rc FROM (SELECT a.c AS lc, b.c AS rc, p.* FROM compared p
                                JOIN placed a ON a.i = p.l JOIN placed b ON b.i = p.r)
            GROUP BY lc, rc HAVING {contradiction_sql()}"""
    ).fetchnumpy()
    con.execute("DROP TABLE placed; DROP TABLE beside; DROP TABLE compared")
    return np.stack([rows["lc"], rows["rc"]], axis=1)
