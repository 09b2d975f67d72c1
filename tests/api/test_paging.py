"""Pages by cursor: all rows once, and as many queries for three rows as for one."""

import base64
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import order_body

LISTS = [
    "customers/",
    "customers/?sort=-monetary",
    "customers/?q=张三丰",
    "customers/{customer}/orders/",
    "customers/{customer}/timeline/",
    "orders/",
    "products/",
    "scores/",
    "stores/",
]


@pytest.fixture
def fill(ada):
    """fill(n) makes that many rows of everything, and gives the id of a customer with n orders."""

    def make(count):
        for one in range(count):
            line = {"product": f"P-{one}", "amount": 10}
            made = {"lines": [line], "store": f"S-{one}", "at": f"2025-01-01T12:00:0{one}Z"}
            ada.post("orders/", order_body(f"A-{one}", f"C-{one}", **made))
            first = ada.post("orders/", order_body(f"B-{one}", "C-0", **made)).json()
        return first["customer"]["id"]

    return make


def queries_of(program, path):
    with CaptureQueriesContext(connection) as captured:
        answer = program.get(path)
    assert answer.status_code == 200
    return len(captured), len(answer.json()["results"])


@pytest.mark.parametrize("address", LISTS)
def test_three_rows_cost_as_many_queries_as_one(ada, fill, address):
    one, rows_of_one = queries_of(ada, address.format(customer=fill(1)))
    three, rows_of_three = queries_of(ada, address.format(customer=fill(3)))
    assert rows_of_three > rows_of_one >= 1
    assert three == one


@pytest.mark.parametrize("address", [address for address in LISTS if "q=" not in address])
@pytest.mark.parametrize("limit", [1, 2])
def test_every_row_comes_once_in_both_directions(ada, fill, address, limit):
    path = address.format(customer=fill(3))
    joined = "&" if "?" in path else "?"
    whole = ada.get(path).json()["results"]
    forward, cursor = [], None
    while forward == [] or cursor:
        turned = ada.get(f"{path}{joined}limit={limit}" + (f"&cursor={cursor}" if cursor else "")).json()
        forward += turned["results"]
        last, cursor = turned, turned["next"]
    assert forward == whole
    backward = last["results"]
    while last["previous"]:
        last = ada.get(f"{path}{joined}limit={limit}&cursor={last['previous']}").json()
        backward = last["results"] + backward
    assert backward == whole


def sealed(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


CURSORS = [
    "x", "%00", "é", "W10", sealed([]), sealed({}), sealed(None), sealed([0]), sealed([2, "a", "b"]),
    sealed([0, 1, 2]), sealed([0, "a", "b"]), sealed([0, "9" * 400, "b"]), sealed([0, "x\0", "y\0"]),
    sealed([0, "2025-01-01T00:00:00Z", "\ud800"]), sealed([0, "NaN", "NaN"]), sealed([0, "\0"]),
    sealed([0, "\ud800"]), sealed([0, "-1e999999", "0"]),
    sealed([0, "9" * 30, "01a20181-0000-7000-8000-000000000000"]),
    sealed([[0], "a"]), sealed([0, "0001-01-01T00:00:00+23:59", "01a20181-0000-7000-8000-000000000000"]),
    sealed([0, "9999-12-31T23:59:59-23:59", "01a20181-0000-7000-8000-000000000000"]),
    base64.urlsafe_b64encode(b"[" * 700).decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode(),
]  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
def test_cursors_that_are_none_of_ours_are_refused_or_lead_nowhere(ada, fill, address):
    path = address.format(customer=fill(1))
    for cursor in CURSORS:
        answer = ada.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
        assert answer.status_code in (200, 400), (cursor, answer.content)
        if answer.status_code == 400:
            assert [error["parameter"] for error in answer.json()["errors"]] == ["cursor"], cursor


def test_cursor_of_another_order_is_refused(ada, fill):
    fill(3)
    cursor = ada.get("customers/?limit=1").json()["next"]
    assert ada.get(f"customers/?sort=-monetary&limit=1&cursor={cursor}").status_code == 400


def test_previous_of_the_first_page_is_null(ada, fill):
    fill(3)
    assert ada.get("orders/?limit=1").json()["previous"] is None
