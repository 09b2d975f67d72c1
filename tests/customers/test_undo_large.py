"""A hundred thousand updates are taken back after fifty people were changed by hand."""

import pytest

from customers import editing
from customers.models import Customer, ImportConflict
from tenancy import context
from tests.customers.test_import_customers import command, picked
from tests.sales.files import write

ROWS, EDITS = 100_000, 50
HEADER = ["会员编号", "姓名", "手机", "城市"]


def file(path, number: int, rows: int):
    told = ([f"M{n}", f"王{'伟芳娜'[n % 3]}{number}", f"139{n:08}", "杭州上海"[number * 2 :][:2]] for n in range(rows))
    return write(path, told, HEADER)


def state(tenant, but=()) -> list:
    with context.entered(tenant.id):
        rows = Customer.objects.exclude(id__in=but).order_by("id")
        return list(rows.values_list("id", "name", "name_key", "pinyin", "city", "quality"))


@pytest.mark.parametrize("rows", [2_000, pytest.param(ROWS, marks=pytest.mark.nightly)])
def test_all_but_those_that_people_have_changed_since_are_as_before(tenant, cast, tmp_path, rows):
    command("import_customers", str(file(tmp_path / "a.csv", 0, rows)), tenant=tenant.slug, source="crm")
    before = state(tenant)
    later = command("import_customers", str(file(tmp_path / "b.csv", 1, rows)), tenant=tenant.slug, source="crm")
    assert picked(later) == (rows, 0, rows, 0, 0)
    with context.entered(tenant.id):
        edited = list(Customer.objects.order_by("id")[:: rows // EDITS][:EDITS])
        for customer in edited:
            editing.change(customer, {"city": "南京"}, by=cast.ada)
    undone = command("undo_import", later["import_id"], tenant=tenant.slug)
    assert undone == {"restored": rows - EDITS, "kept": EDITS, "conflicts": EDITS}
    ids = [customer.id for customer in edited]
    with context.entered(tenant.id):
        assert set(ImportConflict.objects.values_list("customer_id", "reason")) == {(id, "edited") for id in ids}
        assert set(Customer.objects.filter(id__in=ids).values_list("city", flat=True)) == {"南京"}
    assert state(tenant, ids) == [row for row in before if row[0] not in set(ids)]
