"""One person goes in by every door, is erased, and is nowhere; everybody and every sum stays."""

import json

import pytest
from django.core.management import call_command
from django.db.models import Sum

from customers import search
from customers.models import Customer, Identifier
from loyalty import verifying
from loyalty.models import Account, Entry, Lot
from privacy import erasure, erasure_list
from sales.models import Order, OrderLine, Refund
from segmentation.models import CustomerStats
from tenancy import context, sending
from tenancy.models import AuditEvent, IdempotentRequest
from tests.api.conftest import Program, make_token, unhurried
from tests.privacy import planting, searching

__all__ = ["make_token", "unhurried"]
pytestmark = pytest.mark.django_db(transaction=True)
FEWEST = 30


@pytest.fixture
def world(cast, tenant, login, make_token, settings, tmp_path, caplog):
    settings.STATE_DIR = tmp_path
    caplog.set_level("DEBUG")
    browser = login(cast.ada)
    program = Program(make_token(cast.ada))
    world = planting.World(tenant=tenant, ada=cast.ada, bob=cast.bob, browser=browser, program=program)
    for plant in planting.PLANTERS:
        plant(world)
    return world


@pytest.fixture
def bystander(world):
    return planting.bystander(world)


def sums() -> dict:
    """What no erasure may change."""
    return {
        "orders": Order.objects.aggregate(Sum("total"), Sum("refunded")),
        "lines": OrderLine.objects.aggregate(Sum("amount"), Sum("quantity")),
        "refunds": Refund.objects.aggregate(Sum("amount")),
        "stats": CustomerStats.objects.aggregate(Sum("monetary"), Sum("frequency")),
        "points": Entry.objects.aggregate(Sum("points"), Sum("debt")),
        "accounts": Account.objects.aggregate(Sum("balance"), Sum("debt")),
        "lots": Lot.objects.aggregate(Sum("points"), Sum("remaining")),
        "books": verifying.verify().wrong,
        "rows": (Order.objects.count(), OrderLine.objects.count(), Customer.objects.count()),
    }


def test_nothing_planted_is_found_after_erasure(world, bystander, tenant, caplog):
    assert len(world.planted) >= FEWEST
    before = searching.hits(world.planted, searching.everywhere(tenant, ""))
    assert {string for string, _place in before} == world.planted, "a planter whose string is nowhere proves nothing"
    with context.entered(tenant.id):
        assert Customer.objects.filter(records__isnull=False).distinct().count() == 3, "the doors led to one customer"
        figures = sums()
        theirs = Customer.objects.filter(id=bystander.id).values().get()
        erasure.erase(world.customer, by=world.ada)
    after = searching.everywhere(tenant, caplog.text)
    assert searching.hits(world.planted, after) == set()
    with context.entered(tenant.id):
        assert sums() == figures
        assert Customer.objects.filter(id=bystander.id).values().get() == theirs
        assert Customer.objects.get(id=bystander.id).phone == bystander.phone


def test_no_search_finds_who_was_erased(world, tenant):
    queries = [planting.NAME, "赵", "zhaojinque", "zjqy", "13912345671", "5671", planting.EMAIL, "CARD-CANARY-3391",
               "FILE-CANARY-0009"]  # fmt: skip
    with context.entered(tenant.id):

        def found(query):
            return world.customer in search.find(query, member=world.ada, region="CN")

        digests = set(Identifier.objects.values_list("digest", flat=True))
        assert [query for query in queries if found(query)] == queries
        erasure.erase(world.customer, by=world.ada)
        assert [query for query in queries if found(query)] == []
        assert digests & set(Identifier.objects.values_list("digest", flat=True)) == set()
        assert Identifier.objects.exclude(tail=None).count() == 0


def test_what_others_need_stays(world, tenant):
    """A kept answer is not given again and its write not done again; the session lives on without its message."""
    with context.entered(tenant.id):
        erasure.erase(world.customer, by=world.ada)
    body = {"kind": "note.added", "text": "rest-note-canary-7731"}
    again = world.program.client.post(
        f"/api/v1/customers/{world.customer_id}/timeline/", json.dumps(body), content_type="application/json",
        headers={**world.program.headers, "Idempotency-Key": "canary-note"},
    )  # fmt: skip
    assert (again.status_code, again["Content-Type"]) == (410, "application/problem+json")
    assert world.browser.session["kept"] == "this stays"
    assert "_messages" not in world.browser.session
    with context.entered(tenant.id):
        assert IdempotentRequest.objects.count() == 11
        assert [row.text for row in world.customer.interactions.all() if row.text] == []


def test_the_audit_never_held_what_was_typed(world, tenant):
    with context.entered(tenant.id):
        told = json.dumps([event.changes for event in AuditEvent.objects.all()], ensure_ascii=False)
        assert searching.hits(world.planted, {"audit": told.encode()}) == set()
        assert AuditEvent.objects.filter(subject_id=world.customer_id).count() >= 4


def test_the_list_outside_repeats_the_erasure_in_a_restored_copy_once(world, tenant, capsys):
    with context.entered(tenant.id):
        done = erasure.erase(world.customer, by=world.ada)
        entry = json.dumps(erasure_list.entry(done))
    assert erasure_list.path().read_text() == f"{entry}\n"
    assert erasure_list.write_all() == 0
    assert searching.hits(world.planted, {"list": entry.encode()}) == set()
    call_command("reapply_erasures", str(erasure_list.path()))
    assert json.loads(capsys.readouterr().out) == {"listed": 1, "erased": 0}


def test_sending_is_switched_by_command(db, capsys):
    for word, paused in (("off", True), ("status", True), ("on", False)):
        call_command("sending", word)
        assert capsys.readouterr().out == f"sending is {'off' if paused else 'on'}\n"
        assert sending.paused() == paused
