"""Two writers of one customer at once: what was said last is what stands."""

import threading
import time

import pytest
from django.db import OperationalError, connection

from customers import editing, golden, identities, tagging
from customers.models import Customer, CustomerTag
from tenancy import context
from tenancy.database.bulk import fetch


@pytest.mark.django_db(transaction=True)
def test_projection_made_while_somebody_edits_is_of_the_edited(tenant, cast):
    with context.entered(tenant.id):
        customer = editing.create({"name": "张三", "kind": "person"}, owner=None, store=None, by=cast.ada)

    def standardise():
        with context.entered(tenant.id):
            identities.refresh({customer.id})
        connection.close()

    other = threading.Thread(target=standardise)
    with context.entered(tenant.id):
        editing.change(customer, {"name": "张三丰"}, by=cast.ada)
        other.start()
        _until_somebody_waits()
    other.join(20)
    with context.entered(tenant.id):
        assert Customer.objects.get().name == "张三丰"


@pytest.mark.django_db(transaction=True)
def test_who_tags_and_who_projects_take_customers_in_one_order(tenant, cast):
    with context.entered(tenant.id):
        first, second = (
            editing.create({"name": name, "kind": "person"}, owner=None, store=None, by=cast.ada) for name in "张李"
        )
        tagging.named(["VIP"])
        identities.touch(first)  # whose row by that stands behind the other's in the table
    failures = []

    def tag():
        try:
            with context.entered(tenant.id):
                tagging.put([second.id, first.id], ["VIP"], by=cast.ada)
        except OperationalError as problem:
            failures.append(problem)
        connection.close()

    other = threading.Thread(target=tag)
    with context.entered(tenant.id):
        golden.hold([first.id])
        other.start()
        _until_somebody_waits()
        golden.hold([second.id])
    other.join(20)
    assert failures == []
    with context.entered(tenant.id):
        assert CustomerTag.objects.count() == 2


def _until_somebody_waits() -> None:
    for _turn in range(200):
        if fetch("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0]:
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits")
