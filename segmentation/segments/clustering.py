"""Groups that the customers fall into by themselves, proposed as rules that a person can accept as segments.

k-means on standardised recency, frequency, money and behaviour, the number of groups by their silhouette on a sample;
a small decision tree then says each group as bounds on figures. Loaded by workers alone: it is heavy.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

import numpy as np

from segmentation.segments import counting, moments, vocabulary, writing
from segmentation.segments.asked import figures
from segmentation.segments.sql import Asking, positional
from segmentation.segments.tree import All, Clause, Node, Some
from tenancy.database.bulk import fetch

SAMPLE = 20_000  # customers that groups are found on
JUDGED = 2_000  # of them whose silhouette is measured
LEAST, MOST = 3, 8  # groups
FEWEST = 50  # customers with an order, without whom nothing is proposed
LEAVES, DEPTH = 14, 4
FIELDS = ("recency", "orders", "spent_in_all", "average")
WHOLE = {"recency", "orders"}
SEED = 1


@dataclass(frozen=True)
class Proposal:
    """One group: its rule, how many customers that fits, what is usual in it, and how much of the group it says."""

    rule: str
    customers: int
    usual: dict[str, str]
    told: float


def propose() -> list[dict]:
    """The groups of the entered company, the largest first; none where too few have bought anything."""
    told = sample()
    if len(told) < FEWEST:
        return []
    groups = grouped(told)
    rules = bounds(told, groups)
    words, moment = vocabulary.standing(), moments.now()
    found = [
        Proposal(
            writing.text(rule),
            counting.count(counting.asked(rule, words=words, moment=moment), None).count,
            {name: f"{np.median(told[groups == group][:, place]):.4g}" for place, name in enumerate(FIELDS)},
            round(share, 3),
        )
        for group, (rule, share) in rules.items()
    ]
    return [asdict(one) for one in sorted(found, key=lambda one: -one.customers)]


def sample() -> np.ndarray:
    """FIELDS of customers with an order, at most SAMPLE of them, at random but the same each time."""
    asking = Asking(moments.now(), vocabulary.standing())
    today, zone = asking.put(asking.moment.today), asking.put(asking.moment.tenant.timezone)
    value = f"""ARRAY[({today}::date - (last_at AT TIME ZONE {zone})::date), frequency, monetary,
        monetary / frequency]::float8[]"""
    statement = figures.rows(asking, value, figures.COUNTED).statement
    rows = fetch(*positional(f"SELECT value FROM ({statement}) v ORDER BY hashtext(customer_id::text) LIMIT {SAMPLE}",
                             asking.parameters))  # fmt: skip
    return np.array([values for (values,) in rows], dtype=float).reshape(-1, len(FIELDS))


def grouped(told: np.ndarray) -> np.ndarray:
    """The group of each row; as many groups as stand apart best."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    scaled = np.log1p(np.maximum(told, 0))
    scaled = (scaled - scaled.mean(axis=0)) / np.maximum(scaled.std(axis=0), 1e-9)
    best, labels = -1.0, np.zeros(len(told), dtype=int)
    for number in range(LEAST, min(MOST, len(np.unique(scaled, axis=0)) - 1) + 1):
        fitted = KMeans(number, n_init=3, random_state=SEED).fit_predict(scaled)
        judged = silhouette_score(scaled, fitted, sample_size=min(JUDGED, len(scaled)), random_state=SEED)
        if judged > best:
            best, labels = judged, fitted
    return labels


def bounds(told: np.ndarray, groups: np.ndarray) -> dict[int, tuple[Node, float]]:
    """Group → its rule, and the share of the group that the rule fits. Every customer fits the rule of one group."""
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier(max_depth=DEPTH, max_leaf_nodes=LEAVES, random_state=SEED).fit(told, groups)
    found: dict[int, list[Node]] = {}
    for group, clauses in _leaves(model.tree_, 0, ()):
        found.setdefault(int(model.classes_[group]), []).append(_both(clauses))
    predicted = model.predict(told)
    return {
        group: (
            parts[0] if len(parts) == 1 else Some(tuple(parts)),
            float((predicted[groups == group] == group).mean()),
        )
        for group, parts in found.items()
    }


def _leaves(tree, node: int, above: tuple[Clause, ...]):
    """(group, the bounds that lead there) of each leaf."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left == right:
        yield int(tree.value[node][0].argmax()), above
        return
    name = FIELDS[tree.feature[node]]
    places = 0 if name in WHOLE else 2
    bound = Decimal(str(np.floor(tree.threshold[node]) if not places else round(float(tree.threshold[node]), places)))
    bound = bound.normalize() + 0
    yield from _leaves(tree, left, (*above, Clause(name, "<=", (bound,))))
    yield from _leaves(tree, right, (*above, Clause(name, ">", (bound,))))


def _both(clauses: Sequence[Clause]) -> Node:
    """Of several bounds of one kind on a field the narrowest stays."""
    kept: dict[tuple[str, str], Clause] = {}
    for clause in clauses:
        key = (clause.field, clause.op)
        tighter = min if clause.op == "<=" else max
        held = kept.get(key)
        kept[key] = clause if held is None else tighter(held, clause, key=lambda one: one.values[0])
    if not {("recency", "<="), ("recency", ">"), ("average", "<="), ("average", ">"), ("orders", ">")} & set(kept):
        kept["orders", ">"] = Clause("orders", ">", (Decimal(0),))  # else those fit who never bought
    parts = tuple(kept.values())
    return parts[0] if len(parts) == 1 else All(parts)
