"""Costs and margins in a real browser: from the product's page over its order to the figures."""

import os
from pathlib import Path

import pytest

from sales.models import Order, Product
from segmentation.insight import renewing
from tenancy import context
from tests.pages.conftest import chromium, stocked, visit

__all__ = ["chromium", "stocked", "visit"]
pytestmark = pytest.mark.browser
PICTURES = os.environ.get("PICTURES")


@pytest.mark.parametrize(("language", "width", "theme"), [("zh-hans", 360, "light"), ("en", 1280, "dark")])
def test_from_the_cost_of_a_product_to_the_margin_of_a_month(language, width, theme, visit, cast, tenant, stocked):
    with context.entered(tenant.id):
        renewing.renew()
        product = Product.objects.get()
        order = Order.objects.filter(customer=stocked[0], cost__isnull=False).first()
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open(f"/t/lanhu/products/{product.id}/")
    ada.page.fill("[name=name]", "Thermos")
    ada.page.fill("[name=cost]", "-1")
    ada.follow("form.form button.primary")
    assert ada.page.locator("[name=cost][aria-invalid=true]").count() == 1
    look(ada, "refused")
    ada.page.fill("[name=cost]", "41.2")
    ada.follow("form.form button.primary")
    look(ada, "products")
    shown = {
        "order": f"orders/{order.id}/", "customer": f"customers/{stocked[0].id}/figures/", "overview": "insights/",
        "imports": "products/imports/", "columns": "customers/columns/",
    }  # fmt: skip
    for name, path in shown.items():
        ada.open(f"/t/lanhu/{path}")
        look(ada, name)
    ada.page.check("[value=margin]")
    ada.follow("form button.primary")
    look(ada, "list")
    with context.entered(tenant.id):
        assert str(Product.objects.get().cost) == "41.2000"


def look(person, name: str) -> None:
    if PICTURES:
        width = person.page.viewport_size["width"]
        person.page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    assert person.faults() == [], name
