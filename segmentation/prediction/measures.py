"""How good predicted probabilities were, once it is known who bought."""

import numpy as np

from segmentation.prediction.histories import Array

BINS = 10


def auc(p: Array, bought: Array) -> float:
    """The chance that of two customers the one who bought was ranked above the one who did not; nan for one kind."""
    from scipy.stats import rankdata

    ones, zeros = int(bought.sum()), int(len(bought) - bought.sum())
    if not ones or not zeros:
        return float("nan")
    return float((rankdata(p)[bought].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def brier(p: Array, bought: Array) -> float:
    """The mean square of what was missing."""
    return float(np.mean((p - bought) ** 2))


def reliability(p: Array, bought: Array, bins: int = BINS) -> list[tuple[int, float, float]]:
    """(customers, mean probability, share who bought) of ten groups of like size, from the least likely."""
    order = np.argsort(p, kind="stable")
    groups = [part for part in np.array_split(order, bins) if len(part)]
    return [(len(part), float(p[part].mean()), float(bought[part].mean())) for part in groups]


def ece(p: Array, bought: Array, bins: int = BINS) -> float:
    """Expected calibration error: how far probability and share lie apart, over ten bins of equal width."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(place, p - bought, bins)).sum() / len(p))


def lift(p: Array, bought: Array, share: float = 0.1) -> float:
    """How many times as many of the likeliest tenth bought as of all; nan where nobody did. Ties share their place."""
    count = max(1, round(len(p) * share))
    if not bought.any():
        return float("nan")
    border = np.partition(p, len(p) - count)[len(p) - count]
    above = p > border
    at = p == border
    hits = bought[above].sum() + bought[at].mean() * (count - above.sum())
    return float(hits / count / bought.mean())


def over_actual(p: Array, bought: Array) -> float:
    """Buyers expected over buyers found; nan where nobody bought."""
    return float(p.sum() / bought.sum()) if bought.any() else float("nan")


def gini(predicted: Array, actual: Array) -> float:
    """Normalised Gini: how well `predicted` orders customers by what they turned out to be worth; 1 is perfectly."""
    perfect = _gini(actual, actual)
    return _gini(predicted, actual) / perfect if perfect > 0 else float("nan")


def _gini(by: Array, actual: Array) -> float:
    total = actual.sum()
    if not total > 0:
        return float("nan")
    groups, place = np.unique(-by, return_inverse=True)
    worth = np.bincount(place, actual, len(groups)) / total
    share = np.bincount(place, minlength=len(groups)) / len(by)
    below = np.concatenate([[0.0], np.cumsum(worth)])
    return float((share * (below[1:] + below[:-1])).sum() - 1)
