"""Products and corrections over REST."""

from uuid import uuid4

import pytest

from loyalty import adjusting
from loyalty.models import Account
from sales.models import Product
from tenancy import context
from tests.loyalty import shop

TOLD = {"code": "SKU-1", "name": "保温杯", "barcode": "6901234567892", "price": "59.90"}


@pytest.fixture
def boss(program, cast):
    return program(cast.ada)


def test_a_product_is_added_and_changed(boss):
    made = boss.post("products/", TOLD).json()
    assert (made["price"], made["category"], made["is_active"]) == ("59.90", "", True)
    changed = boss.patch(f"products/{made['id']}/", {"price": None, "is_active": False}).json()
    assert (changed["price"], changed["is_active"], changed["name"]) == (None, False, "保温杯")
    assert boss.get(f"products/{made['id']}/").json() == changed
    assert boss.get("products/?code=SKU-1").json()["results"] == [changed]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"), ({"code": "x" * 81}, "code"), ({"barcode": "6901234567893"}, "barcode"),
        ({"barcode": "1 2"}, "barcode"), ({"price": "0"}, "price"), ({"price": "1.005"}, "price"),
        ({"price": "1000001"}, "price"), ({"price": True}, "price"), ({"created_at": "2020-01-01"}, "created_at"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_place(boss, tenant, change, field):
    refused = boss.post("products/", TOLD | change)
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"#/{field}"]
    with context.entered(tenant.id):
        assert not Product.objects.exists()


def test_a_taken_code_or_barcode_is_refused_at_its_place(boss):
    boss.post("products/", TOLD)
    for change, field in (({"barcode": ""}, "code"), ({"code": "SKU-2"}, "barcode")):
        refused = boss.post("products/", TOLD | change)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unique")
        assert refused.json()["errors"][0]["pointer"] == f"#/{field}"


@pytest.fixture
def waiting(cast, tenant):
    with context.entered(tenant.id):
        shop.programme(adjust_limit=100)
        return adjusting.ask(shop.member(), points=500, reason="补积分", request_id=str(uuid4()), by=cast.dora)


def test_a_correction_is_approved_once(boss, tenant, waiting):
    listed = boss.get("adjustments/").json()["results"]
    assert [(one["id"], one["points"], one["state"]) for one in listed] == [(str(waiting.id), 500, "waiting")]
    assert boss.post(f"adjustments/{waiting.id}/approvals/", None).json()["state"] == "approved"
    again = boss.post(f"adjustments/{waiting.id}/refusals/", None)
    assert (again.status_code, again.json()["code"]) == (422, "decided")
    assert boss.get("adjustments/").json()["results"] == []
    assert len(boss.get("adjustments/?state=approved").json()["results"]) == 1
    with context.entered(tenant.id):
        assert Account.objects.get().balance == 500


def test_nobody_approves_their_own_over_rest_either(program, cast, tenant, waiting):
    with context.entered(tenant.id):
        own = adjusting.ask(waiting.customer, points=500, reason="x", request_id="own", by=cast.ada)
    refused = program(cast.ada).post(f"adjustments/{own.id}/approvals/", None)
    assert (refused.status_code, refused.json()["code"]) == (422, "same_person")
