"""Scores three ways: as announced in SQL, as read in Python, as filtered in the list; all must agree."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.models import Customer, Source
from sales import orders
from sales.models import Order
from segmentation import night, people, rfm, scoring, stats
from segmentation.lifecycle import Stage
from segmentation.models import CustomerStats, ScoreChange, Thresholds
from segmentation.people import Filters
from tenancy import lookups
from tests.sales.files import write
from tests.sales.test_import_orders import run
from tests.sales.test_orders import a_line
from tests.segmentation.reference import quintiles


@pytest.fixture
def shop(entered):
    """120 customers with one to nine orders over a year; some given back, some dated tomorrow."""
    dice, now = random.Random(5), timezone.now()
    source = Source.objects.create(key="pos")
    lines = []
    for customer in range(120):
        for turn in range(dice.choice([1, 1, 1, 2, 3, 5, 9])):
            at = now - timedelta(days=dice.randrange(400), hours=dice.randrange(24))
            amount = Decimal(dice.choice(["19.90", "5", "120.55", "-7", "0"]))
            lines.append(a_line(number=f"{customer}-{turn}", customer=f"C{customer}", at=at, amount=amount))
    lines.append(a_line(number="tomorrow", customer="C3", at=now + timedelta(days=2), amount=Decimal(999)))
    orders.record(lines, source=source)
    return entered


def test_announced_scores_are_those_that_are_read(shop):
    scored = scoring.score()
    figures = people.figures(Customer.objects.all(), tenant=shop)
    later = set(CustomerStats.objects.filter(latest_at__gt=timezone.now()).values_list("pk", flat=True))
    for row in CustomerStats.objects.exclude(pk__in=later):
        read = figures[row.pk]
        if row.frequency:
            assert (row.score, row.stage) == (100 * read.r + 10 * read.f + read.m, read.stage)
        else:
            assert (row.score, row.stage, read.stage) == (None, "prospect", Stage.PROSPECT)
    assert (len(later), scored.customers) == (1, sum(figure.r is not None for figure in figures.values()))
    assert scoring.score().changed == 0


def test_order_of_tomorrow_does_not_count_today(shop):
    scoring.score()
    exported = {row.external_id: row for row in scoring.export()}
    raw = {row.external_id: row for row in scoring.export(stats.today(shop.zone) - timedelta(days=0))}
    assert exported == raw
    assert exported["C3"].recency_days >= 0


def test_list_filters_give_exactly_whom_the_scores_name(shop, cast):
    scoring.score()
    figures = people.figures(Customer.objects.all(), tenant=shop)

    def listed(**wanted) -> set:
        return {row.pk for row in people.scored(Filters(**wanted), member=cast.ada, tenant=shop)}

    for axis in ("r", "f", "m"):
        for band in range(1, 6):
            assert listed(**{axis: band}) == {id for id, f in figures.items() if getattr(f, axis) == band}
    for stage in set(Stage) - {Stage.PROSPECT}:
        assert listed(stage=stage) == {id for id, f in figures.items() if f.stage == stage}
    grid = people.tally(member=cast.ada, tenant=shop).cells
    assert grid == {cell: len(listed(r=cell[0], f=cell[1])) for cell in grid}
    assert sum(grid.values()) == len(listed())
    assert people.tally(member=cast.ada, tenant=shop).stages == {
        stage: len(listed(stage=stage)) for stage in Stage if stage != Stage.PROSPECT
    }


@pytest.mark.parametrize("seed", range(6))
def test_thresholds_found_from_where_they_stood_are_those_of_all(entered, seed):
    """Whatever the customers do in between: ties, amounts below nothing, everybody on one day, nobody new."""
    dice, source = random.Random(seed), Source.objects.create(key="pos")
    today = stats.today(entered.zone)
    for turn in range(5):
        now = timezone.now() - timedelta(days=dice.choice([0, 0, 30, 300]))
        lines = [
            a_line(number=f"{turn}-{place}", customer=f"C{dice.randrange(dice.choice([3, 15, 60]))}",
                   at=now - timedelta(minutes=dice.randrange(9000)),
                   amount=Decimal(dice.choice(["10", "10", "0.0001", "-30", "99.99", "1000000"])))
            for place in range(dice.choice([1, 8, 60]))
        ]  # fmt: skip
        orders.record(lines, source=source)
        known = rfm.bins()
        assert rfm.compute_bins(today) == rfm._found_by_all(today, entered)
        assert known is None or rfm._found_near(known, today, entered) == rfm._found_by_all(today, entered)
        scoring.score()


def test_frozen_thresholds_stay(shop):
    scoring.score()
    Thresholds.objects.update(frozen=True, frequency=[1, 2, 3, 4])
    scoring.score()
    assert rfm.bins().frequency == (1, 2, 3, 4)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 11, 100])
def test_quintiles_are_percentile_disc(size):
    values = [random.Random(size).randrange(9) for _turn in range(size)]
    assert list(rfm.quintiles(Counter(values))) == quintiles(values)


@pytest.mark.parametrize(
    ("recency_days", "frequency", "stage"),
    [(271, 9, "lost"), (270, 9, "at_risk"), (121, 1, "at_risk"), (120, 1, "active"), (60, 1, "new"), (61, 1, "active"),
     (0, 5, "loyal"), (0, 4, "active"), (None, 0, "prospect")],
)  # fmt: skip
def test_first_stage_that_holds(recency_days, frequency, stage):
    from segmentation import lifecycle

    assert lifecycle.stage(recency_days=recency_days, frequency=frequency) == stage


def test_import_ends_with_scores(entered, tmp_path):
    row = ["1", "P1", "lamp", "2", "2026-10-01 10:00:00", "5", "C1"]
    run(write(tmp_path / "orders.csv", [row]), entered)
    assert CustomerStats.objects.get().score == 111
    assert rfm.bins() is not None


def test_night_scores_every_company(shop, other_tenant):
    night.score(shop.id)
    assert Thresholds.objects.get().recency
    assert {shop.id, other_tenant.id} <= set(lookups.tenants())


def test_empty_company_scores_nobody(entered):
    assert scoring.score() == (0, 0)
    assert list(scoring.export()) == []


def test_whoever_gave_all_back_is_scored_no_more_though_nobody_else_is(entered):
    orders.record([a_line()], source=Source.objects.create(key="pos"))
    scoring.score()
    order = Order.objects.get()
    orders.refund(order, amount=order.total, key="r", by=None)
    assert scoring.score() == (0, 1)
    assert list(CustomerStats.objects.values_list("score", "stage")) == [(None, "prospect")]
    assert ScoreChange.objects.get().stage == "prospect"
    assert scoring.score() == (0, 0)


def test_day_ends_at_local_midnight(entered):
    source = Source.objects.create(key="pos")
    late = datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
    orders.record([a_line(at=late), a_line(number="2", at=late + timedelta(seconds=1))], source=source)
    assert [row.frequency for row in scoring.export(late.date())] == [1]
    assert [row.frequency for row in scoring.export(late.date() + timedelta(days=1))] == [2]
