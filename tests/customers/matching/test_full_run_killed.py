"""A full run that is killed at any point leaves nothing half-merged, and the next one ends as one that never was."""

import random
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from customers.models import Customer, MatchRecord, Merge, SourceRecord
from tenancy import companies, context
from tests.api.served import ROOT, environment
from tests.customers.matching import people

RECORDS = 3000
COMMAND = [sys.executable, "manage.py", "match", "--full", "--tenant", "killed", "--json"]


def begun() -> tuple[companies.Tenant, people.Groups]:
    """A company with nothing ready and nothing merged, and the clusters that a run is to end with."""
    tenant = companies.create("killed", name="Killed")
    with context.entered(tenant.id):
        people.told(RECORDS)
    with context.entered(tenant.id):
        people.ready()
        expected = people.groups_of(*people.computed())
        MatchRecord.objects.all().delete()
    return tenant, expected


def killed(tenant, is_time: Callable[[], bool]) -> bool:
    """Whether the run was still at work when it was killed."""
    process = subprocess.Popen(COMMAND, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until and not is_time():
        time.sleep(0.01)
    struck = process.poll() is None
    process.kill()
    process.wait()
    with context.entered(tenant.id):
        people.require_nothing_half_merged()
        assert SourceRecord.objects.count() == RECORDS
        assert Customer.objects.filter(merged_into=None).count() == len(people.groups())
    return struck


def require_end(tenant, expected: people.Groups) -> None:
    subprocess.run(COMMAND, cwd=ROOT, env=environment(), check=True, stdout=subprocess.DEVNULL)
    with context.entered(tenant.id):
        people.require_nothing_half_merged()
        assert people.groups() == expected


@pytest.mark.django_db(transaction=True)
def test_full_run_killed_while_making_ready_and_while_merging_ends_as_one_that_was_not():
    tenant, expected = begun()

    def some(model) -> bool:
        with context.entered(tenant.id):
            return model.objects.exists()

    assert killed(tenant, lambda: some(MatchRecord))
    assert not some(Merge)
    assert killed(tenant, lambda: some(Merge))
    with context.entered(tenant.id):
        assert people.groups() != expected
    require_end(tenant, expected)


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_full_run_killed_at_ten_random_points_ends_as_one_that_was_not():
    tenant, expected = begun()
    dice = random.Random()
    waits = [dice.uniform(1.5, 9) for _kill in range(10)]
    struck = 0
    for wait in waits:
        end = time.monotonic() + wait
        struck += killed(tenant, lambda end=end: time.monotonic() > end)
    assert struck >= 3, waits
    require_end(tenant, expected)
