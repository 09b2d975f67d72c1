"""The five jobs of a till in front of a real browser, on a clerk's phone and with a scanner that types."""

import re
import time

import pytest

from loyalty import codes, ledger
from loyalty.models import Account, Receipt, Return
from sales.models import Order
from tenancy import context
from tests.loyalty import shop

pytestmark = pytest.mark.browser
TILL = "/t/lanhu/till/"
BARCODE = "6901234567892"
SCREENS = [("zh-hans", 360), ("en", 1024), ("en", 360), ("zh-hans", 1024)]
TARGETS = """
    [...document.querySelectorAll("main :is(.till, .till-large) :is(button, a.button, input, select)")]
        .filter((one) => one.checkVisibility() && one.type !== "hidden" && !one.matches(".unseen, [type=checkbox]"))
        .map((one) => [one.getBoundingClientRect(), one.outerHTML])
        .filter(([box]) => box.width > 2 && Math.min(box.width, box.height) < 47.5)
        .map(([box, html]) => `${Math.round(box.width)}×${Math.round(box.height)} ${html.slice(0, 120)}`)
"""


@pytest.fixture
def stock(cast, tenant):
    """A programme, two products and three members, of whom two share the last four digits."""
    with context.entered(tenant.id):
        shop.programme(code_above=5000)
        shop.product("CUP", "50.00", barcode=BARCODE)
        shop.product("TEA", None, barcode="96385074")
        first = shop.member("M1", name="张三丰", phone="13812345678")
        shop.member("M2", name="李四", phone="13912345678")
        shop.member("M3", name="王小明", phone="13700001111")
        ledger.earn(first, points=8000, request_id="begin", by=None)
    return first


class Clerk:
    """Bob at his till; every key and every tap is counted."""

    def __init__(self, visit):
        self.visit, self.page = visit, visit.page
        self.acts = 0

    def open(self, path: str = "") -> None:
        self.visit.open(TILL + path)

    def scan(self, text: str) -> None:
        """A scanner types wherever the cursor is, and ends with Enter."""
        self.page.keyboard.type(text, delay=1)
        self.key("Enter")

    def key(self, name: str) -> None:
        self.acts += 1
        self.page.keyboard.press(name)
        self.visit.settle()

    def tap(self, selector: str) -> None:
        self.acts += 1
        self.visit.press(selector)

    def text(self, selector: str) -> str:
        return re.sub(r"\s+", " ", self.page.locator(selector).first.inner_text())

    def focused(self) -> str:
        self.page.wait_for_timeout(80)  # htmx moves the cursor when it settles
        return self.page.evaluate("document.activeElement.name || document.activeElement.tagName")

    def faults(self) -> list[str]:
        """Nothing that axe finds, that overflows, or that a thumb misses."""
        found = self.visit.faults()
        return found + self.page.evaluate(TARGETS)

    def pay(self) -> None:
        self.acts += 1
        with self.page.expect_navigation(url=re.compile("/receipts/"), wait_until="load"):
            self.page.keyboard.press("F9")


@pytest.fixture
def clerk(visit, stock):
    def open_till(**options) -> Clerk:
        bob = visit(**options)
        bob.log_in("bob@example.com")
        one = Clerk(bob)
        one.open()
        return one

    return open_till


def balance(tenant, customer) -> int:
    with context.entered(tenant.id):
        return Account.objects.get(customer=customer).balance


