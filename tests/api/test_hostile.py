"""Whatever comes in, the answer is a problem object and never a server error."""

import gzip

import pytest
from django.conf import settings
from django.db import connections

from customers.models import Customer
from sales.models import Order
from tenancy import context
from tests.api.addresses import ADDRESSES, CELLS
from tests.api.conftest import order_body
from tests.api.test_permissions import path_of

RAW = {
    "nothing": b"",
    "no json": b"{",
    "two values": b"{} {}",
    "a comment": b"{} // ok",
    "latin-1": '{"name": "Müller"}'.encode("latin-1"),
    "utf-16": '{"name": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "null byte": b'{"name": "x\x00y"}',
    "escaped null": rb'{"name": "x\u0000y"}',
    "escaped null in a name": rb'{"a\u0000b": 1}',
    "lone surrogate": rb'{"name": "\ud800"}',
    "lone surrogate in a name": rb'{"\udfff": 1}',
    "lone surrogate in utf-8": b'{"name": "\xed\xa0\x80"}',
    "nan": b'{"name": NaN}',
    "infinity": b'{"name": -Infinity}',
    "1e400": b'{"name": 1e400}',
    "-1e400": b'{"name": -1e400}',
    "huge whole number": b'{"name": ' + b"9" * 4000 + b"}",
    "huger whole number": b'{"name": ' + b"9" * 5000 + b"}",
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"name": ' * 50_000 + b"1" + b"}" * 50_000,
    "fairly deep": b'{"name": ' + b"[" * 600 + b"]" * 600 + b"}",
    "deep enough": b'{"name": ' + b"[" * 14 + b"]" * 14 + b"}",
    "name twice": b'{"name": "a", "name": "b"}',
    "long name": b'{"' + b"n" * 5000 + b'": 1}',
    "many names": b"{" + b",".join(b'"n%d":1' % n for n in range(20_000)) + b"}",
    "many values": b'{"orders": [' + b"1," * 200_000 + b"1]}",
    "many lines": b'{"lines": [' + b"{}," * 20_000 + b"{}]}",
    "number": b"1",
    "string": b'"x"',
    "null": b"null",
    "list": b"[]",
    "gzip": gzip.compress(b'{"name": "x"}'),
}


@pytest.fixture(scope="module")
def prepared(with_rows):
    return with_rows


@pytest.mark.parametrize(("name", "method"), [cell for cell in CELLS if cell[1] in ADDRESSES[cell[0]].bodies])
def test_bodies_that_are_none_are_refused(ada, here, name, method):
    for what, raw in RAW.items():
        answer = ada.send(method, path_of(name, here), raw=raw)
        assert answer.status_code == 400, (what, answer.content)
        assert len(answer.content) < 50_000, what


def test_huge_body_is_refused(ada, here, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = ada.send("POST", "customers/", raw=b'{"name": "' + b"x" * 1000 + b'"}', headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "x",
        "",
    ],
)
def test_other_kinds_of_body_are_refused(ada, kind):
    answer = ada.client.post("/api/v1/customers/", b'{"name": "x"}', kind, headers=ada.headers)
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


def test_json_is_utf_8_whatever_the_charset(ada):
    for charset in ("gbk", "bz2_codec", "nonsense"):
        kind, raw = f"application/json; charset={charset}", '{"name": "王芳"}'.encode()
        answer = ada.client.generic("POST", "/api/v1/customers/", raw, kind, headers=ada.headers)
        assert (answer.status_code, answer.json()["name"]) == (201, "王芳")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*;q=0", "x", ""])
def test_answers_are_json_whatever_is_accepted(ada, accept):
    assert ada.get("me/", headers={"Accept": accept}).status_code == 200


JUNK = [
    "%00", "%ff", "%ed%a0%80", "%F0%9F%92%A9", "'", "NaN", "-1", "9" * 30, "1e9", "[]", "null", "x" * 3000,
    "%E2%80%AE", "１",
]  # fmt: skip


