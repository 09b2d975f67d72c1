"""Own fields and tags in a real browser: made in the settings, filled in and put on a customer's page."""

import pytest

from customers import custom, tagging
from customers.models import CustomField, Tag
from tenancy import context

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 360), ("en", 1280)])
def test_from_a_new_field_to_a_value_on_a_customers_page(language, width, visit, cast, tenant, stocked):
    ada = visit(language=language, width=width)
    ada.log_in()
    page = ada.page
    ada.open("/t/lanhu/settings/fields/")
    assert ada.faults() == []
    ada.follow("a.primary")
    page.fill("[name=label]", "鞋码")
    page.select_option("[name=kind]", "number")
    page.fill("[name=choices]", "a")
    ada.follow("button.primary")
    assert (page.locator(".errors").count(), ada.faults()) == (1, [])
    page.fill("[name=choices]", "")
    ada.follow("button.primary")
    assert page.locator("td .row-link").inner_text() == "鞋码"

    customer = stocked[0]
    ada.open(f"/t/lanhu/customers/{customer.id}/edit/")
    page.fill("[name=x_xiema]", "三十八")
    ada.follow("button.primary")
    assert (page.locator(".errors").count(), page.input_value("[name=x_xiema]"), ada.faults()) == (1, "三十八", [])
    page.fill("[name=x_xiema]", "１，０３８.5")
    ada.follow("button.primary")
    ada.open(f"/t/lanhu/customers/{customer.id}/profile/")
    assert "1,038.5" in page.locator("main").inner_text()
    with context.entered(tenant.id):
        assert custom.values_of([customer.id])[customer.id].keys() == {CustomField.objects.get().key}


@pytest.mark.parametrize("scripts", [True, False])
def test_tag_is_typed_offered_and_taken_off(scripts, visit, cast, tenant, stocked):
    with context.entered(tenant.id):
        tagging.add([stocked[1].id], ["金卡会员"], by=cast.ada)
    ada = visit(language="en", width=360, scripts=scripts)
    ada.log_in()
    page = ada.page
    ada.open(f"/t/lanhu/customers/{stocked[0].id}/")
    page.focus("#new-tag")
    if scripts:
        page.wait_for_selector("#tag-names option", state="attached")
        assert page.locator("#tag-names option").get_attribute("value") == "金卡会员"
    act = ada.press if scripts else ada.follow
    for name in ("金卡会员", "New here"):
        page.fill("#new-tag", name)
        act("#tags > form button")
        page.locator("#tags .chip", has_text=name).wait_for()
    if scripts:
        assert ada.faults() == []
    act('#tags .chip:has-text("New here") button')
    page.locator("#tags .chip", has_text="New here").wait_for(state="detached")
    with context.entered(tenant.id):
        assert [tag.name for tag in tagging.tags_of([stocked[0].id])[stocked[0].id]] == ["金卡会员"]
        assert Tag.objects.count() == 2
