"""How things are measured: repeated in one run, beside the bare thing, with the load of the machine."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection


@dataclass
class Sample:
    """Milliseconds of each repetition: of the clock, and of this process's CPU."""

    wall: list[float]
    cpu: list[float]

    def __add__(self, other: "Sample") -> "Sample":
        return Sample(self.wall + other.wall, self.cpu + other.cpu)

    @property
    def p50(self) -> float:
        return percentile(self.wall, 50)

    @property
    def p95(self) -> float:
        return percentile(self.wall, 95)

    @property
    def cpu_p50(self) -> float:
        return percentile(self.cpu, 50)


def sample(action: Callable, arguments: Iterable) -> Sample:
    """`action` on each of the arguments."""
    found = Sample([], [])
    for argument in arguments:
        wall, cpu = time.perf_counter(), time.process_time()
        action(argument)
        found.cpu.append((time.process_time() - cpu) * 1000)
        found.wall.append((time.perf_counter() - wall) * 1000)
    return found


def percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def report(name: str, value: float, unit: str, *, limit: float | None = None, n: int = 1, **more) -> None:
    """One JSON line. `limit` is the bare thing, in the same unit and of the same run; ratio is value / limit."""
    line = {
        "name": name,
        "value": _short(value),
        "unit": unit,
        "limit": _short(limit),
        "ratio": _short(value / limit) if limit else None,
        "n": n,
        "machine_load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps({**line, **{key: _short(one) for key, one in more.items()}}), flush=True)


def _short(value):
    return float(f"{value:.3g}") if isinstance(value, float) and abs(value) < 1000 else round(value) if value else value


class Statements:
    """What was asked of the database while it was watched, and how long each took in milliseconds."""

    def __init__(self):
        self.asked: list[tuple[str, float]] = []

    def __call__(self, execute, sql, params, many, context):
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.asked.append((sql, (time.perf_counter() - begun) * 1000))


@contextmanager
def statements() -> Iterator[Statements]:
    watched = Statements()
    with connection.execute_wrapper(watched):
        yield watched


def server_cpu() -> float | None:
    """CPU seconds that our connection's server process has used; None where the server is elsewhere."""
    try:
        words = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, AttributeError):
        return None
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def rows_written() -> int:
    """Rows that the open transaction has inserted, changed or deleted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])
