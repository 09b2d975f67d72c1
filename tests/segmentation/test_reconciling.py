"""Figures against orders: what somebody has bent is found and mended, and a new time zone makes other days."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer, Source
from sales import orders
from segmentation import reconciling, scoring, stats
from segmentation.insight import renewing
from segmentation.models import (
    CustomerDay,
    CustomerStats,
    PeriodFigure,
    SegmentColumns,
    SegmentMember,
    StatsCheck,
)
from segmentation.reconciling import PARTS
from segmentation.segments import editing, following
from segmentation.segments.columns import building
from tenancy import companies, jobs
from tenancy.models import Job
from tests.sales.test_orders import a_line

START = datetime(2026, 1, 1, tzinfo=UTC)


def rows() -> tuple[list, list]:
    """All figures and days, without what scoring has announced."""
    figures = CustomerStats.objects.order_by("customer_id").values_list(
        "customer_id", "frequency", "monetary", "first_at", "last_at", "latest_at", "days", "gap_squares", "margin",
        "margin_of",
    )  # fmt: skip
    return list(figures), list(CustomerDay.objects.order_by("customer_id", "day").values_list())


@pytest.fixture
def shop(entered):
    dice = random.Random(3)
    source = Source.objects.create(key="pos")
    orders.record(
        [
            a_line(number=f"{turn}", customer=f"C{turn % 60}", at=START + timedelta(hours=dice.randrange(5000)),
                   amount=Decimal(dice.choice(["10", "-3", "0", "99.5"])), quantity=Decimal(1),
                   unit_cost=dice.choice([None, Decimal(4)]))
            for turn in range(300)
        ],
        source=source,
    )  # fmt: skip
    return entered


def test_what_was_bent_is_found_once_in_all_nights_and_mended(shop):
    before = rows()
    bent = list(CustomerStats.objects.order_by("customer_id").values_list("customer_id", flat=True)[:9])
    CustomerStats.objects.filter(customer_id__in=bent[:4]).update(frequency=77)
    CustomerDay.objects.filter(customer_id__in=bent[4:6]).update(amount=1)
    CustomerDay.objects.filter(customer_id__in=bent[6:8]).delete()
    CustomerStats.objects.filter(customer_id=bent[8]).update(margin=-1)
    nights = [START.date() + timedelta(days=night) for night in range(PARTS)]
    for day in nights:
        reconciling.check(shop.id, day)
    assert rows() == before
    found = StatsCheck.objects.values_list("checked", "wrong")
    assert [sum(column) for column in zip(*found, strict=True)] == [Customer.objects.count(), 9]
    reconciling.check(shop.id, nights[0])
    assert StatsCheck.objects.get(day=nights[0]).wrong == 0


@pytest.fixture
def segment(shop, cast):
    """Whoever bought twice; none of the orders is still to be followed."""
    made = editing.create("Twice", rule="orders >= 2 and orders < 70", by=cast.ada)
    while following.follow():
        pass
    return made


def members(segment) -> int:
    return SegmentMember.objects.filter(segment=segment).count()


def test_segments_follow_what_was_mended_by_night(shop, segment):
    expected = members(segment)
    bent = CustomerStats.objects.order_by("customer_id").values_list("customer_id", flat=True)[:9]
    CustomerStats.objects.filter(customer_id__in=list(bent)).update(frequency=77)
    list(following.refresh([segment]))
    assert members(segment) < expected
    for night in range(PARTS):
        reconciling.check(shop.id, START.date() + timedelta(days=night))
    while following.follow():
        pass
    assert members(segment) == expected
    reconciling.check(shop.id, START.date())
    assert following.follow() == 0, "nothing was wrong, so nobody is looked at"


@pytest.mark.parametrize("way", ["score", "zone"])
def test_segments_follow_figures_that_were_all_made_anew(shop, segment, cast, way):
    expected = members(segment)
    CustomerStats.objects.update(frequency=77)
    list(following.refresh([segment]))
    columns = building.build()
    if way == "score":
        scoring.score(full=True)
    else:
        companies.change(shop, timezone="America/New_York", by=cast.ada)
        list(reconciling.rebuild(Job.objects.get(kind=reconciling.REBUILD)))
    assert not SegmentColumns.objects.filter(id=columns.id).exists()
    jobs.run(shop.id, Job.objects.get(kind=following.REFRESH).id, take_over=True)
    assert members(segment) == expected
    scoring.score(full=True)
    assert Job.objects.filter(kind=following.REFRESH).count() == 1


def test_another_time_zone_makes_other_days(shop, cast):
    before = rows()
    renewing.renew()
    companies.change(shop, timezone="America/New_York", by=cast.ada)
    job = Job.objects.get(kind=reconciling.REBUILD)
    list(reconciling.rebuild(job))
    moved = rows()
    assert moved != before
    shown = PeriodFigure.objects.filter(grain=PeriodFigure.Grain.DAY, orders__gt=0).values_list("start", "orders")
    expected = CustomerDay.objects.filter(orders__gt=0).values_list("day").annotate(Sum("orders"))
    assert dict(shown) == dict(expected)
    assert stats.rebuild() == 0
    companies.change(shop, timezone="Asia/Shanghai", by=cast.ada)
    list(reconciling.rebuild(Job.objects.filter(kind=reconciling.REBUILD).latest("created_at")))
    assert rows() == before


@pytest.mark.usefixtures("entered")
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 5), st.integers(0, 40), st.sampled_from(["12.5", "0", "-4", "30"]),
            st.booleans(), st.sampled_from([None, "0", "7.5"]),
        ),
        max_size=25,
    )
)  # fmt: skip
def test_figures_moved_order_by_order_equal_those_made_anew(history):
    """Late, changed, returned orders of four customers, one call each; then everything from the orders at once."""
    source, _made = Source.objects.get_or_create(key="pos")
    for customer, number, day, amount, is_returned, cost in history:
        line = a_line(
            number=f"{customer}-{number}", customer=f"H{customer}", at=START + timedelta(days=day),
            amount=Decimal(amount), quantity=Decimal(2), unit_cost=cost and Decimal(cost),
        )  # fmt: skip
        orders.record([line], source=source)
        if is_returned:
            orders.refund_in_full([line.number], source=source, key="returns")
    before = rows()
    assert stats.rebuild() == 0
    CustomerStats.objects.all().delete()
    CustomerDay.objects.all().delete()
    stats.rebuild()
    assert rows() == before
