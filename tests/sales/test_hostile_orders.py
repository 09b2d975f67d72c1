"""The hostile inputs that concern what cells mean, by their numbers, and the files of tests/hostile.py with
orders in them; more of reading a file is in tests/lib."""

import re

import pytest
from django.core.management import CommandError
from django.utils import translation

from customers.models import Customer, ImportProblem
from sales.models import Order, OrderLine
from tenancy import context
from tests import hostile
from tests.sales.files import write
from tests.sales.test_import_orders import picked, run

HEADER = ["订单号", "会员编号", "姓名", "手机号", "下单时间", "数量", "单价", "实付金额"]


def row(**cells) -> list[str]:
    good = {"n": "1", "c": "M1", "name": "张三", "phone": "", "at": "2026-03-04 10:00", "q": "1", "p": "5", "a": "5"}
    return list({**good, **cells}.values())


TABLE = hostile.Table(HEADER, lambda n, name: row(n=str(n), c=f"M{n}", name=name), "姓名")


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.number} {case.label}") for case in hostile.CASES])
def test_file_is_read_asked_about_or_refused_as_stated(case, tenant, tmp_path):
    path = case.write(tmp_path, TABLE)
    with translation.override("en"):
        match case.outcome:
            case hostile.Refused(words):
                with pytest.raises(CommandError, match=re.escape(words)):
                    run(path, tenant)
            case hostile.Asked():
                with pytest.raises(SystemExit) as asked:
                    run(path, tenant)
                assert asked.value.code == 2
            case hostile.Read(good, bad, _words):
                assert picked(run(path, tenant), "lines", "rejected") == (good, len(bad))
    if not isinstance(case.outcome, hostile.Read):
        with context.entered(tenant.id):
            assert (Order.objects.exists(), Customer.objects.exists()) == (False, False)


@pytest.fixture
def outcome(tenant, tmp_path):
    """outcome(rows) imports them and gives (lines, rejected, [(row, column, reason)])."""

    def imported(*rows, **options) -> tuple:
        result = run(write(tmp_path / "orders.csv", list(rows), HEADER), tenant, **options)
        with context.entered(tenant.id), translation.override("en"):
            problems = list(ImportProblem.objects.order_by("row").values_list("row", "column", "reason"))
        return result["lines"], result["rejected"], problems

    return imported


def refused(tenant, tmp_path, *rows) -> int:
    with pytest.raises(SystemExit) as exit:
        run(write(tmp_path / "orders.csv", list(rows), HEADER), tenant)
    with context.entered(tenant.id):
        assert (Order.objects.count(), Customer.objects.count()) == (0, 0)
    return exit.value.code


def test_20_ambiguous_dates_are_asked_and_nothing_is_written(tenant, tmp_path):
    assert refused(tenant, tmp_path, row(at="04-03-2024"), row(n="2", at="05-06-2024")) == 2


def test_20_format_given_resolves_them(outcome):
    assert outcome(row(at="04-03-2024"), row(n="2", at="05-06-2024"), date_format="%d-%m-%Y")[:2] == (2, 0)


@pytest.mark.parametrize("at", ["2024/3/4", "2024年3月4日", "45355", "2024-03-04T10:00:00+08:00"])
def test_20_other_ways_to_write_a_date_are_read(outcome, at):
    assert outcome(row(at=at))[:2] == (1, 0)


@pytest.mark.parametrize("at", ["2024-02-30", "0001-01-01", "9999-12-31", "soon"])
def test_20_21_dates_that_cannot_be_are_named(outcome, at):
    lines, rejected, problems = outcome(row(), row(n="2", at=at))
    assert (lines, rejected, problems[0][:2]) == (1, 1, (3, "下单时间"))


def test_22_24_full_width_and_prefixed_phones_become_one(tenant, outcome):
    outcome(row(phone="１３８１２３４５６７８"), row(n="2", c="M2", phone="0086 138-1234-5678"))
    with context.entered(tenant.id):
        assert {customer.phone for customer in Customer.objects.all()} == {"+8613812345678"}


def test_23_phone_that_excel_has_rounded_is_refused_not_guessed(outcome):
    lines, rejected, problems = outcome(row(), row(n="2", phone="1.38E+10"))
    assert (lines, rejected, problems[0][:2]) == (1, 1, (3, "手机号"))
    assert "Excel" in problems[0][2]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "'; DROP TABLE sales_order; --", "=cmd|'/c calc'!A0"])
def test_9_28_29_markup_sql_and_formulas_are_text(tenant, outcome, name):
    outcome(row(name=name))
    with context.entered(tenant.id):
        assert Customer.objects.get().name == name


def test_37_same_rows_twice_in_a_file_and_the_file_twice(tenant, tmp_path):
    path = write(tmp_path / "orders.csv", [row(), row()], HEADER)
    assert picked(run(path, tenant), "created", "unchanged") == (2, 0)
    assert picked(run(path, tenant), "created", "unchanged") == (0, 2)


def test_38_reference_of_another_company_is_just_unknown(tenant, other_tenant, tmp_path):
    path = write(tmp_path / "orders.csv", [row()], HEADER)
    run(path, other_tenant)
    assert run(path, tenant)["created"] == 1
    with context.entered(tenant.id):
        assert Customer.objects.count() == 1


@pytest.mark.parametrize(("amount", "stored"), [("1,234.56", "1234.5600"), ("￥1,2３4", "1234.0000"), ("-0", "0.0000")])
def test_40_amounts_that_can_be_read(tenant, outcome, amount, stored):
    assert outcome(row(a=amount))[:2] == (1, 0)
    with context.entered(tenant.id):
        assert str(OrderLine.objects.get().amount) == stored


@pytest.mark.parametrize("amount", ["1.234,56", "NaN", "Infinity", "1e309", "9" * 40])
def test_40_amounts_that_cannot(outcome, amount):
    lines, rejected, problems = outcome(row(), row(n="2", a=amount))
    assert (lines, rejected, problems[0][:2]) == (1, 1, (3, "实付金额"))


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"\xe8\xae\xa2\xe5\x8d\x95\n", b"%PDF-1.7 ", b"MZ\x90\x00" * 50])
def test_files_that_are_none_leave_no_trace(tenant, tmp_path, content):
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    with pytest.raises((CommandError, SystemExit)):
        run(path, tenant)
    with context.entered(tenant.id):
        assert Order.objects.count() == 0
