"""The palette in a real browser: opened, typed into, walked along and left, on a phone and on a desk."""

import os
import re
from pathlib import Path

import pytest

from tests.pages.conftest import chromium, stocked, visit

__all__ = ["chromium", "stocked", "visit"]
pytestmark = pytest.mark.browser
SCREENS = [("zh-hans", 360, "light"), ("en", 360, "dark"), ("en", 1280, "light"), ("zh-hans", 1280, "dark")]
PICTURES = os.environ.get("PICTURES")


def look(person, name: str) -> None:
    if PICTURES:
        person.page.screenshot(path=Path(PICTURES) / f"{name}-{person.page.viewport_size['width']}.png")
    assert person.faults() == [], name


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_palette_is_at_hand_and_sound(language, width, theme, visit, stocked, tenant):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open("/t/lanhu/")
    page = ada.page
    page.locator("#search").click()
    page.locator("#palette-list [role=option]").first.wait_for()
    look(ada, "palette")
    page.fill("#palette-query", "person")
    page.locator("#palette-customer-6").wait_for()
    look(ada, "palette-found")
    assert page.locator("#palette-found mark").first.inner_text().lower() == "person"
    page.fill("#palette-query", "zzzzqq")
    page.locator("#palette-found .empty").wait_for()
    look(ada, "palette-none")
    page.keyboard.press("Escape")
    page.locator("#palette").wait_for(state="hidden")


def test_palette_by_keyboard_alone(visit, cast, tenant, stocked):
    ada = visit()
    ada.log_in()
    ada.open("/t/lanhu/jobs/")
    keys, page = ada.page.keyboard, ada.page

    def active() -> str | None:
        return page.locator("#palette-query").get_attribute("aria-activedescendant")

    keys.press("/")
    page.locator("#palette-page-1").wait_for()
    assert (page.evaluate("document.activeElement.id"), active()) == ("palette-query", None)
    keys.type("person 1")
    page.locator("#palette-customer-3").wait_for()
    page.locator("#palette-customer-4").wait_for(state="detached")
    assert active() == "palette-customer-1"
    keys.press("ArrowDown")
    assert active() == "palette-customer-2"
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    assert page.locator("#palette-found [aria-selected=true]").count() == 1
    assert active() == page.locator("#palette-found [role=option]").last.get_attribute("id")
    keys.press("Escape")
    page.locator("#palette").wait_for(state="hidden")
    keys.press("Control+k")
    page.locator("#palette").wait_for()
    assert page.evaluate("document.activeElement.id") == "palette-query"
    keys.type("person 10")
    page.locator("#palette-customer-1").wait_for()
    page.locator("#palette-customer-2").wait_for(state="detached")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"customers/[0-9a-f-]{36}/$"))
    for key in "gc":
        keys.press(key)
    page.wait_for_url("**/customers/")
    keys.press("Control+k")
    page.locator("#palette").wait_for()


def test_each_key_abandons_the_request_before_it(visit, cast, tenant, stocked):
    ada = visit()
    ada.log_in()
    ada.open("/t/lanhu/jobs/")
    page, asked = ada.page, []
    page.on("request", lambda request: asked.append(request.url) if "/search/?q=" in request.url else None)
    page.keyboard.press("/")
    page.keyboard.type("person 11", delay=10)
    page.locator("#palette-customer-1").wait_for()
    page.locator("#palette-customer-2").wait_for(state="detached")
    assert len([url for url in asked if not url.endswith("q=")]) < 4


def test_search_without_scripts_is_a_page(visit, cast, tenant, stocked):
    ada = visit(scripts=False)
    ada.log_in()
    page = ada.page
    page.fill("#search", "person 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=person+1*")
    assert page.locator("main .row-link").count() == 3
    page.locator("main .row-link").first.click()
    page.wait_for_url(re.compile(r"customers/[0-9a-f-]{36}/$"))
