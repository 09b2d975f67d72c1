"""How well the public sets are matched without labels, with the learned model and with the delivered one;
historical_50k beside Splink's published example on the same rows. The truth is read for the figures alone.

SPLINK_PYTHON names a Python that has Splink 5; without it that part is left out, and says so.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from bench import linkage
from bench.linkage import Figures, Records
from customers.matching import bars, clusters, priors, training
from customers.matching.clusters import Edges

SETS = ("cn_retail", "febrl1", "febrl2", "febrl3", "historical")
SEED = 1
DOCUMENTED = np.log2(0.95 / 0.05)  # the threshold of Splink's example


def main() -> None:
    for name in SETS:
        records = linkage.read(name)
        ours(name, records, "learned", lambda con: training.train(con, seed=SEED))
        ours(name, records, "delivered", priors.delivered)
    splink(linkage.read("historical"))


def ours(name: str, records: Records, kind: str, make) -> None:
    begun = time.process_time()
    con = linkage.opened(records)
    model = make(con)
    linkage.scored(con, model)
    chosen = bars.choose(con, model)
    count = len(records.contents)
    joined = linkage.joined(con, count, chosen.auto)
    edges, _vetoed = linkage.edges_of(con)
    shown = edges.where(edges.bits >= chosen.review)
    shown = shown.where(bars.chained(count, shown))
    reviewed = together(joined, shown)
    cpu = time.process_time() - begun
    told = {
        "model": kind,
        "review_bar": round(chosen.review, 2),
        "auto_bar": round(chosen.auto, 2),
        "cpu": round(cpu, 1),
    }
    tell(f"matching_sets.{name}.auto", linkage.figures(joined, records), **told)
    tell(f"matching_sets.{name}.review", linkage.figures(reviewed, records), **told)


def together(cluster: np.ndarray, edges: Edges) -> np.ndarray:
    """The clusters with the pairs joining them."""
    joined = clusters.components(int(cluster.max()) + 1, cluster[edges.l], cluster[edges.r])
    return joined[cluster]


def splink(records: Records) -> None:
    """Its clusters at the threshold of its example, and at the one that our own rule chooses from its bits."""
    python = os.environ.get("SPLINK_PYTHON", "")
    if not python:
        print("splink: left out, SPLINK_PYTHON names no Python that has it", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "scored.parquet"
        script = Path(__file__).with_name("splink_historical.py")
        subprocess.run([python, script, linkage.HISTORICAL, out], check=True, capture_output=True)
        found = duckdb.sql(f"SELECT l, r, bits FROM '{out}'").fetchnumpy()
    edges = Edges(found["l"], found["r"], found["bits"])
    count = len(records.contents)
    for name, bar in (("documented", DOCUMENTED), ("our_rule", chosen_bar(count, edges))):
        above = edges.where(edges.bits >= bar)
        cluster = clusters.components(count, above.l, above.r)
        tell(f"matching_sets.historical.splink_{name}", linkage.figures(cluster, records), review_bar=round(bar, 2))


def chosen_bar(count: int, edges: Edges) -> float:
    """Our rule on another's bits: a pair that was not scored is taken for none."""
    low = edges.where(edges.bits >= bars.LEAST)
    pairs_known = zip(edges.l.tolist(), edges.r.tolist(), strict=True)
    known = dict(zip(pairs_known, edges.bits.tolist(), strict=True))

    def within(cluster: np.ndarray) -> Edges:
        order = np.argsort(cluster, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)
        pairs = [(min(a, b), max(a, b)) for group in groups if len(group) > 1
                 for at, a in enumerate(group.tolist()) for b in group[at + 1 :].tolist()]  # fmt: skip
        l, r = (np.array(side) for side in zip(*pairs, strict=True))  # noqa: E741
        bits = [known.get(pair, known.get(pair[::-1], -30.0)) for pair in pairs]
        return Edges(l, r, np.array(bits))

    return bars.review_bar(count, low, within, highest=10.0)


def tell(name: str, found: Figures, **more) -> None:
    figures = {key: round(value, 5) for key, value in found._asdict().items()}
    print(json.dumps({"name": name, **figures, **more}), flush=True)
