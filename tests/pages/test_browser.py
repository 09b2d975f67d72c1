"""The main job in a real browser, every page by axe, the keyboard, and everything without scripts."""

import re

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from customers import defining, editing, tagging
from customers.models import Customer, CustomField, ImportRun, Tag
from sales.models import Order
from tenancy import context, jobs, tokens
from tenancy.models import Membership, Store, Team
from tests.customers import matches
from tests.pages import shop

pytestmark = pytest.mark.browser
SCREENS = [
    ("zh-hans", 360, "light"),
    ("en", 1280, "dark"),
    pytest.param("en", 360, "light", marks=pytest.mark.nightly),
    pytest.param("zh-hans", 1280, "light", marks=pytest.mark.nightly),
]
PANELS = ["", "timeline/", "orders/", "profile/", "figures/", "offers/", "edit/"]
WORDS = {
    "en": {"waiting": "Waiting", "done": "Done", "order": "Order"},
    "zh-hans": {"waiting": "排队中", "done": "已完成", "order": "订单"},
}


def text_of(page, selector: str) -> str:
    return re.sub(r"\s+", " ", page.locator(selector).first.inner_text())


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 360), ("en", 1280)])
def test_from_a_file_of_orders_to_a_champions_page(language, width, visit, cast, tenant, tmp_path):
    words, file = WORDS[language], tmp_path / "orders.csv"
    file.write_bytes(shop.file(55).read())
    ada = visit(language=language, width=width)
    ada.log_in()
    page = ada.page
    assert page.url.endswith("/t/lanhu/")
    assert ada.faults() == []

    ada.follow("a.primary")
    page.set_input_files("input[type=file]", file)
    page.fill("[name=source]", "pos")
    ada.follow("button.primary")
    assert "D0" in text_of(page, "main")
    assert ada.faults() == []
    ada.follow("button.primary")
    page.wait_for_selector("#progress progress")
    assert words["waiting"] in text_of(page, "#progress")
    assert ada.faults() == []

    with context.entered(tenant.id):
        run = ImportRun.objects.get()
    shop.finish(run)
    page.wait_for_selector("#progress .figures")
    assert words["done"] in text_of(page, "#progress")
    assert page.title().startswith(words["done"])
    assert ada.faults() == []

    ada.follow("a.primary")
    page.locator(".heat a").first.wait_for()
    assert ada.faults() == []
    page.locator(".heat tr").nth(1).locator("a").last.click()
    page.wait_for_selector("#customers tbody tr")
    assert "r=5" in page.url
    page.locator("#customers .row-link").first.click()
    if width > 360:
        page.locator("#side .customer-figures").wait_for()
        assert ada.faults() == []
        page.locator("#side-body a.primary").click()
    page.locator(".customer-figures").wait_for()
    page.locator(".story").first.wait_for()
    assert words["order"] in text_of(page, ".story")
    assert ada.faults() == []


def test_faults_are_found(visit):
    """A check that finds nothing anywhere may be asleep."""
    somebody = visit()
    somebody.page.set_content('<html lang="en"><title>x</title><main><img src="x"><hr width="9999"></main>')
    image, width = somebody.faults()
    assert image.startswith("image-alt")
    assert width.endswith("pixels too wide")


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_every_page_is_for_everyone(language, width, theme, visit, cast, tenant, stocked):
    with context.entered(tenant.id):
        paths = pages_of(stocked[0], cast.ada)
    ada = visit(language=language, width=width, theme=theme)
    faults = {}

    def look(name: str) -> None:
        if found := ada.faults():
            faults[name] = found

    for path in ("/login/", "/password/", "/password/sent/", "/password/done/", new_password_of(cast.ada.user)):
        ada.open(path)
        look(path)
    for attempt in range(5):
        ada.page.goto(ada.url + "/login/")
        ada.page.fill("[name=username]", "nobody@example.com")
        ada.page.fill("[name=password]", "wrong")
        ada.follow("button.primary")
        if attempt in (0, 4):
            look(f"wrong password {attempt + 1} times")
    ada.log_in()
    addresses = {"/companies/": 200, "/t/lanhu/nowhere/": 404, "/t/lanhu/orders/?after=x": 400}
    for path, status in (addresses | {f"/t/lanhu/{path}": 200 for path in paths}).items():
        ada.open(path, status=status)
        look(path)
    for name, act in states_of(stocked[0]).items():
        act(ada)
        look(name)
    assert faults == {}


