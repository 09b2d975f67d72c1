"""Random days at the till against a plain model: balances, debts, lots, refunds and the books, after every step."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loyalty import ledger, quoting, returns, rules, verifying
from loyalty.ledger import Cause
from loyalty.models import Account, Lot
from tenancy import context
from tenancy.models import Tenant
from tests.loyalty import plain, shop

PEOPLE = 2
amounts = st.decimals(min_value=Decimal("0.01"), max_value=500, places=2)
who = st.integers(0, PEOPLE - 1)


def machine(tenant, clerk):
    class Till(RuleBasedStateMachine):
        @initialize()
        def open(self):
            self.inside = [context.entered(tenant.id), transaction.atomic()]
            for one in self.inside:
                one.__enter__()
            self.rules = shop.programme(redeem_step=10, expires_after=2)
            self.tenant = Tenant.objects.get()
            self.customers = [shop.member(f"M{number}") for number in range(PEOPLE)]
            self.people = [plain.Person() for _number in range(PEOPLE)]
            self.sales = []
            self.at = timezone.now()

        @rule(person=who, price=amounts, quantity=st.integers(1, 4), share=st.sampled_from([0, 0, 50, 100]))
        def buy(self, person, price, quantity, share):
            customer, plainly = self.customers[person], self.people[person]
            plainly.expire(self.at)
            most = min(plainly.balance, int(price * quantity * 100)) // 10 * 10
            points = most * share // 100 // 10 * 10
            receipt = shop.buy(customer, by=clerk, points=points, lines=[shop.plain(price, quantity)], at=self.at)
            used = plainly.take(points)
            earned = int(price * quantity - Decimal(points) / 100)
            expires = rules.expiry(self.at, self.rules, self.tenant.zone)
            plainly.put([plain.Box(earned, expires, receipt.order_id)] if earned else [])
            assert (receipt.spent, receipt.earned, receipt.balance_after) == (points, earned, plainly.balance)
            self.sales.append((person, receipt, plain.Sale(price, quantity, points, earned, used, receipt.order_id)))

        @rule(person=who, price=amounts, over=st.integers(1, 50))
        def overspend(self, person, price, over):
            self.people[person].expire(self.at)
            points = (self.people[person].balance // 10 + over) * 10
            with pytest.raises(quoting.PointsUnfit), transaction.atomic():
                shop.buy(self.customers[person], price, by=clerk, points=points, at=self.at)
            ledger.expire([self.customers[person].id], at=self.at)

        @precondition(lambda self: any(sale.returned < sale.bought for _p, _r, sale in self.sales))
        @rule(choice=st.randoms(use_true_random=False))
        def bring_back(self, choice):
            open_sales = [one for one in self.sales if one[2].returned < one[2].bought]
            person, receipt, sale = choice.choice(open_sales)
            quantity = choice.randint(1, sale.bought - sale.returned)
            self.people[person].expire(self.at)
            before = self.people[person].debt
            self.people[person].give_back(sale, quantity, self.at)
            wanted = returns.GivingBack(uuid4(), {receipt.order.lines.get().id: Decimal(quantity)})
            made, is_new = returns.give_back(receipt, wanted, by=clerk, at=self.at)
            assert returns.give_back(receipt, wanted, by=clerk, at=self.at) == (made, False)
            receipt.order.refresh_from_db()
            assert (is_new, receipt.order.refunded) == (True, sale.paid_back)
            assert made.debt == max(0, self.people[person].debt - before)

        @rule(person=who, points=st.integers(-300, 300).filter(bool), turn=st.integers(1, 2))
        def correct(self, person, points, turn):
            plainly, customer = self.people[person], self.customers[person]
            plainly.expire(self.at)
            ledger_says = Cause(by=clerk, at=self.at)
            key = f"correct:{uuid4()}"
            for _again in range(turn):
                if -points > plainly.balance:
                    with pytest.raises(ledger.NotEnoughPoints), transaction.atomic():
                        ledger.correct(customer, points=points, request_id=key, cause=ledger_says)
                    ledger.expire([customer.id], at=self.at)
                    return
                ledger.correct(customer, points=points, request_id=key, cause=ledger_says)
            if points < 0:
                plainly.take(-points)
            else:
                plainly.put([plain.Box(points, rules.expiry(self.at, self.rules, self.tenant.zone))])

        @rule(days=st.integers(1, 40))
        def time_passes(self, days):
            self.at += timedelta(days=days)

        @rule()
        def night(self):
            ledger.expire([customer.id for customer in self.customers], at=self.at)
            for plainly in self.people:
                plainly.expire(self.at)

        @invariant()
        def books_are_right(self):
            if not hasattr(self, "people"):
                return
            assert verifying.verify().wrong == []
            for customer, plainly in zip(self.customers, self.people, strict=True):
                account = Account.objects.filter(customer=customer).first() or Account()
                assert (account.balance, account.debt) == (plainly.balance, plainly.debt)
                held = Lot.objects.filter(account_id=customer.id, remaining__gt=0).values_list(
                    "expires_at", "remaining"
                )
                assert together(held) == together((box.expires, box.points) for box in plainly.boxes)

        def teardown(self):
            if hasattr(self, "inside"):
                transaction.set_rollback(True)
                for one in reversed(self.inside):
                    one.__exit__(None, None, None)

    return Till


def together(rows) -> dict:
    """Points by when they expire."""
    found = {}
    for expires, points in rows:
        found[expires] = found.get(expires, 0) + points
    return found


def run(cast, tenant, *, examples: int, steps: int):
    run_state_machine_as_test(
        machine(tenant, cast.bob),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=False, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_random_days_at_the_till_keep_the_books_right(cast, tenant):
    run(cast, tenant, examples=12, steps=25)


@pytest.mark.nightly
def test_ten_thousand_steps_at_the_till_keep_the_books_right(cast, tenant):
    run(cast, tenant, examples=250, steps=50)
