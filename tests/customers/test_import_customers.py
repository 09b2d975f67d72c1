"""The command that imports files of customers, and the one that takes an import back."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers import editing
from customers.models import (
    Customer,
    CustomerTag,
    CustomField,
    CustomValue,
    Identifier,
    ImportConflict,
    SourceRecord,
    SourceVersion,
)
from sales import orders
from sales.lines import Line
from tenancy import context
from tenancy.models import Store
from tests.sales.files import real, write

HEADER = ["会员编号", "姓名", "手机", "邮箱", "生日", "性别", "地址", "门店", "标签"]
ROWS = [
    ["M1", "张三丰", "138 1234 5678", "Z@x.example", "1990年2月3日", "男", "西湖花园2幢301室", "S1", "VIP，老客"],
    ["M2", "王女士", "13900000000", "", "农历八月十五", "女", "浙江省杭州市西湖区文三路9号", "S1", ""],
    ["M3", "欧阳　娜娜", "", "na@x.example", "2000-13-45", "女", "", "S2", ""],
    ["M4", "", "", "", "", "", "", "", ""],
]  # fmt: skip


def run(path, tenant, source="crm", **options) -> dict:
    return command("import_customers", str(path), tenant=tenant.slug, source=source, **options)


def command(name: str, *args, tenant: str, **options) -> dict:
    out = StringIO()
    call_command(name, *args, tenant=tenant, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue().splitlines()[-1])


def picked(result: dict) -> tuple:
    return tuple(result[name] for name in ("rows", "created", "updated", "unchanged", "rejected"))


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "会员.csv", ROWS, HEADER)


def test_rows_become_customers_standardised_with_raw_values_kept(tenant, path):
    result = run(path, tenant)
    assert picked(result) == (4, 2, 0, 0, 2)
    assert result["customers"] == 2
    with context.entered(tenant.id):
        one = Customer.objects.get(name="张三丰")
        assert (one.phone, one.email, one.gender) == ("+8613812345678", "z@x.example", "m")
        assert (one.birth_year, one.birth_month, one.birth_day, one.store.code) == ("1990", 2, 3, "S1")
        assert sorted(tag.tag.name for tag in one.tags.all()) == ["VIP", "老客"]
        version = json.loads(SourceVersion.objects.get(record__external_id="M1").content)
        assert (version["phone"], version["birthday"]) == ("138 1234 5678", "1990年2月3日")
        two = Customer.objects.get(name="王女士")
        assert (two.province, two.city, two.district) == ("浙江省", "杭州市", "西湖区")
        assert (two.birth_is_lunar, two.birth_month, two.birth_day) == (True, 8, 15)
        assert Customer.objects.filter(name="欧阳娜娜").count() == 0


def test_same_file_again_changes_nothing(tenant, path):
    run(path, tenant)
    with context.entered(tenant.id):
        before = (list(Customer.objects.values_list("id", "updated_at")), Identifier.objects.count())
    assert picked(run(path, tenant)) == (4, 0, 0, 2, 2)
    with context.entered(tenant.id):
        assert (list(Customer.objects.values_list("id", "updated_at")), Identifier.objects.count()) == before


def test_id_that_stands_twice_is_one_customer_with_the_last_word_and_both_are_kept(tenant, tmp_path):
    rows = [["M1", "张三", "13812345678"], ["M1", "张三丰", "13812345678"], ["M1", "张三丰", "13812345678"]]
    path = write(tmp_path / "twice.csv", rows, ["id", "name", "phone"])
    assert picked(run(path, tenant)) == (3, 1, 1, 1, 0)
    with context.entered(tenant.id):
        assert Customer.objects.get().name == "张三丰"
        assert SourceVersion.objects.count() == 2
    assert picked(run(path, tenant)) == (3, 0, 0, 3, 0)


def test_own_fields_are_columns_by_key_or_label(tenant, tmp_path):
    with context.entered(tenant.id):
        CustomField.objects.create(key="shoe_size", label="鞋码", kind="number")
        CustomField.objects.create(key="vegan", label="Vegan", kind="boolean")
    path = write(
        tmp_path / "own.csv", [["M1", "张三", "42", "是"], ["M2", "李四", "x", ""]], ["id", "name", "鞋码", "vegan"]
    )
    result = run(path, tenant)
    assert picked(result) == (2, 1, 0, 0, 1)
    with context.entered(tenant.id):
        assert sorted(CustomValue.objects.values_list("field__key", flat=True)) == ["shoe_size", "vegan"]


def test_file_without_ids_knows_its_people_again(tenant, tmp_path):
    first = write(
        tmp_path / "a.csv", [["张三", "a@x.example", "上海"], ["李四", "", "北京"]], ["name", "email", "city"]
    )
    later = write(
        tmp_path / "b.csv", [["张三", "a@x.example", "杭州"], ["李四", "", "北京"]], ["name", "email", "city"]
    )
    assert picked(run(first, tenant)) == (2, 2, 0, 0, 0)
    assert picked(run(later, tenant)) == (2, 0, 1, 1, 0)


@pytest.mark.parametrize(
    ("parts", "figures"),
    [
        (("imports", "crm_exports", "atomic_crm_contacts.csv"), (500, 500, 0, 0, 0)),
        (("imports", "crm_exports", "closeio-sample-lead-list-b2b.csv"), (26, 26, 0, 0, 0)),
        (("imports", "crm_exports", "datablist_customers-100.csv"), (100, 100, 0, 0, 0)),
        (("imports", "crm_exports", "datablist_organizations-100.csv"), (100, 100, 0, 0, 0)),
    ],
)
def test_exports_of_other_programs_need_no_mapping(tenant, parts, figures):
    path = real(*parts)
    assert picked(run(path, tenant)) == figures
    assert picked(run(path, tenant)) == (figures[0], 0, 0, figures[0], 0)
    with context.entered(tenant.id):
        kinds = set(Customer.objects.values_list("kind", flat=True))
        assert kinds == ({"company"} if "organizations" in parts[-1] else {"person"})
        assert not Customer.objects.filter(name="").exists()


def test_products_are_not_taken_for_customers(tenant):
    with pytest.raises(SystemExit):
        run(real("imports", "crm_exports", "datablist_products-100.csv"), tenant)


def test_cards_are_customers(tenant):
    folder = real("imports", "vcard_samples")
    results = [run(path, tenant) for path in sorted(folder.glob("*.vcf"))]
    assert sum(result["rows"] for result in results) == sum(result["created"] for result in results) == len(results)


def undone(result: dict, tenant) -> tuple:
    found = command("undo_import", result["import_id"], tenant=tenant.slug)
    return found["restored"], found["kept"], found["conflicts"]


def everything(tenant, *but: str) -> list:
    """All that an undo must bring back, of all customers `but` these."""
    with context.entered(tenant.id):
        left_out = Customer.objects.filter(name__in=but)
        people = Customer.objects.exclude(name__in=but).order_by("id")
        fields = ("name", "name_key", "phone", "email", "city", "birth_month", "quality", "faults")
        rest = {"customer__in": left_out}
        return [
            [[getattr(one, name) for name in fields] for one in people],
            sorted(Identifier.objects.exclude(**rest).values_list("record__external_id", "kind", "claim"), key=str),
            sorted(SourceRecord.objects.exclude(**rest).values_list("external_id", "customer_id"), key=str),
            sorted(CustomerTag.objects.exclude(**rest).values_list("customer_id", "tag__name"), key=str),
            sorted(CustomValue.objects.exclude(**rest).values_list("customer_id", "field__key", "text"), key=str),
        ]


def test_undo_takes_away_what_was_made(tenant, path):
    before = everything(tenant)
    result = run(path, tenant)
    assert undone(result, tenant) == (2, 0, 0)
    assert everything(tenant) == before
    with pytest.raises(CommandError):
        undone(result, tenant)
    assert picked(run(path, tenant)) == (4, 2, 0, 0, 2)


def test_undo_gives_back_what_was_changed_and_leaves_what_people_have_done_since(tenant, cast, tmp_path, path):
    run(path, tenant)
    before = everything(tenant)
    header = ["会员编号", "姓名", "手机", "邮箱", "城市", "标签"]
    rows = [
        ["M1", "张三", "13700000001", "other@x.example", "上海", "新"],
        ["M2", "王芳", "13700000002", "wang@x.example", "上海", "VIP"],
        ["M5", "赵六", "13700000005", "", "", ""],
        ["M6", "孙七", "13700000006", "", "", ""],
    ]
    changed = run(write(tmp_path / "later.csv", rows, header), tenant)
    assert picked(changed) == (4, 2, 2, 0, 0)
    with context.entered(tenant.id):
        sun = Customer.objects.get(name="孙七")
        editing.change(sun, {"city": "南京"}, by=cast.ada)
        bought = Line(number="1", key="1", customer="M5", at=timezone.now(), amount=Decimal(1))
        orders.record([bought], source=SourceRecord.objects.get(external_id="M5").source)
    assert undone(changed, tenant) == (2, 2, 1)
    with context.entered(tenant.id):
        reasons = {conflict.customer.name: conflict.reason for conflict in ImportConflict.objects.all()}
        assert reasons == {"孙七": "edited", "赵六": "in_use"}
        sun.refresh_from_db()
        assert (sun.city, sun.phone) == ("南京", "+8613700000006")
    assert everything(tenant, "孙七", "赵六") == before


def test_a_claim_that_an_undone_import_had_passes_on(tenant, tmp_path):
    first = run(write(tmp_path / "a.csv", [["M1", "张三", "a@x.example"]], ["id", "name", "email"]), tenant, "one")
    run(write(tmp_path / "b.csv", [["U9", "张三", "a@x.example"]], ["id", "name", "email"]), tenant, "two")
    assert undone(first, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        assert Customer.objects.count() == 1
        assert Identifier.objects.get().claim is True


def test_store_of_a_standing_customer_stays(tenant, tmp_path):
    run(write(tmp_path / "a.csv", [["M1", "张三", "S1"]], ["id", "name", "store"]), tenant)
    run(write(tmp_path / "b.csv", [["M1", "张三丰", "S2"]], ["id", "name", "store"]), tenant)
    with context.entered(tenant.id):
        assert Customer.objects.get().store == Store.objects.get(code="S1")
