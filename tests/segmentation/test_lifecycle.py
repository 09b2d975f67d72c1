"""Stages by the company's own rules, at any day, with policies and flows."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone

from customers import merging
from customers.models import Customer, Merge, Source
from sales import orders
from sales.models import Order
from segmentation import lifecycle, narrowing, people, scoring, stats
from segmentation.cells import AXES, Cell, cell_of
from segmentation.lifecycle import BadRules, Rules, Stage
from segmentation.models import CustomerStats, ScoreChange, StageRules
from segmentation.people import Filters
from tenancy.models import AuditEvent
from tests.sales.test_orders import a_line


def bought(customer: str, *days_ago: int) -> None:
    now = timezone.now()
    source, _made = Source.objects.get_or_create(key="pos")
    orders.record(
        [
            a_line(number=f"{customer}-{days}", customer=customer, at=now - timedelta(days=days), amount=Decimal(10))
            for days in days_ago
        ],
        source=source,
    )


def of(reference: str) -> Customer:
    return Customer.objects.get(records__external_id=reference)


def test_own_rules_hold_from_their_day_in_sql_and_in_python(entered, cast):
    for reference, days in {"a": [5], "b": [40], "c": [100], "d": [5, 6, 7]}.items():
        bought(reference, *days)
    today = stats.today(entered.zone)
    lifecycle.change(Rules(90, 30, 10, 3), since=today, by=cast.ada)
    scoring.score()
    expected = {"a": Stage.NEW, "b": Stage.AT_RISK, "c": Stage.LOST, "d": Stage.LOYAL}
    figures = people.figures(Customer.objects.all(), tenant=entered)
    for reference, stage in expected.items():
        customer = of(reference)
        assert figures[customer.id].stage == stage
        assert CustomerStats.objects.get(pk=customer.id).stage == stage
        assert lifecycle.stage_at(customer, today, tenant=entered) == stage
        listed = people.scored(Filters(stage=stage), member=cast.ada, tenant=entered)
        assert [row.pk for row in listed] == [customer.id]
    assert lifecycle.stage_at(of("b"), today - timedelta(days=1), tenant=entered) == Stage.NEW


def test_stage_of_a_past_day_is_told_by_the_orders_and_rules_of_that_day(entered, cast):
    bought("a", 200, 10)
    today = stats.today(entered.zone)
    lifecycle.change(Rules(60, 20, 10, 2), since=today - timedelta(days=100), by=cast.ada)
    lifecycle.change(Rules(loyal_from=9), since=today, by=cast.ada)
    at = {days: lifecycle.stage_at(of("a"), today - timedelta(days=days), tenant=entered) for days in (0, 50, 150, 201)}
    assert at == {0: Stage.ACTIVE, 50: Stage.LOST, 150: Stage.NEW, 201: Stage.PROSPECT}
    assert [one.since for one in lifecycle.history()] == [today, today - timedelta(days=100)]


@pytest.mark.parametrize("rules", [Rules(100, 100, 10, 5), Rules(100, 120, 10, 5), Rules(300, 100, 101, 5)])
def test_rules_that_contradict_themselves_are_refused(entered, cast, rules):
    with pytest.raises(BadRules):
        lifecycle.change(rules, since=stats.today(entered.zone), by=cast.ada)
    assert not StageRules.objects.exists()


def test_the_most_special_policy_holds(entered, cast):
    told = {"follow_up_days": 30, "offer": "", "by": cast.ada}
    lifecycle.set_policy(Stage.LOYAL, "", service="priority", **told)
    lifecycle.set_policy(Stage.LOYAL, Cell.CHAMPIONS, service="personal", **told)
    assert lifecycle.policy_of(Stage.LOYAL, Cell.CHAMPIONS).service == "personal"
    assert lifecycle.policy_of(Stage.LOYAL, Cell.ASLEEP).service == "priority"
    assert lifecycle.policy_of(Stage.LOYAL, None).service == "priority"
    assert lifecycle.policy_of(Stage.LOST, Cell.ASLEEP) is None
    lifecycle.drop_policy(lifecycle.policy_of(Stage.LOYAL, Cell.CHAMPIONS), by=cast.ada)
    assert lifecycle.policy_of(Stage.LOYAL, Cell.CHAMPIONS).service == "priority"
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"policy.changed", "policy.dropped"}


def test_moves_are_noted_and_flows_count_them(entered, cast):
    bought("a", 130), bought("b", 5), bought("c", 5), bought("d", 300)
    start = stats.today(entered.zone)
    scoring.score()
    assert not ScoreChange.objects.exists()
    bought("a", 0)
    bought("e", 0)
    scoring.score(start + timedelta(days=1))
    scoring.score(start + timedelta(days=130))
    flows = lifecycle.flows(start, start + timedelta(days=1), member=cast.ada)
    assert flows == Counter({("at_risk", "active"): 1, ("", "new"): 1, ("new", "new"): 2, ("lost", "lost"): 1})
    later = lifecycle.flows(start + timedelta(days=1), start + timedelta(days=130), member=cast.ada)
    assert later == Counter({("active", "at_risk"): 1, ("new", "at_risk"): 3, ("lost", "lost"): 1})
    assert lifecycle.flows(start, start + timedelta(days=1), member=cast.alice) == Counter()
    assert scoring.score(start + timedelta(days=130)).changed == 0


def test_those_whom_a_flow_counts_are_listed_and_nobody_else(entered, cast):
    for name, days in {"a": 130, "b": 5, "c": 55, "d": 300, "e": 4}.items():
        bought(name, days)
    start = stats.today(entered.zone)
    scoring.score()
    bought("a", 0), bought("new", 0)
    scoring.score(start + timedelta(days=1))
    merging.merge(of("b"), [of("e")], origin=Merge.Origin.HAND, by=cast.ada)
    scoring.score(start + timedelta(days=20))
    bought("c", 1, 2, 3, 4, 6), bought("d", 1)
    scoring.score(start + timedelta(days=21))
    scoring.score(start + timedelta(days=130))
    visible = Customer.objects.visible_to(cast.ada)
    looked = 0
    for first, last in ((0, 1), (0, 20), (0, 130), (1, 21), (20, 130), (21, 130)):
        begin, end = start + timedelta(days=first), start + timedelta(days=last)
        flows = lifecycle.flows(begin, end, member=cast.ada)
        for before, after in ((old, new) for old in ("", *Stage.values) for new in Stage.values if old != new):
            told = QueryDict(f"moved={before or 'none'}..{after}..{begin}..{end}")
            asked = narrowing.read(told, member=cast.ada)
            assert asked.lost == ()
            people_there = asked.customers(visible, tenant=entered).count()
            assert people_there == flows[before, after], (first, last, before, after)
            looked += people_there
    assert looked > 10


@pytest.mark.parametrize(
    "value",
    ["new..new..2026-01-01..2026-02-01", "new..lost", "x..lost..2026-01-01", "new..none..2026-01-01", "..", "new"],
)
def test_a_move_that_cannot_be_is_told(entered, cast, value):
    asked = narrowing.read(QueryDict(f"moved={value}"), member=cast.ada)
    assert len(asked.lost) == 1 and asked.conditions == ()


def test_flows_count_those_who_lost_all_their_orders(entered, cast):
    bought("a", 5), bought("b", 5), bought("c", 130)
    start = stats.today(entered.zone)
    Order.objects.update(cost=4)
    stats.rebuild()
    assert set(CustomerStats.objects.values_list("margin", "margin_of")) == {(6, 10)}
    scoring.score()
    Order.objects.filter(customer=of("c")).update(customer=of("a"))
    stats.refresh([of("a").id, of("c").id])
    scoring.score(start + timedelta(days=1))
    flows = lifecycle.flows(start, start + timedelta(days=1), member=cast.ada)
    assert flows == Counter({("new", "new"): 1, ("new", "active"): 1, ("at_risk", "prospect"): 1})
    assert stats.rebuild() == 0
    bare = CustomerStats.objects.get(pk=of("c").id)
    assert (bare.frequency, bare.monetary, bare.margin, bare.margin_of) == (0, 0, None, None)
    Order.objects.filter(customer=of("a")).update(customer=of("c"))
    stats.refresh([of("a").id, of("c").id])
    assert people.figures([of("a")], tenant=entered)[of("a").id].stage == Stage.PROSPECT
    assert CustomerStats.objects.get(pk=of("c").id).frequency == 2


def test_cells_partition_the_bands_and_the_list_shows_each(entered, cast):
    every = Counter(cell_of(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6))
    assert set(every) == set(AXES) and every.total() == 125
    for number in range(30):
        bought(f"c{number}", *range(1 + number, 1 + number * 4, 1 + number))
    scoring.score()
    figures = people.figures(Customer.objects.all(), tenant=entered)
    for cell in Cell:
        listed = people.scored(Filters(cell=cell), member=cast.ada, tenant=entered)
        assert {row.pk for row in listed} == {id for id, one in figures.items() if one.cell == cell}


def test_usual_gap_is_between_days_with_orders(entered):
    at = datetime(2026, 1, 1, 3, tzinfo=UTC)
    source = Source.objects.create(key="pos")
    moments = [at, at + timedelta(hours=1), at + timedelta(days=10), at + timedelta(days=40)]
    orders.record(
        [a_line(number=str(place), customer="a", at=moment) for place, moment in enumerate(moments)], source=source
    )
    row = CustomerStats.objects.get()
    assert (row.frequency, row.days, row.gap_squares) == (4, 3, 10 * 10 + 30 * 30)
    assert people.figures(Customer.objects.all(), tenant=entered)[row.pk].usual_gap == 20
