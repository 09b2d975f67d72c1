"""Many customers in one call."""

from customers.models import Customer, CustomerTag, CustomField, CustomValue, SourceRecord
from tenancy import context


def body(reference: str, **more) -> dict:
    return {"source": "shop", "external_id": reference, "name": "张三"} | more


def statuses(answer) -> list[str]:
    assert answer.status_code == 200
    return [one["status"] for one in answer.json()["results"]]


def test_each_is_created_updated_left_alone_or_refused(ada, tenant):
    assert statuses(ada.post("customers/bulk/", {"customers": [body("A"), body("B")]})) == ["created", "created"]
    sent = [body("A", name="李四"), body("B"), body("C", email="c@x.example"), body("C"), body("D", gender="x"), None]
    sent += [body("E", source="staff"), body("F", points=5), body("G", store="S1")]
    answer = ada.post("customers/bulk/", {"customers": sent})
    assert statuses(answer) == ["updated", "unchanged", "created", *["refused"] * 6]
    pointers = [[error["pointer"] for error in one["errors"]] for one in answer.json()["results"]]
    assert pointers == [[], [], [], ["#/external_id"], ["#/gender"], ["#"], ["#/source"], ["#/points"], ["#/store"]]
    with context.entered(tenant.id):
        assert sorted(Customer.objects.values_list("name", flat=True)) == ["张三", "张三", "李四"]


def test_same_call_again_changes_nothing_and_a_clear_field_is_cleared(ada, tenant):
    sent = {"customers": [body("A", phone="13812345678", tags=["VIP"])]}
    ada.post("customers/bulk/", sent)
    assert statuses(ada.post("customers/bulk/", sent)) == ["unchanged"]
    assert statuses(ada.post("customers/bulk/", {"customers": [body("A", phone=None)]})) == ["updated"]
    with context.entered(tenant.id):
        assert Customer.objects.get().phone is None
        assert CustomerTag.objects.count() == 1


def test_ten_thousand_in_one_call_and_not_one_more(ada, tenant):
    with context.entered(tenant.id):
        CustomField.objects.create(key="size", label="Size", kind="number")
    sent = [body(f"N{n}", custom={"size": n}, phone=f"1381{n:07}") for n in range(10_000)]
    answer = ada.post("customers/bulk/", {"customers": sent})
    assert answer.json()["created"] == 10_000
    assert ada.post("customers/bulk/", {"customers": [*sent, body("X")]}).status_code == 400
    with context.entered(tenant.id):
        assert SourceRecord.objects.count() == CustomValue.objects.count() == 10_000


def test_only_who_sees_all_customers_may(program, cast):
    assert program(cast.bob).post("customers/bulk/", {"customers": [body("A")]}).status_code == 403


def test_a_tag_without_a_visible_character_is_refused_with_its_customer(ada, tenant):
    answer = ada.post("customers/bulk/", {"customers": [body("A", tags=["\u200b"]), body("B", tags=["VIP"])]})
    assert statuses(answer) == ["refused", "created"]
