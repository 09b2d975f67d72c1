"""Which goods go together and how strongly each sells, counted over all baskets. For workers: it loads scipy."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

PULL_HALF_LIFE = 30  # days
TOGETHER_HALF_LIFE = 120
SHRINK = 10  # baskets: how many it takes to believe a similarity
SHRINK_CONFIDENCE = 5
BY_SIMILARITY, BY_CONFIDENCE = 20, 10  # neighbours kept of each product
LARGEST = 60  # goods; larger baskets are stock-keeping, and say nothing of what goes together


class Purchases(NamedTuple):
    """Who bought what on which day: arrays of one length, a row per basket and product.

    A basket is what a customer buys on a day, or an anonymous order. `basket`, `customer` (-1: nobody known) and
    `product` are numbers from 0, `day` counts days.
    """

    basket: np.ndarray
    customer: np.ndarray
    product: np.ndarray
    day: np.ndarray
    products: int

    def until(self, day: int) -> "Purchases":
        """Those up to the end of the day."""
        before = self.day <= day
        return Purchases(*(column[before] for column in self[:4]), self.products)

    @property
    def last_day(self) -> int:
        return int(self.day.max())

    @property
    def baskets(self) -> int:
        return len(np.unique(self.basket))


class Pull(NamedTuple):
    """By product: `lately` decayed days of purchase, `share` beside the strongest, and `baskets`."""

    lately: np.ndarray
    share: np.ndarray
    baskets: np.ndarray


class Neighbours(NamedTuple):
    """Pairs of goods, a row each, sorted by product and the most similar first."""

    product: np.ndarray
    other: np.ndarray
    together: np.ndarray
    confidence: np.ndarray
    similarity: np.ndarray


def pull(bought: Purchases) -> Pull:
    weight = np.exp2((bought.day - bought.last_day) / PULL_HALF_LIFE)
    lately = np.bincount(bought.product, weight, minlength=bought.products)
    baskets = np.bincount(bought.product, minlength=bought.products)
    return Pull(lately, lately / max(lately.max(initial=0.0), 1e-12), baskets)


def neighbours(bought: Purchases) -> Neighbours:
    """The nearest of each product by similarity, and those it is most surely bought with."""
    size = np.bincount(bought.basket)
    fits = size[bought.basket] <= LARGEST
    basket, product, day = bought.basket[fits], bought.product[fits], bought.day[fits]
    weight = np.exp2((day - bought.last_day) / TOGETHER_HALF_LIFE)
    shape = (len(size), bought.products)
    ones = sparse.csr_matrix((np.ones(len(basket), np.float32), (basket, product)), shape)
    decayed = sparse.csr_matrix((np.sqrt(weight).astype(np.float32), (basket, product)), shape)
    counts, near = (ones.T @ ones).tocsr(), (decayed.T @ decayed).tocsr()
    counts.sort_indices()
    near.sort_indices()
    return _kept(counts, near)


def _kept(counts: sparse.csr_matrix, near: sparse.csr_matrix) -> Neighbours:
    """Both have the same places: the same baskets made them."""
    baskets, length = counts.diagonal(), near.diagonal()
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    others = counts.indices
    similarity = near.data / (np.sqrt(length[rows] * length[others]) + SHRINK)
    confidence = counts.data / (baskets[rows] + SHRINK_CONFIDENCE)
    itself = rows == others
    similarity[itself] = confidence[itself] = 0
    kept = _largest(counts.indptr, similarity, BY_SIMILARITY) | _largest(counts.indptr, confidence, BY_CONFIDENCE)
    kept &= ~itself
    columns = [column[kept] for column in (rows, others, counts.data, confidence, similarity)]
    order = np.lexsort((columns[1], -columns[4], columns[0]))
    return Neighbours(*(column[order] for column in columns))


def _largest(begins: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Which values are among the `n` largest of their row, as booleans; rows lie one after the other."""
    chosen = np.ones(len(values), bool)
    for row in np.flatnonzero(np.diff(begins) > n).tolist():
        begin, end = begins[row], begins[row + 1]
        chosen[begin + np.argpartition(-values[begin:end], n)[n:]] = False
    return chosen
