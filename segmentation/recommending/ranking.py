"""Which goods to offer to a customer: values in, values out.

What was bought before counts by how often, newer days more: half as much for every 180 days (the decayed personal
vector of TIFU-kNN, Hu et al. 2020), times how strongly the product sells at present, which also decides between
equals. What was never bought counts by the goods bought before that it is bought together with (item-kNN by cosine),
and by how strongly it sells.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

HALF_LIFE = 180  # days
MOST_KNOWN = 40  # of the goods bought before, those that weigh most speak for new ones
PULL_POWER = 0.25
LEAST_PULL = 0.002  # of the strongest product's, for what has not been sold lately
FEWEST_TOGETHER = 3  # baskets, before two goods are said to go together

P = TypeVar("P")


class Kind(StrEnum):
    AGAIN = "again"
    WITH = "with"  # what lies in the basket
    ALIKE = "alike"
    POPULAR = "popular"


class Neighbour(NamedTuple, Generic[P]):
    other: P
    similarity: float
    confidence: float
    together: int


class Ranked(NamedTuple, Generic[P]):
    """`because` is the product it goes with, None where there is none."""

    product: P
    kind: Kind
    because: P | None = None


def again(weights: Mapping[P, float], shares: Mapping[P, float], *, n: int) -> list[P]:
    """Of the goods bought before, the `n` likeliest to be bought again.

    `weights` are their decayed days of purchase, `shares` how strongly they sell, 1 for the strongest product.
    """

    def score(product: P) -> float:
        return weights[product] * (shares.get(product, 0.0) + LEAST_PULL) ** PULL_POWER

    return sorted(weights, key=score, reverse=True)[:n]


def speaking(weights: Mapping[P, float]) -> list[P]:
    """The goods bought before whose neighbours are asked for."""
    return sorted(weights, key=weights.__getitem__, reverse=True)[:MOST_KNOWN]


def new(
    weights: Mapping[P, float],
    neighbours: Mapping[P, Sequence[Neighbour[P]]],
    popular: Sequence[tuple[P, float]],
    shares: Mapping[P, float],
    *,
    n: int,
    crowd: float,
    without: Collection[P] = (),
) -> list[Ranked[P]]:
    """The `n` best of the goods never bought before.

    `neighbours` are those of the `speaking` goods, `popular` the strongest products with their shares, `crowd` how much
    a share counts beside the best neighbour's similarity. `without` are not offered.
    """
    scores: dict[P, float] = {}
    get = scores.get
    for product, found in neighbours.items():
        weight = weights[product]
        for other, similarity, _confidence, _together in found:
            scores[other] = get(other, 0.0) + weight * similarity
    for product in scores.keys() & weights.keys():
        del scores[product]
    for product in without:
        scores.pop(product, None)
    most = max(scores.values(), default=0.0) or 1.0
    total = {product: score / most + crowd * shares.get(product, 0.0) for product, score in scores.items()}
    unknown = (one for one in popular if one[0] not in total and one[0] not in weights and one[0] not in without)
    for product, share in islice(unknown, n):
        total[product] = crowd * share
    best = sorted(total, key=total.__getitem__, reverse=True)[:n]
    because = _because(frozenset(best), weights, neighbours)
    return [Ranked(one, Kind.ALIKE if one in because else Kind.POPULAR, because.get(one)) for one in best]


def _because(
    chosen: frozenset[P], weights: Mapping[P, float], neighbours: Mapping[P, Sequence[Neighbour[P]]]
) -> dict[P, P]:
    """Of each that was chosen, which of the goods bought before says it loudest."""
    loudest: dict[P, tuple[float, P]] = {}
    for product, found in neighbours.items():
        for one in found:
            if one[0] in chosen:
                said = weights[product] * one[1]
                if one[0] not in loudest or loudest[one[0]][0] < said:
                    loudest[one[0]] = (said, product)
    return {one: product for one, (_said, product) in loudest.items()}


def going_with(
    neighbours: Mapping[P, Sequence[Neighbour[P]]], *, n: int, without: Collection[P] = ()
) -> list[Ranked[P]]:
    """What is bought with the goods of a basket, the surest first: the share of baskets with the one that had the
    other."""
    best: dict[P, tuple[float, P]] = {}
    for product, found in neighbours.items():
        for one in found:
            if one.together >= FEWEST_TOGETHER and one.other not in neighbours and one.other not in without:
                best[one.other] = max(best.get(one.other, (0.0, product)), (one.confidence, product), key=_surest)
    surest = sorted(best, key=lambda product: best[product][0], reverse=True)[:n]
    return [Ranked(product, Kind.WITH, best[product][1]) for product in surest]


def _surest(one: tuple[float, P]) -> float:
    return one[0]
