"""Privacy in a real browser: every page by axe in two sizes, and all of it without scripts."""

import pytest

from privacy import consent
from privacy.models import Channel, Erasure, How, Purpose
from tenancy import context, sending
from tests.pages.conftest import chromium, stocked, visit

__all__ = ["chromium", "stocked", "visit"]
pytestmark = pytest.mark.browser


@pytest.fixture
def paused(db):
    sending.switch(on=False)
    yield
    sending.switch(on=True)


@pytest.mark.parametrize(("language", "width", "theme"), [("zh-hans", 360, "light"), ("en", 1280, "dark")])
def test_pages_have_no_faults(language, width, theme, visit, cast, tenant, stocked, paused):
    with context.entered(tenant.id):
        said = {"channel": Channel.SMS, "how": How.TILL, "by": cast.bob}
        consent.give(stocked[0], purposes=Purpose, **said)
        consent.withdraw(stocked[0], purposes=[Purpose.MARKETING], **said)
    ada, faults = visit(language=language, width=width, theme=theme), {}

    def look(name: str) -> None:
        if found := ada.faults():
            faults[name] = found

    ada.log_in()
    tab = f"/t/lanhu/customers/{stocked[0].id}/privacy/"
    for path in (tab, f"{tab}erasures/", f"/t/lanhu/customers/{stocked[0].id}/timeline/", "/t/lanhu/settings/policy/",
                 "/p/lanhu/policy/"):  # fmt: skip
        ada.open(path)
        look(path)
    ada.open(f"{tab}erasures/")
    ada.page.fill("[name=confirmation]", "no")
    ada.follow(".form-foot button")
    look("refused")
    ada.page.fill("[name=confirmation]", "ERASE")
    ada.follow(".form-foot button")
    look("receipt")
    ada.open(tab)
    look("erased")
    assert faults == {}


def test_without_scripts_consent_is_recorded_and_a_customer_erased(visit, cast, tenant, stocked):
    ada = visit(scripts=False)
    ada.log_in()
    page = ada.page
    ada.open(f"/t/lanhu/customers/{stocked[1].id}/")
    page.locator("#tab-privacy").click()
    page.check("[name=purposes][value=marketing]")
    ada.follow("button:has-text('Agrees')")
    assert page.locator(".badge:has-text('given')").count() == 1
    page.check("[name=purposes][value=marketing]")
    ada.follow("button:has-text('No longer agrees')")
    assert page.locator(".badge:has-text('withdrawn')").count() == 1
    with page.expect_download() as download:
        page.locator("button:has-text('Export everything')").click()
    assert download.value.suggested_filename == f"customer-{stocked[1].id}.json"
    ada.follow("a:has-text('Erase this customer')")
    page.fill("[name=confirmation]", "Person 1")
    ada.follow(".form-foot button")
    with context.entered(tenant.id):
        assert Erasure.objects.get().receipt in page.locator("main").inner_text()
