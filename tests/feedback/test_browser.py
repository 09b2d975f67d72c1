"""The whole loop in a real browser: one star on a phone, a ticket, a reply, done."""

import re

import pytest

from feedback.models import Ticket
from sales.models import Order
from tenancy import context
from tests.feedback import asked
from tests.pages.conftest import chromium, stocked, visit

__all__ = ["chromium", "stocked", "visit"]
pytestmark = pytest.mark.browser
SCREENS = [("zh-hans", 360), ("en", 1280)]


@pytest.fixture
def link(stocked, tenant):
    with context.entered(tenant.id):
        return asked.path(Order.objects.get(number="C0-0"))


@pytest.mark.parametrize(("language", "width"), SCREENS)
def test_from_one_star_to_a_closed_ticket(language, width, visit, cast, tenant, link):
    guest = visit(language=language, width=width)
    guest.open(link)
    assert guest.faults() == []
    guest.follow("button.primary")
    assert guest.page.locator("#score_error").count() == 1
    assert guest.faults() == []
    guest.page.locator("[name=score][value='1']").check()
    guest.page.fill("[name=comment]", "The mug is broken")
    guest.follow("button.primary")
    guest.page.locator("a[href='?again=1']").wait_for()
    assert guest.faults() == []

    ada = visit(language=language, width=width)
    ada.log_in()
    page = ada.page
    assert page.locator(".badge .icon").count() > 0
    for key in "gf":
        page.keyboard.press(key)
    page.wait_for_url("**/tickets/")
    assert ada.faults() == []
    ada.follow("tbody .row-link")
    assert "The mug is broken" in page.locator("blockquote").inner_text()
    assert ada.faults() == []
    ada.follow(".page-head form button")
    assert page.locator(".page-head form").count() == 0
    page.locator("body").click(position={"x": 1, "y": 1})
    page.keyboard.press("r")
    page.keyboard.type("We will exchange it")
    ada.follow("#reply button.primary")
    assert "We will exchange it" in page.locator("#story").inner_text()
    assert ada.faults() == []
    page.locator("body").click(position={"x": 1, "y": 1})
    page.keyboard.press("c")
    page.keyboard.type("Exchanged")
    ada.follow("#closing button")
    page.locator("#reopening").wait_for()
    assert ada.faults() == []
    with context.entered(tenant.id):
        ticket = Ticket.objects.get()
        assert (ticket.state, ticket.closed_by, ticket.assignee) == ("closed", cast.ada, cast.ada)
        kinds = list(ticket.entries.order_by("at", "id").values_list("kind", flat=True))
    assert kinds == ["opened", "assigned", "reply", "closed"]


@pytest.mark.parametrize(("language", "width"), SCREENS)
def test_every_page_is_for_everyone(language, width, visit, cast, tenant, stocked, link):
    customer = stocked[0]
    with context.entered(tenant.id):
        asked.answered(customer, cast.ada, score=2)
        asked.ticket(cast.ada, customer, assignee=cast.dora, priority="urgent")
        old = Order.objects.exclude(number="C0-0").order_by("at").first()
        invitation, closed = asked.invitation(customer, cast.ada), asked.path(old)
    ada = visit(language=language, width=width)
    ada.log_in()
    paths = ["", "tickets/", "tickets/?view=closed", "tickets/?q=zzz", "tickets/new/", "settings/survey/",
             f"tickets/new/?customer={customer.id}", f"customers/{customer.id}/feedback/",
             f"customers/{customer.id}/feedback/invitations/{invitation.id}/",
             f"customers/{customer.id}/timeline/"]  # fmt: skip
    faults = {}
    for path in paths:
        ada.open(f"/t/lanhu/{path}")
        if found := ada.faults():
            faults[path] = found
    ada.open("/t/lanhu/tickets/new/")
    ada.follow("button.primary")
    faults |= {"errors": found} if (found := ada.faults()) else {}
    ada.open("/t/lanhu/settings/survey/")
    ada.page.fill("[name=question_en]", "How was your visit?")
    ada.follow("button[value=preview]")
    assert "How was your visit?" in ada.page.locator("#preview").inner_text()
    faults |= {"preview": found} if (found := ada.faults()) else {}
    ada.open(closed, status=410)
    faults |= {"closed": found} if (found := ada.faults()) else {}
    assert faults == {}


def test_an_answer_by_keyboard_and_without_scripts(visit, tenant, link):
    guest = visit(scripts=False, width=360)
    guest.open(link)
    page = guest.page
    page.locator("[name=score][value='5']").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.locator("[name=score][value='4']").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Fine")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert re.search("We read every single answer", page.locator("main").inner_text())
    with context.entered(tenant.id):
        assert Ticket.objects.count() == 0