@pytest.mark.parametrize(("language", "width"), SCREENS)
def test_recognises_by_phone_card_name_and_last_four(language, width, clerk, stock):
    bob = clerk(language=language, width=width)
    assert bob.faults() == []
    assert bob.focused() == "query"
    for typed in ("13812345678", "8M1", "张三丰"):
        bob.open()
        bob.scan(typed)
        if bob.page.locator(".till-found").count():  # a name is no proof: somebody must be chosen
            assert typed == "张三丰"
            bob.key("ArrowDown")
            bob.key("Enter")
        assert "8,000" in bob.text(".till-points")
        assert bob.focused() == "goods"
    assert bob.faults() == []
    bob.key("F3")
    assert bob.focused() == "query"
    bob.scan("5678")
    assert bob.page.locator(".till-found button").count() == 2
    assert "13812345678" not in bob.page.content()
    assert bob.faults() == []
    bob.acts = 0
    bob.key("ArrowDown")
    bob.key("ArrowDown")
    bob.key("Enter")
    bob.page.locator(".till-customer").wait_for()
    assert bob.acts == 3
    bob.key("F3")
    bob.scan("00000000")
    assert bob.page.locator("#query-error").count() == 1
    assert bob.faults() == []


@pytest.mark.parametrize(("language", "width"), SCREENS)
def test_sells_by_barcode_and_amount_and_redeems_in_two_keys(language, width, clerk, stock, tenant):
    bob = clerk(language=language, width=width)
    bob.scan("13812345678")
    bob.scan(BARCODE)
    bob.scan(BARCODE)
    bob.scan("12.50")
    assert bob.page.locator(".till-lines li").count() == 2
    assert bob.page.locator("[name=quantity]").first.input_value() == "2"
    assert "112.50" in bob.text(".till-total")
    assert bob.focused() == "goods"
    assert bob.faults() == []
    bob.acts = 0
    if width == 360:
        box = bob.page.locator(".till-confirm").bounding_box()
        bar = bob.page.locator(".side").bounding_box()
        assert box["y"] + box["height"] <= bar["y"]
        bob.tap("button[value^='points:8']")
    else:
        bob.key("F8")
    assert bob.page.locator("#code").count() == 1  # above the programme's limit
    assert bob.faults() == []
    bob.page.fill("#points", "5000")
    bob.page.locator("#points").press("Tab")
    bob.visit.settle()
    bob.page.locator("#code").wait_for(state="detached")
    assert "62.50" in bob.text(".till-total")
    assert bob.faults() == []
    bob.pay()
    assert "3,062" in bob.text(".receipt")
    assert bob.faults() == []
    assert balance(tenant, stock) == 3062
    assert bob.page.evaluate("document.activeElement.getAttribute('href')") == TILL


@pytest.mark.parametrize("width", [360, 1024])
def test_from_a_found_customer_to_redeemed_takes_two_acts(width, clerk, stock, tenant):
    bob = clerk(width=width)
    bob.scan("13812345678")
    bob.scan("30")
    bob.acts = 0
    if width == 360:
        bob.tap("button[value='points:3000']")
        bob.acts += 1
        with bob.page.expect_navigation(url=re.compile("/receipts/")):
            bob.page.locator(".till-confirm").tap()
    else:
        bob.key("F8")
        bob.pay()
    assert bob.acts == 2
    assert balance(tenant, stock) == 5000


def test_many_points_take_the_code_of_the_customers_phone(clerk, stock, tenant, monkeypatch, settings):
    sent = []
    monkeypatch.setattr(codes.secrets, "randbelow", lambda most: sent.append(most) or 123456)
    bob = clerk(width=1024)
    bob.scan("13812345678")
    bob.scan("80")
    bob.acts = 0
    bob.key("F8")
    bob.key("F9")
    assert bob.page.locator("#code-error").count() == 1
    assert bob.focused() == "code"
    assert bob.faults() == []
    bob.key("F7")
    bob.page.locator("[role=status]:near(#code)").first.wait_for()
    assert bob.focused() == "code"
    bob.page.keyboard.type("654321")
    bob.key("F9")
    assert bob.page.locator("#code-error").count() == 1
    bob.page.keyboard.type("123456")
    bob.pay()
    assert balance(tenant, stock) == 0
    assert sent == [1_000_000]


