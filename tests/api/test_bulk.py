"""Many orders in one call."""

import pytest

from sales.models import Order, OrderLine
from tenancy import context
from tests.api.conftest import order_body


def test_good_orders_are_written_and_faulty_ones_named(ada, tenant):
    ada.post("orders/", order_body("A-0"))
    sent = [
        order_body("A-0"),
        order_body("A-1"),
        order_body("A-1"),
        order_body("A-1", customer=None),
        order_body("A-2", at="yesterday"),
        "A-3",
        None,
        order_body("A-4", source="shop"),
    ]
    answer = ada.post("orders/bulk/", {"orders": sent})
    told = answer.json()
    assert answer.status_code == 200
    assert [
        (one["index"], one["status"], [error["pointer"] for error in one["errors"]]) for one in told["results"]
    ] == [
        (0, "known", []),
        (1, "created", []),
        (2, "refused", ["#/number"]),
        (3, "created", []),
        (4, "refused", ["#/at"]),
        (5, "refused", ["#"]),
        (6, "refused", ["#"]),
        (7, "created", []),
    ]
    assert (told["created"], told["known"], told["refused"]) == (3, 1, 4)
    assert told["lines"] == {"created": 3, "updated": 0, "unchanged": 1}
    assert [one["id"] is None for one in told["results"]] == [one["status"] == "refused" for one in told["results"]]
    with context.entered(tenant.id):
        assert Order.objects.count() == 4
    again = ada.post("orders/bulk/", {"orders": sent}).json()
    assert (again["created"], again["known"], again["refused"]) == (0, 4, 4)
    assert again["lines"] == {"created": 0, "updated": 0, "unchanged": 4}


def test_bulk_writes_what_single_calls_write(ada, tenant):
    orders = [order_body(f"A-{n}", f"C-{n % 3}", at=f"2025-01-{n:02}T00:00:00Z") for n in range(1, 10)]

    def written():
        fields = (
            "order__number",
            "order__customer__records__external_id",
            "key",
            "product__code",
            "amount",
            "at",
        )
        return sorted(OrderLine.objects.values_list(*fields))

    for order in orders:
        ada.post("orders/", order)
    with context.entered(tenant.id):
        singly = written()
        Order.objects.all().delete()
    ada.post("orders/bulk/", {"orders": orders})
    with context.entered(tenant.id):
        assert written() == singly


def test_a_thousand_orders_in_one_call(ada, tenant):
    body = {"orders": [order_body(f"A-{n}", f"C-{n % 100}") for n in range(1000)]}
    assert ada.post("orders/bulk/", body).json()["created"] == 1000


def test_newest_word_on_a_person_counts(ada):
    sent = [
        order_body("A-2", at="2025-02-01T00:00:00Z", customer=None)
        | {"customer": {"external_id": "C", "name": "王新"}},
        order_body("A-1", at="2025-01-01T00:00:00Z", customer=None)
        | {"customer": {"external_id": "C", "name": "王旧"}},
        order_body("A-3", at="2025-03-01T00:00:00Z", customer=None) | {"customer": {"external_id": "C"}},
    ]
    order = ada.post("orders/bulk/", {"orders": sent}).json()["results"][0]
    customer = ada.get(f"orders/{order['id']}/").json()["customer"]["id"]
    assert ada.get(f"customers/{customer}/").json()["name"] == "王新"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"orders": []},
        {"orders": {}},
        {"orders": [order_body()] * 1001},
        {"orders": [order_body(lines=[{"amount": 1}] * 501)] * 20},
        {"orders": [order_body()], "source": "pos"},
    ],
)
def test_call_beyond_its_bounds_is_refused_whole(ada, tenant, body):
    assert ada.post("orders/bulk/", body).status_code == 400
    with context.entered(tenant.id):
        assert not Order.objects.exists()


def test_clerk_writes_only_orders_of_customers_they_see(program, cast, ada, tenant):
    from customers.models import Customer

    ada.post("orders/bulk/", {"orders": [order_body("A-1", "C-1"), order_body("A-2", "C-2")]})
    with context.entered(tenant.id):
        Customer.objects.filter(records__external_id="C-1").update(owner=cast.bob)
    told = program(cast.bob).post(
        "orders/bulk/",
        {
            "orders": [
                order_body("B-1", "C-1"),
                order_body("B-2", "C-2"),
                order_body("B-3", "C-9"),
                order_body("B-4", None),
            ]
        },
    )
    assert [one["status"] for one in told.json()["results"]] == ["created", "refused", "refused", "refused"]
    with context.entered(tenant.id):
        assert (Order.objects.count(), Customer.objects.count()) == (3, 2)
