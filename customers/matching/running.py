"""Matching all records of a company, as a job: made ready, compared in a process of their own, and what is sure is
merged, what is doubtful laid before people. Killed at any moment, the next worker begins anew with what is not done.
"""

import contextlib
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from customers import merging, registry
from customers.matching import keeping, records
from customers.matching.fields import vetoes
from customers.matching.full import Customers, Found, Outcome, Task
from customers.merging import Group
from customers.models import Match, MatchModel, Merge
from tenancy import context, jobs
from tenancy.database.bulk import analyze, fetch, stage
from tenancy.jobs import JobFailed
from tenancy.models import Job

SEED = 20_261_122
PORTION = 20_000  # records sent at once
GROUPS = 300  # merged in one transaction
PAIRS = 5000
ID = "S16"  # a UUID's bytes, which sort as the database sorts them


def match(job: Job, row: MatchModel | None) -> Iterator[None]:
    """The pieces of the job; without a model it is learned first."""
    begun, cpu = time.monotonic(), time.process_time()
    job.result = {"records": 0, "pairs": 0, "merged": 0, "review": 0}
    yield
    yield from _make_ready(job)
    computing = Computing(Task(row and keeping.opened(row), SEED))
    try:
        computing.tell()
        yield
        while not computing.is_done:
            yield
        outcome = computing.outcome()
    finally:
        computing.end()
    if row is None:
        origin = MatchModel.Origin(outcome.metrics["origin"])
        row = keeping.keep(outcome.model, origin=origin, metrics=outcome.metrics, seed=SEED, by=job.created_by)
    job.result |= {"records": outcome.metrics["records"], "pairs": outcome.metrics["compared"]}
    yield
    yield from _merge(job, row, computing, outcome)
    yield from _ask(job, row, computing, outcome.doubtful)
    job.result |= {
        "seconds": round(time.monotonic() - begun, 2),
        "cpu_seconds": round(time.process_time() - cpu + outcome.metrics["cpu_seconds"], 2),
        "peak_mb": outcome.metrics["peak_mb"],
    }


def _make_ready(job: Job) -> Iterator[None]:
    at: UUID | None = UUID(int=0)
    while at is not None:
        ids, at = records.stale_after(at, most=records.PORTION * 10)
        for begin in range(0, len(ids), records.PORTION):
            job.done += records.prepare(ids[begin : begin + records.PORTION])
            yield
    analyze("customers_matchrecord")


