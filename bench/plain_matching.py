"""The bare thing of matching: DuckDB SQL as one writes it by hand, with a table that is loaded already. It brings the
same pairs together, asks the same questions of them, sums the same bits and finds the connected components."""

import json
import pickle
import subprocess
import sys
import tempfile
import time

from customers.matching import comparing
from customers.matching.comparing import FREQUENT, LEVELS, ask
from customers.matching.fields import FIELDS, MOST_IN_BLOCK, RULES, veto_sql
from customers.matching.full import peak_mb
from customers.matching.model import Model

MEMORY = "6GB"  # all it likes to have


def measured(lines: list[bytes], model: Model) -> dict:
    """CPU seconds, pairs and clusters, of a fresh process."""
    with tempfile.TemporaryFile() as told:
        pickle.dump((lines, model), told, protocol=5)
        told.seek(0)
        command = [sys.executable, "-m", "bench.plain_matching"]
        return json.loads(subprocess.run(command, stdin=told, stdout=subprocess.PIPE, check=True).stdout)


def main() -> None:
    lines, model = pickle.load(sys.stdin.buffer)
    con = comparing.connect(MEMORY)
    comparing.load(con, [lines])
    del lines
    begun = time.process_time()
    block(con)
    score(con, model)
    clusters = connect(con, model)
    spent = time.process_time() - begun
    compared = ask(con, "SELECT count(*) FROM pair")[0][0]
    print(json.dumps({"cpu": spent, "compared": compared, "clusters": clusters, "peak_mb": peak_mb()}))


def block(con) -> None:
    rules = [
        f"""SELECT a.i AS l, b.i AS r FROM record a JOIN record b ON a.i < b.i AND {
            " AND ".join(f"a.{name} = b.{name} AND a.{name} <> ''" for name in rule)
        }
            JOIN (SELECT {", ".join(rule)} FROM record GROUP BY ALL HAVING count(*) BETWEEN 2 AND {MOST_IN_BLOCK}) g
            ON {" AND ".join(f"a.{name} = g.{name}" for name in rule)}"""
        for rule in RULES
    ]
    con.execute(f"CREATE TABLE pair AS {' UNION '.join(rules)}")


def score(con, model: Model) -> None:
    for column in FREQUENT:
        values = model.rarity.get(column) or {"": 0.0}
        comparing.put(con, f"rarity_{column}", {"value": list(values), "bits": list(values.values())})
    rare = ", ".join(
        f"CASE WHEN {column} = '' THEN 0.0 ELSE coalesce(q_{column}.bits, {model.rarest.get(column, 0.0)!r}) END"
        f" AS rare_{column}"
        for column in FREQUENT
    )
    joins = " ".join(f"LEFT JOIN rarity_{column} q_{column} ON q_{column}.value = {column}" for column in FREQUENT)
    con.execute(f"CREATE TABLE known AS SELECT r.*, {rare} FROM record r {joins}")
    names = ", ".join(field.key for field in FIELDS)
    least = ", ".join(f"least(a.rare_{column}, b.rare_{column}) AS rare_{column}" for column in FREQUENT)
    con.execute(
        f"""CREATE TABLE scored AS
            SELECT l, r, {names}, {model.prior!r} + person - log2(1 + pow(2, {model.household!r} + household)) AS bits
            FROM (
                SELECT l, r, {names}, {_sum(model, "person")} AS person, {_sum(model, "household")} AS household
                FROM (SELECT l, r, {LEVELS}, {least} FROM pair JOIN known a ON a.i = l JOIN known b ON b.i = r)
            ) WHERE bits >= {model.review!r}"""
    )


def _sum(model: Model, kind: str) -> str:
    sums = []
    for field, weights in zip(FIELDS, model.weights, strict=True):
        cases = []
        for place, (level, weight) in enumerate(zip(field.levels, weights, strict=True)):
            value = getattr(weight, kind)
            bits = f"{value!r} + rare_{level.frequent}" if level.frequent else repr(value - weight.stranger)
            cases.append(f"WHEN {place} THEN {bits}")
        sums.append(f"CASE {field.key} {' '.join(cases)} ELSE 0.0 END")
    return " + ".join(sums)


def connect(con, model: Model) -> int:
    """How many clusters there are: each record takes the smallest number of its neighbours until none changes."""
    con.execute(
        f"""CREATE TABLE edge AS SELECT l AS one, r AS other FROM scored
            WHERE bits >= {model.auto!r} AND NOT ({veto_sql()})"""
    )
    con.execute("INSERT INTO edge SELECT other, one FROM edge")
    con.execute("CREATE TABLE label AS SELECT DISTINCT one AS i, one AS c FROM edge")
    while True:
        con.execute(
            """CREATE OR REPLACE TABLE next AS SELECT e.one AS i, least(any_value(own.c), min(n.c)) AS c
               FROM edge e JOIN label n ON n.i = e.other JOIN label own ON own.i = e.one GROUP BY e.one"""
        )
        changed = ask(con, "SELECT count(*) FROM next JOIN label USING (i) WHERE next.c <> label.c")[0][0]
        con.execute("CREATE OR REPLACE TABLE label AS SELECT * FROM next")
        if not changed:
            break
    return ask(con, "SELECT (SELECT count(*) FROM record) - count(*) + count(DISTINCT c) FROM label")[0][0]


if __name__ == "__main__":
    main()
