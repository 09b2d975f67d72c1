"""The full run's arithmetic, in a process of its own under a limit of memory: records come in by its standard input,
who is one person goes out by its standard output. It knows no database and no key.
"""

import os
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO, NamedTuple

import numpy as np

from customers.matching import bars, clusters, comparing, priors, weighing
from customers.matching.clusters import SURE, Edges
from customers.matching.comparing import ask
from customers.matching.fields import FIELDS, veto_sql
from customers.matching.model import Model

MEMORY = 1_250  # megabytes of the whole process
Pairs = np.ndarray  # of shape (n, 2)


class Task(NamedTuple):
    """`model` is None where it is to be learned first; `prior` then is where learning begins."""

    model: Model | None
    seed: int = 0
    memory: int = MEMORY


class Customers(NamedTuple):
    """`of_record` gives each record's customer as a number from 0; `together` and `apart` are pairs of records that
    people have decided on, `labels` those that they looked at one by one: left, right, 1 for the same."""

    of_record: np.ndarray
    together: Pairs
    apart: Pairs
    labels: np.ndarray


class Found(NamedTuple):
    """Pairs of records with the level and the bits of each field. `weights` are as of Model.evidence."""

    l: np.ndarray  # noqa: E741
    r: np.ndarray
    bits: np.ndarray
    levels: np.ndarray
    weights: np.ndarray


class Outcome(NamedTuple):
    """`cluster` gives each customer's cluster. `joined` are the pairs that clusters are joined by, for each customer
    its best, `doubtful` the best pair between any two clusters that a person is to decide on."""

    model: Model
    metrics: dict
    cluster: np.ndarray
    joined: Found
    doubtful: Found


def work(task: Task, portions: Iterable[list[bytes]], told: Callable[[], Customers]) -> Outcome:
    """`portions` are records as comparing.load takes them; when they have ended, `told` gives whose they are."""
    con, spent = comparing.connect(f"{int(task.memory * 0.6)}MB"), Spent()
    count = comparing.load(con, portions)
    about = told()
    spent.on("load")
    compared = comparing.block(con)
    spent.on("block")
    model, metrics = task.model, {}
    if model is None:
        model, is_learned = priors.model_for(con, seed=task.seed)
        metrics["origin"] = "trained" if is_learned else "prior"
        spent.on("train")
    weighing.know(con, model)
    weighing.score(con, model, least=bars.LEAST if task.model is None else model.review)
    if task.model is None:
        model, expected = bars.calibrated(con, model, about.labels.tolist())
        metrics |= expected
        if not is_learned:  # of few pairs nothing can be said but to ask about all
            model = replace(model, review=bars.LEAST)
    pairs = con.execute(
        f"SELECT l, r, bits, {veto_sql()} AS vetoed FROM scored WHERE bits >= {model.review!r} ORDER BY l, r"
    ).fetchnumpy()
    spent.on("score")
    cluster = joined(con, about, pairs, model)
    spent.on("cluster")
    chosen = [_found(con, model, pairs, one) for one in _chosen(pairs, about, cluster, model)]
    spent.on("evidence")
    metrics |= {"records": count, "compared": compared, "scored": len(pairs["bits"]), **spent.cpu}
    return Outcome(model, metrics, cluster, *chosen)


class Spent:
    """CPU seconds of this process on each piece of the work."""

    def __init__(self):
        self.cpu: dict[str, float] = {}
        self._last = time.process_time()

    def on(self, piece: str) -> None:
        """Since the last piece."""
        now = time.process_time()
        self.cpu[f"{piece}_cpu"], self._last = round(now - self._last, 2), now


def joined(con, about: Customers, pairs: dict[str, np.ndarray], model: Model) -> np.ndarray:
    """The cluster of each customer."""
    count = int(about.of_record.max(initial=-1)) + 1
    named = np.zeros(len(about.of_record), dtype=bool)
    named[[i for (i,) in ask(con, "SELECT i FROM record WHERE name <> ''")]] = True
    whole = np.zeros(count, dtype=bool)
    np.logical_or.at(whole, about.of_record, named)
    l, r = about.of_record[pairs["l"]], about.of_record[pairs["r"]]  # noqa: E741
    # A record without a name that stands beside named ones of its customer connects that customer with nobody.
    bridges = (~named[pairs["l"]] & whole[l]) | (~named[pairs["r"]] & whole[r])
    good = (l != r) & (pairs["bits"] >= model.auto) & ~pairs["vetoed"].astype(bool) & ~bridges
    sure = about.of_record[about.together]
    sure = sure[sure[:, 0] != sure[:, 1]]
    edges = Edges(
        np.concatenate([l[good], sure[:, 0]]),
        np.concatenate([r[good], sure[:, 1]]),
        np.concatenate([pairs["bits"][good], np.full(len(sure), SURE)]),
    )
    apart = about.of_record[about.apart]
    told_same = clusters.components(count, sure[:, 0], sure[:, 1])

    def contradictions(cluster: np.ndarray) -> Pairs:
        against = weighing.contradicting(con, about.of_record, cluster)
        against = against[told_same[against[:, 0]] != told_same[against[:, 1]]]
        return np.concatenate([against, apart[cluster[apart[:, 0]] == cluster[apart[:, 1]]]])

    return clusters.join(count, edges, ~whole, contradictions, margin=model.auto)