@pytest.mark.parametrize("name", [name for name, method in CELLS if method == "GET"])
def test_junk_in_every_parameter_is_answered(ada, here, name):
    from crm.api import urls

    view = next(pattern.callback.cls for pattern in urls.urlpatterns if pattern.name == name)
    query = view.queries.get("GET")
    parameters = [*(query().fields if query else ()), "format", "tenant_id", "id"]
    for parameter in parameters:
        for junk in JUNK:
            answer = ada.get(f"{path_of(name, here)}?{parameter}={junk}")
            assert answer.status_code in (200, 400), (parameter, junk, answer.content)


def test_a_thousand_parameters_are_refused(ada):
    many = "&".join(f"p{n}=1" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    assert ada.get(f"customers/?{many}").status_code == 400


@pytest.mark.parametrize(
    "junk", ["%00", "x" * 3000, "../me", "1", "%F0%9F%92%A9", "00000000-0000-0000-0000-00000000000g"]
)
@pytest.mark.parametrize("name", [name for name in ADDRESSES if ADDRESSES[name].ids])
def test_junk_in_the_path_is_not_found(ada, name, junk):
    start, _id, end = path_of(name).rpartition(path_of(name).split("/")[4])
    assert ada.get(f"{start}{junk}{end}").status_code == 404


TEXTS = [
    "<script>alert(1)</script>", "'; DROP TABLE customers_customer; --", "=cmd|'/c calc'!A0", "{{ 7*7 }}",
    "%s%d", "\\x00", "‮gnirts", "\u200b", "𠮷野家", "👩‍👩‍👧‍👦", "é" * 50, "\t\n\r",
    "٣٤٥", "ﷺ", "\x7f\x1b[31m", "\ufffe",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_odd_texts_are_kept_as_text_or_refused(ada, text):
    made = ada.post("customers/", {"name": text, "city": text, "address": text})
    assert made.status_code == (201 if text.strip() else 400)
    if made.status_code == 201:
        address = f"customers/{made.json()['id']}/"
        assert ada.get(address).status_code == 200
        note = ada.post(f"{address}timeline/", {"kind": "note.added", "text": text})
        assert note.json()["text"] == text.strip()
        assert ada.get(f"customers/?q={text[:20]}".replace("%", "%25").replace("\t", "%09")).status_code == 200
    order = order_body(text[:50], text[:50], channel=text[:20], store=text[:20])
    assert ada.post("orders/", order).status_code == (201 if text.strip() else 400)


def test_sums_beyond_what_can_be_kept_are_refused_not_failed(ada, tenant):
    def most(name):
        return {"orders": [order_body(f"{name}-{n}", lines=[{"amount": "999999999999"}]) for n in range(99)]}

    assert ada.post("orders/bulk/", most("X")).json()["created"] == 99
    answer = ada.post("orders/bulk/", most("Y"))
    assert (answer.status_code, answer.json()["code"]) == (400, "out_of_range")
    with context.entered(tenant.id):
        assert Order.objects.filter(number__regex="^[XY]-").count() == 99


def test_database_that_is_away_is_503(ada, monkeypatch):
    from django.db import OperationalError

    from crm.api import customers

    monkeypatch.setattr(customers, "listing", lambda *args, **kwargs: (_ for _ in ()).throw(OperationalError("away")))
    answer = ada.get("customers/")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "3")


def test_program_error_is_a_problem_that_is_logged(ada, monkeypatch, caplog, tenant):
    from crm.api import customers

    with context.entered(tenant.id):
        before = Customer.objects.count()
    ada.client.raise_request_exception = False
    monkeypatch.setattr(customers, "card", lambda *args, **kwargs: 1 / 0)
    answer = ada.client.post("/api/v1/customers/", {"name": "x"}, "application/json", headers=ada.headers)
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "ZeroDivisionError" in caplog.text and "ZeroDivision" not in answer.content.decode()
    with context.entered(tenant.id):
        assert Customer.objects.count() == before
    assert connections["default"].needs_rollback is False
