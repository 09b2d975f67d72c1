"""Matching the records that say something new, one by one, by the same model: found by their keys, scored in Python."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db.models import Q

from customers import merging
from customers.matching import clusters, fields, keeping, records, running, starting
from customers.matching.clusters import Edges
from customers.matching.model import Model
from customers.matching.records import Ready
from customers.merging import Group
from customers.models import Match, MatchModel, Merge
from tenancy.models import Job

AT_ONCE = 200  # records that are matched in one transaction
FEW = 5000  # where more are new, a full run is cheaper


class Pair(NamedTuple):
    """The record `other` beside one that is matched."""

    other: Ready
    levels: list[int]
    weights: list[float]
    bits: float


def match_new() -> dict[str, int]:
    """Match the next records that are new, or start a full run where they are many. What was done: records, pairs,
    merged; all 0 where nothing is new or matching was never begun."""
    done = {"records": 0, "pairs": 0, "merged": 0}
    row = keeping.active()
    if row is None:
        return done
    new = records.stale_lately(most=FEW + 1)
    if len(new) > FEW:
        at_work = Job.objects.filter(Q(kind__in=(starting.FULL, starting.TRAIN)) | Q(kind__startswith="import."))
        if not at_work.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).exists():
            starting.start(by=None)
        return done
    new = sorted(new)[:AT_ONCE]
    records.prepare(new)
    for record_id in new:
        pairs, merged = match_one(record_id, row)
        done = {"records": done["records"] + 1, "pairs": done["pairs"] + pairs, "merged": done["merged"] + merged}
    return done


def match_one(record_id: UUID, row: MatchModel) -> tuple[int, int]:
    """Merge the record's customer with whom it is surely one, lay the doubtful before people.

    (pairs compared, customers merged).
    """
    own = records.of_records([record_id]).get(record_id)
    if own is None:
        return 0, 0
    model = keeping.opened(row)
    compared, pairs = candidates(own, model)
    apart = _apart(own.customer_id, {pair.other.customer_id for pair in pairs})
    pairs = [pair for pair in pairs if pair.other.customer_id not in apart]
    joined = _joined(own, pairs, model)
    merged = _merge(own, joined, pairs, row) if joined else 0
    left = [pair for pair in pairs if pair.other.customer_id not in joined]
    _ask(own, left, row)
    return compared, merged


def candidates(own: Ready, model: Model) -> tuple[int, list[Pair]]:
    """How many records of others share a key with this one, and those of them that are worth a question."""
    others = [
        one
        for one in records.alike(own.record_id)
        if one.customer_id != own.customer_id and one.features.kind == own.features.kind
    ]
    pairs = []
    for other in others:
        levels = model.levels(own.features, other.features)
        weights = model.evidence(own.features, other.features, levels)
        if (bits := sum(weights)) >= model.review:
            pairs.append(Pair(other, levels, weights, bits))
    return len(others), pairs


def _apart(customer_id: UUID, others: Collection[UUID]) -> set[UUID]:
    """Those of the others of whom somebody has said that they are not this customer."""
    told = Match.objects.filter(state=Match.State.DIFFERENT)
    one = told.filter(left__customer=customer_id, right__customer__in=others).values_list("right__customer_id")
    other = told.filter(right__customer=customer_id, left__customer__in=others).values_list("left__customer_id")
    return {id for (id,) in [*one, *other]}


def _joined(own: Ready, pairs: Sequence[Pair], model: Model) -> set[UUID]:
    """The customers that are surely one with this record's, by the rule of the full run."""
    good = [pair for pair in pairs if pair.bits >= model.auto and not fields.vetoes(pair.levels)]
    if not good:
        return set()
    customers = sorted({own.customer_id, *(pair.other.customer_id for pair in good)})
    ready = records.of_customers(customers)
    of: dict[UUID, list[Ready]] = {id: [] for id in customers}
    for one in ready.values():
        of[one.customer_id].append(one)
    whole = [any(one.features.name for one in of[id]) for id in customers]
    place = {id: number for number, id in enumerate(customers)}
    mine = place[own.customer_id]
    edges = [
        (min(mine, place[pair.other.customer_id]), max(mine, place[pair.other.customer_id]), pair.bits)
        for pair in good
        if not (whole[mine] and not own.features.name)
        and not (whole[place[pair.other.customer_id]] and not pair.other.features.name)
    ]
    if not edges:
        return set()
    columns = [np.array(column) for column in zip(*edges, strict=True)]
    cluster = clusters.join(
        len(customers),
        Edges(*columns),
        ~np.array(whole),
        lambda cluster: _contradicting(cluster, [of[id] for id in customers], model),
        margin=model.auto,
    )
    return {id for id in customers if cluster[place[id]] == cluster[mine]} - {own.customer_id}


def _contradicting(cluster: np.ndarray, of: Sequence[Sequence[Ready]], model: Model) -> np.ndarray:
    found = [
        (one, other)
        for one in range(len(of))
        for other in range(one + 1, len(of))
        if cluster[one] == cluster[other]
        and (
            fields.contradict([model.levels(a.features, b.features) for a in of[one] for b in of[other]])
            or _apart(of[one][0].customer_id, [of[other][0].customer_id])
        )
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _merge(own: Ready, joined: set[UUID], pairs: Sequence[Pair], row: MatchModel) -> int:
    survivor, *absorbed = sorted({own.customer_id, *joined})
    done = merging.merge_many([Group(survivor, absorbed)], origin=Merge.Origin.AUTO, by=None, passing_over=True)
    for merge in done:
        best = _best([pair for pair in pairs if pair.other.customer_id in joined])
        running.keep([_row(own, pair) for pair in best], row, None, Match.State.AUTO, [merge.id] * len(best))
    return len(absorbed) * len(done)


def _ask(own: Ready, pairs: Sequence[Pair], row: MatchModel) -> None:
    """One open match for each other customer, the best; what was asked of this record before and holds no more goes."""
    best = _best(pairs)
    rows = [_row(own, pair) for pair in best]
    known = {(left, right) for left, right, *_rest in rows}
    former = Match.objects.filter(state=Match.State.OPEN)
    for match in [*former.filter(left=own.record_id), *former.filter(right=own.record_id)]:
        if (match.left_id, match.right_id) not in known:
            match.delete()
    running.keep(rows, row, None, Match.State.OPEN)


def _best(pairs: Sequence[Pair]) -> list[Pair]:
    """The best pair with each customer."""
    best: dict[UUID, Pair] = {}
    for pair in pairs:
        known = best.get(pair.other.customer_id)
        if known is None or (pair.bits, known.other.record_id) > (known.bits, pair.other.record_id):
            best[pair.other.customer_id] = pair
    return list(best.values())


def _row(own: Ready, pair: Pair) -> tuple:
    left, right = sorted((own.record_id, pair.other.record_id))
    return left, right, pair.levels, pair.weights, pair.bits
