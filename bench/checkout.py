"""Confirming a purchase over HTTP, beside a pgbench script of the very statements it runs, on the same two cores."""

import os
import random
import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.measuring import percentile, report
from customers.models import Customer
from loyalty import ledger
from loyalty.simulation import company, servers
from loyalty.simulation.clerks import Clerk
from ops.binaries import find_binaries
from tenancy import context

THREADS = 16
SECONDS = 10
OPEN_SECONDS = 20
RATE = 20  # confirms a second that arrive independently
SCRIPTS = 120
MEMBERS = 1000
SLUG = "till-bench"  # pgbench leaves books that do not add up
POINTS = 100
MOST_STATEMENTS = 15


def main() -> None:
    shop = company.open_company(THREADS, MEMBERS, slug=SLUG)
    _fill(shop)
    statements = _statements(shop)
    limit = _pgbench(shop, statements)
    with servers.running(os.environ, "crm.wsgi") as running:
        _closed(running.port, shop, list(shop.members), 2)  # warm
        uniform = _closed(running.port, shop, list(shop.members), SECONDS)
        hot = _closed(running.port, shop, list(shop.members)[:1], SECONDS)
        arrivals = _open(running.port, shop)
    counted = [one for one in statements if not one.startswith(("BEGIN", "COMMIT"))]
    report("checkout.statements", len(counted), "statements", limit=MOST_STATEMENTS)
    report(
        "checkout.tps", uniform.tps, "confirms/s", limit=limit, n=len(uniform.milliseconds),
        p50=percentile(uniform.milliseconds, 50), p95=percentile(uniform.milliseconds, 95), failed=uniform.failed,
    )  # fmt: skip
    report("checkout.hot", hot.tps, "confirms/s", limit=uniform.tps, n=len(hot.milliseconds), failed=hot.failed)
    report(
        "checkout.open", percentile(arrivals.milliseconds, 95), "ms", n=len(arrivals.milliseconds),
        p50=percentile(arrivals.milliseconds, 50), rate=arrivals.tps, failed=arrivals.failed,
    )  # fmt: skip


@dataclass
class Run:
    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0

    @property
    def tps(self) -> float:
        return len(self.milliseconds) / self.seconds


def _fill(shop: company.Company) -> None:
    """Enough points for all that is redeemed here."""
    with context.entered(shop.tenant_id):
        for customer in Customer.objects.filter(id__in=shop.members):
            ledger.earn(customer, points=5_000_000, request_id=f"bench:{uuid4()}", by=None)
    connection.close()


def _body(member: UUID) -> dict:
    """Earns as much as it redeems, so that the account stays as it is."""
    line = {"price": f"{POINTS + 1}.00"}
    return {"key": str(uuid4()), "customer_id": str(member), "lines": [line], "points": POINTS}


def _statements(shop: company.Company) -> list[str]:
    """What one confirm asks of the database, with its values, BEGIN and COMMIT included."""
    client = Client()
    headers = {"Authorization": f"Bearer {shop.secrets[0]}"}
    member = next(iter(shop.members))

    def confirm() -> None:
        answer = client.post("/api/v1/checkouts/", _body(member), content_type="application/json", headers=headers)
        if answer.status_code != 201:
            raise RuntimeError(answer.content)

    confirm()
    with CaptureQueriesContext(connection) as asked:
        confirm()
    said = [one["sql"].strip().rstrip(";") for one in asked]
    begin = said.index("BEGIN")  # the tenant is told beside Django's log of statements
    return [*said[: begin + 1], f"SELECT set_config('app.tenant_id', '{shop.tenant_id}', true)", *said[begin + 1 :]]


def _pgbench(shop: company.Company, statements: list[str]) -> float:
    """Transactions a second of the same statements, by pgbench with as many clients, a script for each member."""
    url = urlsplit(os.environ["DATABASE_URL"])
    first = str(next(iter(shop.members)))
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, member in enumerate(list(shop.members)[:SCRIPTS]):
            file = Path(folder) / f"{number}.sql"
            file.write_text(_script(statements, first, str(member)))
            files += ["-f", str(file)]
        command = [
            str(find_binaries().postgres / "pgbench"), "-n", "-c", str(THREADS), "-j", "2", "-T", str(SECONDS),
            "-h", url.hostname, "-p", str(url.port), "-U", unquote(url.username), *files, url.path.lstrip("/"),
        ]  # fmt: skip
        told = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "PGPASSWORD": unquote(url.password)}
        )
    failed = re.search(r"number of failed transactions: (\d+)", told.stdout)
    if failed and int(failed[1]):
        raise RuntimeError(told.stdout + told.stderr)
    return float(re.search(r"tps = ([\d.]+)", told.stdout)[1])