def new_password_of(user) -> str:
    """The link in the mail to somebody who has forgotten their password."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"/password/{uid}/{default_token_generator.make_token(user)}/"


def pages_of(customer, by) -> list[str]:
    """The address of every page of a company, each in the states that it has."""
    done, failed = shop.started(by), shop.started(by)
    shop.finish(done)
    ImportRun.objects.filter(id=failed.id).update(stored="imports/gone")
    jobs.run(failed.tenant_id, failed.job_id, take_over=True)
    waiting, cancelled, draft = shop.started(by), shop.started(by), shop.draft(by)
    jobs.cancel(cancelled.job)
    refunded, whole = Order.objects.filter(customer=customer, refunded__gt=0).first(), Order.objects.last()
    runs = [done, failed, waiting, cancelled]
    return [
        "", "rfm/", "search/", "search/?q=zzz", "search/?q=person",
        "customers/", "customers/?q=zzz", "customers/?q=pe", "customers/?stage=prospect", "customers/?r=5&f=5",
        "insights/", "insights/?days=365", "insights/grid/", "insights/flow/", "insights/cohorts/", "insights/tops/",
        "insights/tops/?by=stores", "insights/pairs/", "insights/pairs/left-out/", "till/offers/?product=P-1",
        "customers/new/", *(f"customers/{customer.id}/{panel}" for panel in PANELS),
        *doubles(customer, by),
        "orders/", "orders/?q=zzz", f"orders/{refunded.id}/", f"orders/{whole.id}/",
        "imports/", *(f"imports/{run.id}/" for run in [*runs, draft]),
        f"imports/{draft.id}/?heading:付款时间=", f"imports/{draft.id}/?encoding=UTF-8&heading:数量=amount",
        "insights/churn/", "insights/value/", "insights/win-back/", "insights/chances/?band=0", "insights/data/",
        "jobs/", *(f"jobs/{run.job_id}/" for run in runs), *settings_of(by),
    ]  # fmt: skip


def doubles(customer, by) -> list[str]:
    """The pages of pairs and merges, each in the states that it has."""
    there = matches.everything(by, customer)
    return [
        "duplicates/", "duplicates/?q=zzz", "duplicates/decided/", "duplicates/merges/", "duplicates/bulk/?bits=-99",
        f"duplicates/{there['match'].id}/", f"duplicates/{there['decided'].id}/",
        f"duplicates/merges/{there['merge'].id}/", f"duplicates/merges/{there['unmerged'].id}/",
        f"duplicates/preview/?customer={customer.id}&customer={there['twin'].id}",
        f"customers/{customer.id}/duplicates/?q=person", f"customers/{there['merge'].survivor_id}/lineage/",
        "settings/matching/",
    ]  # fmt: skip


def settings_of(by) -> list[str]:
    """The settings, with a colleague who left and one whose mail failed."""
    bob, store, team = (
        Membership.objects.get(user__email="bob@example.com"),
        Store.objects.first(),
        Team.objects.first(),
    )
    tokens.make(by, name="till", by=by)
    field, tag = own(by)
    return [
        f"customers/handovers/{by.id}/",
        *(f"settings/{path}" for path in (
            "company/", "stores/", "stores/new/", f"stores/{store.id}/", "teams/", f"teams/{team.id}/", "staff/",
            "staff/?gone=1", "staff/new/", f"staff/{bob.id}/", f"staff/{by.id}/", "roles/", "roles/new/",
            f"roles/{bob.role_id}/", "tokens/", "tokens/?whose=all", "tokens/new/", "audit/", "audit/?subject=x",
            "fields/", "fields/new/", f"fields/{field.id}/", "tags/", f"tags/{tag.id}/", "stages/", "bands/",
        )),
    ]  # fmt: skip


def own(by) -> tuple[CustomField, Tag]:
    """A field of each kind that every customer's form then asks for, one archived, and a tag on somebody."""
    for kind in ("number", "text", "date", "boolean", "choice"):
        field = defining.define(
            label=f"My {kind}", kind=kind, choices=["one", "two"] if kind == "choice" else [], by=by
        )
    defining.archive(defining.define(label="Gone", kind="text", by=by), by=by)
    customer = Customer.objects.order_by("id").first()
    tagging.add([one.id for one in Customer.objects.all()[:5]], ["VIP", "New here"], by=by)
    editing.change(customer, {"my_number": "1234.5", "my_choice": "one"}, by=by)
    return field, Tag.objects.get(name="VIP")


