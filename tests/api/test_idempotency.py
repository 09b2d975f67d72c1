"""One Idempotency-Key, one effect, one answer."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from crm.api import idempotency
from interactions import timeline
from interactions.models import Interaction
from sales.models import Order
from tenancy import context
from tenancy.lookups import token_digest
from tenancy.models import ApiToken, IdempotentRequest
from tenancy.permissions import Permission
from tests.api.addresses import NOTE
from tests.api.conftest import Program, order_body
from tests.api.served import ask, at_once, environment, served


def keyed(key="k-1"):
    return {"headers": {"Idempotency-Key": key}}


@pytest.fixture
def customer(ada):
    return ada.post("customers/", {"name": "王芳"}).json()["id"]


def notes(tenant):
    with context.entered(tenant.id):
        return Interaction.objects.filter(kind=timeline.NOTE_ADDED).count()


def test_repetition_gets_the_first_answer_and_does_nothing(ada, customer, tenant):
    first, again = (ada.post(f"customers/{customer}/timeline/", NOTE, **keyed()) for _time in range(2))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert first["Content-Type"] == again["Content-Type"] == "application/json"
    assert notes(tenant) == 1


def test_another_key_is_another_request(ada, customer, tenant):
    for key in ("k-1", "k-2"):
        ada.post(f"customers/{customer}/timeline/", NOTE, **keyed(key))
    assert notes(tenant) == 2


def test_another_programs_key_is_another_key(ada, program, cast, customer, tenant):
    for one in (ada, program(cast.ada)):
        assert one.post(f"customers/{customer}/timeline/", NOTE, **keyed()).status_code == 201
    assert notes(tenant) == 2


@pytest.mark.parametrize("changed", ["body", "address", "method"])
def test_another_request_under_the_same_key_is_refused(ada, customer, tenant, changed):
    ada.post(f"customers/{customer}/timeline/", NOTE, **keyed())
    if changed == "body":
        answer = ada.post(f"customers/{customer}/timeline/", NOTE | {"text": "anders"}, **keyed())
    elif changed == "address":
        answer = ada.post("customers/", NOTE, **keyed())
    else:
        answer = ada.patch(f"customers/{customer}/", NOTE, **keyed())
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert notes(tenant) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
def test_unfit_key_is_refused(ada, key):
    answer = ada.post("customers/", {"name": "王芳"}, **keyed(key))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_unfit")


def test_refusal_is_kept(ada, cast):
    first, again = (ada.post("customers/", {"store": "S1"}, **keyed()) for _time in range(2))
    assert (first.status_code, again.status_code, again.content) == (400, 400, first.content)
    assert again["Content-Type"] == "application/problem+json"
    assert again["Idempotency-Replayed"] == "true"


def test_what_a_refused_view_wrote_is_gone(ada, tenant, monkeypatch):
    """The order is written before its answer is refused; the refusal is kept, the order is not."""
    from crm.api import orders

    monkeypatch.setattr(orders, "detailed", lambda order: (_ for _ in ()).throw(orders.Unprocessable("no")))
    assert ada.post("orders/", order_body(), **keyed()).status_code == 422
    with context.entered(tenant.id):
        assert (Order.objects.count(), IdempotentRequest.objects.get().status) == (0, 422)


def test_server_error_leaves_the_key_free_and_nothing_written(ada, tenant, monkeypatch):
    from crm.api import orders

    ada.client.raise_request_exception = False
    with monkeypatch.context() as failing:
        failing.setattr(orders, "detailed", lambda order: 1 / 0)
        failed = ada.client.post(
            "/api/v1/orders/", order_body(), "application/json", headers=ada.headers | keyed()["headers"]
        )
    assert (failed.status_code, failed.json()["code"]) == (500, "failed")
    with context.entered(tenant.id):
        assert (Order.objects.count(), IdempotentRequest.objects.count()) == (0, 0)
    assert ada.post("orders/", order_body(), **keyed()).status_code == 201


def test_refusal_of_rights_is_not_kept(program, cast, make_token, tenant):
    secret = make_token(cast.ada, Permission.ORDERS_VIEW)
    till = Program(secret)
    assert till.post("customers/", {"name": "王芳"}, **keyed()).status_code == 403
    with context.entered(tenant.id):
        token = ApiToken.objects.get(digest=token_digest(secret))
        token.permissions = [Permission.CUSTOMERS_EDIT]
        token.save()
    assert till.post("customers/", {"name": "王芳"}, **keyed()).status_code == 201


def test_kept_answers_are_sealed_and_forgotten_after_two_days(ada, customer, tenant):
    ada.post(f"customers/{customer}/timeline/", NOTE, **keyed())
    with context.entered(tenant.id):
        kept = IdempotentRequest.objects.get()
        assert NOTE["text"].encode() not in bytes(kept.body)
        assert idempotency.forget_old() == 0
        IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=47))
        assert idempotency.forget_old() == 0
        IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=49))
        assert idempotency.forget_old() == 1
    assert ada.post(f"customers/{customer}/timeline/", NOTE, **keyed()).status_code == 201
    assert notes(tenant) == 2


@pytest.fixture
def running_first(make_token, cast, tenant, transactional_db):
    """(secret, connection): a first request with the key k-1 that is not through, on its own connection."""
    secret = make_token(cast.ada)
    with psycopg.connect(environment()["DATABASE_URL"]) as first:
        first.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
        first.execute(
            """INSERT INTO tenancy_idempotentrequest (id, tenant_id, token_id, key, fingerprint, created_at)
               SELECT uuidv7(), tenant_id, id, 'k-1', '', now() FROM tenancy_apitoken WHERE digest = %s""",
            [token_digest(secret)],
        )
        yield secret, first
        first.rollback()


def test_repetition_of_a_running_request_waits_then_gives_up(running_first, monkeypatch):
    secret, _first = running_first
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 1)
    begun = time.monotonic()
    answer = Program(secret).post("customers/", {"name": "王芳"}, **keyed())
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (
        409,
        "idempotency_key_in_use",
        "2",
    )
    assert 1 <= time.monotonic() - begun < 3


def test_repetition_takes_over_where_the_first_fails(running_first):
    secret, first = running_first
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_post_and_close, secret)
        time.sleep(0.5)
        assert not waiting.done()
        first.rollback()
        assert waiting.result(5).status_code == 201


def _post_and_close(secret):
    try:
        return Program(secret).post("customers/", {"name": "王芳"}, **keyed())
    finally:
        connections.close_all()


@pytest.fixture(scope="session")
def web_server(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), served() as port:
        yield port


@pytest.fixture
def web(web_server, transactional_db):
    return web_server


@pytest.mark.nightly
def test_repetition_gives_up_after_ten_seconds(running_first, web):
    headers = {"Authorization": f"Bearer {running_first[0]}", "Idempotency-Key": "k-1"}
    begun = time.monotonic()
    status, told, _body = ask(web, "POST", "/api/v1/customers/", {"name": "王芳"}, headers=headers)
    assert (status, told["Retry-After"]) == (409, "2")
    assert 10 <= time.monotonic() - begun < 12


@pytest.mark.parametrize("times", [20, 100])
def test_equal_requests_at_once_apply_once_and_get_equal_answers(make_token, cast, tenant, web, times):
    secret = make_token(cast.ada)
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": str(uuid4())}
    customer = Program(secret).post("customers/", {"name": "王芳"}).json()["id"]
    path = f"/api/v1/customers/{customer}/timeline/"
    answers = at_once(times, lambda: ask(web, "POST", path, NOTE, headers=headers))
    assert {status for status, _headers, _body in answers} == {201}
    assert len({body for _status, _headers, body in answers}) == 1
    assert sum("Idempotency-Replayed" not in headers for _status, headers, _body in answers) == 1
    assert notes(tenant) == 1
    status, _headers, _body = ask(web, "POST", path, NOTE | {"text": "x"}, headers=headers)
    assert status == 422


def test_twenty_equal_orders_at_once_without_a_key_are_one_order(make_token, cast, tenant, web):
    headers = {"Authorization": f"Bearer {make_token(cast.ada)}"}
    body = order_body()
    answers = at_once(20, lambda: ask(web, "POST", "/api/v1/orders/", body, headers=headers))
    assert {status for status, _headers, _body in answers} <= {200, 201}
    assert len({body for _status, _headers, body in answers}) == 1
    with context.entered(tenant.id):
        assert Order.objects.count() == 1