def _script(statements: list[str], first: str, member: str) -> str:
    """The statements of one transaction for another member, each run with ids of its own.

    The account is moved by what it was moved, whatever it holds: else a second run would find it changed.
    """
    text = ";\n".join(statements) + ";\n"
    text = re.sub(r"WHERE a\.balance = \d+ AND a\.debt = \d+", "WHERE a.balance >= 0 AND a.debt >= 0", text)
    ids = {one.replace("-", "") for one in re.findall(UUID_TEXT, text)}
    fresh = {one: f"md5(:run || '{number}')::uuid" for number, one in enumerate(sorted(ids - _standing(ids)))}

    def element(told: str) -> str:
        prefix, _colon, id = told.rpartition(":")
        made = fresh.get(id.replace("-", ""))
        return f"'{told}'" if made is None else f"('{prefix}:' || {made})" if prefix else made

    def array(found: re.Match) -> str:
        elements = [element(one) for one in found[1].split(",")]
        return found[0] if "md5" not in str(elements) else f"ARRAY[{', '.join(elements)}]::{found[2]}[]"

    text = re.sub(r"'\{([^'\"]*)\}'::(uuid|text)\[\]", array, text)
    text = re.sub(rf"'({UUID_TEXT})'(::uuid)?", lambda found: element(found[1]), text)
    text = re.sub(r"'T[A-Z2-7]{16}'", "('T' || md5(:run || 'n'))", text)
    for spelling in (first, first.replace("-", "")):
        text = text.replace(spelling, member)
    return "\\set run random(1, 9000000000000000000)\n" + text


UUID_TEXT = "[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"


def _standing(ids: set[str]) -> set[str]:
    """Those of the ids that are there before each run: company, member, store, programme, token and the like."""
    tables = ("tenancy_tenant", "tenancy_membership", "tenancy_user", "tenancy_apitoken", "tenancy_store",
              "customers_customer", "customers_source", "customers_sourcerecord", "loyalty_programmeversion",
              "loyalty_programme")  # fmt: skip
    found: set[str] = set()
    tenant_id = company.lookups.tenant_of_slug(SLUG)
    with context.entered(tenant_id), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT id FROM {table} WHERE id = ANY(%s::uuid[])", [sorted(ids)])
            found |= {id.hex for (id,) in cursor.fetchall()}
    connection.close()
    return found


def _closed(port: int, shop: company.Company, members: list[UUID], seconds: float) -> Run:
    """Sixteen clients, each with the next purchase as soon as the last is answered."""
    runs = [Run() for _thread in range(THREADS)]
    until = time.monotonic() + seconds

    def work(run: Run, secret: str) -> None:
        asking = Clerk(port, secret, {}, until, 0)
        while time.monotonic() < until:
            _confirm(asking, random.choice(members), run)
        asking.hang_up()

    _together(lambda place: work(runs[place], shop.secrets[place]), THREADS)
    return _sum(runs, seconds)


def _open(port: int, shop: company.Company) -> Run:
    """Purchases arrive independently, twenty a second on average, whether or not the former are answered."""
    moments, at = [], 0.0
    while at < OPEN_SECONDS:
        at += random.expovariate(RATE)
        moments.append(at)
    began, members = time.monotonic(), list(shop.members)
    taken, lock, runs = iter(moments), threading.Lock(), [Run() for _thread in range(4 * THREADS)]

    def work(place: int) -> None:
        asking = Clerk(port, shop.secrets[place % THREADS], {}, began, 0)
        while True:
            with lock:
                moment = next(taken, None)
            if moment is None:
                break
            time.sleep(max(0.0, began + moment - time.monotonic()))
            _confirm(asking, random.choice(members), runs[place], arrived=began + moment)
            asking.hang_up()  # a clerk's browser comes back later than the server keeps the line open

    _together(work, len(runs))
    return _sum(runs, OPEN_SECONDS)


def _confirm(asking: Clerk, member: UUID, run: Run, arrived: float | None = None) -> None:
    arrived = time.monotonic() if arrived is None else arrived
    status, _answer = asking.ask("checkouts/", _body(member))
    if status == 201:
        run.milliseconds.append((time.monotonic() - arrived) * 1000)
    else:
        run.failed += 1


def _together(work, times: int) -> None:
    threads = [threading.Thread(target=work, args=(place,)) for place in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _sum(runs: list[Run], seconds: float) -> Run:
    return Run([one for run in runs for one in run.milliseconds], sum(run.failed for run in runs), seconds)
