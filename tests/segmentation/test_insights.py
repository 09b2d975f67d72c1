"""The insight pages: figures that can be counted by hand, held against the raw orders, and honest where there are
none."""

import csv
import io
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from customers.models import Source
from sales import orders
from sales.models import Order, Product
from segmentation import scoring, stats
from segmentation.insight import pages, reading, renewing
from segmentation.models import CohortFigure, InsightState, OfferRules, PeriodFigure, ProductMonth, StoreMonth
from segmentation.recommending import building
from tenancy import context, jobs
from tenancy.models import Job

Grain = PeriodFigure.Grain
PAGES = ["", "grid/", "flow/", "cohorts/", "pairs/", "tops/"]


@pytest.fixture
def sell(entered):
    source = Source.objects.create(key="pos")

    def sell(customer: str | None, day: date, amount="10", product="TEA", **fields) -> Order:
        at = datetime.combine(day, time(12), entered.zone)
        number = str(uuid4())
        line = orders.Line(number=number, key="1", customer=customer, at=at, amount=Decimal(amount), product=product,
                           quantity=Decimal(1), **fields)  # fmt: skip
        orders.record([line], source=source)
        return Order.objects.get(number=number)

    return sell


@pytest.fixture
def today(entered):
    return stats.today(entered.zone)


def ago(today: date, days: int) -> date:
    return today - timedelta(days=days)


def test_order_that_is_given_another_day_leaves_the_first(sell, today):
    order = sell("M1", ago(today, 40))
    sell("M2", today)
    renewing.renew()
    at = order.at + timedelta(days=35)
    [line] = order.lines.all()
    moved = orders.Line(number=order.number, key=line.key, customer="M1", at=at, amount=line.amount, product="TEA",
                        quantity=Decimal(1))  # fmt: skip
    orders.record([moved], source=Source.objects.get(key="pos"))
    InsightState.objects.update(built_at=timezone.now())
    renewing.renew()
    days = PeriodFigure.objects.filter(grain=Grain.DAY).exclude(orders=0).order_by("start")
    assert list(days.values_list("start", "orders")) == [(ago(today, 5), 1), (today, 1)]


def test_left_out_codes_are_in_no_list_of_what_sells_however_they_are_spelt(sell, today):
    sell("M1", today, product="Manual")
    sell("M1", today, product="TEA")
    OfferRules.objects.create(left_out=["MANUAL"])
    renewing.renew()
    assert [one.label for one in reading.tops("products", 1, as_of=today)] == ["TEA"]


def test_overview_counts_a_customer_once_and_compares_with_the_days_before(sell, today):
    sell("M1", ago(today, 40))
    sell("M1", ago(today, 3), "20")
    sell("M1", ago(today, 2), "20")
    sell("M2", ago(today, 2), "30")
    sell(None, today, "5")
    renewing.renew()
    shown = reading.overview(30, as_of=today)
    now = shown.now
    assert (now.orders, now.anonymous, now.amount, now.customers, now.newcomers) == (4, 1, Decimal(75), 2, 1)
    assert (shown.before.orders, shown.before.customers, shown.before.newcomers) == (1, 1, 1)
    by_day = {point.start: (point.customers, point.newcomers, point.amount) for point in shown.points}
    assert len(by_day) == 30 and by_day[ago(today, 2)] == (2, 1, Decimal(50)) and by_day[ago(today, 9)] == (0, 0, 0)


def test_longer_periods_go_by_weeks_and_months(sell, today):
    for days in (0, 2, 200):
        sell("M1", ago(today, days))
    renewing.renew()
    weeks, months = reading.overview(90, as_of=today), reading.overview(365, as_of=today)
    assert sum(point.orders for point in weeks.points) == 2
    assert weeks.now.customers == 1 and months.now.orders == 3
    assert all(point.start.weekday() == 0 for point in weeks.points)
    assert all(point.start.day == 1 for point in months.points) and len(months.points) == 13


def test_cohorts_count_who_of_a_first_month_bought_in_which_month_after_it(sell, today):
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    for person, days in (("M1", [before, month]), ("M2", [before]), ("M3", [month])):
        for day in days:
            sell(person, day)
    renewing.renew()
    found = [(cohort.month, cohort.size, cohort.kept) for cohort in reading.cohorts(as_of=today)]
    assert found == [(before, 2, [2, 1]), (month, 1, [1, None])]
    assert reading.cohorts(as_of=today)[0].shares == [1.0, 0.5]


def test_refunded_orders_count_no_more_and_the_first_order_moves(sell, today):
    first = sell("M1", ago(today, 5))
    sell("M1", ago(today, 2))
    renewing.renew()
    orders.refund_in_full([first.number], source=first.source, key="back")
    renewing.renew()
    rows = {row.start: (row.orders, row.newcomers, row.amount) for row in PeriodFigure.objects.filter(grain=Grain.DAY)}
    assert rows == {ago(today, 5): (0, 0, Decimal(0)), ago(today, 2): (1, 1, Decimal(10))}


def test_renewing_after_changes_equals_renewing_everything(sell, today):
    """Orders come late, are changed and given back between renewals."""
    random = Random(7)
    placed = []
    for _turn in range(4):
        for _order in range(25):
            day = ago(today, random.randrange(400))
            placed.append(
                sell(random.choice(["M1", "M2", "M3", None]), day, str(random.randrange(1, 99)),
                     random.choice(["TEA", "CUP", "POST"]), store=random.choice(["A", "B", ""]))
            )  # fmt: skip
        gone = random.choice(placed)
        orders.refund_in_full([gone.number], source=gone.source, key=str(uuid4()))
        renewing.renew()
    by_parts = everything()
    renewing.renew(full=True)
    assert everything() == by_parts


