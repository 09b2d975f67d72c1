"""A segment is built by typing, with its count at each key; why somebody is in it is read, and a file is asked for."""

import os
from pathlib import Path

import pytest

from segmentation.models import Export, Segment
from tenancy import context
from tests.pages.conftest import chromium, visit
from tests.segmentation.test_insights_browser import world

__all__ = ["chromium", "visit", "world"]
pytestmark = pytest.mark.browser
SCREENS = [
    ("zh-hans", 360, "light"),
    ("en", 1280, "dark"),
    pytest.param("en", 360, "dark", marks=pytest.mark.nightly),
    pytest.param("zh-hans", 1280, "light", marks=pytest.mark.nightly),
]
PICTURES = os.environ.get("PICTURES")


def look(person, name: str) -> None:
    if PICTURES:
        page = person.page
        wide, language = page.viewport_size["width"], page.locator("html").get_attribute("lang")
        page.screenshot(path=Path(PICTURES) / f"segment-{name}-{wide}-{language}.png", full_page=True)
    assert person.faults() == [], name


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_from_typing_a_rule_to_its_people(language, width, theme, visit, world, tenant):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open("/t/lanhu/segments/")
    look(ada, "none")
    ada.follow(".empty a.primary")
    page = ada.page
    page.locator("[name=name]").fill("Regulars")
    page.locator("[name=rule]").press_sequentially("boght(400d) >= 2", delay=5)
    page.locator("#live mark").wait_for()
    assert page.locator("#live mark").inner_text().startswith("boght")
    look(ada, "wrong")
    page.locator("[name=rule]").fill("")
    page.locator("[name=rule]").press_sequentially("bought(400d) >= 2 and orders >= 1", delay=5)
    page.locator("#live .rule-tree li li").nth(1).wait_for()
    ada.settle()
    count = page.locator("#exact .figure-value").inner_text()
    assert int(count) > 0
    assert page.locator("#live .plain-list li").count() > 0
    look(ada, "typed")
    page.locator("#id_field").select_option("stage")
    page.locator("#condition [name='c-value']").first.wait_for()
    look(ada, "condition")
    ada.follow("button[value='drop 1']")
    assert page.locator("[name=rule]").input_value() == "bought(400d) >= 2"
    ada.follow("button[value=save]")
    page.locator(".later").first.wait_for(state="detached")
    look(ada, "made")
    with context.entered(tenant.id):
        segment = Segment.objects.get()
        assert segment.rule == "bought(400d) >= 2"
    page.locator("[name=who]").fill(world.name)
    ada.follow("form:has([name=who]) button")
    ada.follow(".plain-list a")
    assert page.locator("tbody tr").count() == 1
    look(ada, "why")
    ada.open(f"/t/lanhu/customers/?segment={segment.key}")
    assert page.locator("tbody tr").count() == min(50, int(count))
    look(ada, "people")
    ada.open(f"/t/lanhu/exports/new/?segment={segment.key}")
    ada.follow("button.primary")
    with context.entered(tenant.id):
        assert Export.objects.get().query == f"segment={segment.key}"
    ada.open(f"/t/lanhu/customers/{world.id}/segments/")
    look(ada, "of-a-customer")


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS[:2])
def test_pages_of_scales_are_sound(language, width, theme, visit, world):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    for name in ("stages", "bands"):
        ada.open(f"/t/lanhu/settings/{name}/")
        look(ada, name)
