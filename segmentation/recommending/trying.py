"""How well the goods offered are those bought next, tried on days that have passed. For workers: it loads scipy."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from segmentation.recommending import ranking
from segmentation.recommending.neighbours import Neighbours, Pull, Purchases, neighbours, pull
from segmentation.recommending.ranking import Neighbour

CROWDS = (0.1, 0.3, 1.0, 3.0)
DEFAULT_CROWD = 0.3
MOST_TRIED = 400  # customers by whom the crowd's weight is chosen
HELD_BACK = 28  # days, of the last ones, in which they bought
N = 10


@dataclass(frozen=True)
class Case:
    """A customer known before the cut and what they bought on their first day after it."""

    customer: int
    weights: dict[int, float]
    days: dict[int, int]
    target: frozenset[int]

    @property
    def novel(self) -> frozenset[int]:
        return self.target - self.weights.keys()


class Book(NamedTuple):
    """What is known of the goods at a cut."""

    pull: Pull
    shares: dict[int, float]
    popular: list[tuple[int, float]]
    neighbours: dict[int, list[Neighbour[int]]]


class Figures(NamedTuple):
    """Means over `users`; of new goods over the `novel_users` who bought such. Recall is the share of what was bought
    that stands among the ten offered."""

    users: int
    novel_users: int
    recall10: float
    ndcg10: float
    novel_recall10: float
    popularity_recall10: float
    personal_recall10: float
    popularity_novel_recall10: float
    ms_per_customer: float
    crowd: float


def evaluate(bought: Purchases, cut: int) -> Figures:
    """Everything is learned from the days up to `cut`; nobody without a purchase before and after it counts."""
    before = bought.until(cut)
    known = cases(bought, cut)
    if not known:
        return Figures(0, 0, *(float("nan"),) * 8)
    crowd = choose_crowd(before)[0]
    book = open_book(before)
    begun = time.process_time()
    offered = [offer(case, book, crowd=crowd) for case in known]
    seconds = time.process_time() - begun
    strongest = np.lexsort((np.arange(before.products), -_days(before)))
    plain = [int(product) for product in strongest]
    place = {product: place for place, product in enumerate(plain)}
    new = [case for case in known if case.novel]
    return Figures(
        users=len(known),
        novel_users=len(new),
        recall10=_mean([recall(whole, case.target) for case, (whole, _new) in zip(known, offered, strict=True)]),
        ndcg10=_mean([ndcg(whole, case.target) for case, (whole, _new) in zip(known, offered, strict=True)]),
        novel_recall10=_mean(
            [recall(new, case.novel) for case, (_whole, new) in zip(known, offered, strict=True) if case.novel]
        ),
        popularity_recall10=_mean([recall(plain[:N], case.target) for case in known]),
        personal_recall10=_mean([recall(personal(case, plain, place), case.target) for case in known]),
        popularity_novel_recall10=_mean([recall(unknown(case, plain), case.novel) for case in new]),
        ms_per_customer=seconds * 1000 / len(known),
        crowd=crowd,
    )


def offer(case: Case, book: Book, *, crowd: float) -> tuple[list[int], list[int]]:
    """The list as a whole, and its new goods alone: what was bought before comes first, new goods fill it."""
    near = {product: book.neighbours.get(product, ()) for product in ranking.speaking(case.weights)}
    nearest = ranking.near(case.weights, near)
    popular = list(islice((one for one in book.popular if one[0] not in case.weights), N))
    new = ranking.new(nearest, popular, book.shares, n=N, crowd=crowd)
    return [*ranking.again(case.weights, book.shares, n=N), *new][:N], new


def personal(case: Case, plain: Sequence[int], place: dict[int, int]) -> list[int]:
    """By how many days it was bought on, popularity deciding between equals and filling the rest."""
    own = sorted(case.days, key=lambda product: (-case.days[product], place[product]))[:N]
    return [*own, *unknown(case, plain)][:N]


def unknown(case: Case, plain: Sequence[int]) -> list[int]:
    """The ten strongest that the customer never bought."""
    found: list[int] = []
    for product in plain:
        if product not in case.weights:
            found.append(product)
            if len(found) == N:
                break
    return found


def open_book(before: Purchases) -> Book:
    strength = pull(before)
    near: dict[int, list[Neighbour[int]]] = {}
    for product, other, together, confidence, similarity in zip(*_lists(neighbours(before)), strict=True):
        near.setdefault(product, []).append(Neighbour(other, similarity, confidence, together))
    shares = dict(enumerate(strength.share.tolist()))
    order = np.lexsort((np.arange(before.products), -strength.share)).tolist()
    return Book(strength, shares, [(product, shares[product]) for product in order], near)


def choose_crowd(before: Purchases) -> tuple[float, float | None, int]:
    """How much the crowd is to weigh, by the last weeks; with what it found there, and of how many customers.

    The customers are always the same ones for the same purchases.
    """
    if not len(before.day):
        return DEFAULT_CROWD, None, 0
    cut = before.last_day - HELD_BACK
    known = [case for case in cases(before, cut) if case.novel]
    if len(known) < 30:
        return DEFAULT_CROWD, None, len(known)
    chosen = np.random.default_rng(1).permutation(len(known))[:MOST_TRIED]
    tried = [known[i] for i in sorted(chosen)]
    book = open_book(before.until(cut))
    found = {
        crowd: _mean([recall(offer(case, book, crowd=crowd)[1], case.novel) for case in tried]) for crowd in CROWDS
    }
    best = max(CROWDS, key=lambda crowd: found[crowd])
    return best, found[best], len(tried)


def cases(bought: Purchases, cut: int) -> list[Case]:
    """The known customers who bought before the cut and after it."""
    bought = Purchases(*(column[bought.customer >= 0] for column in bought[:4]), bought.products)
    before, after = bought.day <= cut, bought.day > cut
    people = int(bought.customer.max(initial=-1)) + 1
    first = np.full(people, np.iinfo(np.int64).max)
    np.minimum.at(first, bought.customer[after], bought.day[after])
    known = np.zeros(people, bool)
    known[bought.customer[before]] = True
    wanted = after & (bought.day == first[bought.customer]) & known[bought.customer]
    targets = _grouped(bought.customer[wanted], bought.product[wanted])
    has_target = np.zeros(people, bool)
    has_target[bought.customer[wanted]] = True
    mine = before & has_target[bought.customer]
    return [
        Case(customer, *_history(products, days, cut), frozenset(targets[customer]))
        for customer, products, days in _runs(bought.customer[mine], bought.product[mine], bought.day[mine])
    ]


def _history(products: list[int], days: list[int], cut: int) -> tuple[dict[int, float], dict[int, int]]:
    weights: dict[int, float] = {}
    counts: dict[int, int] = {}
    for product, day in zip(products, days, strict=True):
        weights[product] = weights.get(product, 0.0) + 0.5 ** ((cut - day) / ranking.HALF_LIFE)
        counts[product] = counts.get(product, 0) + 1
    return weights, counts


def _runs(customer: np.ndarray, product: np.ndarray, day: np.ndarray):
    order = np.lexsort((product, day, customer))
    customer, product, day = customer[order], product[order], day[order]
    ids, begins = np.unique(customer, return_index=True)
    for i, (id, begin) in enumerate(zip(ids.tolist(), begins.tolist(), strict=True)):
        end = begins[i + 1] if i + 1 < len(begins) else len(customer)
        yield id, product[begin:end].tolist(), day[begin:end].tolist()


def _grouped(keys: np.ndarray, values: np.ndarray) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        found.setdefault(key, []).append(value)
    return found


def _days(bought: Purchases) -> np.ndarray:
    return np.bincount(bought.product[bought.customer >= 0], minlength=bought.products)


def _lists(found: Neighbours) -> list[list]:
    return [column.tolist() for column in found]


def recall(offered: Sequence[int], target: frozenset[int]) -> float:
    return sum(product in target for product in offered) / len(target)


def ndcg(offered: Sequence[int], target: frozenset[int]) -> float:
    worth = 1 / np.log2(np.arange(2, N + 2))
    found = sum(worth[place] for place, product in enumerate(offered) if product in target)
    return float(found / worth[: len(target)].sum())


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
