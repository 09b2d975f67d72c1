"""Custom fields and tags over the API: defined, set, cleared, filtered by; typed JSON in and out."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import CustomValue, Tag
from tests.api.contract import opened

KINDS = {"size": "number", "tea": "choice", "joined": "date", "vegan": "boolean", "hobby": "text"}
VALUES = {"size": 38.5, "tea": "绿茶", "joined": "2024-03-04", "vegan": True, "hobby": "钓鱼"}


@pytest.fixture
def fields(ada):
    for key, kind in KINDS.items():
        more = {"choices": ["绿茶", "红茶"]} if kind == "choice" else {}
        made = ada.post("fields/", {"key": key, "label": key.title(), "kind": kind, **more})
        assert made.status_code == 201, made.content
    return ada


def faults(answer) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {error.get("pointer") or error["parameter"]: error["code"] for error in answer.json()["errors"]}


def names(program, **query) -> list[str]:
    answer = program.get(f"customers/?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200, answer.content
    return sorted(row["name"] for row in answer.json()["results"])


def test_field_is_made_changed_archived_and_restored(ada):
    made = ada.post("fields/", {"label": "喜欢的茶", "kind": "choice", "choices": ["绿茶", "红茶"]}).json()
    assert (made["key"], made["kind"], made["choices"], made["is_active"]) == (
        "xihuandecha", "choice", ["绿茶", "红茶"], True,
    )  # fmt: skip
    address = f"fields/{made['id']}/"
    assert ada.patch(address, {"choices": ["白茶"], "is_active": False}).json() == {
        **made, "choices": ["白茶"], "is_active": False,
    }  # fmt: skip
    assert faults(ada.post("customers/", {"name": "王芳", "custom": {"xihuandecha": "白茶"}})) == {
        "#/custom/xihuandecha": "unknown_field"
    }
    ada.patch(address, {"is_active": True})
    assert ada.post("customers/", {"name": "王芳", "custom": {"xihuandecha": "白茶"}}).status_code == 201
    assert [row["key"] for row in ada.get("fields/").json()["results"]] == ["xihuandecha"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"label": "A", "kind": "text", "key": "phone"}, {"#/key": "invalid"}),
        ({"label": "A", "kind": "text", "key": "Bad Key"}, {"#/key": "invalid"}),
        ({"label": "A", "kind": "choice"}, {"#/choices": "invalid"}),
        ({"label": "A", "kind": "colour"}, {"#/kind": "invalid_choice"}),
        ({"label": "A", "kind": "text", "choices": ["x"]}, {"#/choices": "invalid"}),
        ({"label": "Size", "kind": "text"}, {"#/label": "invalid"}),
    ],
)
def test_what_is_no_field_is_refused(fields, body, wrong):
    assert faults(fields.post("fields/", body)) == wrong


def test_values_go_in_and_come_out_typed(fields):
    made = fields.post("customers/", {"name": "王芳", "custom": VALUES}).json()
    assert made["custom"] == VALUES
    changed = fields.patch(f"customers/{made['id']}/", {"custom": {"size": 40, "vegan": False, "hobby": None}})
    assert changed.json()["custom"] == {"size": 40, "tea": "绿茶", "joined": "2024-03-04", "vegan": False}
    assert fields.get("customers/").json()["results"][0]["custom"] == changed.json()["custom"]


def test_custom_value_alone_can_be_cleared_by_staff(fields, entered):
    body = {"source": "pos", "external_id": "M1", "name": "王芳", "custom": {"size": 42}}
    made = fields.post("customers/", body).json()
    cleared = fields.patch(f"customers/{made['id']}/", {"custom": {"size": None}})
    assert cleared.json()["custom"] == {}
    assert not CustomValue.objects.exists()


def test_source_says_values_too_and_the_same_again_changes_nothing(fields):
    body = {"source": "pos", "external_id": "M1", "name": "王芳", "custom": {"size": "42.50", "tea": "紅茶"}}
    first, second = fields.post("customers/", body), fields.post("customers/", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["custom"] == {"size": 42.5, "tea": "红茶"}
    assert second.json()["updated_at"] == first.json()["updated_at"]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"size": "much"}, {"#/custom/size": "not_a_number"}),
        ({"size": True}, {"#/custom/size": "not_a_number"}),
        ({"size": 1e300}, {"#/custom/size": "not_a_number"}),
        ({"size": 12345678901234567}, {"#/custom/size": "too_large"}),
        ({"size": [1]}, {"#/custom/size": "not_a_number"}),
        ({"tea": "咖啡"}, {"#/custom/tea": "not_a_choice"}),
        ({"tea": 1}, {"#/custom/tea": "not_a_string"}),
        ({"joined": "4.3.2024"}, {"#/custom/joined": "not_a_day"}),
        ({"joined": "2024-02-31"}, {"#/custom/joined": "bad_date"}),
        ({"vegan": "yes"}, {"#/custom/vegan": "not_a_boolean"}),
        ({"hobby": "x" * 501}, {"#/custom/hobby": "max_length"}),
        ({"hobby": "\ud800"}, {"#/custom/hobby": "surrogate_characters_not_allowed"}),
        ({"nothing": 1, "size": "x"}, {"#/custom/nothing": "unknown_field", "#/custom/size": "not_a_number"}),
        ([], {"#/custom": "not_an_object"}),
        ("size", {"#/custom": "not_an_object"}),
    ],
)
def test_what_is_no_value_is_refused_at_its_place(fields, values, wrong):
    assert faults(fields.post("customers/", {"name": "王芳", "custom": values})) == wrong


def test_filters_find_what_they_name(fields):
    fields.post("customers/", {"name": "A", "custom": VALUES, "tags": ["VIP", "新客"]})
    fields.post("customers/", {"name": "B", "custom": {"size": 42, "tea": "红茶"}, "tags": ["vip"]})
    fields.post("customers/", {"name": "C"})
    asked = [
        ({"tag": "vip"}, ["A", "B"]),
        ({"tag": ["VIP", "新客"]}, ["A"]),
        ({"x_size_from": "38.5", "x_size_to": "40"}, ["A"]),
        ({"x_tea": ["绿茶", "红茶"]}, ["A", "B"]),
        ({"x_size": "none"}, ["C"]),
        ({"x_hobby_has": "钓"}, ["A"]),
        ({"x_vegan": "true", "x_joined_to": "2024-12-31"}, ["A"]),
        ({"tag": "vip", "q": "B"}, ["B"]),
        ({"tag": "vip", "sort": "-last_at"}, []),
        ({"tag": "vip", "updated_since": "2020-01-01T00:00:00Z"}, ["A", "B"]),
    ]
    assert [names(fields, **query) for query, _found in asked] == [found for _query, found in asked]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("tag=nobody", {"tag": "no_such_tag"}),
        ("x_nothing=1", {"x_nothing": "no_such_field"}),
        ("x_size=much", {"x_size": "not_a_number"}),
        ("x_size=1&limit=5&limit=6", {"limit": "twice"}),
        ("x_size=1&nothing=2", {"nothing": "unknown_field"}),
        ("x_=1", {"x_": "no_such_field"}),
        ("x_hobby_from=1", {"x_hobby_from": "only_ranges"}),
        ("x_" + "n" * 3000 + "=1", {"x_" + "n" * 98: "no_such_field"}),
        ("x_size=%00", {"x_size": "not_a_number"}),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(fields, query, wrong):
    assert faults(fields.get(f"customers/?{query}")) == wrong


@pytest.mark.parametrize("junk", ["%00", "%ff", "%ed%a0%80", "NaN", "9" * 30, "x" * 3000, "%E2%80%AE", "１", "٣", "'"])
def test_junk_in_a_filter_is_answered(fields, junk):
    for parameter in ("tag", "x_size", "x_size_from", "x_hobby", "x_hobby_has", "x_joined", "x_vegan", "x_tea"):
        assert fields.get(f"customers/?{parameter}={junk}").status_code in (200, 400), (parameter, junk)


def test_tags_replace_those_there_were(ada, entered):
    made = ada.post("customers/", {"name": "王芳", "tags": ["VIP", "新客"]}).json()
    assert made["tags"] == ["VIP", "新客"]
    address = f"customers/{made['id']}/"
    changed = ada.patch(address, {"tags": ["vip", "老客"]}).json()
    assert sorted(changed["tags"]) == ["VIP", "老客"]
    assert changed["updated_at"] > made["updated_at"]
    assert ada.patch(address, {"city": "上海"}).json()["tags"] == changed["tags"]
    assert ada.patch(address, {"tags": []}).json()["tags"] == []
    assert faults(ada.patch(address, {"tags": [f"t{n}" for n in range(51)]})) == {"#/tags": "max_length"}
    assert faults(ada.patch(address, {"tags": ["x" * 41]})) == {"#/tags/0": "max_length"}
    assert Tag.objects.count() == 3


def test_tag_is_made_renamed_and_deleted(ada, entered):
    made = ada.post("tags/", {"name": "VIP"}).json()
    assert faults(ada.post("tags/", {"name": "ｖｉｐ"})) == {"#/name": "invalid"}
    customer = ada.post("customers/", {"name": "王芳", "tags": ["VIP"]}).json()
    assert ada.patch(f"tags/{made['id']}/", {"name": "贵宾"}).json()["name"] == "贵宾"
    assert ada.get(f"customers/{customer['id']}/").json()["tags"] == ["贵宾"]
    assert ada.send("DELETE", f"tags/{made['id']}/").status_code == 204
    assert ada.get(f"customers/{customer['id']}/").json()["tags"] == []


def test_document_describes_values_tags_and_filters():
    shape = opened()["components"]["schemas"]["CustomerShape"]["properties"]
    assert shape["custom"]["additionalProperties"]["oneOf"][1] == {"type": "number"}
    assert shape["tags"]["type"] == "array"
    parameters = {one["name"]: one for one in opened()["paths"]["/api/v1/customers/"]["get"]["parameters"]}
    assert parameters["tag"]["schema"]["type"] == "array"
    assert list(parameters["x"]["schema"]["patternProperties"]) == ["^x_[a-z][a-z0-9_]*$"]


def test_cards_cost_the_same_for_one_and_three(fields):
    counts = []
    for name in ("A", "B", "C"):
        fields.post("customers/", {"name": name, "custom": VALUES, "tags": ["VIP", "新客"]})
        with CaptureQueriesContext(connection) as captured:
            fields.get("customers/?tag=vip&x_size=38.5")
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
