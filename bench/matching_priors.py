"""Makes the models that are delivered: `python -m bench.matching_priors`. They learn from cn_retail (Chinese persons)
and from FEBRL 1 to 3 and historical_50k (Western persons), all of them invented or long dead; no truth is read.

What one side does not say enough of (e-mails of the historical, surnames in letters of the Chinese) is the other's.
"""

import json
from math import exp, log
from pathlib import Path

import numpy as np

from bench import linkage
from customers.matching import priors, training
from customers.matching.fields import FIELDS
from customers.matching.priors import CHINESE, WESTERN

SETS = {CHINESE: ("cn_retail",), WESTERN: ("historical", "febrl1", "febrl2", "febrl3")}
SEED = 1
ENOUGH = 100.0  # pairs of one person in which both say something
SOME = 0.1
DIGITS = 4


def main() -> None:
    learned = {name: [_learned(one) for one in sets] for name, sets in SETS.items()}
    for name, own in learned.items():
        others = [one for other, sets in learned.items() if other != name for one in sets]
        told = {
            "from": list(SETS[name]),
            "persons": _short(exp(np.mean([log(one["persons"]) for one in own]))),
            "households": _short(exp(np.mean([log(one["households"]) for one in own]))),
            "fields": {field.key: _field(field, own, others) for field in FIELDS},
        }
        path = Path(priors.__file__).with_name(f"{name}.json")
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _learned(name: str) -> dict:
    """m, h and u of each field, and how many pairs of one person say something there."""
    records = linkage.read(name)
    con = linkage.opened(records)
    model = training.train(con, seed=SEED)
    linkage.scored(con, model)
    said = ", ".join(f"coalesce(sum(1 / (1 + pow(2, -bits))) FILTER ({field.key} >= 0), 0)" for field in FIELDS)
    times = con.execute(f"SELECT {said} FROM scored").fetchall()[0]
    half = (len(records.contents) - 1) / 2
    return {
        "persons": 2**model.prior * half,
        "households": 2**model.household * half,
        "fields": {
            field.key: (np.exp2(np.array(weights)), count)
            for field, weights, count in zip(FIELDS, model.weights, times, strict=True)
        },
    }


def _field(field, own: list[dict], others: list[dict]) -> dict[str, list[float]]:
    for sets in (own, others):
        known = [one["fields"][field.key] for one in sets if one["fields"][field.key][1] >= ENOUGH]
        if known:
            mean = np.average([p for p, _count in known], axis=0, weights=[count for _p, count in known])
            return {level.key: _row(level, p) for level, p in zip(field.levels, mean, strict=True)}
    raise ValueError(f"no set says enough of {field.key}")


def _row(level, p: np.ndarray) -> list[float]:
    """m, h and u. A company may write what the sets never do, addresses that cannot be taken apart: where the value's
    own rarity stands for u, m and h are at least a part of what learning began with."""
    least = np.array([level.m, level.h, 0.0]) * (SOME if level.frequent else 0.0)
    return [_short(max(one, training.LEAST)) for one in np.maximum(p, least)]


def _short(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    django.setup()
    main()
