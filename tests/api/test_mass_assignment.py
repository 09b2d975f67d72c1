"""Nobody sets what is not theirs to set: every column of every model, sent to every write."""

import pytest
from django.apps import apps

from crm.api import urls
from crm.api.shapes import MOST_UNKNOWN
from tests.api.addresses import ADDRESSES, CELLS
from tests.api.test_permissions import path_of

APPS = (
    "tenancy", "webhooks", "customers", "interactions", "privacy", "sales", "segmentation", "loyalty", "feedback",
)  # fmt: skip
COLUMNS = sorted(
    {
        name
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for column in model._meta.concrete_fields
        for name in (column.name, column.attname)
    }
    | {
        "points",
        "tier",
        "balance",
        "is_staff",
        "is_superuser",
        "tenant",
        "tenant_id",
        "pk",
        "net",
        "figures",
        "__class__",
    }
)
WRITES = [(name, method) for name, method in CELLS if method in ADDRESSES[name].bodies]
ALLOWED = {
    "api-customers": {
        "address", "birthday", "card", "city", "custom", "email", "external_id", "family_name", "gender", "given_name",
        "industry", "kind", "name", "openid", "phone", "source", "store", "tags", "unionid",
    },
    "api-customer": {
        "address", "birthday", "card", "city", "custom", "email", "family_name", "gender", "given_name", "industry",
        "kind", "name", "openid", "phone", "store", "tags", "unionid",
    },
    "api-customer-merges": {"customers"},
    "api-match-decisions": {"verdict"},
    "api-later-row-assignments": {"customer_id", "rows"},
    "api-fields": {"choices", "key", "kind", "label"},
    "api-field": {"choices", "is_active", "label"},
    "api-segments": {"description", "is_shared", "key", "kind", "name", "rule"},
    "api-segment": {"description", "is_shared", "name", "rule"},
    "api-segment-counts": {"exact", "rule"},
    "api-segment-members": {"customers"},
    "api-segment-removals": {"customers"},
    "api-stage-policies": {"cell", "follow_up_days", "offer", "service", "stage"},
    "api-tags": {"name"},
    "api-tag": {"name"},
    "api-customer-timeline": {"at", "kind", "text"},
    "api-orders": {"at", "channel", "customer", "lines", "number", "source", "store"},
    "api-customers-bulk": {"customers"},
    "api-orders-bulk": {"orders"},
    "api-order-refunds": {"amount", "key", "reason"},
    "api-adjustments": {"key", "points", "reason"},
    "api-checkouts": {"code", "customer_id", "key", "lines", "points", "store"},
    "api-codes": {"customer_id", "points"},
    "api-enrolments": {"email", "gender", "key", "name", "phone", "purposes", "store"},
    "api-lookups": {"query"},
    "api-quotes": {"customer_id", "lines", "points"},
    "api-products": {"barcode", "category", "code", "cost", "is_active", "name", "price"},
    "api-product": {"barcode", "category", "code", "cost", "is_active", "name", "price"},
    "api-returns": {"key", "lines", "reason", "store", "withhold"},
    "api-survey-links": {"customer_id", "order_id"},
    "api-tickets": {"assignee_id", "customer_id", "key", "priority", "subject", "text"},
    "api-ticket": {"priority"},
    "api-ticket-replies": {"channel", "key", "text"},
    "api-ticket-notes": {"key", "text"},
    "api-ticket-assignments": {"assignee_id", "key"},
    "api-ticket-closures": {"key", "text"},
    "api-ticket-reopenings": {"key", "text"},
    "api-views": {"columns", "is_shared", "name", "query"},
    "api-view": {"columns", "is_shared", "name", "query"},
    "api-exports": {"columns", "format", "query"},
    "api-webhooks": {"kinds", "url"},
    "api-webhook": {"is_active", "kinds", "url"},
    "api-webhook-replays": {"position", "since"},
}  # fmt: skip
NESTED = {
    "customer": {
        "address", "birthday", "card", "city", "email", "external_id", "family_name", "gender", "given_name",
        "name", "openid", "phone", "unionid",
    },
    "lines": {"amount", "category", "key", "name", "price", "product", "quantity", "unit_cost"},
}  # fmt: skip


@pytest.fixture(scope="module")
def prepared(with_rows):
    return with_rows


def tens(columns):
    """Ten at a time: an answer names so many unknown fields."""
    ordered = sorted(columns)
    return [ordered[start : start + MOST_UNKNOWN] for start in range(0, len(ordered), MOST_UNKNOWN)]


def body_of(name, method):
    view = next(pattern.callback.cls for pattern in urls.urlpatterns if pattern.name == name)
    return view.bodies[method]()


@pytest.mark.parametrize(("name", "method"), WRITES)
def test_writable_fields_are_those_of_the_list(name, method):
    assert set(body_of(name, method).fields) == ALLOWED[name]


@pytest.mark.parametrize("inner", NESTED)
def test_writable_fields_of_nested_objects_are_those_of_the_list(inner):
    found = body_of("api-orders", "POST").fields[inner]
    assert set(getattr(found, "child", found).fields) == NESTED[inner]


@pytest.mark.parametrize(("name", "method"), WRITES)
def test_no_other_column_is_taken(ada, here, tenant, name, method):
    good = ADDRESSES[name].body(method, here)
    for columns in tens(set(COLUMNS) - ALLOWED[name]):
        refused = ada.send(method, path_of(name, here), good | dict.fromkeys(columns, str(tenant.id)))
        assert refused.status_code == 400, columns
        assert {(error["pointer"], error["code"]) for error in refused.json()["errors"]} == {
            (f"#/{column}", "unknown_field") for column in columns
        }


@pytest.mark.parametrize("inner", NESTED)
def test_no_other_column_is_taken_inside_an_order(ada, inner):
    good = ADDRESSES["api-orders"].bodies["POST"]
    for columns in tens(set(COLUMNS) - NESTED[inner]):
        nested, told = good[inner], dict.fromkeys(columns, 1)
        changed = [nested[0] | told] if inner == "lines" else nested | told
        refused = ada.post("orders/", good | {inner: changed})
        place = "#/lines/0/" if inner == "lines" else "#/customer/"
        assert {error["pointer"] for error in refused.json()["errors"]} == {place + column for column in columns}
