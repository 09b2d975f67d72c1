"""Several imports of the same people, undone in any order; and what else has happened to these people meanwhile."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone

from customers import tagging
from customers.imports import undoing
from customers.models import Customer, CustomerTag, ImportConflict, ImportRun, Source, SourceRecord, SourceVersion
from privacy import erasure
from sales import orders
from sales.lines import Line
from segmentation import bulk
from segmentation.models import BulkChange, BulkRow
from tenancy import context, jobs
from tests.customers.test_import_customers import run, undone
from tests.sales.files import write


@pytest.fixture
def told(tenant, tmp_path):
    """told("a", [...]) imports the file a.csv of these rows."""

    def tell(name: str, rows: list[list], header=("id", "name", "phone")) -> dict:
        return run(write(tmp_path / f"{name}.csv", rows, [*header]), tenant)

    return tell


def test_older_import_undone_first_leaves_nothing_when_the_newer_follows(tenant, told):
    first = told("a", [["M1", "张三", "13812345678"]])
    second = told("b", [["M1", "张三丰", "13812345678"]])
    assert undone(first, tenant) == (0, 1, 0)
    assert undone(second, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        counts = [model.objects.count() for model in (Customer, SourceRecord, SourceVersion)]
    assert counts == [0, 0, 0]


def test_customer_named_as_a_conflict_of_another_undo_can_go(tenant, told):
    first = told("a", [["M1", "张三", "13812345678"]])
    second = told("b", [["M1", "张三丰", "13812345678"]])
    third = told("c", [["M1", "张丰", "13812345678"]])
    assert undone(second, tenant) == (0, 1, 0)
    assert undone(third, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        assert Customer.objects.get().name == "张三"
        assert ImportConflict.objects.count() == 1
    assert undone(first, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        assert Customer.objects.count() == ImportConflict.objects.count() == 0


def test_customers_that_were_changed_in_bulk_stay_and_are_told(tenant, cast, told):
    made = told("a", [["M1", "张三", "13812345678"], ["M2", "李四", "13912345678"]])
    with context.entered(tenant.id):
        one = Customer.objects.get(name="张三")
        asked = QueryDict("")
        change = bulk.ask(
            BulkChange.Act.SET_STORE, chosen=[one.id], parameters=asked, is_whole=False, member=cast.ada, tenant=tenant
        )
        bulk.confirm(change, cast.store, tenant=tenant)
        assert BulkRow.objects.get().state == BulkRow.State.CHANGED
    assert undone(made, tenant) == (1, 1, 0)
    with context.entered(tenant.id):
        assert Customer.objects.get().name == "张三"
        assert ImportConflict.objects.get().reason == ImportConflict.Reason.IN_USE


def test_tags_of_rows_that_say_nothing_else_are_taken_off(tenant, told):
    told("a", [["M1", "张三", "13812345678"]])
    tagged = told("b", [["M1", "张三", "13812345678", "VIP"]], ("id", "name", "phone", "tags"))
    assert undone(tagged, tenant) == (0, 0, 0)
    with context.entered(tenant.id):
        assert CustomerTag.objects.count() == 0


def test_tag_that_people_have_put_on_as_well_stays(tenant, cast, told):
    told("a", [["M1", "张三", "13812345678"]])
    tagged = told("b", [["M1", "张三丰", "13812345678", "VIP"]], ("id", "name", "phone", "tags"))
    with context.entered(tenant.id):
        assert tagging.put([Customer.objects.get().id], ["vip"], by=cast.ada) == set()
    assert undone(tagged, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        assert (Customer.objects.get().name, CustomerTag.objects.get().tag.name) == ("张三", "VIP")


def test_an_undone_file_of_our_own_is_no_later_edit(tenant, told, tmp_path):
    first = told("a", [["M1", "张三", "13812345678"]])
    with context.entered(tenant.id):
        id = str(Customer.objects.get().id)
    back = run(write(tmp_path / "own.csv", [[id, "张三丰"]], ["external_id", "name"]), tenant, source="tongke")
    assert back["updated"] == 1
    assert undone(back, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        assert Customer.objects.get().name == "张三"
    assert undone(first, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        assert Customer.objects.count() == 0


def test_erased_customer_stays_as_it_was_left(tenant, cast, told):
    told("a", [["M1", "张三", "13812345678"]])
    second = told("b", [["M1", "张三丰", "13812345678"]])
    with context.entered(tenant.id):
        erasure.erase(Customer.objects.get(), by=cast.ada)
        before = Customer.objects.values().get()
    undone(second, tenant)
    with context.entered(tenant.id):
        assert Customer.objects.values().get() == before


def test_joined_customer_with_orders_is_given_back_what_it_was(tenant, told):
    header = ("id", "name", "email")
    told("a", [["M1", "张三", "z@x.example"]], header)
    with context.entered(tenant.id):
        bought = Line(number="1", key="1", customer="M1", at=timezone.now(), amount=Decimal(1))
        orders.record([bought], source=Source.objects.get(key="crm"))
    joined = told("b", [["U9", "张三丰", "z@x.example"]], header)
    with context.entered(tenant.id):
        assert Customer.objects.get().name == "张三丰"
    assert undone(joined, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        assert (Customer.objects.get().name, SourceRecord.objects.get().external_id) == ("张三", "M1")


def test_undone_import_is_not_taken_up_again(tenant, told):
    made = told("a", [["M1", "张三", "13812345678"]])
    with context.entered(tenant.id):
        ImportRun.objects.get().job.__class__.objects.update(state="cancelled")
    assert undone(made, tenant) == (1, 0, 0)
    with context.entered(tenant.id):
        job = ImportRun.objects.get().job
        jobs.retry(job)
    jobs.run(tenant.id, job.id, take_over=True)
    with context.entered(tenant.id):
        job.refresh_from_db()
        assert (job.state, Customer.objects.count()) == ("failed", 0)
        assert job.error == undoing.why_not(ImportRun.objects.select_related("job", "undoing").get())
