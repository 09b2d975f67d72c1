"""Killed servers lose and double nothing; a build that looks and then acts is found out."""

from uuid import uuid4

import pytest

from customers.models import Customer
from loyalty import ledger, verifying
from loyalty.models import Account
from loyalty.simulation import company
from loyalty.simulation.running import simulate
from tenancy import context
from tests.api.served import ask, at_once, environment, served

FAULTS = ("lost", "double", "oversold", "wrong", "unanswered")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_doubled_while_servers_are_killed():
    told = simulate(clerks=4, seconds=8, kill=True, environment=environment())
    assert {name: told[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert told["kills"] >= 1
    assert told["confirms"] >= 20


@pytest.mark.django_db(transaction=True)
def test_a_build_that_looks_and_then_acts_is_found_out():
    told = simulate(
        clerks=8, seconds=5, kill=False, environment=environment(), application="tests.loyalty.planted:application"
    )
    assert told["oversold"] > 0
    assert told["double"] > 0


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_a_long_day_of_killed_servers():
    told = simulate(clerks=8, seconds=120, kill=True, environment=environment())
    assert {name: told[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_redemptions_of_one_balance_one_succeeds():
    shop_open = company.open_company(1)
    member = next(iter(shop_open.members))
    with context.entered(shop_open.tenant_id):
        ledger.redeem(Customer.objects.get(id=member), points=company.START - 500, request_id="first", by=None)
    headers = {"Authorization": f"Bearer {shop_open.secrets[0]}"}

    def redeem():
        body = {"key": str(uuid4()), "customer_id": str(member), "lines": [{"price": "5.00"}], "points": 500}
        return ask(port, "POST", "/api/v1/checkouts/", body, headers=headers)[0]

    with served() as port:
        answers = at_once(20, redeem)
    assert sorted(answers) == [201] + [422] * 19
    with context.entered(shop_open.tenant_id):
        assert (Account.objects.get(customer_id=member).balance, verifying.verify().wrong) == (0, [])
