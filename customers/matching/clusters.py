"""Which customers are one person, from the pairs of their records. Arrays in, arrays out; no database.

No cluster is joined that holds two records which contradict each other, or which a person has said are not the same. A
customer of whom no full name is known joins the one cluster it fits best and never connects two.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SURE = 1000.0  # the bits of what a person has decided
MOST = 30  # customers in a cluster that is joined without being asked


class Edges(NamedTuple):
    """Pairs of numbers from 0 with their bits."""

    l: np.ndarray  # noqa: E741
    r: np.ndarray
    bits: np.ndarray

    def where(self, which: np.ndarray) -> "Edges":
        return Edges(self.l[which], self.r[which], self.bits[which])


def components(count: int, l: np.ndarray, r: np.ndarray) -> np.ndarray:  # noqa: E741
    """For each of `count` numbers the number of its component."""
    graph = coo_array((np.ones(len(l), dtype=np.int8), (l, r)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int32)


def join(
    count: int,
    edges: Edges,
    is_partial: np.ndarray,
    contradictions: Callable[[np.ndarray], np.ndarray],
    *,
    margin: float,
) -> np.ndarray:
    """The cluster of each of `count` customers. `edges` are those good enough to be joined by; `is_partial` says of
    whom no full name is known; `contradictions` gets a cluster for each customer and gives the pairs, of shape (n, 2),
    that may not be together though they are; `margin` is by how many bits a partial one must fit best."""
    whole = ~(is_partial[edges.l] | is_partial[edges.r]) | (edges.bits >= SURE)
    core = edges.where(whole)
    first = components(count, core.l, core.r)
    links = best_links(edges.where(~whole), first, is_partial, margin)
    kept = Edges(*(np.concatenate(both) for both in zip(core, links, strict=True)))
    cluster = components(count, kept.l, kept.r)
    against = contradictions(cluster)
    sizes = np.bincount(cluster, minlength=1)
    wrong = set(cluster[against[:, 0]].tolist()) | set(np.flatnonzero(sizes > MOST).tolist())
    return _torn(cluster, kept, against, wrong) if wrong else cluster


def best_links(edges: Edges, cluster: np.ndarray, is_partial: np.ndarray, margin: float) -> Edges:
    """Of the edges between partial customers and whole ones, those to the one cluster that each fits best: by so many
    bits better than all others together."""
    edges = edges.where(~(is_partial[edges.l] & is_partial[edges.r]))
    partial = np.where(is_partial[edges.l], edges.l, edges.r)
    target = cluster[np.where(is_partial[edges.l], edges.r, edges.l)]
    order = np.lexsort((-edges.bits, target, partial))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(partial[order]) != 0) | (np.diff(target[order]) != 0)
    best = order[is_first]
    odds = np.exp2(np.minimum(edges.bits[best], 500))
    rivals = np.bincount(partial[best], weights=odds, minlength=len(cluster))[partial[best]] - odds
    return edges.where(best[edges.bits[best] - np.log2(1 + np.maximum(rivals, 0)) >= margin])


def _torn(cluster: np.ndarray, edges: Edges, against: np.ndarray, wrong: set[int]) -> np.ndarray:
    """The clusters with those that are wrong joined anew, the best edges first, as far as nothing contradicts."""
    in_wrong = np.isin(cluster, list(wrong))
    enemies: dict[int, set[int]] = {}
    for one, other in against.tolist():
        enemies.setdefault(one, set()).add(other)
        enemies.setdefault(other, set()).add(one)
    leader = {int(one): int(one) for one in np.flatnonzero(in_wrong)}
    members = {one: {one} for one in leader}
    torn = edges.where(in_wrong[edges.l])
    for at in np.lexsort((torn.r, torn.l, -torn.bits)).tolist():
        one, other = leader[int(torn.l[at])], leader[int(torn.r[at])]
        if one == other or len(members[one]) + len(members[other]) > MOST:
            continue
        if any(enemies.get(member, set()) & members[other] for member in members[one]):
            continue
        for member in members[other]:
            leader[member] = one
        members[one] |= members.pop(other)
    found = cluster.copy()
    for number, one in enumerate(sorted(members)):
        found[list(members[one])] = len(cluster) + number
    return found
