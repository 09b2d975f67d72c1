"""Importing an order file into an empty company, beside COPY and upsert of the very rows it makes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

from bench import companies, order_file
from bench.measuring import report
from bench.plain import ALL, LINES, Plain
from crm.lib import tables
from customers import identities, imports
from customers.imports import surveys, working
from customers.imports.kinds import Rejected
from customers.models import Source
from sales import orders, staging
from sales.order_files import OrderFiles
from tenancy import context

COUNT = 100_000
ONLINE_RETAIL = Path("../shared/data/transactions/online_retail_uci/onlineretail.csv.gz")
TURNS = 1


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, personal in (("orders", False), ("orders_with_people", True)):
            path = Path(folder) / f"{name}.csv"
            order_file.write(path, lines=COUNT, personal=personal)
            measure(name, path)
    if ONLINE_RETAIL.is_file():
        measure("online_retail", ONLINE_RETAIL)


def measure(name: str, path: Path) -> None:
    """Each way and the bare thing by turns."""
    recorded, everything, again = [], [], []
    for turn in range(TURNS):
        tenant_id = companies.empty().id
        recorded.append(record(tenant_id, path))
        if turn == 0:
            bare, bare_all = Plain(tenant_id, LINES), Plain(tenant_id, ALL)
            limits, limits_all = [], []
        limits.append(bare.write())
        limits_all.append(bare_all.write())
        slug = companies.empty().slug
        everything.append(imported(slug, path))
        again.append(imported(slug, path))
        limits.append(bare.write())
    rows = bare.rows
    limit, limit_all = rows / min(limits), rows / min(limits_all)
    report(
        f"import_orders.{name}.recorded",
        rows / min(recorded),
        "lines/s",
        limit=limit,
        n=rows,
        all_rows=bare_all.rows,
    )
    report(f"import_orders.{name}.recorded_all_rows", rows / min(recorded), "lines/s", limit=limit_all, n=rows)
    for what, runs in (("everything", everything), ("again", again)):
        best = min(runs, key=lambda run: run["seconds"])
        report(
            f"import_orders.{name}.{what}", best["rows"] / best["seconds"], "lines/s", limit=limit, n=best["rows"],
            peak_mb=max(run["peak_mb"] for run in runs), unchanged=best["unchanged"], child_cpu=best["cpu"],
            process_seconds=best["wall"],
        )  # fmt: skip


def record(tenant_id: UUID, path: Path) -> float:
    """Seconds of orders.record on lines that are ready, in the pieces that an import has."""
    with context.entered(tenant_id):
        source = Source.objects.create(key="shop")
        importer = OrderFiles()
        found = surveys.make(str(path), filename=path.name, plan=imports.Plan(), columns=importer.columns())
        items = importer.reader(str(path), found, source).read(tables.rows(path, found.profile, found.sheet.name))
        ready = [item for item in items if not isinstance(item, Rejected)]
    begun = time.perf_counter()
    for number, start in enumerate(range(0, len(ready), working.CHUNK)):
        with context.entered(tenant_id):
            piece = ready[start : start + working.CHUNK]
            people = {
                line.customer: identities.Person(line.customer, told, line.at)
                for line, told in piece
                if any(told.values())
            }
            orders.record([line for line, _told in piece], source=source, people=people)
            if number in working.GROWN:
                staging.renew_statistics()
    return time.perf_counter() - begun


def imported(slug: str, path: Path, name: str = "import_orders") -> dict:
    """The command in a process of its own: its answer, with the process's peak memory in MB and CPU seconds."""
    command = [
        sys.executable,
        "manage.py",
        name,
        "--tenant",
        slug,
        "--source",
        "shop",
        "--json",
        str(path),
    ]
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as answer:
        process = subprocess.Popen(command, stdout=answer)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{name} ended with {process.returncode}")
        answer.seek(0)
        told = json.loads(answer.read().decode().splitlines()[-1])
    return {
        **told,
        "peak_mb": usage.ru_maxrss / 1024,
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - begun,
    }
