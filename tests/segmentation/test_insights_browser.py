"""The insight pages and what to offer, in a real browser: from a bar to its people, from a suggestion to the basket."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.utils import timezone

from customers import identities
from customers.models import Customer, Source
from sales import orders
from sales.models import Product
from segmentation import scoring, stats
from segmentation.insight import renewing
from segmentation.models import ScoreChange
from segmentation.recommending import building
from tenancy import context
from tests.pages.conftest import chromium, visit

__all__ = ["chromium", "visit"]
pytestmark = pytest.mark.browser
SCREENS = [("zh-hans", 360, "light"), ("en", 1280, "dark"), ("en", 360, "dark"), ("zh-hans", 1280, "light")]
PAGES = {
    "overview": "", "year": "?days=365", "grid": "grid/", "flow": "flow/", "cohorts": "cohorts/", "tops": "tops/",
    "stores": "tops/?by=stores&months=12", "pairs": "pairs/", "left-out": "pairs/left-out/",
}  # fmt: skip
GOODS = {"TEA": "Green tea", "CUP": "Tea cup", "POT": "Tea pot", "CAKE": "Moon cake", "SOAP": "Soap", "COMB": "Comb"}
PICTURES = os.environ.get("PICTURES")


@pytest.fixture
def world(cast, tenant):
    """Forty customers who bought for more than a year, ever more of them."""
    random, now, lines, people = Random(5), timezone.now(), [], {}
    for place in range(40):
        reference, first = f"C{place}", random.randrange(5, 420)
        people[reference] = identities.Person(reference, {"name": f"Person {place}"}, now)
        for turn, days in enumerate(range(first, 0, -random.randrange(9, 60))):
            for key, code in enumerate(random.sample(["TEA", "CUP", "POT", *GOODS], 2)):
                lines.append(
                    orders.Line(number=f"{reference}-{turn}", key=str(key), customer=reference,
                                at=now - timedelta(days=days), amount=Decimal(random.randrange(20, 300)),
                                quantity=Decimal(1), product=code, name=GOODS[code],
                                category="Kitchen" if code in ("CUP", "POT") else "", store=random.choice(["A", "B"]))
                )  # fmt: skip
    with context.entered(tenant.id):
        orders.record(lines, source=Source.objects.create(key="shop"), people=people)
        Product.objects.update(price=Decimal("12.50"))
        scoring.score()
        building.renew()
        renewing.renew()
        return Customer.objects.order_by("-stats__frequency").first()


def look(person, name: str) -> None:
    if PICTURES:
        page = person.page
        wide, language = page.viewport_size["width"], page.locator("html").get_attribute("lang")
        page.screenshot(path=Path(PICTURES) / f"{name}-{wide}-{language}.png", full_page=True)
    assert person.faults() == [], name


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_pages_of_figures_are_sound(language, width, theme, visit, world):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    for name, path in PAGES.items():
        ada.open(f"/t/lanhu/insights/{path}")
        if ada.page.locator(".meaning").count():
            ada.page.locator(".meaning summary").first.click()
            ada.page.evaluate("scrollTo(0, 0)")
        look(ada, name)


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS[:2])
def test_figure_opens_its_people(language, width, theme, visit, world):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open("/t/lanhu/insights/?days=365")
    shown = ada.page.locator("a.figure .figure-value").last.inner_text()
    ada.follow("a.figure >> nth=-1")
    ada.open(ada.page.url.removeprefix(ada.url).replace("/customers/", "/customers/counts/"))
    assert shown in ada.page.locator("main").inner_text()


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS[:2])
def test_suggestions_on_the_customers_page_and_at_the_till(language, width, theme, visit, world):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open(f"/t/lanhu/customers/{world.id}/")
    ada.page.locator(".customer-offers .offers li").first.wait_for()
    look(ada, "customer")
    ada.open("/t/lanhu/till/")
    ada.page.fill("#goods", "TEA")
    ada.press("button[value=add]")
    ada.page.locator(".till-offers li").first.wait_for()
    look(ada, "till")
    ada.press(".till-offers button")
    assert ada.page.locator(".till-lines > li").count() == 2
    ada.page.evaluate("scrollTo(0, 0)")  # a link half below the bar is measured as small
    look(ada, "till-taken")


def test_pages_work_without_scripts(visit, world):
    ada = visit(scripts=False)
    ada.log_in()
    for path in PAGES.values():
        ada.open(f"/t/lanhu/insights/{path}")
        assert ada.page.locator("main").inner_text().strip()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_phone_shows_all_tabs_and_the_way_to_them(language, visit, world):
    ada = visit(language=language, width=360)
    ada.log_in()
    ada.page.locator(".top details.menu > summary").last.click()
    for name in ("segments", "insights"):
        assert ada.page.locator(f".menu-list .on-phone a[href='/t/lanhu/{name}/']").is_visible()
    ada.page.locator(".menu-list .on-phone a[href='/t/lanhu/insights/']").click()
    ada.page.wait_for_url("**/insights/")
    tabs = ada.page.locator("nav.tabs a")
    assert tabs.count() == 10
    for place in range(10):
        box = tabs.nth(place).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["height"] >= 24
    assert ada.faults() == []


def test_who_moved_is_opened_from_the_flow(visit, world, tenant):
    with context.entered(tenant.id):
        scoring.score(stats.today(tenant.zone) + timedelta(days=300))
        ScoreChange.objects.update(day=stats.today(tenant.zone))
    ada = visit(language="en", width=1280)
    ada.log_in()
    ada.open("/t/lanhu/insights/flow/")
    assert ada.faults() == []
    cell = ada.page.locator(".flow td a").first
    count = int(cell.inner_text())
    cell.click()
    ada.page.wait_for_selector("#customers tbody tr")
    assert ada.page.locator("#customers tbody tr").count() == min(count, 50)
    assert "to Lost: " in ada.page.locator("main").inner_text()
    assert ada.faults() == []


def test_english_quotation_marks_are_not_as_wide_as_a_chinese_character(visit, world):
    ada = visit(language="en", width=1280)
    ada.log_in()
    ada.open("/t/lanhu/insights/data/")
    wide = ada.page.evaluate(
        """() => {
            const text = document.querySelector(".empty p").firstChild, at = text.data.indexOf("\u201c");
            const range = document.createRange();
            range.setStart(text, at); range.setEnd(text, at + 1);
            return range.getBoundingClientRect().width / parseFloat(getComputedStyle(text.parentElement).fontSize);
        }"""
    )
    assert 0 < wide < 0.6
