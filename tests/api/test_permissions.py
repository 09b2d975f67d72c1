"""Who may do what, for every address of the API, and that nobody sees what is not theirs."""

from uuid import uuid4

import pytest
from django.urls import reverse

from crm.api import urls
from crm.api.documents import Docs
from crm.api.resources import Resource
from tenancy import context, tokens
from tenancy.models import ApiToken, Membership, Role
from tenancy.permissions import Permission
from tests.api.addresses import ADDRESSES, ANY_SCOPE, CELLS, OPEN
from tests.api.conftest import Program

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def prepared(with_rows):
    return with_rows


def path_of(name, rows=None):
    ids = ADDRESSES[name].ids
    return reverse(name, kwargs={kwarg: getattr(rows, row).id if rows else uuid4() for kwarg, row in ids.items()})


def send(program, name, method, rows=None):
    return program.send(method, path_of(name, rows), ADDRESSES[name].body(method, rows))


def test_every_address_is_in_the_table():
    assert {pattern.name for pattern in urls.urlpatterns} == ADDRESSES.keys() | OPEN


def test_every_method_is_in_the_table():
    views = {pattern.name: pattern.callback.cls for pattern in urls.urlpatterns}
    assert {name for name, view in views.items() if not issubclass(view, Resource | Docs)} == set()
    for name, address in ADDRESSES.items():
        view = views[name]
        assert {method: set(needs) for method, needs in view.permissions.items()} == address.needs
        assert {method for method in METHODS if hasattr(view, method.lower())} - {"OPTIONS"} == address.needs.keys()


@pytest.mark.parametrize(("name", "method"), CELLS)
def test_a_token_with_all_it_needs_may(program, cast, here, name, method):
    everything = ADDRESSES[name].needs[method]
    answer = send(program(cast.ada, *(everything or {Permission.SETTINGS_EDIT})), name, method, here)
    assert answer.status_code == ADDRESSES[name].good[method]


# A refusal changes nothing, so that all cells are tried on the same rows.


def test_a_token_that_lacks_any_permission_may_not(program, cast, here):
    for name, method in CELLS:
        for lacking in ADDRESSES[name].needs[method]:
            refused = send(program(cast.ada, *(set(Permission) - {lacking})), name, method, here)
            told = (refused.status_code, refused.json()["code"])
            assert told == (403, "permission_denied"), (name, method, lacking)


def test_a_member_who_lacks_a_permission_may_not(program, cast, here, tenant):
    ada = program(cast.ada)
    for lacking in Permission:
        with context.entered(tenant.id):
            Role.objects.filter(key="admin").update(permissions=sorted(set(Permission) - {lacking}))
        for name, method in CELLS:
            if lacking in ADDRESSES[name].needs[method]:
                assert send(ada, name, method, here).status_code == 403, (name, method, lacking)


def test_strangers_are_asked_who_they_are(stranger):
    for name in ADDRESSES:
        for method in METHODS:
            refused = send(stranger, name, method)
            told = (refused.status_code, refused["WWW-Authenticate"])
            assert told == (401, 'Bearer realm="api"'), (name, method)


def test_other_methods_are_not_allowed(ada, here):
    for name in ADDRESSES:
        for method in set(METHODS) - ADDRESSES[name].needs.keys():
            refused = send(ada, name, method, here)
            assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed"), (name, method)


def test_foreign_rows_look_like_absent_ones(ada, there):
    for name, method in CELLS:
        if ADDRESSES[name].ids:
            absent, foreign = send(ada, name, method), send(ada, name, method, there)
            assert absent.status_code == foreign.status_code == 404, (name, method)
            assert foreign.content == absent.content, (name, method)
            assert dict(foreign.items()) == dict(absent.items()), (name, method)


def test_lists_and_writes_leave_foreign_rows_alone(ada, there, other_tenant):
    for name, method in CELLS:
        if ADDRESSES[name].ids or callable(ADDRESSES[name].bodies.get(method)) or "job" in name:
            continue
        answer = send(ada, name, method)
        for row in (there.customer, there.order):
            assert str(row.id) not in answer.content.decode(), (name, method)


SCOPED = [cell for cell in CELLS if ADDRESSES[cell[0]].ids and cell[0] not in ANY_SCOPE]


@pytest.mark.parametrize("person", ["alice", "bob", "dora"])
def test_rows_outside_of_the_data_scope_look_like_absent_ones(program, cast, here, person):
    member = getattr(cast, person)
    narrow = program(member)
    for name, method in SCOPED:
        if all(member.can(need) for need in ADDRESSES[name].needs[method]):
            absent, unseen = send(narrow, name, method), send(narrow, name, method, here)
            assert (absent.status_code, unseen.content) == (404, absent.content), (name, method)


@pytest.mark.parametrize("name", ["api-codes", "api-checkouts", "api-quotes"])
def test_foreign_customers_in_bodies_are_refused_like_absent_ones(ada, here, there, name):
    def asked(customer_id):
        body = ADDRESSES[name].body("POST", here) | {"customer_id": str(customer_id)}
        return ada.post(path_of(name), body)

    absent, foreign = asked(uuid4()), asked(there.customer.id)
    assert (absent.status_code, absent.json()["code"]) == (422, "unknown_customer")
    assert foreign.content == absent.content


def test_data_scope_narrows_lists_and_search(program, cast, ada, here, tenant):
    alice = program(cast.alice)

    def seen(address):
        return [one.get("id", one.get("customer_id")) for one in alice.get(address).json()["results"]]

    addresses = ["customers/", "customers/?q=张三丰", "scores/", "orders/"]
    assert [seen(address) for address in addresses] == [[], [], [], []]
    with context.entered(tenant.id):
        type(here.customer).objects.filter(id=here.customer.id).update(owner=cast.alice)
    customer, orders = str(here.customer.id), [str(here.receipt.order_id), str(here.order.id)]
    assert [seen(address) for address in addresses] == [[customer], [customer], [customer], orders]


def test_revoked_tokens_and_former_members_are_strangers(program, make_token, cast, tenant):
    secret = make_token(cast.ada)
    former = program(cast.bob)
    with context.entered(tenant.id):
        for token in ApiToken.objects.filter(member=cast.ada):
            tokens.revoke(token, by=cast.ada)
        Membership.objects.filter(id=cast.bob.id).update(is_active=False)
    assert Program(secret).get("me/").status_code == former.get("me/").status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Basic eDp5", "tk_x", "Bearer \xff\xfe", "B" * 9000]
)
def test_other_credentials_open_nothing(db, header):
    refused = Program().get("me/", headers={"Authorization": header})
    assert refused.status_code == 401


def test_a_session_is_no_token(login, cast):
    assert login(cast.ada).get("/api/v1/me/").status_code == 401


UNKNOWN = ["", "customer/", "customers", "customers/1/", "customers/x/orders/", "v2/", "%00/"]


@pytest.mark.parametrize("method", METHODS)
def test_unknown_addresses_answer_like_absent_rows(stranger, ada, method):
    for program in (stranger, ada):
        for path in UNKNOWN:
            answer = program.send(method, path, {} if method in ("POST", "PUT", "PATCH") else None)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


@pytest.mark.parametrize("path", ["schema/", "docs/"])
def test_documents_are_only_read(stranger, path):
    for method in set(METHODS) - {"GET"}:
        answer = stranger.send(method, path, {} if method in ("POST", "PUT", "PATCH") else None)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_head_is_get_without_a_body(ada):
    answer = ada.client.head("/api/v1/me/", headers=ada.headers)
    assert (answer.status_code, answer.content) == (200, b"")