def _chosen(pairs: dict[str, np.ndarray], about: Customers, cluster: np.ndarray, model: Model) -> list[np.ndarray]:
    """The places in `pairs` of those by which clusters are joined, and of those to be decided on."""
    l, r = about.of_record[pairs["l"]], about.of_record[pairs["r"]]  # noqa: E741
    best = np.lexsort((pairs["r"], pairs["l"], -pairs["bits"]))
    good = best[((l != r) & (cluster[l] == cluster[r]) & (pairs["bits"] >= model.auto))[best]]
    firsts = [good[np.unique(side[good], return_index=True)[1]] for side in (l, r)]
    doubtful = (cluster[l] != cluster[r]) & (pairs["bits"] >= model.review)
    open_ = best[doubtful[best]]
    one, other = np.minimum(cluster[l], cluster[r]), np.maximum(cluster[l], cluster[r])
    code = one.astype(np.int64) * (int(cluster.max(initial=0)) + 1) + other
    sides = np.sort(cluster[about.of_record[about.apart]], axis=1).astype(np.int64).reshape(-1, 2)
    decided = sides[:, 0] * (int(cluster.max(initial=0)) + 1) + sides[:, 1]
    open_ = open_[~np.isin(code[open_], decided)]
    open_ = open_[np.unique(code[open_], return_index=True)[1]]
    edges = Edges(l[open_], r[open_], pairs["bits"][open_])
    return [np.unique(np.concatenate(firsts)), open_[_chained(about, cluster, edges)]]


def _chained(about: Customers, cluster: np.ndarray, edges: Edges) -> np.ndarray:
    """Which pairs may be asked about: not those that would chain more records together than one person has."""
    records = np.bincount(cluster[about.of_record], minlength=int(cluster.max(initial=-1)) + 1)
    between = Edges(cluster[edges.l], cluster[edges.r], edges.bits)
    return bars.chained(len(records), between, weight=records)


def _found(con, model: Model, pairs: dict[str, np.ndarray], chosen: np.ndarray) -> Found:
    con.execute("DROP TABLE IF EXISTS picked")
    comparing.put(con, "picked", {"l": pairs["l"][chosen], "r": pairs["r"][chosen]})
    con.execute("CREATE OR REPLACE TABLE chosen AS SELECT s.* EXCLUDE (bits) FROM scored s JOIN picked USING (l, r)")
    names = [field.key for field in FIELDS]
    rows = con.execute(weighing.evidence_sql(model, "chosen")).fetchnumpy()
    order = np.lexsort((rows["r"], rows["l"], -rows["bits"]))
    weights = ["prior", *(f"w_{name}" for name in names), "w_household"]
    return Found(
        *(rows[name][order] for name in ("l", "r", "bits")),
        np.stack([rows[name][order] for name in names], axis=1),
        np.stack([rows[name][order] for name in weights], axis=1),
    )


def _received(stream: BinaryIO) -> Iterator[list[bytes]]:
    while portion := pickle.load(stream):  # from our own parent, through a pipe
        yield portion


def main() -> None:
    stream, answer = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no part of the answer
    task: Task = pickle.load(stream)
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(task.memory, done), daemon=True)
    watching.start()
    portions = _received(stream)
    outcome = work(task, portions, lambda: pickle.load(stream))
    outcome.metrics["cpu_seconds"] = round(time.process_time(), 2)
    outcome.metrics["peak_mb"] = peak_mb()
    pickle.dump(outcome, answer, protocol=5)
    answer.close()
    done.set()
    watching.join()


def _watch(most: int, done: threading.Event) -> None:
    """Ends this process when it holds more megabytes than it may. A limit of the machine's own counts what is only
    reserved, and the libraries reserve more than twice what they hold."""
    while peak_mb() <= most:
        if done.wait(0.1):
            return
    print(f"Comparing needs more than {most} MB of memory.", file=sys.stderr, flush=True)
    os._exit(1)


def peak_mb() -> int:
    """The most memory that this process has held."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024
