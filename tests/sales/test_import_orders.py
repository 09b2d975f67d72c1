"""The command that imports order files, on real files and on small ones."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from customers.models import Customer, ImportProblem, SourceVersion
from interactions.models import Interaction
from sales.models import Order, OrderLine
from segmentation import stats
from segmentation.models import CustomerStats
from tenancy import context
from tests.sales.files import real, write

ROW = ["536365", "85123A", "LANTERN", "6", "2010-12-01 08:26:00", "2.55", "17850.0"]


def run(path, tenant, source="shop", **options) -> dict:
    out = StringIO()
    call_command(
        "import_orders",
        str(path),
        tenant=tenant.slug,
        source=source,
        json=True,
        stdout=out,
        stderr=StringIO(),
        **options,
    )
    return json.loads(out.getvalue().splitlines()[-1])


def picked(result: dict, *names: str) -> tuple:
    return tuple(result[name] for name in names)


FIGURES = ("rows", "lines", "refund_lines", "anonymous_lines", "rejected", "orders", "refunds", "customers")


@pytest.mark.parametrize(
    ("parts", "figures", "return_rows"),
    [
        (("superstore_zh", "示例-超市.xls"), (10000, 10000, 0, 0, 0, 4979, 552, 790), 296),
        pytest.param(
            ("zh_tmall_rfm", "tmall_rfm_orders.xlsx"),
            (28833, 28833, 0, 0, 0, 28833, 1040, 25949),
            0,
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_chinese_workbooks_need_no_mapping_and_again_change_nothing(tenant, parts, figures, return_rows):
    path = real("transactions", *parts)
    first, again = run(path, tenant), run(path, tenant)
    assert picked(first, *FIGURES) == figures
    assert picked(first, "created", "updated", "unchanged", "return_rows") == (figures[0], 0, 0, return_rows)
    assert picked(again, "created", "updated", "unchanged") == (0, 0, figures[0])


def test_fully_refunded_order_counts_neither_for_frequency_nor_for_money(tenant):
    run(real("transactions", "superstore_zh", "示例-超市.xls"), tenant)
    with context.entered(tenant.id):
        given_back = Order.objects.filter(refunded__gt=0)
        assert given_back.count() == 552
        assert not given_back.exclude(total=F("refunded")).exists()
        assert stats.rebuild() == 0


@pytest.mark.parametrize(
    ("table", "lacking"),
    [("olist_orders_dataset.csv", "amount"), ("olist_order_items_dataset.csv", "time, amount")],
)
def test_tables_that_need_joining_are_refused_by_name(tenant, table, lacking, capsys):
    with pytest.raises(SystemExit) as exit:
        call_command("import_orders", str(real("transactions", "olist", table)), tenant=tenant.slug, source="olist")
    assert exit.value.code == 2
    assert f"--map: no column for {lacking}." in capsys.readouterr().err


def test_line_becomes_order_customer_timeline_and_figures(tenant, tmp_path):
    run(write(tmp_path / "orders.csv", [ROW]), tenant)
    with context.entered(tenant.id):
        order = Order.objects.get()
        assert (order.number, str(order.total), order.record.external_id) == ("536365", "15.3000", "17850")
        assert order.at.isoformat() == "2010-12-01T00:26:00+00:00"  # 08:26 in Shanghai
        assert Interaction.objects.get().subject_id == order.id
        assert CustomerStats.objects.get().frequency == 1


def test_order_worth_nothing_is_still_told_and_figured(tenant, tmp_path):
    run(write(tmp_path / "orders.csv", [[*ROW[:5], "0", "17850"]]), tenant)
    with context.entered(tenant.id):
        row = CustomerStats.objects.get()
        assert (row.frequency, row.monetary, row.last_at, Interaction.objects.count()) == (0, 0, None, 1)
        assert stats.rebuild() == 0


def test_corrected_line_is_an_update_and_everything_follows(tenant, tmp_path):
    run(write(tmp_path / "first.csv", [ROW]), tenant)
    corrected = [*ROW[:3], "2", "2010-12-02 09:00:00", *ROW[5:]]
    result = run(write(tmp_path / "second.csv", [corrected]), tenant)
    assert picked(result, "created", "updated", "unchanged") == (0, 1, 0)
    with context.entered(tenant.id):
        row = CustomerStats.objects.get()
        assert (str(row.monetary), row.last_at.day, Interaction.objects.get().at.day) == ("5.1000", 2, 2)


def test_same_number_of_two_customers_is_two_orders(tenant, tmp_path):
    other = [*ROW[:6], "99"]
    result = run(write(tmp_path / "orders.csv", [ROW, other]), tenant)
    assert picked(result, "orders", "customers") == (2, 2)


def test_number_of_id_column_is_kept_where_not_all_end_in_point_zero(tenant, tmp_path):
    run(write(tmp_path / "orders.csv", [ROW, [*ROW[:6], "A7"]]), tenant)
    with context.entered(tenant.id):
        assert set(Order.objects.values_list("record__external_id", flat=True)) == {"17850.0", "A7"}


def test_line_without_customer_is_an_anonymous_order(tenant, tmp_path):
    result = run(write(tmp_path / "orders.csv", [[*ROW[:6], ""]]), tenant)
    assert picked(result, "anonymous_lines", "customers") == (1, 0)
    with context.entered(tenant.id):
        assert (Order.objects.get().customer_id, Customer.objects.count()) == (None, 0)


def test_bad_rows_are_named_and_the_rest_is_kept(tenant, tmp_path):
    bad = [
        [*ROW[:4], "2010-02-30 08:26:00", *ROW[5:]],
        [*ROW[:3], "six", *ROW[4:]],
        ["", *ROW[1:]],
    ]
    result = run(write(tmp_path / "orders.csv", [ROW, *bad]), tenant)
    assert picked(result, "rows", "lines", "rejected") == (4, 1, 3)
    assert result["rows"] == result["created"] + result["updated"] + result["unchanged"] + result["rejected"]
    with context.entered(tenant.id):
        found = list(ImportProblem.objects.order_by("row").values_list("row", "column"))
        assert found == [(3, "InvoiceDate"), (4, "Quantity"), (5, "InvoiceNo")]
    assert "six" in Path(result["errors_file"]).read_text(encoding="utf-8-sig")


def test_names_and_phones_of_a_file_reach_the_customer_encrypted(tenant, tmp_path):
    header = ["订单号", "会员编号", "姓名", "手机号", "下单时间", "实付金额"]
    path = write(tmp_path / "orders.csv", [["1", "M1", "张三", "138 1234 5678", "2026-01-05 10:00", "88"]], header)
    run(path, tenant)
    run(path, tenant)
    with context.entered(tenant.id):
        customer = Customer.objects.get()
        assert (customer.name, customer.phone, customer.pinyin, customer.initials) == (
            "张三", "+8613812345678", "zhangsan", "zs",
        )  # fmt: skip
        assert SourceVersion.objects.count() == 1
        stored = Customer.objects.values_list("phone", flat=True).get()
        assert b"13812345678" not in bytes(stored)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"map": "Nothing=amount"}, "--map: no column Nothing"),
        ({"date_format": "%H"}, "--date-format"),
    ],
)
def test_questions_exit_2_and_name_the_option(tenant, tmp_path, arguments, told, capsys):
    path = write(tmp_path / "orders.csv", [ROW])
    with pytest.raises(SystemExit) as exit:
        call_command("import_orders", str(path), tenant=tenant.slug, source="shop", **arguments)
    assert exit.value.code == 2
    assert told in capsys.readouterr().err


def test_unknown_field_and_missing_file_and_company_are_errors(tenant, tmp_path):
    path = write(tmp_path / "orders.csv", [ROW])
    with pytest.raises(CommandError, match="fields are"):
        run(path, tenant, map="Quantity=colour")
    with pytest.raises(CommandError, match="no such file"):
        run(tmp_path / "absent.csv", tenant)
    with pytest.raises(CommandError, match="no company"):
        call_command("import_orders", str(path), tenant="nobody", source="shop")


def test_line_ids_that_stand_twice_are_two_lines(tenant, tmp_path):
    header = ["订单号", "行号", "会员编号", "下单时间", "实付金额"]
    rows = [["1", "a", "M1", "2026-01-05", "10"], ["1", "a", "M1", "2026-01-05", "20"]]
    path = write(tmp_path / "orders.csv", rows, header)
    assert run(path, tenant)["created"] == 2
    assert run(path, tenant)["unchanged"] == 2
    with context.entered(tenant.id):
        assert sorted(OrderLine.objects.values_list("key", flat=True)) == ["a", "a#2"]
