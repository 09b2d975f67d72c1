"""From how many bits on a pair is shown to a person, and from how many it is joined without being asked. The model's
own probabilities say what to expect, put right by what people have decided.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

import duckdb
import numpy as np

from customers.matching import comparing, weighing
from customers.matching.clusters import Edges, components
from customers.matching.fields import veto_sql
from customers.matching.model import Model

PRECISION, LEAST_AUTO = 0.9995, 7.0
LEANING = 2.0
LEAST, STEP = 0.0, 0.5
MOST = 40  # records that pairs to be reviewed may chain together


class Bars(NamedTuple):
    review: float
    auto: float


def probabilities(bits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp2(-np.clip(bits, -500, 500)))


def leaning(bits: np.ndarray, same: np.ndarray) -> float:
    """By how many bits the decisions on pairs (`same`: 1 or 0) say that the model is too low; 0 where there are none.

    The most likely shift of all bits, where a shift of LEANING counts as one standard deviation before anything is
    known. It keeps on this side of 4 of them.
    """
    shift = 0.0
    for _round in range(50):
        expected = probabilities(bits + shift)
        slope = np.log(2) * (same - expected).sum() - shift / LEANING**2
        curve = np.log(2) ** 2 * (expected * (1 - expected)).sum() + 1 / LEANING**2
        shift = float(np.clip(shift + np.clip(slope / curve, -1, 1), -4 * LEANING, 4 * LEANING))
    return shift


def calibrated(
    con: duckdb.DuckDBPyConnection, model: Model, labels: Collection[tuple[int, int, int]] = ()
) -> tuple[Model, dict]:
    """The model with its bars, and what is to be expected of the pairs in table `scored`. `labels` are decisions: left,
    right, 1 for the same."""
    found = con.execute(f"SELECT l, r, bits, ({veto_sql()}) AS vetoed FROM scored").fetchnumpy()
    decided = {(int(left), int(right)): float(same) for left, right, same in labels}
    pairs = zip(found["l"].tolist(), found["r"].tolist(), strict=True) if decided else ()
    same = np.array([decided.get(pair, -1.0) for pair in pairs])
    known = np.flatnonzero(same >= 0)
    shift = leaning(found["bits"][known], same[known]) if len(known) else 0.0
    chosen = choose(con, model, shift=shift)
    likely = probabilities(found["bits"] + shift)
    joined = (found["bits"] >= chosen.auto) & ~found["vetoed"].astype(bool)
    metrics = {
        "labels": len(known),
        "shift": round(shift, 3),
        "expected_precision": float(likely[joined].mean()) if joined.any() else None,
        "expected_recall": float(likely[joined].sum() / likely.sum()) if len(likely) else None,
    }
    return replace(model, auto=chosen.auto, review=chosen.review), metrics


def choose(con: duckdb.DuckDBPyConnection, model: Model, *, shift: float = 0.0) -> Bars:
    """The bars for the pairs in table `scored`, which holds those of at least LEAST bits; `shift` as of leaning."""
    found = con.execute(f"SELECT l, r, bits, ({veto_sql()}) AS vetoed FROM scored").fetchnumpy()
    edges = Edges(found["l"], found["r"], found["bits"] + shift)
    auto = auto_bar(edges.bits[~found["vetoed"].astype(bool)])
    count = comparing.ask(con, "SELECT count(*) FROM record")[0][0]

    def within(cluster: np.ndarray) -> Edges:
        inside = weighing.within(con, model, cluster)
        return inside._replace(bits=inside.bits + shift)

    review = review_bar(count, edges, within, highest=auto)
    return Bars(max(review - shift, LEAST), auto - shift)


def auto_bar(bits: np.ndarray) -> float:
    """The lowest bar, of those not below LEAST_AUTO, above which PRECISION is to be expected of pairs that nothing
    speaks against."""
    falling = -np.sort(-bits[bits >= LEAST_AUTO])
    if not len(falling):
        return LEAST_AUTO
    expected = np.cumsum(probabilities(falling)) / np.arange(1, len(falling) + 1)
    is_last = np.append(np.diff(falling) != 0, True)
    enough = falling[is_last & (expected >= PRECISION)]
    if not len(enough):
        return float(np.ceil(falling[0])) + 1
    return LEAST_AUTO if enough[-1] == falling[-1] else float(enough[-1])


def review_bar(count: int, edges: Edges, within, *, highest: float) -> float:
    """The bar whose clusters promise the best pair F1 of `count` records: what all pairs of a cluster say is counted,
    also those that only others chain together. `within` gives the edges of all pairs in given clusters."""
    lowest = edges.where(edges.bits >= LEAST)
    inside = within(components(count, lowest.l, lowest.r))
    likely, all_likely = probabilities(inside.bits), probabilities(edges.bits)
    best = (0.0, highest)
    for bar in (*np.arange(LEAST, highest, STEP).tolist(), highest):
        cluster = cluster_above(count, edges, bar)
        together = cluster[inside.l] == cluster[inside.r]
        right, missed = likely[together].sum(), all_likely[cluster[edges.l] != cluster[edges.r]].sum()
        best = max(best, (2 * right / max(together.sum() + right + missed, 1e-9), bar))
    return best[1]


def cluster_above(count: int, edges: Edges, bar: float) -> np.ndarray:
    """What pairs of at least so many bits chain together."""
    chain = edges.where(edges.bits >= bar)
    chain = chain.where(chained(count, chain))
    return components(count, chain.l, chain.r)


def chained(count: int, edges: Edges, most: int = MOST, *, weight: np.ndarray | None = None) -> np.ndarray:
    """Which edges may be shown for review: all but those that would chain more than `most` together, where the better
    ones come first. `weight` is how many each of the `count` stands for."""
    weight = np.ones(count, dtype=int) if weight is None else weight
    cluster = components(count, edges.l, edges.r)
    sizes = np.bincount(cluster, weights=weight, minlength=1)
    kept = sizes[cluster[edges.l]] <= most
    leader = {int(one): int(one) for one in np.flatnonzero(sizes[cluster] > most)}
    members = {one: [one] for one in leader}
    size = {one: int(weight[one]) for one in leader}
    loose = np.flatnonzero(~kept)
    for at in loose[np.lexsort((edges.r[loose], edges.l[loose], -edges.bits[loose]))].tolist():
        one, other = leader[int(edges.l[at])], leader[int(edges.r[at])]
        if one != other and size[one] + size[other] > most:
            continue
        kept[at] = True
        if one != other:
            for member in members[other]:
                leader[member] = one
            members[one] += members.pop(other)
            size[one] += size.pop(other)
    return kept
