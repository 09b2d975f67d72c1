"""Segments over REST: made, read, asked why, followed."""

import pytest

from customers.models import Customer
from segmentation.segments import following
from tenancy.permissions import Permission
from tests.api.conftest import order_body


@pytest.fixture
def bought(ada, entered):
    """Two orders of one customer."""
    for number in ("N-1", "N-2"):
        assert ada.post("orders/", {**order_body(), "number": number}).status_code == 201
    return Customer.objects.get()


def test_a_segment_is_made_counted_explained_and_archived(ada, bought):
    made = ada.post("segments/", {"name": "Regulars", "rule": "bought( 3650d )>=2"})
    assert made.status_code == 201
    told = made.json()
    assert (told["key"], told["kind"], told["rule"]) == ("regulars", "dynamic", "bought(3650d) >= 2")
    [member] = ada.get(f"segments/{told['id']}/members/").json()["results"]
    assert member["customer_id"] == str(bought.id)
    why = ada.get(f"segments/{told['id']}/why/{bought.id}/").json()
    assert (why["member"], [clause["holds"] for clause in why["clauses"]]) == (True, [True])
    counted = ada.post("segments/counts/", {"rule": "segment = regulars"}).json()
    assert (counted["count"], counted["tree"]) == (1, {"field": "segment", "op": "=", "values": ["regulars"]})
    assert ada.send("DELETE", f"segments/{told['id']}/").status_code == 204
    assert ada.get(f"segments/{told['id']}/").status_code == 404


def test_what_is_wrong_with_a_rule_is_told_at_its_character(ada, bought):
    answer = ada.post("segments/counts/", {"rule": "orders >= many"})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/rule", "not_a_number")
    assert "11" in error["detail"]
    assert ada.post("segments/", {"name": "x", "rule": ""}).status_code == 400
    assert ada.post("segments/", {"name": "x", "kind": "static", "rule": "orders = 1"}).status_code == 400
    assert ada.post("segments/", {"name": "x", "rule": "orders = 1", "key": "Ä"}).status_code == 400
    assert ada.post("segments/counts/", {"rule": "orders=1 or " * 9000 + "orders=1"}).status_code == 400


def test_entered_and_left_are_read_by_cursor(ada, bought):
    segment = ada.post("segments/", {"name": "Chosen", "kind": "static"}).json()["id"]
    for _turn in range(2):
        assert ada.post(f"segments/{segment}/members/", {"customers": [str(bought.id)]}).status_code == 200
    assert ada.post(f"segments/{segment}/removals/", {"customers": [str(bought.id)]}).json() == {"changed": 1}
    following.follow()
    first = ada.get("segments/events/?limit=1").json()
    assert [(one["entered"], one["cause"]) for one in first["results"]] == [(True, "hand")]
    assert first["has_more"] is True
    rest = ada.get(f"segments/events/?after={first['next']}").json()
    assert [one["entered"] for one in rest["results"]] == [False]
    assert ada.get(f"segments/events/?after={rest['next']}").json()["results"] == []
    changes = ada.get("changes/?kind=segment.entered").json()["results"]
    assert len(changes) == 1
    move = ada.get(f"segment-moves/{changes[0]['subject_id']}/").json()
    assert (move["segment_id"], move["customers"]) == (segment, [str(bought.id)])


def test_a_repeated_request_makes_one_segment(ada, bought):
    told = {"name": "Regulars", "rule": "orders >= 1"}
    first = ada.post("segments/", told, headers={"Idempotency-Key": "s-1"}).json()
    assert ada.post("segments/", told, headers={"Idempotency-Key": "s-1"}).json() == first
    assert ada.post("segments/", told, headers={"Idempotency-Key": "s-2"}).json()["key"] == "regulars_2"


def test_fields_that_a_program_may_not_see_are_refused_and_left_untold(program, ada, cast, bought):
    let = (Permission.CUSTOMERS_VIEW, Permission.SEGMENTS_EDIT)
    blind = program(cast.ada, *let)
    for path, body in (("segments/counts/", {}), ("segments/", {"name": "Secret"})):
        answer = blind.post(path, {"rule": "orders >= 0 and points >= 0", **body})
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["pointer"], error["code"]) == (400, "#/rule", "withheld")
        assert "17" in error["detail"]
    told = ada.post("segments/", {"name": "Rich", "rule": "points >= 0"}).json()
    why = blind.get(f"segments/{told['id']}/why/{bought.id}/").json()
    assert (why["member"], why["clauses"][0]["holds"], why["clauses"][0]["found"]) == (True, None, "")