class Computing:
    """The process that compares: `tell` it all records of the entered tenant, wait until it `is_done`."""

    def __init__(self, task: Task):
        self.task = task
        self.record_ids = bytearray()
        self.customer_ids: list[UUID] = []
        self.customer_of = np.zeros(0, dtype=np.int32)
        self._process: subprocess.Popen | None = None
        self._reader = ThreadPoolExecutor(1)
        self._answer: Future[bytes] | None = None

    def tell(self) -> None:
        command = [sys.executable, "-c", "from customers.matching.full import main; main()"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=settings.BASE_DIR, bufsize=1 << 20,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        self._answer = self._reader.submit(self._process.stdout.read)
        customers = bytearray()
        try:
            self._send(self.task)
            portion: list[bytes] = []
            for record_id, customer_id, features in records.everything():
                portion.append(features)
                self.record_ids += record_id
                customers += customer_id
                if len(portion) == PORTION:
                    self._send(portion)
                    portion = []
            if portion:
                self._send(portion)
            self._send([])
            self.customer_ids, self.customer_of = _numbered(customers)
            self._send(Customers(self.customer_of, *self._decided()))
            self._process.stdin.close()
        except BrokenPipeError:
            self.outcome()

    def _send(self, what) -> None:
        pickle.dump(what, self._process.stdin, protocol=5)

    def _decided(self) -> list[np.ndarray]:
        """Pairs of records that people hold for the same, and for different."""
        found = []
        for state in (Match.State.SAME, Match.State.DIFFERENT):
            rows = Match.objects.filter(state=state).values_list("left_id", "right_id")
            found.append(self._known_pairs(rows)[0])
        decided = Match.objects.filter(state__in=(Match.State.SAME, Match.State.DIFFERENT), bits__isnull=False)
        singly = decided.exclude(merge__origin=Merge.Origin.BULK).values_list("left_id", "right_id", "state")
        pairs, is_known = self._known_pairs(singly)
        same = np.array([state == Match.State.SAME for _left, _right, state in singly], dtype=np.int64)[is_known]
        return [*found, np.column_stack([pairs, same])]

    def _known_pairs(self, rows: Sequence[tuple]) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the two records of each row whose records were told, and which rows these are."""
        sides = [self._places([row[side].bytes for row in rows]) for side in (0, 1)]
        pairs = np.stack(sides, axis=1)
        is_known = (pairs >= 0).all(axis=1)
        return pairs[is_known], is_known

    def _places(self, record_ids: list[bytes]) -> np.ndarray:
        """The numbers of records; -1 for those that were not told."""
        known, wanted = np.frombuffer(bytes(self.record_ids), dtype=ID), np.array(record_ids, dtype=ID)
        if not len(known):
            return np.full(len(wanted), -1)
        places = np.searchsorted(known, wanted).clip(max=len(known) - 1)
        return np.where(known[places] == wanted, places, -1)

    @property
    def is_done(self) -> bool:
        """Whether the answer is there; waits for it a little."""
        try:
            self._answer.exception(timeout=2)
        except TimeoutError:
            return False
        return True

    def outcome(self) -> Outcome:
        """Raises JobFailed where the process came to grief: out of memory, for the most part."""
        answer = self._answer.result()
        if self._process.wait() or not answer:
            raise JobFailed(_("Comparing stopped before its end; the log says why. Nothing was merged."))
        return pickle.loads(answer)

    def end(self) -> None:
        if self._process:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
        self._reader.shutdown()
        if self._process:
            self._process.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def record_id(self, number: int) -> UUID:
        return UUID(bytes=bytes(self.record_ids[number * 16 : number * 16 + 16]))


def _numbered(ids: bytearray) -> tuple[list[UUID], np.ndarray]:
    """The different ones of ids of 16 bytes in the order of their first appearance, and the number of each."""
    given = np.frombuffer(bytes(ids), dtype=ID)
    found, firsts, inverse = np.unique(given, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    number = np.empty(len(found), dtype=np.int32)
    number[order] = np.arange(len(found), dtype=np.int32)
    return [UUID(bytes=bytes(ids[at * 16 : at * 16 + 16])) for at in firsts[order].tolist()], number[inverse]


def _merge(job: Job, row: MatchModel, computing: Computing, outcome: Outcome) -> Iterator[None]:
    """Merge the clusters, the oldest customer survives, and keep by which pairs."""
    groups = _groups(outcome.cluster, computing.customer_ids)
    pair_of: dict[int, list[int]] = {}
    for at, left in enumerate(outcome.joined.l.tolist()):
        pair_of.setdefault(int(outcome.cluster[computing.customer_of[left]]), []).append(at)
    job.total, job.done = len(groups), 0
    clusters = sorted(groups)
    for begin in range(0, len(clusters), GROUPS):
        portion = clusters[begin : begin + GROUPS]
        chosen = [groups[cluster] for cluster in portion]
        with jobs.failing_on(merging.Busy):
            done = merging.merge_many(
                chosen, origin=Merge.Origin.AUTO, by=None, job=job, passing_over=True,
                sparing=lambda: _parted_since(job),
            )  # fmt: skip
        merge_of = {one.survivor_id: one.id for one in done}
        places = [
            at for cluster in portion if groups[cluster].survivor_id in merge_of for at in pair_of.get(cluster, ())
        ]
        belong = [
            merge_of[groups[int(outcome.cluster[computing.customer_of[int(outcome.joined.l[at])]])].survivor_id]
            for at in places
        ]
        keep(_rows(outcome.joined, places, computing), row, job, Match.State.AUTO, belong)
        job.result["merged"] += sum(len(group.absorbed_ids) for group in chosen if group.survivor_id in merge_of)
        job.done += len(portion)
        yield


def _groups(cluster: np.ndarray, customer_ids: Sequence[UUID]) -> dict[int, Group]:
    order = np.argsort(cluster, kind="stable")
    begins = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    groups = {}
    for begin, end in zip(begins, [*begins[1:], len(order)], strict=True):
        if end - begin > 1:
            ids = sorted(customer_ids[at] for at in order[begin:end].tolist())
            groups[int(cluster[order[begin]])] = Group(ids[0], ids[1:])
    return groups


def _parted_since(job: Job) -> set[UUID]:
    """Customers of whom somebody has said since the job began that they are not the same as another, and those whom
    an unmerge has left with other records than the job was told of."""
    said = Match.objects.filter(state=Match.State.DIFFERENT, decided_at__gte=job.started_at)
    undone = Merge.objects.filter(undone_at__gte=job.started_at)
    parted = {id for pair in undone.values_list("survivor_id", "members__customer_id") for id in pair if id}
    return {
        *(id for pair in said.values_list("left__customer_id", "right__customer_id") for id in pair),
        *parted,
        *merging.roots(parted).values(),
    }


def _ask(job: Job, row: MatchModel, computing: Computing, found: Found) -> Iterator[None]:
    """Lay the doubtful pairs before people, and take away those that an earlier run has found and this one has not."""
    job.total, job.done = len(found.l), 0
    for begin in range(0, len(found.l), PAIRS):
        places = range(begin, min(begin + PAIRS, len(found.l)))
        keep(_rows(found, places, computing), row, job, Match.State.OPEN)
        job.done = begin + len(places)
        yield
    # What was asked of records that came while the job was at work is not for it to take away.
    Match.objects.filter(state=Match.State.OPEN, found_at__lt=job.started_at).exclude(job=job).delete()
    job.result["review"] = Match.objects.filter(state=Match.State.OPEN).count()
    yield


def _rows(found: Found, places: Collection[int], computing: Computing) -> list[tuple]:
    """(left, right, levels, weights, bits) of the pairs at these places."""
    return [
        (
            computing.record_id(int(found.l[at])),
            computing.record_id(int(found.r[at])),
            found.levels[at].tolist(),
            found.weights[at].tolist(),
            float(found.bits[at]),
        )
        for at in places
    ]


def keep(
    rows: Sequence[tuple], model: MatchModel, job: Job | None, state: Match.State, merges: Sequence[UUID] = ()
) -> None:
    """Matches of (left, right, levels, weights, bits). What a person has decided stays as it is."""
    if not rows:
        return
    merges = merges or [None] * len(rows)
    stage(
        "staged_match",
        "left_id uuid, right_id uuid, levels int2[], weights float8[], bits float8, vetoes text[], merge_id uuid",
        ((*row, vetoes(row[2]), merge_id) for row, merge_id in zip(rows, merges, strict=True)),
    )
    fetch(
        """INSERT INTO customers_match
               (id, tenant_id, left_id, right_id, model_id, levels, weights, bits, vetoes, state, stake, merge_id,
                job_id, found_at)
           SELECT uuidv7(), %(tenant)s, left_id, right_id, %(model)s, levels, weights, bits, vetoes, %(state)s, 0,
                  merge_id, %(job)s, clock_timestamp()
           FROM staged_match
           ON CONFLICT (tenant_id, left_id, right_id) DO UPDATE
           SET model_id = excluded.model_id, levels = excluded.levels, weights = excluded.weights,
               bits = excluded.bits, vetoes = excluded.vetoes, state = excluded.state, merge_id = excluded.merge_id,
               job_id = excluded.job_id
           WHERE customers_match.state IN ('open', 'auto')""",
        {"tenant": context.current_tenant_id(), "model": model.id, "state": state, "job": job and job.id},
    )
    if state == Match.State.OPEN:
        _weigh([(row[0], row[1]) for row in rows])


def _weigh(pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """What is at stake: what the two customers have spent."""
    customers = dict(
        fetch(
            "SELECT id, customer_id FROM customers_sourcerecord WHERE id = ANY(%s)",
            [list({id for pair in pairs for id in pair})],
        )
    )
    worth = registry.worth(set(customers.values()))
    stakes = [sum(worth.get(customers[id], 0) for id in pair) for pair in pairs]
    fetch(
        """UPDATE customers_match m SET stake = s.stake
           FROM unnest(%s::uuid[], %s::uuid[], %s::numeric[]) AS s (l, r, stake)
           WHERE m.left_id = s.l AND m.right_id = s.r AND m.stake <> s.stake""",
        [[left for left, _right in pairs], [right for _left, right in pairs], stakes],
    )
