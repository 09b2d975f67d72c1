"""Customers and their timeline, as programs see them."""

import pytest

from customers.models import Customer, Source, SourceRecord
from segmentation import scoring
from tenancy import context
from tenancy.models import AuditEvent
from tenancy.permissions import Permission
from tests.api.addresses import NOTE
from tests.api.conftest import order_body

WANG = {
    "name": "王芳",
    "phone": "138 1234 5678",
    "email": "Wang.Fang@Example.com",
    "birthday": "1990-12-31",
    "gender": "f",
    "city": "上海",
    "address": "南京西路1234号",
    "store": "S1",
}


def test_staff_add_a_customer(ada, cast, tenant):
    made = ada.post("customers/", WANG)
    told = made.json()
    assert made.status_code == 201
    names = ("name", "birthday", "gender", "city", "store", "owner", "stage", "records")
    assert {name: told[name] for name in names} == {
        "name": "王芳", "birthday": "1990-12-31", "gender": "f", "city": "上海", "store": "S1", "owner": None,
        "stage": "prospect", "records": [],
    }  # fmt: skip
    assert ada.get(f"customers/{told['id']}/").json() == told
    with context.entered(tenant.id):
        assert Customer.objects.get().phone == "+8613812345678"
        assert AuditEvent.objects.filter(action="customer.created", actor=str(cast.ada.id)).count() == 1


def test_who_adds_a_customer_sees_them(program, cast):
    alice = program(cast.alice)
    told = alice.post("customers/", {"name": "王芳"}).json()
    assert told["owner"] == str(cast.alice.id)
    assert alice.get(f"customers/{told['id']}/").status_code == 200


def test_contact_is_masked_until_it_is_revealed_and_that_is_audited(ada, program, cast, tenant):
    told = ada.post("customers/", WANG).json()
    address = f"customers/{told['id']}/"
    hidden = ada.get(address).content.decode()
    assert not [secret for secret in ("13812345678", "wang.fang", "南京西路1234号") if secret in hidden]
    shown = ada.get(f"{address}?reveal=true").json()
    assert (shown["phone"], shown["email"], shown["address"], shown["revealed"]) == (
        "+8613812345678", "wang.fang@example.com", "南京西路1234号", True,
    )  # fmt: skip
    with context.entered(tenant.id):
        seen = AuditEvent.objects.get(action="customer.revealed")
        assert (seen.actor, str(seen.subject_id)) == (str(cast.ada.id), told["id"])
    blind = program(cast.ada, Permission.CUSTOMERS_VIEW)
    assert blind.get(address).status_code == blind.get(f"{address}?reveal=false").status_code == 200
    assert blind.get(f"{address}?reveal=true").status_code == 403


def test_change_keeps_what_is_left_out_and_clears_what_is_null(ada, cast):
    told = ada.post("customers/", WANG).json()
    changed = ada.patch(f"customers/{told['id']}/", {"city": None, "gender": "", "industry": "零售", "store": None})
    assert changed.json() == told | {
        "city": "", "gender": "", "industry": "零售", "store": None,
        "updated_at": changed.json()["updated_at"],
    }  # fmt: skip


def test_source_record_is_made_once_and_replaced(ada, tenant):
    body = {
        "source": "shop",
        "external_id": "U-7",
        "name": "李雷",
        "email": "li@example.com",
        "phone": "138****5678",
    }
    first, again = ada.post("customers/", body), ada.post("customers/", body)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert first.json()["records"] == [{"source": "shop", "external_id": "U-7"}]
    changed = ada.post("customers/", body | {"name": "李蕾"})
    assert (changed.status_code, changed.json()["id"], changed.json()["name"]) == (
        200,
        first.json()["id"],
        "李蕾",
    )


def test_source_record_joins_by_a_strong_identifier(ada, tenant):
    ids = {
        ada.post("customers/", {"source": source, "external_id": "1", "email": "li@example.com"}).json()["id"]
        for source in ("shop", "pos", "wechat")
    }
    with context.entered(tenant.id):
        assert (len(ids), Customer.objects.count(), SourceRecord.objects.count()) == (1, 1, 3)


def test_source_is_written_by_a_member_who_sees_everybody(program, cast, tenant):
    refused = program(cast.alice).post("customers/", {"source": "shop", "external_id": "1"})
    assert refused.status_code == 403
    with context.entered(tenant.id):
        assert not Source.objects.exists()


def test_audit_holds_no_personal_value_in_plain(ada, tenant):
    personal = {
        "family_name": "欧阳", "given_name": "春晓", "openid": "oOpenid", "unionid": "uUnionid", "card": "VIP-0815",
        "phone": "13812345678", "email": "chunxiao@example.com", "address": "南京西路1234号", "birthday": "1990-12-31",
    }  # fmt: skip
    customer = ada.post("customers/", personal).json()["id"]
    ada.patch(f"customers/{customer}/", personal)
    with context.entered(tenant.id):
        kept = str(list(AuditEvent.objects.values_list("changes", flat=True)))
    assert [value for value in personal.values() if value in kept] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/name"),
        ({"name": " "}, "#/name"),
        ({"name": None}, "#/name"),
        ({"name": 5}, "#/name"),
        ({"name": "x" * 201}, "#/name"),
        ({"name": "x", "phone": "123"}, "#/phone"),
        ({"name": "x", "phone": "138****5678"}, "#/phone"),
        ({"name": "x", "email": "nobody"}, "#/email"),
        ({"name": "x", "birthday": "1990-02-30"}, "#/birthday"),
        ({"name": "x", "birthday": "1899-12-31"}, "#/birthday"),
        ({"name": "x", "birthday": "2999-01-01"}, "#/birthday"),
        ({"name": "x", "gender": "x"}, "#/gender"),
        ({"name": "x", "kind": ["person"]}, "#/kind"),
        ({"name": "x", "store": "nowhere"}, "#/store"),
        ({"source": "shop"}, "#/external_id"),
        ({"external_id": "1"}, "#/source"),
        ({"source": "staff", "external_id": "1"}, "#/source"),
        ({"source": "shop", "external_id": "1", "store": "S1"}, "#/store"),
        ([{"name": "x"}], "#"),
        ("x", "#"),
    ],
)
def test_faulty_customer_is_refused(ada, tenant, body, pointer):
    refused = ada.post("customers/", body)
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    with context.entered(tenant.id):
        assert not Customer.objects.exists()


