"""Customers from a file in a real browser: a wrong column mended in the preview, the import, and taken back again."""

import os
from pathlib import Path

import pytest

from customers.models import Customer, ImportRun, Steward
from tenancy import context, jobs
from tests.pages.conftest import chromium, stocked, visit
from tests.sales.files import write

__all__ = ["chromium", "stocked", "visit"]
pytestmark = pytest.mark.browser
NIGHTLY = pytest.mark.nightly
SCREENS = [
    pytest.param("zh-hans", 360, "light"),
    pytest.param("en", 1280, "light"),
    pytest.param("zh-hans", 1280, "dark", marks=NIGHTLY),
    pytest.param("en", 360, "dark", marks=NIGHTLY),
]
PICTURES = os.environ.get("PICTURES")
HEADER = ["会员编号", "称谓", "手机", "生日", "地址"]
ROWS = [
    ["M1", "张三丰", "13812345678", "1990-02-03", "浙江省杭州市西湖区文三路9号"],
    ["M2", "王女士", "138****5678", "农历八月十五", "湖滨路1号"],
    ["M3", "李四", "1.38E+10", "", ""],
    ["M4", "赵六", "13812345679", "2月30日", ""],
]


def look(person, name: str) -> None:
    if PICTURES:
        page = person.page
        wide = page.viewport_size["width"]
        page.screenshot(path=Path(PICTURES) / f"{name}-{wide}.png", full_page=True)
    assert person.faults() == [], name


def work_off(tenant, kind: str) -> None:
    """What a worker does."""
    with context.entered(tenant.id):
        run = ImportRun.objects.get()
        job_id = run.job_id if kind == "import" else run.undoing_id
    jobs.run(tenant.id, job_id, take_over=True)


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_wrong_column_is_mended_in_the_preview_and_the_import_taken_back(
    language, width, theme, visit, cast, tenant, tmp_path
):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    page = ada.page
    ada.open("/t/lanhu/imports/")
    look(ada, "import-upload")
    page.set_input_files("[name=file]", write(tmp_path / "会员.csv", ROWS, HEADER))
    page.fill("[name=source]", "crm")
    ada.follow("#upload button.primary")
    look(ada, "import-preview")
    assert "张三丰" not in page.locator("#draft table").first.inner_text()
    page.get_by_label("称谓").select_option("name")
    page.locator("#draft table").get_by_text("张三丰").wait_for()
    ada.settle()
    look(ada, "import-mended")
    ada.follow("form[action$='starts/'] button.primary")
    look(ada, "import-waiting")
    work_off(tenant, "import")
    page.locator("#progress .figures").wait_for()
    ada.settle()
    look(ada, "import-done")
    with context.entered(tenant.id):
        assert sorted(Customer.objects.values_list("name", flat=True)) == ["张三丰", "王女士"]
    page.locator("details:has(form[action$='undoings/']) summary").click()
    ada.follow("form[action$='undoings/'] button")
    work_off(tenant, "undo")
    page.locator("#progress").get_by_text("2", exact=True).first.wait_for()
    ada.settle()
    look(ada, "import-undone")
    with context.entered(tenant.id):
        assert not Customer.objects.exists()


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_what_is_to_be_mended_is_found_and_leaves_the_list_when_it_is(
    language, width, theme, visit, cast, tenant, stocked
):
    with context.entered(tenant.id):
        Steward.objects.create(member=cast.ada, store=cast.store)
        Customer.objects.update(store=cast.store)
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    page = ada.page
    ada.open("/t/lanhu/quality/stewards/")
    look(ada, "stewards")
    ada.open("/t/lanhu/quality/figures/")
    look(ada, "quality")
    ada.open("/t/lanhu/quality/due/?fault=contact_missing")
    look(ada, "due-one")
    ada.open("/t/lanhu/quality/due/")
    look(ada, "due")
    before = page.locator("tbody tr").count()
    ada.follow("tbody tr:first-child .row-link")
    page.fill("[name=name]", "张三丰")
    page.fill("[name=phone]", "13812345678")
    page.fill("[name=email]", "z@example.com")
    ada.follow("button.primary")
    ada.open("/t/lanhu/quality/due/")
    assert page.locator("tbody tr").count() == before - 1
