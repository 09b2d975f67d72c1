"""The list in a real browser: a tag on many and off again, a view that a colleague opens, a file in one's hands."""

import os
from pathlib import Path

import pytest

from customers import tagging
from customers.models import CustomerTag, CustomField
from segmentation.exports import asking
from segmentation.models import BulkChange, Export, SavedView
from tenancy import context
from tests.pages.conftest import chromium, stocked, visit

__all__ = ["chromium", "stocked", "visit"]
pytestmark = pytest.mark.browser
SCREENS = [("zh-hans", 360, "light"), ("en", 1280, "dark")]
LIST = "/t/lanhu/customers/"
PICTURES = os.environ.get("PICTURES")


@pytest.fixture
def world(stocked, tenant, cast):
    with context.entered(tenant.id):
        for key, kind in (("shoe_size", "number"), ("colour", "choice")):
            CustomField.objects.create(key=key, label=key, kind=kind, choices=["red"] if kind == "choice" else [])
        tagging.add([one.id for one in stocked[:4]], ["Gold"], by=cast.ada)
    return stocked


def look(person, name: str) -> None:
    if PICTURES:
        page = person.page
        wide = page.viewport_size["width"]
        page.screenshot(path=Path(PICTURES) / f"{name}-{wide}.png", full_page=wide > 500)
    assert person.faults() == [], name


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_many_get_a_tag_and_lose_it_again(language, width, theme, visit, world, tenant):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open(f"{LIST}?owner=nobody")
    look(ada, "list")
    page = ada.page
    page.locator("[data-ticks]").check()
    assert page.locator("tbody input[name=id]:checked").count() == 12
    look(ada, "ticked")
    ada.follow("#bulk button[value=add_tag]")
    look(ada, "confirm")
    page.fill("[name=value]", "VIP")
    ada.follow("button.primary")
    page.locator("[data-stays]").wait_for()
    look(ada, "done")
    with context.entered(tenant.id):
        assert CustomerTag.objects.filter(tag__name="VIP").count() == 12
    with page.expect_navigation():
        page.locator("[data-stays]").click()
    ada.settle()
    look(ada, "undone")
    with context.entered(tenant.id):
        assert CustomerTag.objects.filter(tag__name="VIP").count() == 0
        assert BulkChange.objects.get().state == "undone"


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_view_is_saved_shared_and_opened_by_a_colleague(language, width, theme, visit, world, tenant, cast):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open(LIST)
    page = ada.page
    page.locator("a[data-dialog=more-filters]").click()
    page.wait_for_url("**/filters/**") if width < 500 else page.locator("#more-filters[open]").wait_for()
    ada.settle()
    look(ada, "more-filters")
    page.locator("main, #more-filters").locator("select[name=tag]:visible").select_option("Gold")
    with page.expect_navigation():
        page.locator("form:has(select[name=tag]) button.primary:visible").click()
    ada.settle()
    assert page.locator("tbody tr").count() == 4
    look(ada, "filtered")
    ada.follow("a[href*='views/?']")
    page.fill("[name=name]", "Gold ones")
    page.locator("[name=is_shared]").check()
    look(ada, "save-view")
    ada.follow("button.primary")
    assert page.locator(".tabs [aria-current=page]").inner_text().startswith("Gold ones")
    look(ada, "view")
    ada.open(f"{LIST}views/")
    look(ada, "views")
    ada.open(f"{LIST}columns/")
    look(ada, "columns")
    with context.entered(tenant.id):
        world[1].owner = cast.bob
        world[1].save(update_fields=["owner"])
        view = SavedView.objects.get()
    bob = visit(language=language, width=width, theme=theme)
    bob.log_in("bob@example.com")
    bob.open(f"{LIST}views/{view.id}/")
    assert bob.page.locator("tbody tr").count() == 1


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_list_becomes_a_file(language, width, theme, visit, world, tenant, cast):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open(f"{LIST}?tag=Gold")
    ada.follow("a[href*='exports/new/']")
    look(ada, "export")
    ada.follow("button.primary")
    look(ada, "export-ready")
    with ada.page.expect_download() as download:
        ada.page.locator("main button.primary").click()
    content = Path(download.value.path()).read_bytes()
    assert content.count(b"\r\n") == 5
    with context.entered(tenant.id):
        large = Export.objects.create(member=cast.bob, needs_approval=True, rows=50_000)
        assert asking.deciders(large) == [cast.ada]
    ada.open(f"/t/lanhu/exports/{large.id}/")
    look(ada, "export-asked")
    ada.open("/t/lanhu/exports/")
    look(ada, "exports")


def test_everything_goes_without_scripts(visit, world, tenant):
    ada = visit(scripts=False)
    ada.log_in()
    ada.open(LIST)
    page = ada.page
    for box in page.locator("tbody input[name=id]").all()[:3]:
        box.check()
    ada.follow("#bulk button[value=set_owner]")
    page.locator("select[name=value]").select_option(index=1)
    ada.follow("button.primary")
    with context.entered(tenant.id):
        change = BulkChange.objects.get()
        assert (change.changed, change.state) == (3, "done")
    ada.follow("a[data-stays]")
    ada.follow("form[action$='undos/'] button")
    with context.entered(tenant.id):
        assert BulkChange.objects.get().restored == 3
    ada.open(f"{LIST}columns/")
    page.locator("input[value=tags]").check()
    ada.follow("button.primary")
    assert "Gold" in page.locator("tbody").inner_text()
