"""Files with what no program should write: the import says so at the row, and goes on."""

import csv
import io

import pytest
from django.core.management import CommandError
from django.utils import translation

from customers import projection, tagging
from customers.imports import runs
from customers.models import Customer, ImportProblem, ImportRun, SourceVersion
from tenancy import context
from tests.customers.test_import_customers import run
from tests.customers.test_quality import keys
from tests.sales.files import write

HEADER = ["id", "name", "phone", "store", "tags", "note"]
GOOD = ["M0", "王五", "13512345678", "", "", ""]


@pytest.mark.parametrize(
    "odd",
    [
        ["M\0001", "张三", "13812345678", "", "", ""],
        ["M1", "张\0三", "138\0001", "", "", ""],
        ["M1", "张三", "13812345678", "S\0001", "", ""],
        ["M1", "张三", "13812345678", "", "V\0IP", ""],
        ["M1", "张三", "13812345678", "", "\u200b", ""],
        ["M1", "张三", "13812345678", "", "VIP;\u200b;\u2060", ""],
        ["M1", "张三", "13812345678", "\u200b", "", "a\0b"],
        ["M1", "张三", "1e309", "", "", ""],
        ["\u200b", "\u200b", "", "", "", ""],
        ["M1", "\U0010ffff\ufffe", "9" * 100, "店" * 100, "", "\u202e"],
    ],
)
def test_one_odd_row_keeps_no_other_out(tenant, tmp_path, odd):
    result = run(write(tmp_path / "odd.csv", [odd, GOOD], HEADER), tenant)
    assert result["rows"] == 2
    assert result["created"] + result["rejected"] == 2
    with context.entered(tenant.id):
        assert Customer.objects.filter(name="王五").count() == 1
        assert ImportProblem.objects.count() == result["rejected"]


@pytest.mark.parametrize("told", ["1847-12-18", "1847-72-18"])
def test_a_day_too_early_for_a_birthday_is_kept_as_a_fault(tenant, tmp_path, told):
    path = write(tmp_path / "early.csv", [["M1", "Byrom Bramwell", told]], ["id", "name", "birthday"])
    assert run(path, tenant)["rejected"] == 0
    with context.entered(tenant.id):
        customer = Customer.objects.get()
        assert projection.opened(SourceVersion.objects.get().content)["birthday"] == told
        assert customer.birth_year is None
        assert "birthday_unreadable" in keys(customer)


def test_a_birthday_that_is_no_day_is_refused(tenant, tmp_path):
    path = write(tmp_path / "bad.csv", [["M1", "张三", "1990-02-30"]], ["id", "name", "birthday"])
    assert run(path, tenant)["rejected"] == 1


def test_more_tags_than_there_may_be_are_told(tenant, tmp_path, monkeypatch):
    monkeypatch.setattr(tagging, "MOST_EACH", 2)
    path = write(tmp_path / "tags.csv", [["M1", "张三", "", "", "A;B;C", ""]], HEADER)
    with translation.override("en"), pytest.raises(CommandError, match="A customer has at most 2 tags"):
        run(path, tenant)


def test_formulas_of_a_heading_do_not_run_in_the_list_of_problems(tenant, tmp_path):
    heading = "=cmd|' /C calc'!A0"
    path = write(tmp_path / "f.csv", [["M1", "张三", "1.38E+10"]], ["id", "name", heading])
    run(path, tenant, map=f"{heading}=phone")
    with context.entered(tenant.id):
        told = runs.problems_csv(ImportRun.objects.get())
    row = list(csv.reader(io.StringIO(told)))[1]
    assert row[1:4] == ["2", f"'{heading}", "1.38E+10"]
