"""One pair in Python has the bits that it has among many in SQL."""

from random import Random

import numpy as np
import pytest

from bench import linkage
from customers.matching import priors, training, weighing
from customers.matching.features import Features
from customers.matching.model import Model
from tests.customers.matching import planted

SAMPLE = 10_000
CLOSE = 1e-9


def compare(con, model: Model, pairs: int) -> int:
    """Asserts that both say the same of so many pairs, drawn at random; how many there were."""
    linkage.scored(con, model, least=-1e9)
    scored = con.execute("SELECT l, r, bits FROM scored ORDER BY l, r").fetchall()
    rows = [Features(*row[1:]) for row in con.execute("SELECT * FROM record ORDER BY i").fetchall()]
    drawn = Random(1).sample(scored, min(pairs, len(scored)))
    apart = [abs(sum(model.evidence(rows[left], rows[right])) - bits) for left, right, bits in drawn]
    assert max(apart) < CLOSE
    return len(drawn)


@pytest.mark.parametrize("make", [lambda con: training.train(con, seed=1), priors.delivered], ids=["learned", "prior"])
def test_both_executors_agree_on_invented_records(make):
    contents, _whose = planted.records(1200)
    none = np.zeros(len(contents), dtype=int)
    con = linkage.opened(linkage.Records(contents, none, none, "CN"))
    assert compare(con, make(con), SAMPLE) > 500


def test_both_executors_agree_on_the_historical():
    con = linkage.opened(planted.known("historical"))
    assert compare(con, priors.delivered(con), SAMPLE) == SAMPLE


@pytest.mark.nightly
def test_both_executors_agree_on_cn_retail():
    con = linkage.opened(planted.known("cn_retail"))
    assert compare(con, training.train(con, seed=1), SAMPLE) == SAMPLE


def test_within_gives_the_pairs_of_a_cluster_that_no_rule_brings_together():
    contents = [
        {"name": "王伟", "phone": "13912345670"},
        {"name": "李娜", "store": "1"},
        {"name": "王伟", "store": "2"},
    ]
    none = np.zeros(3, dtype=int)
    con = linkage.opened(linkage.Records(contents, none, none, "CN"))
    model = priors.delivered(con)
    weighing.know(con, model)
    inside = weighing.within(con, model, np.array([0, 0, 0]))
    assert sorted(zip(inside.l.tolist(), inside.r.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    rows = [Features(*row[1:]) for row in con.execute("SELECT * FROM record ORDER BY i").fetchall()]
    for left, right, bits in zip(*inside, strict=True):
        assert sum(model.evidence(rows[left], rows[right])) == pytest.approx(bits, abs=CLOSE)
