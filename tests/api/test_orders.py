"""Recording and reading orders."""

import pytest

from customers.models import Customer
from sales.models import Order
from segmentation.models import CustomerStats
from tenancy import context
from tenancy.permissions import Permission
from tests.api.conftest import order_body


def test_order_is_recorded_with_customer_lines_and_figures(ada, cast):
    made = ada.post("orders/", order_body())
    order = made.json()
    assert made.status_code == 201
    assert (order["total"], order["net"], order["store"], order["customer"]["external_id"]) == (
        "100.00", "100.00", "S1", "C-1",
    )  # fmt: skip
    assert [(line["key"], line["product"], line["quantity"], line["amount"]) for line in order["lines"]] == [
        ("1", "P-1", "2", "100.00")
    ]
    shown = ada.get(f"customers/{order['customer']['id']}/").json()
    assert (shown["name"], shown["frequency"], shown["monetary"], shown["recency_days"], shown["stage"]) == (
        "张三丰", 1, "100.00", 30, "new",
    )  # fmt: skip
    assert shown["records"] == [{"source": "pos", "external_id": "C-1"}]
    assert shown["phone"].endswith("5678") and "1234" not in shown["phone"]


def test_the_same_order_again_changes_nothing(ada, cast, tenant):
    body = order_body()
    first, again = ada.post("orders/", body), ada.post("orders/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    with context.entered(tenant.id):
        assert (Order.objects.count(), Customer.objects.count(), CustomerStats.objects.get().frequency) == (
            1,
            1,
            1,
        )


def test_a_changed_line_changes_order_and_figures(ada):
    body = order_body()
    order = ada.post("orders/", body).json()
    body["lines"][0]["price"] = "60.00"
    body["lines"].append({"product": "P-2", "amount": "0.3333"})
    again = ada.post("orders/", body)
    assert (again.status_code, again.json()["id"], again.json()["total"]) == (200, order["id"], "120.3333")
    assert ada.get(f"customers/{order['customer']['id']}/").json()["monetary"] == "120.33"


def test_one_number_with_two_customers_is_two_orders(ada):
    ids = {ada.post("orders/", order_body(customer=customer)).json()["id"] for customer in ("C-1", "C-2", None)}
    assert len(ids) == 3


def test_order_without_customer_is_anonymous(ada):
    order = ada.post("orders/", order_body(customer=None)).json()
    assert order["customer"] is None
    body = order_body(number="A-2")
    del body["customer"]
    assert ada.post("orders/", body).json()["customer"] is None


def test_negative_lines_and_cancelled_numbers_are_refunds(ada):
    body = order_body(number="C-9", lines=[{"quantity": -1, "price": "10"}, {"key": "x", "amount": "-2.50"}])
    order = ada.post("orders/", body).json()
    assert (order["total"], [line["is_refund"] for line in order["lines"]]) == ("-12.50", [True, True])
    order = ada.post("orders/", order_body(number="C9")).json()
    assert [line["is_refund"] for line in order["lines"]] == [True]


def test_time_without_offset_is_the_companys(ada):
    order = ada.post("orders/", order_body(at="2025-03-04T09:30")).json()
    assert order["at"] == "2025-03-04T01:30:00Z"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "#/lines"),
        ({"lines": [{}] * 1001}, "#/lines"),
        ({"lines": [{"product": "P"}]}, "#/lines/0/amount"),
        ({"lines": [{"amount": 1}, {"key": "1", "amount": 1}]}, "#/lines/1/key"),
        ({"lines": [{"amount": "1e3"}]}, "#/lines/0/amount"),
        ({"lines": [{"amount": 1, "points": 5}]}, "#/lines/0/points"),
        ({"lines": [{"quantity": "999999999999", "price": "999999999999"}]}, "#/lines/0/price"),
        ({"lines": [{"amount": "999999999999"}] * 2}, "#/lines"),
        ({"number": ""}, "#/number"),
        ({"number": 7}, "#/number"),
        ({"number": "9" * 101}, "#/number"),
        ({"source": "staff"}, "#/source"),
        ({"source": "a b"}, "#/source"),
        ({"at": "04/03/2025"}, "#/at"),
        ({"at": "1899-12-31T23:00:00Z"}, "#/at"),
        ({"at": "2101-01-01T00:00:00Z"}, "#/at"),
        ({"at": "2025-02-30T00:00:00Z"}, "#/at"),
        ({"customer": "C-1"}, "#/customer"),
        ({"customer": {"name": "x"}}, "#/customer/external_id"),
        ({"customer": {"external_id": "1", "points": 5}}, "#/customer/points"),
        ({"total": "1.00"}, "#/total"),
        ({"refunded": "1.00"}, "#/refunded"),
    ],
)
def test_faulty_order_is_refused_where_it_is_faulty(ada, tenant, change, pointer):
    refused = ada.post("orders/", order_body() | change)
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    with context.entered(tenant.id):
        assert not Order.objects.exists()


def test_orders_are_filtered(ada):
    for number, day in (("A", 1), ("B", 2), ("C", 3)):
        ada.post("orders/", order_body(number=number, at=f"2025-01-0{day}T12:00:00Z", source=f"s{day}"))

    def numbers(query):
        return [order["number"] for order in ada.get(f"orders/?{query}").json()["results"]]

    assert numbers("") == ["C", "B", "A"]
    assert numbers("number=B") == ["B"]
    assert numbers("source=s3") == ["C"]
    assert numbers("since=2025-01-02T12:00:00Z&until=2025-01-03T12:00:00Z") == ["B"]


def test_clerk_records_orders_of_customers_they_see(program, cast, ada, tenant):
    ada.post("orders/", order_body())
    bob = program(cast.bob)
    refused = bob.post("orders/", order_body(number="A-2"))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "not_visible")
    assert bob.post("orders/", order_body(number="A-2", customer="C-9")).status_code == 403
    assert bob.post("orders/", order_body(number="A-2", customer=None)).status_code == 403
    with context.entered(tenant.id):
        assert (Order.objects.count(), Customer.objects.count()) == (1, 1)
        Customer.objects.update(owner=cast.bob)
    assert bob.post("orders/", order_body(number="A-2")).status_code == 201


def test_refund_counts_once_per_key_and_no_more_than_is_left(ada):
    order = ada.post("orders/", order_body()).json()
    address = f"orders/{order['id']}/refunds/"
    first = ada.post(address, {"amount": "30.00", "key": "r1", "reason": "碎了"})
    again = ada.post(address, {"amount": "30.00", "key": "r1"})
    beyond = ada.post(address, {"amount": "70.01", "key": "r2"})
    assert (first.status_code, again.status_code, beyond.status_code) == (201, 200, 422)
    assert beyond.json()["code"] == "refund_too_large"
    assert (first.json()["net"], again.json()["refunded"]) == ("70.00", "30.00")
    assert [(r["key"], r["amount"], r["reason"]) for r in first.json()["refunds"]] == [("r1", "30.00", "碎了")]
    assert ada.post(address, {"amount": "0", "key": "r3"}).status_code == 400
    assert ada.get(f"customers/{order['customer']['id']}/").json()["monetary"] == "70.00"


def test_customers_orders_need_both_permissions(program, cast, ada):
    order = ada.post("orders/", order_body()).json()
    address = f"customers/{order['customer']['id']}/orders/"
    assert [one["id"] for one in ada.get(address).json()["results"]] == [order["id"]]
    assert program(cast.ada, Permission.ORDERS_VIEW).get(address).status_code == 403
    assert program(cast.ada, Permission.CUSTOMERS_VIEW).get(address).status_code == 403
