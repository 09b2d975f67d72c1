"""Which goods to offer to a customer: values in, values out.

What was bought before counts by how often, newer days more: half as much for every 180 days (the decayed personal
vector of TIFU-kNN, Hu et al. 2020), times how strongly the product sells at present, which also decides between
equals. What was never bought counts by the goods bought before that it is bought together with (item-kNN by cosine),
and by how strongly it sells.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

HALF_LIFE = 180  # days
MOST_KNOWN = 40  # of the goods bought before, those that weigh most speak for new ones
MOST_NEAR = 100
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


def near(
    weights: Mapping[P, float], neighbours: Mapping[P, Sequence[Neighbour[P]]], *, without: Collection[P] = ()
) -> dict[P, float]:
    """Up to 100 goods never bought before that are most like those bought, each from 0 to 1 for the nearest.

    `neighbours` are those of the `speaking` goods; `without` are left out.
    """
    scores: dict[P, float] = {}
    get = scores.get
    for product, found in neighbours.items():
        weight = weights[product]
        for other, similarity, _confidence, _together in found:
            scores[other] = get(other, 0.0) + weight * similarity
    for product in (*(scores.keys() & weights.keys()), *without):
        scores.pop(product, None)
    nearest = sorted(scores, key=scores.__getitem__, reverse=True)[:MOST_NEAR]
    most = scores[nearest[0]] if nearest else 1.0
    return {product: scores[product] / most for product in nearest}


def new(
    nearest: Mapping[P, float], popular: Sequence[tuple[P, float]], shares: Mapping[P, float], *, n: int, crowd: float
) -> list[P]:
    """The `n` best of goods never bought before: of the `nearest`, and of the most `popular` with their shares.

    `crowd` is how much a share counts beside the nearness.
    """
    total = {product: score + crowd * shares.get(product, 0.0) for product, score in nearest.items()}
    for product, share in popular:
        total.setdefault(product, crowd * share)
    return sorted(total, key=total.__getitem__, reverse=True)[:n]


def because(
    chosen: Collection[P], weights: Mapping[P, float], neighbours: Mapping[P, Sequence[Neighbour[P]]]
) -> list[Ranked[P]]:
    """Each that was chosen with that of the goods bought before which says it loudest."""
    loudest: dict[P, tuple[float, P]] = {}
    wanted = frozenset(chosen)
    for product, found in neighbours.items():
        for one in found:
            if one[0] in wanted:
                said = weights[product] * one[1]
                if one[0] not in loudest or loudest[one[0]][0] < said:
                    loudest[one[0]] = (said, product)
    return [Ranked(one, Kind.ALIKE, loudest[one][1]) if one in loudest else Ranked(one, Kind.POPULAR) for one in chosen]


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
