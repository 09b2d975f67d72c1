"""The models that are delivered, for companies whose records are too few to learn from: what agreeing means among
Chinese and among Western persons. How rare a value is, and so the most of the evidence, is always counted in the
company's own records.

`python -m bench.matching_priors` makes the two files anew.
"""

import json
from functools import cache
from math import log2
from pathlib import Path

import duckdb

from customers.matching import comparing, training
from customers.matching.fields import FIELDS
from customers.matching.model import Model, Weight
from customers.matching.questions import Same

CHINESE, WESTERN = "chinese", "western"
FEW_RECORDS, FEW_PAIRS = 2_000, 200
TOWN = 1_000  # a shop's customers are taken from so many people at least
Rarity = dict[str, dict[str, float]]
ENOUGH_SAID = 500  # records that say something in a column, for its own share of equal pairs to count


def model_for(con: duckdb.DuckDBPyConnection, *, seed: int) -> tuple[Model, bool]:
    """The model of the records that are loaded and blocked, and whether it was learned from them: it is not where
    there are few, or few that seem to be of one person."""
    count = _records(con)
    if count >= FEW_RECORDS:
        model = training.train(con, seed=seed)
        if expected_pairs(model, count) >= FEW_PAIRS:
            return model, True
    return delivered(con), False


def expected_pairs(model: Model, count: int) -> float:
    """How many pairs of `count` records the model takes for one person's."""
    return 2**model.prior * count * (count - 1) / 2


def delivered(con: duckdb.DuckDBPyConnection) -> Model:
    """The delivered model with the own rarities of the records in `con`."""
    count = max(_records(con), TOWN)
    told = read(script_of(con))
    con.execute("CREATE TABLE IF NOT EXISTS kin (l INTEGER, r INTEGER, share DOUBLE)")
    rarity, rarest = _of_a_town(*training.frequencies(con))
    con.execute("DROP TABLE kin")
    weights = [[_weight(con, told, field, level) for level in field.levels] for field in FIELDS]
    prior, household = (log2(2 * told[name] / (count - 1)) for name in ("persons", "households"))
    return Model(prior, household, weights, rarity, rarest)


def _of_a_town(rarity: Rarity, rarest: dict[str, float]) -> tuple[Rarity, dict[str, float]]:
    """The rarities as if at least TOWN people had been asked: ten customers who all have other names do not make a
    name that two of them share a frequent one."""
    lift = {column: max(log2(TOWN) - bits, 0.0) for column, bits in rarest.items()}
    lifted = {
        column: {value: bits + lift[column] for value, bits in values.items()} for column, values in rarity.items()
    }
    return lifted, {column: bits + lift[column] for column, bits in rarest.items()}


def script_of(con: duckdb.DuckDBPyConnection) -> str:
    """Which of the models: by the names, most of which are written in letters or are not."""
    western, others = con.execute(
        "SELECT count(*) FILTER (script = 'western'), count(*) FILTER (script = '') FROM record"
        " WHERE family || given <> ''"
    ).fetchall()[0]
    return WESTERN if western > others else CHINESE


@cache
def read(name: str) -> dict:
    """`persons` and `households` are how many pairs of one there are for each record; `fields` has for each level m, h
    and u."""
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))


def _weight(con, told: dict, field, level) -> Weight:
    m, h, u = told["fields"][field.key][level.key]
    if isinstance(level.question, Same) and not (level.question.right or level.frequent):
        column = level.question.left
        if comparing.ask(con, f"SELECT count(*) FROM record WHERE {column} <> ''")[0][0] >= ENOUGH_SAID:
            same = comparing.ask(
                con,
                f"SELECT sum(n * (n - 1)) / (sum(n) * (sum(n) - 1)) FROM "
                f"(SELECT count(*) AS n FROM record WHERE {column} <> '' GROUP BY {column})",
            )[0][0]
            u = max(float(same), training.LEAST)
    return Weight(log2(m), log2(h), log2(u))


def _records(con: duckdb.DuckDBPyConnection) -> int:
    return comparing.ask(con, "SELECT count(*) FROM record")[0][0]
