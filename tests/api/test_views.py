"""Saved views and exports by programs."""

from uuid import uuid4

import pytest
from django.http import QueryDict

from customers.models import Customer
from segmentation import saved
from segmentation.exports import asking
from segmentation.models import Export
from tenancy import context
from tenancy.models import AuditEvent
from tenancy.permissions import Permission
from tests.pages import shop


@pytest.fixture
def stocked(tenant, cast):
    with context.entered(tenant.id):
        customers = shop.stock(6)
        Customer.objects.filter(id__in=[one.id for one in customers[:2]]).update(city="上海", owner=cast.alice)
    return customers


def errors(answer) -> list[tuple[str, str]]:
    return [(one.get("pointer") or one["parameter"], one["code"]) for one in answer.json()["errors"]]


def test_view_is_saved_read_changed_and_deleted(ada, stocked):
    made = ada.post("views/", {"name": "上海", "query": "city=上海&sort=-monetary", "columns": ["city"]}).json()
    told = "city=上海&sort=-monetary"
    assert (made["query"], made["is_shared"], made["is_mine"]) == (told, False, True)
    changed = ada.patch(f"views/{made['id']}/", {"is_shared": True}).json()
    assert changed == made | {"is_shared": True}
    assert ada.get("views/").json()["results"] == [changed]
    found = ada.get(f"customers/?view={made['id']}").json()["results"]
    assert {one["id"] for one in found} == {str(one.id) for one in stocked[:2]}
    assert ada.send("DELETE", f"views/{made['id']}/").status_code == 204
    assert ada.get("views/").json()["results"] == []


def test_shared_view_is_read_with_the_readers_rights_and_changed_by_its_owner_alone(ada, program, cast, stocked):
    view = ada.post("views/", {"name": "All", "is_shared": True}).json()
    alice = program(cast.alice)
    assert alice.get(f"views/{view['id']}/").json() == view | {"is_mine": False}
    assert len(alice.get(f"customers/?view={view['id']}").json()["results"]) == 2
    assert alice.patch(f"views/{view['id']}/", {"name": "x"}).status_code == 404
    assert alice.send("DELETE", f"views/{view['id']}/").status_code == 404


@pytest.mark.parametrize("query", ["stage=x", "tag=zzz", "x_no=1", "since=30.2.", "owner=zzz"])
def test_filter_that_means_nothing_is_refused(ada, stocked, query):
    for address, told in (("views/", {"name": "A"}), ("exports/", {})):
        answer = ada.post(address, told | {"query": query})
        assert (answer.status_code, errors(answer)) == (400, [("#/query", "unknown_filter")])


def test_name_stands_once(ada, stocked):
    first = ada.post("views/", {"name": "A"}).json()
    assert ada.post("views/", {"name": "A"}).status_code == 422
    other = ada.post("views/", {"name": "B"}).json()
    assert ada.patch(f"views/{other['id']}/", {"name": "A"}).status_code == 422
    assert ada.patch(f"views/{first['id']}/", {"name": "A"}).status_code == 200


def test_view_of_a_list_brings_its_own_filters(ada, stocked):
    view = ada.post("views/", {"name": "A"}).json()["id"]
    for told in ("q=a", "stage=lost", "store=S1", "sort=-monetary"):
        answer = ada.get(f"customers/?view={view}&{told}")
        assert answer.status_code == 400
        assert ("view", "not_with_view") in errors(answer) or ("store", "unknown_store") in errors(answer)
    assert errors(ada.get(f"customers/?view={uuid4()}")) == [("view", "unknown_view")]


def test_file_is_asked_for_and_fetched(ada, stocked, tenant):
    made = ada.post("exports/", {"query": "city=上海", "format": "csv", "columns": ["name", "phone"]}).json()
    assert (made["state"], made["rows"], made["has_contact"]) == ("ready", 2, True)
    answer = ada.get(f"exports/{made['id']}/file/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert (answer["Content-Type"], lines[0], len(lines)) == ("text/csv", "external_id,name,phone", 3)
    assert ada.get(f"exports/{made['id']}/").json()["downloads"] == 1
    with context.entered(tenant.id):
        assert AuditEvent.objects.filter(action="export.downloaded").count() == 1


def test_token_that_may_not_reveal_gets_no_contact_data(ada, program, cast, stocked):
    narrow = program(cast.ada, Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EXPORT)
    made = narrow.post("exports/", {}).json()
    heading = b"".join(narrow.get(f"exports/{made['id']}/file/").streaming_content).decode("utf-8-sig").split("\r\n")[0]
    assert "phone" not in heading.split(",")
    whole = ada.post("exports/", {}).json()
    assert narrow.get(f"exports/{whole['id']}/file/").status_code == 404


def test_unknown_columns_are_refused(ada, stocked):
    assert errors(ada.post("exports/", {"columns": ["password"]})) == [("#/columns", "unknown_column")]


def test_large_one_waits_and_has_no_file(ada, stocked, monkeypatch):
    monkeypatch.setattr(asking, "ALONE", 3)
    made = ada.post("exports/", {}).json()
    assert (made["state"], made["needs_approval"], made["job_id"]) == ("asked", True, None)
    assert ada.get(f"exports/{made['id']}/file/").status_code == 404


def test_export_of_another_member_is_not_there(ada, program, cast, stocked, tenant):
    with context.entered(tenant.id):
        other = Export.objects.create(member=cast.bob, needs_approval=True)
        saved.save("Bob's", parameters=QueryDict(""), by=cast.bob)
    assert ada.get(f"exports/{other.id}/").status_code == ada.get(f"exports/{other.id}/file/").status_code == 404
    assert ada.get("exports/").json()["results"] == ada.get("views/").json()["results"] == []