@pytest.mark.parametrize(("language", "width"), SCREENS)
def test_takes_back_and_exchanges_in_another_store(language, width, clerk, stock, cast, tenant):
    with context.entered(tenant.id):
        bought = shop.buy(stock, "100", by=cast.ada, points=2000, store_id=cast.other_store.id)
        number = Order.objects.get(id=bought.order_id).number
    bob = clerk(language=language, width=width)
    bob.scan(number)
    bob.page.wait_for_url(re.compile("/receipts/"))
    assert bob.faults() == []
    bob.visit.follow("a[href$='/returns/']")
    assert bob.faults() == []
    bob.page.fill("[name^=line-]", "2")
    bob.visit.follow("button[value=preview]")
    assert bob.page.locator(".error").count() == 1
    bob.page.fill("[name^=line-]", "1")
    bob.visit.follow("button[value=preview]")
    assert "80.00" in bob.text(".till-total")
    assert bob.faults() == []
    bob.visit.follow("button[value=confirm]")
    assert bob.faults() == []
    bob.visit.follow("a[href*='exchange=']")
    assert bob.page.locator(".till-customer").count() == 1
    bob.scan(BARCODE)
    assert bob.faults() == []
    bob.pay()
    with context.entered(tenant.id):
        made = Return.objects.select_related("exchange").get()
        assert (made.store, made.amount, made.exchange.gross) == (cast.store, 80, 50)


@pytest.mark.parametrize(("language", "width"), SCREENS)
def test_enrols_a_new_member_in_seconds_by_keyboard(language, width, clerk, tenant):
    bob = clerk(language=language, width=width)
    begun = time.monotonic()
    bob.scan("13655556666")
    assert bob.focused() == "new_name"
    assert bob.page.locator("[name=new_phone]").input_value() == "13655556666"
    faults = bob.faults()
    bob.page.locator("[name=new_name]").focus()
    bob.page.keyboard.type("赵敏")
    bob.key("Enter")
    bob.page.locator(".till-customer").wait_for()
    assert time.monotonic() - begun < 20
    assert faults == []
    assert "赵敏" in bob.text(".till-customer")
    assert bob.focused() == "goods"
    bob.key("F3")
    bob.scan("13677778888")
    bob.page.keyboard.type("周芷若")
    bob.key("Enter")
    bob.page.locator(".till-customer").wait_for()
    assert "周芷若" in bob.text(".till-customer")  # a second member at the same purchase is not the first


def test_a_wrong_phone_stands_beside_its_field(clerk):
    bob = clerk(language="zh-hans", width=360)
    bob.tap("button[value=new]")
    bob.page.fill("[name=new_name]", "赵敏")
    bob.page.fill("[name=new_phone]", "12")
    bob.tap("button[value=enrol]")
    assert bob.page.locator("#enrol-new_phone_error").count() == 1
    assert bob.focused() == "new_phone"
    assert bob.faults() == []


def test_a_scanner_may_be_faster_than_the_server(clerk, tenant):
    bob = clerk(width=1024)
    bob.page.route("**/till/", lambda route: (time.sleep(0.4), route.continue_()))
    bob.page.locator("#goods").focus()
    for text in (BARCODE, "CUP", "7.50"):
        bob.page.keyboard.type(text, delay=1)
        bob.page.keyboard.press("Enter")
    bob.page.keyboard.press("F9")
    bob.page.wait_for_url(re.compile("/receipts/"))
    with context.entered(tenant.id):
        assert Receipt.objects.get().gross == 2 * 50 + 7.5


@pytest.mark.parametrize("failure", ["500", "offline"])
def test_the_purchase_survives_a_failing_server(failure, clerk, stock, tenant):
    bob = clerk(width=360)
    bob.scan("13812345678")
    bob.scan(BARCODE)

    def fail(route):
        if failure == "offline":
            route.abort()
        else:
            route.fulfill(status=500, body="")

    bob.page.route("**/till/", fail)
    bob.page.keyboard.type("12.50")
    bob.page.keyboard.press("Enter")
    bob.page.locator("#toasts .toast").wait_for()
    assert bob.page.locator("#goods").input_value() == "12.50"
    assert bob.page.locator(".till-lines li").count() == 1
    bob.visit.heard.clear()
    assert bob.faults() == []
    bob.page.unroute("**/till/")
    bob.page.locator("#goods").press("Enter")
    bob.page.locator(".till-lines li").nth(1).wait_for()
    bob.pay()
    with context.entered(tenant.id):
        assert Receipt.objects.get().gross == 62.5


