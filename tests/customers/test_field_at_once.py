"""A field that is added while others read and write: nobody waits for it, and it works at once everywhere."""

import threading
import time

import pytest
from django.db import connection

from customers import custom, defining, editing, identities
from customers.identities import Person
from customers.models import Customer, CustomField, Source
from tenancy import context
from tenancy.database.bulk import fetch
from tests.api.conftest import Program

MODES = {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}
WORKERS, SECONDS_APART = 4, 0.05


@pytest.fixture
def program(make_token, cast):
    return Program(make_token(cast.ada))


@pytest.fixture
def make_token(cast):
    from tenancy import tokens

    def make(member):
        with context.entered(member.tenant_id):
            return tokens.make(member, name="till", permissions=None, by=None)[1]

    return make


class Work(threading.Thread):
    """Reads and writes customers until told to stop; keeps how long each took."""

    def __init__(self, tenant, number: int, stop: threading.Event):
        super().__init__()
        self.tenant, self.number, self.stop = tenant, number, stop
        self.seconds: list[float] = []
        self.failure: Exception | None = None

    def run(self):
        try:
            turn = 0
            while not self.stop.is_set():
                turn += 1
                began = time.monotonic()
                self.once(turn)
                self.seconds.append(time.monotonic() - began)
                time.sleep(SECONDS_APART)
        except Exception as problem:
            self.failure = problem
        finally:
            connection.close()

    def once(self, turn: int) -> None:
        with context.entered(self.tenant.id):
            source = Source.objects.get(key="pos")
            said = {"name": f"张{turn}", **{field.key: str(turn) for field in custom.fields()}}
            known = identities.record([Person(f"{self.number}-{turn % 7}", said)], source=source)
            custom.values_of([one.customer_id for one in known.values()])


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_new_field(tenant, cast):
    with context.entered(tenant.id):
        Source.objects.create(key="pos")
    stop = threading.Event()
    workers = [Work(tenant, number, stop) for number in range(WORKERS)]
    [worker.start() for worker in workers]
    modes = set()
    try:
        time.sleep(0.5)
        for number in range(10):
            with context.entered(tenant.id):
                defining.define(label=f"Size {number}", kind="number", by=cast.ada)
                modes |= {
                    mode
                    for (mode,) in fetch(
                        """SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'"""
                    )
                }
                time.sleep(0.1)  # uncommitted while the others go on
    finally:
        time.sleep(0.5)
        stop.set()
        [worker.join(30) for worker in workers]
    assert [worker.failure for worker in workers] == [None] * WORKERS
    assert modes <= MODES
    assert "RowExclusiveLock" in modes
    assert max(max(worker.seconds) for worker in workers) < 1
    with context.entered(tenant.id):
        found = custom.values_of(Customer.objects.values_list("id", flat=True))
        assert max(len(values) for values in found.values()) == 10


def test_new_field_works_at_once_in_form_filter_and_rest(tenant, cast, login, program):
    with context.entered(tenant.id):
        customer = editing.create({"name": "王芳"}, owner=cast.ada, store=None, by=cast.ada)
        field = defining.define(label="Shoe size", kind="number", by=cast.ada)
    browser = login(cast.ada)
    edit = f"/t/lanhu/customers/{customer.id}/edit/"
    assert 'name="x_shoe_size"' in browser.get(edit).content.decode()
    browser.post(edit, {"kind": "person", "name": "王芳", "x_shoe_size": "38"})
    assert program.get(f"customers/{customer.id}/").json()["custom"] == {"shoe_size": 38}
    program.patch(f"customers/{customer.id}/", {"custom": {"shoe_size": 39}})
    for query, names in (("x_shoe_size=39", ["王芳"]), ("x_shoe_size_from=40", [])):
        assert [row["name"] for row in program.get(f"customers/?{query}").json()["results"]] == names
    assert [row["key"] for row in program.get("fields/").json()["results"]] == [field.key]


def test_definition_is_asked_for_anew_each_time(entered, cast):
    """Another process may have made it a moment ago."""
    assert custom.fields() == []
    CustomField.objects.create(key="size", label="Size", kind="number")
    assert [field.key for field in custom.fields()] == ["size"]
