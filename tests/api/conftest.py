"""Programs of the cast. Every answer they get is held against the OpenAPI document."""

import copy
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from tenancy import context, tokens
from tests.api import contract
from tests.cast import harbour, hired, lanhu

BASE = "/api/v1/"
LAST_MONTH = (timezone.now() - timedelta(days=30)).isoformat(timespec="seconds")


@pytest.fixture(autouse=True)
def unhurried(settings):
    """All tests come from one address, and only some are about its limit."""
    settings.API_RATE = settings.API_ANONYMOUS_RATE = 1_000_000


@pytest.fixture
def make_token(cast):
    """make_token(member, *permissions): a token's secret; without permissions it has all of its member's."""

    def make(member, *permissions):
        with context.entered(member.tenant_id):
            return tokens.make(member, name="till", permissions=permissions or None, by=None)[1]

    return make


class Program:
    """A client with a token that speaks JSON."""

    def __init__(self, secret: str | None = None):
        self.client = Client(raise_request_exception=True)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def send(self, method: str, path: str, body=None, *, headers=(), raw: bytes | None = None):
        """`path` is what follows /api/v1/, or a whole one."""
        path = path if path.startswith("/") else BASE + path
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        kind = "application/json" if data else ""
        options = {"content_type": kind} if method != "GET" else {}
        response = self.client.generic(
            method,
            path,
            data if method != "GET" else b"",
            headers={**self.headers, **dict(headers)},
            **options,
        )
        if response.streaming:  # read to its end, as a program does
            content = b"".join(response.streaming_content)
            for close in response._resource_closers:  # close() would end the test's connection too
                close()
            response.streaming_content = [content]
        contract.check(response, method=method, path=path.partition("?")[0])
        return response

    def get(self, path, **options):
        return self.send("GET", path, **options)

    def post(self, path, body, **options):
        return self.send("POST", path, body, **options)

    def patch(self, path, body, **options):
        return self.send("PATCH", path, body, **options)


@pytest.fixture
def program(make_token):
    """program(member, *permissions): a program of that member."""
    return lambda member, *permissions: Program(make_token(member, *permissions))


@pytest.fixture
def ada(program, cast):
    """The admin's program: it may everything and sees everybody."""
    return program(cast.ada)


@pytest.fixture(scope="module")
def with_rows(once):
    """The cast, and what every address of the API speaks of in both companies: `here` and `there`."""
    from tests.api.addresses import rows

    tenant, other_tenant = lanhu(), harbour()
    cast = hired(tenant, other_tenant)
    found = SimpleNamespace(tenant=tenant, other_tenant=other_tenant, cast=cast)
    for name, member in (("here", cast.ada), ("there", cast.charlie)):
        with context.entered(member.tenant_id):
            _token, secret = tokens.make(member, name="rows", permissions=None, by=None)
            setattr(found, name, rows(Program(secret)))
    return found


@pytest.fixture
def here(prepared, db):
    return copy.deepcopy(prepared.here)


@pytest.fixture
def there(prepared, db):
    return copy.deepcopy(prepared.there)


@pytest.fixture
def stranger(db):
    return Program()


def order_body(number="A-1", customer="C-1", **fields):
    """An acceptable order of 100.00 of last month, the same each time."""
    line = {"product": "P-1", "name": "茶", "category": "饮料", "quantity": 2, "price": "50.00"}
    told = {"external_id": customer, "name": "张三丰", "phone": "13812345678"} if customer else None
    body = {
        "source": "pos",
        "number": number,
        "customer": told,
        "at": LAST_MONTH,
        "store": "S1",
        "lines": [line],
    }
    return body | fields
