"""Points when customers are merged and parted: nothing is lost or made, the books are right at every moment."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from customers import identities, merging
from customers.models import Customer, Merge, Source
from loyalty import ledger, verifying
from loyalty.ledger import Cause, Movement
from loyalty.lots import Portion
from loyalty.models import Account, Entry, Lot

HAND = Merge.Origin.HAND
NOW = timezone.now()
SOON, LATE = NOW + timedelta(days=10), NOW + timedelta(days=300)


@pytest.fixture
def people(entered, cast):
    source = Source.objects.create(key="shop")
    known = identities.record([identities.Person(name, {"name": f"王{name}"}) for name in "甲乙丙"], source=source)
    return [Customer.objects.get(id=known[name].customer_id) for name in "甲乙丙"]


def earn(customer, points, expires=LATE):
    cause = Cause(None)
    movement = Movement(Entry.Kind.EARN, points, f"earn:{Entry.objects.count()}", [Portion(points, expires)])
    ledger.move(ledger.current(customer.id, at=cause.at), [movement], cause)


def redeem(customer, points):
    ledger.redeem(customer, points=points, request_id=f"redeem:{Entry.objects.count()}", by=None)


def owe(customer, points):
    """A refund takes back what is gone."""
    cause = Cause(None)
    movement = Movement(Entry.Kind.TAKE_BACK, -points, f"back:{Entry.objects.count()}")
    ledger.move(ledger.current(customer.id, at=cause.at), [movement], cause)


def stand(*customers):
    """(balance, debt) of each; the books are right."""
    assert verifying.verify().wrong == []
    rows = {id: (balance, debt) for id, balance, debt in Account.objects.values_list("customer_id", "balance", "debt")}
    return [rows.get(one.id, (0, 0)) for one in customers]


def open_lots(customer):
    return sorted(Lot.objects.filter(account_id=customer.id, remaining__gt=0).values_list("remaining", "expires_at"))


def merge(survivor, *others):
    return merging.merge(survivor, others, origin=HAND, by=None)


def test_balance_goes_over_with_its_expiry_and_comes_back(people):
    a, b, _c = people
    earn(a, 100, SOON), earn(a, 50, LATE), earn(b, 30)
    done = merge(b, a)
    assert stand(a, b) == [(0, 0), (180, 0)]
    assert open_lots(b) == [(30, LATE), (50, LATE), (100, SOON)]
    merging.unmerge(done, by=None)
    assert stand(a, b) == [(150, 0), (30, 0)]
    assert open_lots(a) == [(50, LATE), (100, SOON)]


def test_points_spent_meanwhile_are_the_survivors_and_may_leave_a_debt(people):
    a, b, _c = people
    earn(a, 100, SOON), earn(b, 30)
    done = merge(b, a)
    redeem(b, 60)
    merging.unmerge(done, by=None)
    assert stand(a, b) == [(100, 0), (0, 30)]
    assert open_lots(a) == [(100, SOON)]


def test_debt_is_paid_by_who_has_points_and_goes_back(people):
    a, b, _c = people
    owe(a, 70), earn(b, 100)
    done = merge(b, a)
    assert stand(a, b) == [(0, 0), (30, 0)]
    merging.unmerge(done, by=None)
    assert stand(a, b) == [(0, 70), (100, 0)]
    assert open_lots(b) == [(30, LATE), (70, LATE)]


def test_survivors_debt_is_paid_by_the_absorbed_and_stands_again(people):
    a, b, _c = people
    earn(a, 100), owe(b, 70)
    done = merge(b, a)
    assert stand(a, b) == [(0, 0), (30, 0)]
    merging.unmerge(done, by=None)
    assert stand(a, b) == [(100, 0), (0, 70)]


def test_debt_of_both_is_one_and_parts_again(people):
    a, b, _c = people
    owe(a, 70), owe(b, 20)
    done = merge(b, a)
    assert stand(a, b) == [(0, 0), (0, 90)]
    earn(b, 10)
    merging.unmerge(done, by=None)
    assert stand(a, b) == [(0, 70), (0, 10)]


def test_what_expired_while_merged_does_not_come_back(people):
    a, b, _c = people
    earn(a, 100, timezone.now() + timedelta(milliseconds=400)), earn(a, 40)
    done = merge(b, a)
    assert stand(b) == [(140, 0)]
    time.sleep(0.5)
    merging.unmerge(done, by=None)
    assert stand(a, b) == [(40, 0), (0, 0)]


@pytest.mark.parametrize("inner_first", [True, False])
@pytest.mark.parametrize("owing", ["nobody", "a", "b", "c"])
def test_nested_merges_part_in_any_order(people, inner_first, owing):
    for one, name, points in zip(people, "abc", (100, 40, 7), strict=True):
        if name == owing:
            owe(one, points)
        else:
            earn(one, points)
    a, b, c = people
    before = stand(a, b, c)
    inner = merge(b, a)
    outer = merge(c, b)
    signs = {name: -1 if name == owing else 1 for name in "abc"}
    total = signs["a"] * 100 + signs["b"] * 40 + signs["c"] * 7
    assert stand(a, b, c) == [(0, 0), (0, 0), (max(0, total), max(0, -total))]
    for one in (inner, outer) if inner_first else (outer, inner):
        merging.unmerge(one, by=None)
        stand()
    assert stand(a, b, c) == before


@pytest.mark.parametrize("inner_first", [True, False])
def test_points_since_stay_at_the_root_and_can_be_assigned(people, inner_first):
    a, b, c = people
    earn(a, 100), earn(b, 40), earn(c, 7)
    inner, outer = merge(b, a), None
    outer = merge(c, b)
    earn(c, 5), redeem(c, 20)
    undone = [merging.unmerge(one, by=None) for one in ((inner, outer) if inner_first else (outer, inner))]
    assert sum(balance - debt for balance, debt in stand(a, b, c)) == 100 + 40 + 7 + 5 - 20
    assert stand(a, b) == [(100, 0), (40, 0)]
    rows = [row for row in undone[0].later if row.model == "loyalty.Entry"]
    assert len(rows) == 2
    for row in rows:
        merging.assign(row, a, by=None)
        stand()
    assert stand(a, b, c) == [(85, 0), (40, 0), (7, 0)]


def test_points_earned_by_a_merged_customer_are_the_survivors(people):
    a, b, _c = people
    merge(b, a)
    ledger.earn(a, points=10, request_id="x", by=None)
    assert stand(a, b) == [(0, 0), (10, 0)]
