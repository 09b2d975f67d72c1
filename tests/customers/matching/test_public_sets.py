"""How well the public sets are told apart without labels. Their truth is read for the figures alone."""

import pytest

from bench import linkage
from customers.matching import bars, priors, training
from customers.matching.bars import Bars
from customers.matching.model import Model
from tests.customers.matching import planted


def reviewed(name: str, make) -> tuple[linkage.Figures, linkage.Figures, Bars]:
    """Of the clusters joined without asking, of those that the queue of review would make, and the bars."""
    records = planted.known(name)
    con = linkage.opened(records)
    model: Model = make(con)
    linkage.scored(con, model)
    chosen = bars.choose(con, model)
    edges, _vetoed = linkage.edges_of(con)
    count = len(records.contents)
    joined = linkage.figures(linkage.joined(con, count, chosen.auto), records)
    return joined, linkage.figures(bars.cluster_above(count, edges, chosen.review), records), chosen


def learned(con) -> Model:
    return training.train(con, seed=1)


@pytest.mark.parametrize("make", [learned, priors.delivered], ids=["learned", "prior"])
def test_febrl_3(make):
    joined, review, chosen = reviewed("febrl3", make)
    assert joined.precision == 1
    assert joined.recall >= 0.9
    assert review.f1 >= 0.999
    assert chosen.review <= chosen.auto


def test_historical():
    _joined, review, _bars = reviewed("historical", learned)
    assert review.f1 >= 0.9
    assert review.largest <= 40


@pytest.mark.nightly
@pytest.mark.parametrize(("make", "recall"), [(learned, 0.75), (priors.delivered, 0.72)], ids=["learned", "prior"])
def test_cn_retail(make, recall):
    joined, review, _bars = reviewed("cn_retail", make)
    assert joined.precision >= 0.9995
    assert joined.recall >= recall
    assert joined.mixing <= 0.0005 * joined.several
    assert joined.strangers == 0
    assert review.f1 >= 0.94
