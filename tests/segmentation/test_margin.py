"""What is left of what customers spend, where the goods' cost is known: who is told, and that it follows merges."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from customers import merging
from customers.models import Customer, Merge, Source
from sales import orders
from sales.models import Order
from segmentation import people, scoring, stats
from segmentation.insight import renewing
from segmentation.models import CustomerStats, PeriodFigure, Segment
from segmentation.segments import counting, explaining, reading, vocabulary
from tests.sales.test_orders import a_line

COLUMNS = "/t/lanhu/customers/columns/"
YESTERDAY = timezone.now() - timedelta(days=1)


def line(customer: str | None, number: str, amount: str, cost: str | None, **more) -> orders.Line:
    told = {"customer": customer, "number": number, "amount": Decimal(amount), "quantity": Decimal(1), "at": YESTERDAY}
    return a_line(**told | {"unit_cost": cost and Decimal(cost)} | more)


@pytest.fixture
def bought(entered, cast):
    """C1: 400 known at 100, 100 unknown. C2: nothing known. C3: all known, below its cost."""
    orders.record(
        [
            line("C1", "1", "400", "100"), line("C1", "2", "100", None), line("C2", "3", "50", None),
            line("C3", "4", "50", "77.77"),
        ],
        source=Source.objects.create(key="pos"),
    )  # fmt: skip
    scoring.score()
    rows = Customer.objects.filter(records__source__key="pos").order_by("records__external_id")
    rows.update(owner=cast.alice)
    return list(rows)


def margins(*customers: Customer) -> list[tuple]:
    return [CustomerStats.objects.values_list("margin", "margin_of").get(customer=one) for one in customers]


def test_margin_is_of_the_orders_whose_cost_is_known(bought, tenant):
    assert margins(*bought) == [(300, 400), (None, None), (Decimal("-27.77"), 50)]
    found = people.figures(bought, tenant=tenant)
    told = [(found[one.id].margin_share, found[one.id].margin_known) for one in bought]
    assert told == [(0.75, 0.8), (None, None), (pytest.approx(-0.5554), 1.0)]


def test_share_is_not_told_where_refunds_make_it_no_share(bought, tenant):
    orders.record([line("C3", "5", "-90", None)], source=Source.objects.get(key="pos"))
    last = people.figures(bought, tenant=tenant)[bought[2].id]
    assert (last.monetary, last.margin_of, last.margin_known) == (-40, 50, None)


def test_margin_follows_a_merge_and_its_undoing(bought, cast):
    first, second, third = bought
    done = merging.merge(first, [second, third], origin=Merge.Origin.HAND, by=cast.ada)
    assert margins(first, third) == [(Decimal("272.23"), 450), (None, None)]
    assert stats.rebuild() == 0
    merging.unmerge(done, by=cast.ada)
    assert margins(*bought) == [(300, 400), (None, None), (Decimal("-27.77"), 50)]
    assert stats.rebuild() == 0


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "75%, known for 80% of the revenue"), ("zh-hans", "75%")],
)
def test_page_tells_margin_and_of_how_much_it_is_known(bought, cast, login, language, told):
    browser = login(cast.ada)
    browser.cookies["django_language"] = language
    pages = [browser.get(f"/t/lanhu/customers/{one.id}/figures/").content.decode() for one in bought]
    assert ["300.00" in page for page in pages] == [True, False, False]
    assert told in pages[0]
    assert "27.77" in pages[2]


def test_who_sees_no_figures_is_told_no_margin(bought, cast, login):
    seller, clerk = (login(one).get(f"/t/lanhu/customers/{bought[0].id}/figures/") for one in (cast.alice, cast.bob))
    assert [page.status_code for page in (seller, clerk)] == [200, 200]
    assert ["300.00" in page.content.decode() for page in (seller, clerk)] == [True, False]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("margin >= 300", [0]), ("margin < 0", [2]), ("margin is empty", [1]), ("margin is known", [0, 2]),
        ("margin between -30 and 300", [0, 2]), ("not margin > 0", [1, 2]),
    ],
)  # fmt: skip
def test_rules_ask_the_margin(bought, rule, expected):
    words = vocabulary.standing()
    asked = counting.asked(reading.parse(rule, words), words=words)
    wanted = {bought[place].id for place in expected}
    assert counting.ids(asked) == wanted
    assert explaining.fitting(asked.node, [one.id for one in bought], asked.moment, words) == wanted


def test_why_tells_the_margin_to_those_who_see_figures(bought, cast, login):
    segment = Segment.objects.create(name="Rich", key="rich", rule="margin >= 299 and spent_in_all >= 500")
    pages = []
    for member in (cast.alice, cast.bob):
        browser = login(member)
        browser.cookies["django_language"] = "en"
        pages.append(browser.get(f"/t/lanhu/segments/{segment.id}/customers/{bought[0].id}/").content.decode())
    assert ["Your role does not show it." in page for page in pages] == [False, True]
    assert [bool(re.search(r">\s*300(\.00)?\s*<", page)) for page in pages] == [True, False]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_order_page_tells_cost_and_margin_to_those_who_see_figures(bought, cast, login, language):
    Customer.objects.update(owner=None, store=None, created_at=YESTERDAY)
    order = Order.objects.get(number="1")
    Customer.objects.filter(id=order.customer_id).update(owner=cast.bob)
    found = []
    for member in (cast.ada, cast.bob):
        browser = login(member)
        browser.cookies["django_language"] = language
        page = browser.get(f"/t/lanhu/orders/{order.id}/")
        found.append((page.status_code, "100.00" in page.content.decode(), "300.00" in page.content.decode()))
    assert found == [(200, True, True), (200, False, False)]


def test_list_shows_the_margin_to_those_who_see_figures_alone(bought, cast, login):
    for member, shown in ((cast.ada, ["name", "margin"]), (cast.bob, ["name", "orders"])):
        Customer.objects.update(owner=member)
        browser = login(member)
        offered = [column.key for _place, column, _on in browser.get(COLUMNS).context["places"]]
        assert ("margin" in offered) == (shown[1] == "margin")
        browser.post(COLUMNS, {"column": ["margin"] if "margin" in shown else ["margin", "orders"]})
        page = browser.get("/t/lanhu/customers/")
        assert [column.key for column in page.context["columns"]] == shown
        assert ("300.00" in page.content.decode()) == ("margin" in shown)


def test_insight_page_tells_the_margin_of_what_is_known(bought, cast, login):
    orders.record([line(None, "9", "100", "40")], source=Source.objects.get(key="pos"))
    renewing.renew()
    now = PeriodFigure.objects.get(grain="d30", margin__isnull=False)
    assert (now.amount, now.margin, now.margin_of) == (700, Decimal("332.23"), 550)
    for grain in ("day", "week", "month", "d90", "d365"):
        told = PeriodFigure.objects.filter(grain=grain).aggregate(Sum("margin"), Sum("margin_of"))
        assert told == {"margin__sum": Decimal("332.23"), "margin_of__sum": 550}
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    page = browser.get("/t/lanhu/insights/").content.decode()
    assert "332.23" in page and "60%, known for 79% of the revenue" in page
    assert "332.2300,550.0000" in browser.get("/t/lanhu/insights/file/").content.decode()


def test_insight_page_without_a_known_cost_tells_no_margin(entered, cast, login):
    orders.record([line("C1", "1", "50", None)], source=Source.objects.create(key="pos"))
    renewing.renew()
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    assert [one["label"] for one in browser.get("/t/lanhu/insights/").context["figures"]][:2] == ["Revenue", "Orders"]
