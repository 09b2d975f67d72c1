"""Costs over REST: set and told to who sees the company's figures, taken with any order."""

import pytest

from tests.api.conftest import Program, order_body

PRODUCTS = ("ORDERS_VIEW", "PRODUCTS_EDIT")


@pytest.fixture
def seller(cast, make_token):
    """Records orders and changes products, and is told no figure."""
    return Program(make_token(cast.ada, *PRODUCTS, "ORDERS_EDIT", "CUSTOMERS_VIEW", "CUSTOMERS_EDIT"))


def ordered(program, number="A-1", **line):
    body = order_body(number)
    body["lines"][0] |= line
    return program.post("orders/", body).json()


def test_an_order_tells_its_unit_cost_or_takes_that_of_the_product(ada):
    ada.post("products/", {"code": "P-1", "cost": "30.5"})
    first, second = ordered(ada), ordered(ada, "A-2", unit_cost="0.1234")
    assert [(one["cost"], one["lines"][0]["unit_cost"]) for one in (first, second)] == [
        ("61.00", "30.50"), ("0.2468", "0.1234"),
    ]  # fmt: skip
    told = ada.get(f"customers/{first['customer']['id']}/").json()
    assert (told["margin"], told["margin_of"]) == ("138.7532", "200.00")
    assert ada.get("scores/").json()["results"][0]["margin"] == "138.7532"
    ada.post(f"orders/{first['id']}/refunds/", {"amount": "50", "key": "r"})
    assert ada.get(f"orders/{first['id']}/").json()["cost"] == "30.50"


def test_an_order_is_what_it_was_when_the_cost_moves(ada):
    made = ada.post("products/", {"code": "P-1", "cost": 30}).json()
    first = ordered(ada)
    assert ada.patch(f"products/{made['id']}/", {"cost": "31"}).json()["cost"] == "31.00"
    assert ordered(ada) == first
    assert ada.patch(f"products/{made['id']}/", {"cost": None}).json()["cost"] is None


def test_who_sees_no_figures_is_told_and_sets_no_cost(ada, seller):
    made = ada.post("products/", {"code": "P-1", "cost": "30.5"}).json()
    refused = seller.patch(f"products/{made['id']}/", {"cost": "1"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "#/cost")
    assert seller.patch(f"products/{made['id']}/", {"name": "Tea"}).json()["cost"] is None
    order = ordered(seller, unit_cost="7")
    assert (order["cost"], order["lines"][0]["unit_cost"]) == (None, None)
    told = seller.get(f"customers/{order['customer']['id']}/").json()
    assert (told["margin"], told["margin_of"], told["monetary"]) == (None, None, "100.00")
    assert ada.get(f"orders/{order['id']}/").json()["cost"] == "14.00"
    assert ada.get(f"products/{made['id']}/").json()["cost"] == "30.50"


@pytest.mark.parametrize("cost", ["-0.01", "1000000.01", "0.00001", "dear", True, []])
def test_what_cannot_be_a_cost_is_refused_at_its_place(ada, cost):
    body = order_body()
    body["lines"][0]["unit_cost"] = cost
    refused = [ada.post("orders/", body), ada.post("products/", {"code": "P-1", "cost": cost})]
    assert [(one.status_code, one.json()["errors"][0]["pointer"]) for one in refused] == [
        (400, "#/lines/0/unit_cost"), (400, "#/cost"),
    ]  # fmt: skip


def test_why_tells_margins_to_who_sees_figures(ada, seller, cast, make_token):
    order = ordered(ada, unit_cost="7")
    made = ada.post("segments/", {"name": "Rich", "key": "rich", "rule": "margin >= 80"}).json()
    address = f"segments/{made['id']}/why/{order['customer']['id']}/"
    told = [program.get(address).json() for program in (ada, seller)]
    assert [one["member"] for one in told] == [True, True]
    assert ["86" in one["clauses"][0]["found"] for one in told] == [True, False]
