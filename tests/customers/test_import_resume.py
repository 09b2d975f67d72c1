"""An import of customers that is killed at any point ends as one clean run; so does an undo."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from customers.models import Customer, CustomerTag, Identifier, SourceVersion
from tenancy import companies, context
from tenancy.models import Job
from tests.api.served import environment
from tests.sales.files import write

ROOT = Path(__file__).resolve().parents[2]
ROWS = 12_000


def made(path: Path, rows: int = ROWS) -> Path:
    dice = random.Random(3)
    families, given = "王李张刘陈杨赵黄周吴", "伟芳娜秀英敏静丽强磊军洋"
    told = [
        [
            f"M{number}",
            dice.choice(families) + dice.choice(given) + dice.choice(given),
            f"139{dice.randrange(10**8):08}",
            f"u{dice.randrange(rows)}@x.example" if number % 3 == 0 else "",
            f"19{dice.randrange(50, 99)}-0{dice.randrange(1, 10)}-1{dice.randrange(9)}",
            dice.choice(["VIP", "", "老客，VIP"]),
        ]
        for number in range(rows)
    ]
    return write(path, told, ["会员编号", "姓名", "手机", "邮箱", "生日", "标签"])


def command(name: str, *words: str) -> list[str]:
    return [sys.executable, "manage.py", name, *words, "--json"]


def imported(path: Path, slug: str) -> list[str]:
    return command("import_customers", str(path), "--tenant", slug, "--source", "crm")


def finished(words: list[str], env) -> dict:
    done = subprocess.run(words, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def kill_after(seconds: float, words: list[str], env) -> bool:
    """Whether the command was still at work when it was killed."""
    process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def state(tenant) -> list:
    with context.entered(tenant.id):
        return [
            sorted(
                (one.name, one.phone or "", one.email or "", one.birth_year or "") for one in Customer.objects.all()
            ),
            sorted(Identifier.objects.values_list("record__external_id", "kind", "claim")),
            sorted(SourceVersion.objects.values_list("record__external_id", "retracted_at")),
            sorted(CustomerTag.objects.values_list("tag__name", "customer__name")),
        ]


def counts(result: dict) -> list:
    return [result[name] for name in ("rows", "created", "updated", "unchanged", "rejected", "customers")]


def proven(tmp_path: Path, waits: list[float]) -> int:
    """How many of the kills struck while the import was at work."""
    path, env = made(tmp_path / "people.csv"), environment()
    clean, killed = companies.create("clean", name="Clean"), companies.create("killed", name="Killed")
    expected = finished(imported(path, "clean"), env)
    struck = sum(kill_after(wait, imported(path, "killed"), env) for wait in waits)
    assert counts(finished(imported(path, "killed"), env)) in (
        counts(expected),
        [ROWS, 0, 0, ROWS, 0, expected["customers"]],  # the killed one had just ended
    )
    assert state(killed) == state(clean)
    return struck


@pytest.mark.django_db(transaction=True)
def test_import_killed_once_ends_as_one_clean_run_and_a_killed_undo_ends_as_well(tmp_path):
    path, env = made(tmp_path / "people.csv"), environment()
    clean, killed = companies.create("clean", name="Clean"), companies.create("killed", name="Killed")
    finished(imported(path, "clean"), env)
    process = subprocess.Popen(
        imported(path, "killed"), cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: half_done(killed), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with context.entered(killed.id):
        assert 0 < Customer.objects.count() < ROWS
    result = finished(imported(path, "killed"), env)
    assert result["created"] == ROWS
    assert state(killed) == state(clean)
    undo = command("undo_import", result["import_id"], "--tenant", "killed")
    process = subprocess.Popen(undo, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: half_done(killed, "import.undo"), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert finished(undo, env) == {"restored": ROWS, "kept": 0, "conflicts": 0}
    with context.entered(killed.id):
        assert not Customer.objects.exists() and not Identifier.objects.exists()


def half_done(tenant, kind: str = "import.customers") -> bool:
    with context.entered(tenant.id):
        job = Job.objects.filter(kind=kind).first()
        return bool(job and (job.cursor.get("chunks") or job.cursor.get("after")))


def wait_until(condition, process) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it ended before it could be killed")


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_import_killed_at_ten_random_points_ends_as_one_clean_run(tmp_path):
    dice = random.Random()
    waits = [dice.uniform(1.5, 6) for _kill in range(10)]
    assert proven(tmp_path, waits) >= 3, waits