def test_what_else_settles_does_not_send_the_waiting_scan_before_the_form_lives(clerk, tenant):
    bob = clerk(width=1024)
    bob.scan("13812345678")
    bob.page.evaluate("""
        window.here = true
        document.addEventListener("htmx:afterSwap", ({ target }) => {
            const other = document.getElementById("toasts")
            if (target.id === "till") other.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true }))
        })
        document.addEventListener("htmx:beforeSend", ({ detail }) => {
            const other = new CustomEvent("htmx:sendError", { bubbles: true, detail: { elt: document.body } })
            if (detail.elt.id === "till") document.body.dispatchEvent(other)
        })
    """)
    bob.page.keyboard.type(f"{BARCODE}\n12.50\n{BARCODE}\n2\n")
    bob.page.locator(".till-lines li").nth(2).wait_for()
    assert bob.page.evaluate("window.here")  # no Enter left the page
    bob.pay()
    with context.entered(tenant.id):
        assert Receipt.objects.get().gross == 2 * 50 + 12.5 + 2


def test_a_card_scanned_among_the_goods_is_the_customers(clerk):
    bob = clerk(width=1024)
    bob.page.locator("#goods").focus()
    bob.scan(BARCODE)
    bob.scan("8M1")
    assert "8,000" in bob.text(".till-points")
    assert bob.page.locator(".till-lines li").count() == 1
    bob.scan("00000000")
    assert bob.page.locator("#goods-error").count() == 1
    assert bob.focused() == "goods"
    assert bob.faults() == []
    bob.scan(BARCODE)  # what was refused is typed over
    assert bob.page.locator("[name=quantity]").input_value() == "2"


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 360), ("en", 1024)])
def test_sells_without_scripts(language, width, clerk, stock, tenant):
    bob = clerk(language=language, width=width, scripts=False)
    page = bob.page
    page.fill("#query", "13812345678")
    bob.visit.follow("button[value=find]")
    page.fill("#goods", BARCODE)
    page.press("#goods", "Enter")
    page.locator(".till-lines li").wait_for()
    page.fill("#goods", "12.50")
    bob.visit.follow("button[value=add]")
    bob.visit.follow("button[value^='points:6']")
    page.fill("#points", "1000")
    bob.visit.follow("button[value=confirm]")
    assert "/receipts/" in page.url
    assert bob.visit.complaints() == []
    assert balance(tenant, stock) == 8000 - 1000 + 52


def test_a_receipt_prints_alone(clerk, stock):
    bob = clerk(width=1024)
    bob.scan("13812345678")
    bob.scan("30")
    bob.pay()
    bob.page.emulate_media(media="print")
    assert [bob.page.locator(one).first.is_visible() for one in (".receipt", ".receipt-qr svg", ".on-paper")] == [
        True
    ] * 3
    assert [bob.page.locator(one).first.is_visible() for one in (".side", ".top", ".till-after", ".notice")] == [
        False
    ] * 4


def test_a_purchase_that_was_sold_and_then_changed_leads_to_its_receipt(clerk, stock, tenant):
    bob = clerk(width=1024)
    bob.key("F4")
    bob.scan("30")
    key = bob.page.locator("[name=key]").input_value()
    bob.pay()
    bob.open()
    bob.key("F4")
    bob.scan("40")
    bob.page.evaluate("key => { document.querySelector('[name=key]').value = key }", key)
    bob.key("F9")
    bob.page.locator("main .tone-bad a").first.wait_for()
    assert "/receipts/" in bob.page.locator("main .tone-bad a").first.get_attribute("href")
    assert bob.faults() == []
    with context.entered(tenant.id):
        assert Receipt.objects.count() == 1