def everything() -> list:
    """Every figure that is kept, without the ids."""

    def rows(model) -> list[str]:
        names = [field.name for field in model._meta.fields if field.name not in ("id", "tenant")]
        return sorted(map(str, model.objects.values_list(*names)))

    return [rows(model) for model in (PeriodFigure, CohortFigure, ProductMonth, StoreMonth)]


def test_what_sells_leaves_out_what_is_no_goods(sell, today):
    sell("M1", today, "10", "TEA", category="Drinks", store="Main street")
    sell("M1", today, "30", "CUP", store="Main street")
    sell("M1", today, "99", "POST")
    renewing.renew()
    assert [(top.label, top.amount) for top in reading.tops("products", 1, as_of=today)] == [("CUP", 30), ("TEA", 10)]
    assert [(top.label, top.amount) for top in reading.tops("categories", 1, as_of=today)] == [("", 30), ("Drinks", 10)]
    assert [(top.label, top.amount) for top in reading.tops("stores", 1, as_of=today)] == [
        ("", 99),
        ("Main street", 40),
    ]


def test_pairs_stand_once(sell, today):
    for person in ("M1", "M2"):
        sell(person, today, product="TEA")
        sell(person, today, product="CUP")
    building.renew()
    (pair,) = reading.pairs()
    assert {pair.product.code, pair.other.code} == {"TEA", "CUP"} and pair.together == 2


@pytest.mark.parametrize("name", ["first", "bought"])
def test_bars_and_cohorts_open_exactly_their_people(name, sell, today, cast, login, tenant):
    sell("M1", ago(today, 40))
    sell("M1", ago(today, 2))
    sell("M2", ago(today, 2))
    address = f"/t/lanhu/customers/counts/?{name}={ago(today, 2)}..{today}"
    with translation.override("en"):
        content = login(cast.ada).get(address, headers={"Accept-Language": "en"}).content.decode()
    assert {"first": "1", "bought": "2"}[name] in content


def test_spans_that_mean_nothing_are_told(sell, today, cast, login):
    for value in ("zzz", "2024-02-30", "2024-02-02..2024-02-01"):
        assert login(cast.ada).get(f"/t/lanhu/customers/?bought={value}").status_code == 200


@pytest.mark.parametrize("customers", [0, 1, 30])
@pytest.mark.parametrize("page", PAGES)
def test_pages_are_honest_with_few_customers(page, customers, sell, today, cast, login):
    for place in range(customers):
        sell(f"M{place}", ago(today, place))
    if customers:
        scoring.score()
        renewing.renew()
        building.renew()
    client = login(cast.ada)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/t/lanhu/insights/{page}")
    assert response.status_code == 200
    assert len(queries) - 8 <= 12  # what every page asks: session, member, tenant, transaction
    if not customers and page not in ("grid/",):
        assert b'class="empty"' in response.content
    file = client.get(f"/t/lanhu/insights/{page}file/")
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert next(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))


def test_files_hold_what_the_page_shows_and_no_formula(sell, today, cast, login):
    sell("M1", today, "12.5", "TEA")
    Product.objects.filter(code="TEA").update(name="=1+1")
    renewing.renew()
    client = login(cast.ada)
    rows = list(csv.DictReader(io.StringIO(client.get("/t/lanhu/insights/file/").content.decode("utf-8-sig"))))
    assert (rows[-1]["start"], rows[-1]["orders"], rows[-1]["amount"]) == (str(today), "1", "12.5000")
    tops = list(csv.reader(io.StringIO(client.get("/t/lanhu/insights/tops/file/").content.decode("utf-8-sig"))))
    assert tops[1][:2] == ["'=1+1", "12.5000"]


def test_member_without_the_right_sees_no_figures(sell, cast, login):
    assert [login(cast.bob).get(f"/t/lanhu/insights/{page}").status_code for page in PAGES] == [403] * len(PAGES)


def test_codes_left_out_are_changed_and_bad_ones_refused(sell, today, cast, login):
    sell("M1", today)
    client = login(cast.ada)
    client.post("/t/lanhu/insights/pairs/left-out/", {"codes": "post\n\n tea \nPOST"})
    assert OfferRules.objects.get().left_out == ["POST", "TEA"]
    assert Job.objects.filter(kind=building.KIND).count() == 1
    refused = client.post("/t/lanhu/insights/pairs/left-out/", {"codes": "x" * 81})
    assert refused.status_code == 200 and b'class="errors"' in refused.content


def test_renewing_by_hand_makes_one_job_and_it_does_the_work(sell, today, cast, login, tenant):
    sell("M1", today)
    client = login(cast.ada)
    for _turn in range(2):
        assert client.post("/t/lanhu/insights/renewals/").status_code == 302
    job = Job.objects.get(kind=renewing.KIND)
    jobs.run(tenant.id, job.id, take_over=True)
    assert Job.objects.get(id=job.id).state == Job.State.DONE
    assert renewing.state().as_of == today


def test_other_companies_orders_are_in_no_figure(sell, today, other_tenant):
    sell("M1", today)
    renewing.renew()
    with context.entered(other_tenant.id):
        assert renewing.renew() == {"days": 0}
        assert (renewing.state().as_of, PeriodFigure.objects.count()) == (None, 0)


def test_orders_in_the_future_end_no_period(sell, today):
    sell("M1", today)
    sell("M1", today + timedelta(days=9))
    renewing.renew()
    assert renewing.state().as_of == today
    assert reading.overview(30, as_of=today).now.orders == 1


def test_change_is_in_percent_of_before():
    assert pages.change(Decimal(15), Decimal(10)) == {"text": "+50%", "is_less": False}
    assert pages.change(5, 10) == {"text": "−50%", "is_less": True}
    assert pages.change(5, 0) is None
