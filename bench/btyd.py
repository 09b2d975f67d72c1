"""Purchase models: a fit of CDNOW's 23,570 customers beside the lifetimes package on the same rows, and what a company
of a million costs: a fit to a sample and a probability for each. CPU seconds of one process.

LIFETIMES_PYTHON names a Python that has the package; without it that part is left out, and says so. Where the data are
not there, as many customers are invented.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

from bench.measuring import report, sample
from segmentation.prediction import buying, fitting
from segmentation.prediction.histories import Array

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "transactions" / "cdnow" / "CDNOW_master.txt.gz"
END = date(1997, 9, 30)
CUSTOMERS, SAMPLE, MILLION = 23_570, 20_000, 1_000_000
HORIZON = 90.0
TURNS, THEIR_TURNS = 7, 3
BAR, SECONDS = 5, 0.5


def main() -> None:
    fitting.get_ready()
    x, t, T = cdnow() if DATA.exists() else invented(CUSTOMERS)
    theirs = lifetimes(x, t, T)
    for model, early in (("bg", False), ("mbg", True)):
        ours = sample(lambda early: buying.fit(x, t, T, early=early), [early] * TURNS)
        other = theirs and 1000 * float(np.median(theirs[model]["seconds"]))
        times = {"times_faster": other / ours.cpu_p50, "bar": BAR} if other else {}
        report(f"btyd.fit_{model}", ours.cpu_p50, "ms", limit=other, n=len(x), **times)
    rows = invented(MILLION)
    spent = sample(score, [rows] * 3)
    report("btyd.fit_sample_and_score", spent.cpu_p50 / 1000, "s", limit=SECONDS, n=MILLION)


def score(rows: tuple[Array, Array, Array]) -> Array:
    """A fit to SAMPLE of the rows, and the probability of each to buy."""
    chosen = np.random.default_rng(1).choice(len(rows[0]), SAMPLE, replace=False)
    model = buying.fit(*(column[chosen] for column in rows), early=True).model
    return buying.p_buys(model, *rows, HORIZON)


def lifetimes(*rows: Array) -> dict | None:
    python = os.environ.get("LIFETIMES_PYTHON", "")
    if not python:
        print("lifetimes: left out, LIFETIMES_PYTHON names no Python that has it", file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        np.savetxt(path, np.column_stack(rows), delimiter=",", header="x,t_x,T", comments="", fmt="%.10g")
        command = [python, str(Path(__file__).with_name("lifetimes_fit.py")), str(path), str(THEIR_TURNS)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(told.splitlines()[-1])


def cdnow() -> tuple[Array, Array, Array]:
    """Weeks, to the end of the papers' first period."""
    days: dict[str, set[date]] = {}
    with gzip.open(DATA, "rt") as file:
        for line in file:
            customer, day, *_rest = line.split()
            if customer.isdigit():
                at = date(int(day[:4]), int(day[4:6]), int(day[6:]))
                if at <= END:
                    days.setdefault(customer, set()).add(at)
    told = [(len(one) - 1, (max(one) - min(one)).days / 7, (END - min(one)).days / 7) for one in days.values()]
    return tuple(np.array(told, dtype=float).T)


def invented(n: int) -> tuple[Array, Array, Array]:
    """Customers of up to two years, in days, each with a rate and a chance to leave of its own."""
    dice = np.random.default_rng(7)
    T = dice.integers(1, 730, n).astype(float)
    lives = np.minimum(T, dice.exponential(400, n))
    x = dice.poisson(dice.gamma(0.7, 0.02, n) * lives).astype(float)
    t = np.where(x > 0, np.floor(lives * dice.beta(np.maximum(x, 1), 1)), 0.0)
    return x, t, T