def ids(answer):
    return [one.get("id", one.get("customer_id")) for one in answer.json()["results"]]


@pytest.fixture
def five(ada, tenant):
    """Five customers with 1 to 5 orders of 100 each, and one without; scored."""
    made = []
    for person in range(1, 6):
        for number in range(person):
            at = f"2025-0{person}-1{number}T12:00:00Z"
            order = ada.post("orders/", order_body(f"{person}-{number}", f"C-{person}", at=at)).json()
        made.append(order["customer"]["id"])
    with context.entered(tenant.id):
        scoring.score()
    made.append(ada.post("customers/", {"name": "零单"}).json()["id"])
    return made


def test_list_is_sorted_and_filtered_by_figures(ada, five):
    assert ids(ada.get("customers/")) == five[::-1]
    assert ids(ada.get("customers/?sort=-frequency")) == five[4::-1]
    assert ids(ada.get("customers/?sort=-monetary&limit=2")) == [five[4], five[3]]
    assert ids(ada.get("customers/?f=5")) == ids(ada.get("customers/?r=5&m=5")) == [five[4]]
    assert ids(ada.get("customers/?stage=prospect")) == [five[5]]
    assert ids(ada.get("customers/?stage=prospect&sort=-monetary")) == [five[5]]
    assert sorted(ids(ada.get("customers/?stage=lost"))) == sorted(five[:5])
    assert ids(ada.get("customers/?store=S1")) == []
    assert set(ids(ada.get("customers/?q=张三丰"))) == set(five[:5])
    assert len(ids(ada.get("customers/?q=zsf&limit=2"))) == 2


def test_scores_are_those_of_the_export(ada, five, tenant):
    with context.entered(tenant.id):
        exported = [row for row in scoring.export() if row.source == "pos"]
    told = ada.get("scores/").json()["results"]
    assert [one["customer_id"] for one in told] == sorted(five[:5])
    by_reference = {one["records"][0]["external_id"]: one for one in told}
    for row in exported:
        one = by_reference[row.external_id]
        names = ("recency_days", "frequency", "monetary", "r", "f", "m", "stage")
        assert [str(one[name]) for name in names] == [str(getattr(row, name)) for name in names]
    assert ids(ada.get("scores/?f=5")) == [five[4]]
    assert ids(ada.get("scores/?stage=prospect")) == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("r=6", "r"),
        ("r=0", "r"),
        ("f=x", "f"),
        ("m=１", "m"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=346366505812861424235253334016", "limit"),
        ("limit=-1", "limit"),
        ("stage=gone", "stage"),
        ("stage=prospect&r=1", "stage"),
        ("sort=name", "sort"),
        ("store=nowhere", "store"),
        ("q=" + "x" * 101, "q"),
        ("q=%00", "q"),
        ("cursor=" + "x" * 1001, "cursor"),
        ("cursor=x", "cursor"),
        ("page=2", "page"),
        ("r=1&r=2", "r"),
        ("tenant=1", "tenant"),
    ],
)
def test_faulty_query_is_refused(ada, query, parameter):
    refused = ada.get(f"customers/?{query}")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [parameter]


def test_timeline_tells_orders_notes_and_calls(ada, cast):
    order = ada.post("orders/", order_body()).json()
    address = f"customers/{order['customer']['id']}/timeline/"
    note = ada.post(address, NOTE)
    call = ada.post(address, {"kind": "call.made", "text": "回访", "at": "2025-01-01T09:00:00+08:00"}).json()
    assert (note.status_code, note.json()["by"], call["at"]) == (
        201,
        str(cast.ada.id),
        "2025-01-01T01:00:00Z",
    )
    told = ada.get(address).json()["results"]
    assert [(one["kind"], one["text"], one["subject_id"]) for one in told] == [
        ("note.added", NOTE["text"], None),
        ("order.placed", "", order["id"]),
        ("call.made", "回访", None),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "note.added"},
        NOTE | {"kind": "order.placed"},
        NOTE | {"text": ""},
        NOTE | {"text": "x" * 5001},
    ],
)
def test_faulty_note_is_refused(ada, body):
    customer = ada.post("customers/", {"name": "王芳"}).json()["id"]
    assert ada.post(f"customers/{customer}/timeline/", body).status_code == 400


def test_refunds_move_the_list_at_once(ada, five):
    (order,) = ada.get(f"customers/{five[0]}/orders/").json()["results"]
    ada.post(f"orders/{order['id']}/refunds/", {"amount": "100", "key": "all"})
    assert ids(ada.get("customers/?stage=prospect")) == [five[5], five[0]]
