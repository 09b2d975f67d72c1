"""Entries are written once, and the verifier finds what was planted past the product."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from loyalty import expiring, ledger, verifying
from loyalty.models import Account, Entry, Lot
from tenancy import context
from tenancy.database.bulk import fetch
from tests.loyalty import shop

UNLOCKED = "ALTER TABLE loyalty_entry DISABLE TRIGGER USER; "
TABLES = ("loyalty_entry", "loyalty_lotuse", "loyalty_programmeversion")
# The owner, who may drop a table, may also empty it: the backups are for that.
REFUSED = [
    ("crm_app", "UPDATE {} SET id = uuidv7()"),
    ("crm_app", "DELETE FROM {}"),
    ("crm_app", "TRUNCATE {} CASCADE"),
    ("crm_owner", "UPDATE {} SET id = uuidv7()"),
    ("crm_owner", "DELETE FROM {}"),
]


@pytest.fixture
def booked(entered, cast):
    shop.programme()
    customer = shop.member()
    shop.buy(customer, "500", by=cast.bob)
    shop.buy(customer, "5", points=100, by=cast.bob)
    return customer


def as_owner(statement: str) -> None:
    """What only somebody with the owner's password can do."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(statement)
        cursor.execute("SET ROLE crm_app")


@pytest.mark.parametrize(("role", "statement"), REFUSED)
@pytest.mark.parametrize("table", TABLES)
def test_entries_are_neither_changed_nor_deleted(booked, role, table, statement):
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        fetch("RESET ROLE" if role == "crm_owner" else "SET ROLE crm_app")
        fetch(statement.format(table))
    fetch("SET ROLE crm_app")


@pytest.mark.parametrize("column", ["points", "debt", "kind", "request_id", "at", "reason"])
def test_no_column_of_an_entry_changes(booked, column):
    with pytest.raises(DatabaseError), transaction.atomic():
        fetch(f"UPDATE loyalty_entry SET {column} = {column}")


def verify(slug: str) -> tuple[int, dict]:
    out, code = StringIO(), 0
    try:
        call_command("verify_ledger", "--tenant", slug, stdout=out, stderr=StringIO())
    except SystemExit as ended:
        code = ended.code
    return code, json.loads(out.getvalue().splitlines()[-1])


def test_right_books_are_said_to_be_right(booked, entered):
    assert verify(entered.slug) == (0, {"accounts": 1, "entries": 3, "wrong": 0})


@pytest.mark.parametrize(
    "planted",
    [
        "UPDATE loyalty_account SET balance = balance + 1",
        "UPDATE loyalty_account SET debt = 5",
        "UPDATE loyalty_lot SET remaining = remaining - 1 WHERE remaining > 0",
        "UPDATE loyalty_lot SET remaining = remaining - 1, points = points - 1 WHERE remaining > 0",
        UNLOCKED + "UPDATE loyalty_entry SET points = points + 1 WHERE kind = 'earn'",
        UNLOCKED + "UPDATE loyalty_entry SET points = 0 WHERE kind = 'redeem'",
        "ALTER TABLE loyalty_lotuse DISABLE TRIGGER USER; DELETE FROM loyalty_lotuse",
    ],
)
def test_a_planted_error_is_found(booked, entered, planted):
    fetch("SET CONSTRAINTS ALL IMMEDIATE")
    as_owner(planted)
    assert verify(entered.slug) == (1, {"accounts": 1, "entries": 3, "wrong": 1})


def test_points_whose_time_has_come_leave_once(booked, entered, cast):
    Lot.objects.update(expires_at=timezone.now() - timedelta(days=1))
    job = expiring.start(title="expire")
    with context.entered(entered.id):
        pieces = expiring.run(job)
        assert list(pieces) == [None]
    assert Account.objects.get().balance == 0
    assert Entry.objects.filter(kind="expire").count() == 2
    assert ledger.expire([booked.id], at=timezone.now()) == set()
    assert (expiring.start(title="again"), verifying.verify().wrong) == (None, [])
