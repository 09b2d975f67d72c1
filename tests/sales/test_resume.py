"""An import that is killed half way ends as one clean run, in the hands of the application's own role."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sales.models import OrderLine
from segmentation import stats
from tenancy import companies, context
from tenancy.models import Job
from tests.api.served import environment
from tests.sales.files import write
from tests.sales.test_real_orders import state

ROOT = Path(__file__).resolve().parents[2]
LINES = 24_000


def made(path: Path) -> Path:
    dice = random.Random(3)
    rows = []
    for number in range(LINES):
        order, at = number // 3, f"2026-0{dice.randrange(1, 10)}-1{dice.randrange(9)} 10:00:00"
        quantity = str(dice.randrange(1, 9))
        rows.append([f"{order}", f"P{dice.randrange(200)}", "thing", quantity, at, "2.50", f"C{order % 700}"])
    return write(path, rows)


def command(path: Path, slug: str) -> list[str]:
    return [sys.executable, "manage.py", "import_orders", str(path), "--tenant", slug, "--source", "shop", "--json"]


def wait_for_chunks(tenant, chunks: int, process) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with context.entered(tenant.id):
            job = Job.objects.first()
            if job and job.cursor.get("chunks", 0) >= chunks:
                return
        time.sleep(0.02)
    raise AssertionError("the import ended before it could be killed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("killed_after", [1, 3])
def test_killed_import_goes_on_and_ends_as_one_clean_run(tmp_path, killed_after):
    path, env = made(tmp_path / "orders.csv"), environment()
    clean = companies.create("clean", name="Clean")
    subprocess.run(command(path, "clean"), cwd=ROOT, env=env, check=True, capture_output=True)
    killed = companies.create("killed", name="Killed")
    process = subprocess.Popen(
        command(path, "killed"), cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for_chunks(killed, killed_after, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with context.entered(killed.id):
        assert 0 < OrderLine.objects.count() < LINES
    done = subprocess.run(command(path, "killed"), cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["rows"], result["created"], result["updated"], result["rejected"]) == (LINES, LINES, 0, 0)
    with context.entered(clean.id):
        expected = state()
    with context.entered(killed.id):
        assert state() == expected
        assert stats.rebuild() == 0