def states_of(customer) -> dict:
    """What a page looks like after something was done on it."""

    def shortcuts(ada):
        ada.open("/t/lanhu/customers/")
        ada.page.keyboard.press("?")
        ada.page.locator("dialog#shortcuts[open]").wait_for()

    def menu(ada):
        ada.open("/t/lanhu/jobs/")
        ada.page.locator(".top summary").last.click()

    def errors(ada):
        ada.open("/t/lanhu/customers/new/")
        ada.page.fill("[name=phone]", "12")
        ada.follow("button.primary")

    def revealed(ada):
        ada.open(f"/t/lanhu/customers/{customer.id}/")
        ada.press(".contact button")
        ada.page.locator("a[href^=tel]").wait_for()

    def refused_note(ada):
        ada.open(f"/t/lanhu/customers/{customer.id}/timeline/")
        ada.page.locator("#entry textarea").fill(" ")
        ada.press("#entry button.primary")
        ada.page.locator("#entry .errors").wait_for()

    def told(ada):
        ada.open("/t/lanhu/customers/new/")
        ada.page.fill("[name=name]", "New one")
        ada.follow("button.primary")
        ada.page.locator(".toast").wait_for()

    def refund(ada):
        ada.open("/t/lanhu/orders/")
        ada.follow("tbody .row-link")
        ada.page.fill("[name=amount]", "99999")
        ada.follow("#refund button")

    def token(ada):
        ada.open("/t/lanhu/settings/tokens/new/")
        ada.page.fill("[name=name]", "till")
        ada.page.check("[value=ORDERS_VIEW]")
        ada.follow("button.primary")
        ada.page.locator("#secret").wait_for()

    def bad_invitation(ada):
        ada.open("/t/lanhu/settings/staff/new/")
        ada.follow(".panel button.primary")

    def seeing(ada):
        ada.open("/t/lanhu/settings/staff/?q=alice")
        ada.follow("tbody .row-link")
        ada.follow("form[action$='/seeing/'] button")
        ada.open("/t/lanhu/customers/")

    def only_looking(ada):
        ada.open(f"/t/lanhu/customers/{customer.id}/", status=404)
        ada.follow("form[action$='/ends/'] button")

    def upload(ada):
        ada.open("/t/lanhu/imports/")
        ada.follow("button.primary")

    states = [shortcuts, menu, errors, revealed, refused_note, told, refund, token, bad_invitation, upload]
    return {f.__name__: f for f in [*states, seeing, only_looking]}


def test_by_keyboard_alone(visit, cast, tenant, stocked):
    ada = visit()
    ada.log_in()
    keys, page = ada.page.keyboard, ada.page
    for key in "gc":
        keys.press(key)
    page.wait_for_url("**/customers/")
    keys.press("/")
    keys.type("person 1")
    page.wait_for_url(re.compile(r"customers/\?q=person(\+|%20)1$"))
    page.locator("#found").get_by_text("3 customers found").wait_for(state="attached")
    assert page.locator("#customers tbody tr").count() == 3
    assert page.evaluate("document.activeElement.id") == "search"
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    second = page.locator("#customers .row-link").nth(1)
    assert second.evaluate("link => link === document.activeElement")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"customers/[0-9a-f-]{36}/$"))
    keys.press("e")
    page.wait_for_url("**/edit/")
    page.go_back()
    page.go_back()
    keys.press("n")
    page.wait_for_url("**/customers/new/")
    keys.press("?")
    page.locator("dialog#shortcuts[open]").wait_for()
    keys.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_filters_and_tabs_keep_the_address_and_the_back_button(visit, cast, tenant, stocked):
    ada = visit()
    ada.log_in()
    page = ada.page
    ada.open("/t/lanhu/customers/")
    page.click("#stage-loyal")
    page.wait_for_url("**/customers/?stage=loyal")
    page.select_option("#id_r", "5")
    page.wait_for_url(re.compile(r"stage=loyal&r=5|r=5&stage=loyal"))
    page.click("#clear")
    page.wait_for_url("**/customers/?view=all")
    ada.open(f"/t/lanhu/customers/{stocked[0].id}/")
    page.click("#tab-orders")
    page.wait_for_url("**/orders/")
    assert page.locator("#tab-orders").get_attribute("aria-current") == "page"
    assert page.locator("#story table").count() == 1
    page.click("#tab-profile")
    page.wait_for_url("**/profile/")
    page.go_back()
    page.wait_for_url("**/orders/")
    page.locator("#story table").wait_for()
    assert page.locator("html").count() == 1
    assert page.locator(".side").count() == 1


def test_a_choice_of_columns_shows_at_once_what_it_changes(visit, cast, tenant):
    with context.entered(tenant.id):
        run = shop.draft(cast.ada, broken=False)
    ada = visit()
    ada.log_in()
    ada.open(f"/t/lanhu/imports/{run.id}/")
    page = ada.page
    time = page.get_by_label("付款时间")
    time.focus()
    time.select_option("")
    page.locator(".notice.tone-warn").wait_for()
    assert "No column holds: Time" in text_of(page, ".notice.tone-warn")
    assert page.evaluate("document.activeElement.id") == time.get_attribute("id")
    page.get_by_label("付款时间").select_option("time")
    page.locator("form[action$='starts/'] button").wait_for()
    assert page.locator(".notice.tone-warn").count() == 0


def test_without_scripts_everything_is_there(visit, cast, tenant, stocked):
    ada = visit(scripts=False)
    ada.log_in()
    page = ada.page
    page.locator(".later a").first.click()
    assert page.locator(".heat a").count() > 0
    page.fill("#search", "person 0")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=person+0*")
    page.locator("main .row-link").first.click()
    page.locator(".later a").first.click()
    assert page.locator(".customer-figures").count() == 1
    page.locator("#tab-timeline").click()
    page.fill("#entry textarea", "Called without scripts")
    page.locator("#entry button.primary").click()
    page.locator("#tab-timeline").click()
    assert "Called without scripts" in text_of(page, ".story")
    page.locator(".contact button").click()
    assert "+86139" in text_of(page, ".contact")
