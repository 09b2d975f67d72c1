"""The till over REST: what a clerk's program does in a day, and what it costs."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import verifying
from loyalty.models import Account
from tenancy import context
from tests.api.conftest import order_body
from tests.loyalty import shop

MOST_STATEMENTS = 15


@pytest.fixture
def member(cast, tenant):
    with context.entered(tenant.id):
        shop.programme()
        shop.product("P1", "100.00", barcode="6901234567892")
        return shop.member()


@pytest.fixture
def clerk(program, cast, member):
    return program(cast.bob)


def sale(member, **fields):
    return {"key": str(uuid4()), "customer_id": str(member.id), "lines": [{"product": "P1", "quantity": 10}]} | fields


def test_a_day_at_the_till(clerk, member, tenant):
    found = clerk.post("till/lookups/", {"query": "138 1234 5678"}).json()["results"]
    assert [(one["id"], one["name"], one["is_exact"]) for one in found] == [(str(member.id), "张**", True)]
    first = clerk.post("checkouts/", sale(member))
    assert (first.status_code, first.json()["earned"], first.json()["payable"]) == (201, 1000, "1000.00")
    quote = clerk.post("till/quotes/", {"customer_id": str(member.id), "lines": [{"price": "8.00"}], "points": 500})
    assert (quote.json()["payable"], quote.json()["most"]) == ("3.00", 800)
    asked = sale(member, lines=[{"price": "8.00"}], points=500)
    spent = clerk.post("checkouts/", asked).json()
    assert clerk.post("checkouts/", asked).json() == spent
    receipt = clerk.get(f"checkouts/{spent['id']}/").json()
    back = {"key": str(uuid4()), "lines": [{"line_id": receipt["lines"][0]["id"], "quantity": 1}]}
    made = clerk.post(f"checkouts/{spent['id']}/returns/", back)
    assert (made.status_code, made.json()["given_back"], made.json()["taken_back"]) == (201, 500, 3)
    assert clerk.post(f"checkouts/{spent['id']}/returns/", back).status_code == 200
    with context.entered(tenant.id):
        assert (Account.objects.get().balance, verifying.verify().wrong) == (1000, [])


def test_a_purchase_takes_at_most_fifteen_statements(clerk, member):
    clerk.post("checkouts/", sale(member))
    with CaptureQueriesContext(
        connection,
    ) as told:
        answer = clerk.post("checkouts/", sale(member, points=500))
    assert answer.status_code == 201
    statements = [one["sql"] for one in told if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"points": 150}, 422, "points_unfit"),
        ({"points": -1}, 400, "invalid"),
        ({"points": 10**12}, 400, "invalid"),
        ({"points": True}, 400, "invalid"),
        ({"lines": []}, 400, "invalid"),
        ({"lines": [{"product": "nothing"}]}, 400, "invalid"),
        ({"lines": [{"price": "0"}]}, 400, "invalid"),
        ({"store": "nowhere"}, 400, "invalid"),
        ({"store": "S" * 41}, 400, "invalid"),
        ({"store": 1}, 400, "invalid"),
        ({"customer_id": str(uuid4())}, 422, "unknown_customer"),
    ],
)
def test_what_cannot_be_sold_is_refused_with_its_reason(clerk, member, change, status, code):
    refused = clerk.post("checkouts/", sale(member) | change)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_the_store_may_be_named_and_is_the_members_else(clerk, member, cast):
    assert clerk.post("checkouts/", sale(member)).json()["store_id"] == str(cast.store.id)
    assert clerk.post("checkouts/", sale(member, store="S2")).json()["store_id"] == str(cast.other_store.id)


@pytest.mark.parametrize("source", ["till", "staff"])
def test_our_own_sources_are_not_written_from_outside(ada, source):
    refused = ada.post("orders/", order_body() | {"source": source})
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [("#/source", "reserved")]
    assert ada.get(f"orders/?source={source}").status_code == 200


def test_enrolling_joins_nobody_who_is_there(clerk, member, ada):
    ada.patch(f"customers/{member.id}/", {"email": "zhang@example.org"})
    told = {"key": str(uuid4()), "name": "李梅", "phone": "13900001111", "email": "Zhang@example.org"}
    refused = clerk.post("till/enrolments/", told)
    assert (refused.status_code, refused.json()["code"]) == (422, "already_member")


def test_a_key_corrects_one_customer_by_one_amount(ada, member):
    asked = {"points": 10, "reason": "补", "key": "1"}
    first = ada.post(f"customers/{member.id}/points/adjustments/", asked)
    assert ada.post(f"customers/{member.id}/points/adjustments/", asked).json() == first.json()
    refused = ada.post(f"customers/{member.id}/points/adjustments/", asked | {"points": 20})
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


def test_an_enrolment_again_is_the_same_member(clerk, member):
    told = {"key": str(uuid4()), "name": "李梅", "phone": "13900001111"}
    first = clerk.post("till/enrolments/", told).json()
    assert clerk.post("till/enrolments/", told).json() == first
    found = clerk.post("till/lookups/", {"query": first["card"]}).json()["results"]
    assert [one["id"] for one in found] == [first["id"]]
