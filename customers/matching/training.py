"""Learning the model from the company's own records, without labels: expectation–maximisation over three kinds of
pairs.

Pairs that no rule brings together count as strangers'. How often strangers agree is counted: exactly where agreeing is
being equal, else on pairs drawn at random.
"""

from math import log2

import duckdb
import numpy as np

from customers.matching import comparing, weighing
from customers.matching.comparing import FREQUENT, ask, put
from customers.matching.fields import FIELDS
from customers.matching.model import Model, Weight
from customers.matching.questions import Same

DRAWN = 500_000
ROUNDS, ENOUGH = 500, 1e-7
AGAIN, UNLIKELY = 1, -6.0  # learned so often more, with pairs above so many bits told apart from strangers
LEAST = 1e-7  # no level is impossible
COUNTED_AS = 20.0  # what is delivered counts as so many pairs, so that few records do not teach nonsense

Probabilities = list[np.ndarray]


def train(con: duckdb.DuckDBPyConnection, *, seed: int) -> Model:
    """The model of the records that are loaded and blocked in `con`."""
    con.execute("CREATE TABLE kin (l INTEGER, r INTEGER, share DOUBLE)")
    model = _learn(con, seed)
    for _again in range(AGAIN):
        _recognise(con, model)
        model = _learn(con, seed)
    con.execute("DROP TABLE kin")
    return model


def _recognise(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """How likely the pairs are one person's: what they share is not shared by chance."""
    weighing.know(con, model)
    weighing.score(con, model, least=UNLIKELY)
    con.execute("DELETE FROM kin")
    con.execute("INSERT INTO kin SELECT l, r, 1 / (1 + pow(2, -bits)) FROM scored")
    con.execute("DROP TABLE scored; DROP TABLE known")


def _learn(con: duckdb.DuckDBPyConnection, seed: int) -> Model:
    count = ask(con, "SELECT count(*) FROM record")[0][0]
    counted = np.array(comparing.patterns(con), dtype=np.int64).reshape(-1, len(FIELDS) + 1)
    u = strangers(con, seed=seed)
    m, h = ([np.array([getattr(level, kind) for level in field.levels]) for field in FIELDS] for kind in "mh")
    m, h, shares = maximise(counted[:, :-1], counted[:, -1].astype(float), count * (count - 1) / 2, m, h, u)
    rarity, rarest = frequencies(con)
    weights = [
        [
            Weight(*(log2(max(p[level], LEAST)) for p in (m[place], h[place], u[place])))
            for level in range(len(m[place]))
        ]
        for place in range(len(FIELDS))
    ]
    return Model(log2(shares[0] / shares[2]), log2(shares[1] / shares[2]), weights, rarity, rarest)


def strangers(con: duckdb.DuckDBPyConnection, *, seed: int) -> Probabilities:
    """How often the levels hold of two records picked at random that both say something."""
    count = ask(con, "SELECT count(*) FROM record")[0][0]
    drawn = np.random.default_rng(seed).integers(0, max(count, 1), size=(2, DRAWN if count > 2000 else 200_000))
    table = {"l": drawn[0][drawn[0] != drawn[1]].astype(np.int32), "r": drawn[1][drawn[0] != drawn[1]].astype(np.int32)}
    con.execute("DROP TABLE IF EXISTS drawn")
    put(con, "drawn", table)
    counted = np.array(comparing.patterns(con, "drawn"), dtype=np.int64).reshape(-1, len(FIELDS) + 1)
    found = []
    for place, field in enumerate(FIELDS):
        said = counted[counted[:, place] >= 0]
        times = np.bincount(said[:, place], weights=said[:, -1], minlength=len(field.levels))
        p = (times + 0.5) / (times.sum() + 0.5 * len(times))
        for at, level in enumerate(field.levels):
            if isinstance(level.question, Same) and not level.question.right:
                p[at] = max(_equal(con, level.question.left), LEAST)
        p[-1] = max(1 - p[:-1].sum(), LEAST)
        found.append(p)
    return found


def _equal(con: duckdb.DuckDBPyConnection, column: str) -> float:
    """How often two records of different people that both fill the column have the same there."""
    same, said = con.execute(
        f"SELECT coalesce(sum(n * strange), 0), coalesce(sum(n), 0) FROM ({_counted(column)})"
    ).fetchall()[0]
    return float(same) / (float(said) * (float(said) - 1)) if said > 1 else 0.0


def _counted(column: str) -> str:
    """Value, how many records have it, and how many of the others with it are, on the average, another person's."""
    return f"""
        SELECT c.value, n, greatest(n - 1 - 2 * coalesce(shared, 0) / n, 0) AS strange
        FROM (SELECT {column} AS value, count(*) AS n FROM record WHERE {column} <> '' GROUP BY 1) c
        LEFT JOIN (SELECT a.{column} AS value, sum(share) AS shared FROM kin
                   JOIN record a ON a.i = kin.l JOIN record b ON b.i = kin.r
                   WHERE a.{column} = b.{column} AND a.{column} <> '' GROUP BY 1) k ON k.value = c.value"""


def frequencies(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Column → value → bits, of values that are not rare; and column → bits of those that are."""
    rarity, rarest = {}, {}
    for column in FREQUENT:
        said = ask(con, f"SELECT count(*) FROM record WHERE {column} <> ''")[0][0]
        rows = ask(con, f"SELECT value, strange FROM ({_counted(column)}) WHERE strange > 1")
        rarity[column] = {value: log2(said / strange) for value, strange in rows}
        rarest[column] = log2(max(said, 1))
    return rarity, rarest


def maximise(
    levels: np.ndarray, times: np.ndarray, pairs: float, m: Probabilities, h: Probabilities, u: Probabilities
) -> tuple[Probabilities, Probabilities, np.ndarray]:
    """m, h and the shares of the three kinds in all pairs. `levels` has a row for each pattern (−1: unsaid), `times`
    says how many of the blocked pairs show it."""
    shares = np.array([1e-5, 1e-5, 1.0])
    began = m, h
    for _round in range(ROUNDS):
        kinds = np.stack([np.log(share) + _log(levels, p) for share, p in zip(shares, (m, h, u), strict=True)])
        odds = np.exp(kinds - kinds.max(axis=0))
        belong = odds / odds.sum(axis=0) * times
        m, h = (_shares(levels, belong[kind], began[kind]) for kind in (0, 1))
        h = [first if field.personal else one for field, first, one in zip(FIELDS, began[1], h, strict=True)]
        now = np.array([belong[0].sum(), belong[1].sum(), 0.0]).clip(1.0) / pairs
        now[2] = 1 - now[:2].sum()
        moved, shares = np.abs(now / shares - 1).max(), now
        if moved < ENOUGH:
            break
    return m, h, shares


def _log(levels: np.ndarray, p: Probabilities) -> np.ndarray:
    total = np.zeros(len(levels))
    for place, one in enumerate(p):
        total += np.append(np.log(np.maximum(one, LEAST)), 0.0)[levels[:, place]]
    return total


def _shares(levels: np.ndarray, belong: np.ndarray, began: Probabilities) -> Probabilities:
    found = []
    for place, first in enumerate(began):
        said = levels[:, place] >= 0
        counted = np.bincount(levels[said, place], weights=belong[said], minlength=len(first))
        counted = counted + COUNTED_AS * first / first.sum()
        found.append(counted / counted.sum())
    return found
