"""The cast. Alice owns customers, Bob is a clerk on her team, Ada administers, Charlie is of another company."""

import copy
from types import SimpleNamespace

import pytest

from tenancy import companies, context
from tenancy.models import Membership, Store, Team, Tenant
from tenancy.permissions import Scope

PASSWORD = "correct horse battery"


def lanhu() -> Tenant:
    return companies.create("lanhu", name="蓝湖百货")


def harbour() -> Tenant:
    return companies.create("harbour", name="Harbour Goods", timezone="Europe/London", currency="GBP", region="GB")


@pytest.fixture(scope="module")
def prepared():
    """What stands for all tests of a module, where it makes it `once`: with a tenant, an other_tenant and a cast."""


@pytest.fixture
def tenant(prepared, db):
    return copy.deepcopy(prepared.tenant) if prepared else lanhu()


@pytest.fixture
def other_tenant(prepared, db):
    return copy.deepcopy(prepared.other_tenant) if prepared else harbour()


@pytest.fixture
def entered(tenant):
    """The test works inside the first company."""
    with context.entered(tenant.id):
        yield tenant


def person(name):
    return companies.person(f"{name.lower()}@example.com", name=name, password=PASSWORD, language="en")


@pytest.fixture
def cast(prepared, tenant, other_tenant):
    return copy.deepcopy(prepared.cast) if prepared else hired(tenant, other_tenant)


def hired(tenant: Tenant, other_tenant: Tenant) -> SimpleNamespace:
    with context.entered(tenant.id):
        store = Store.objects.create(code="S1", name="南京西路店")
        other_store = Store.objects.create(code="S2", name="徐家汇店")
        team = Team.objects.create(name="East")
        people = SimpleNamespace(
            store=store,
            other_store=other_store,
            team=team,
            ada=companies.add_member(person("Ada"), role="admin", scope=Scope.ALL),
            alice=companies.add_member(person("Alice"), role="sales", scope=Scope.OWN, team=team, store=store),
            bob=companies.add_member(person("Bob"), role="clerk", scope=Scope.TEAM, team=team, store=store),
            dora=companies.add_member(person("Dora"), role="service", scope=Scope.STORE, store=other_store),
        )
    with context.entered(other_tenant.id):
        people.charlie = companies.add_member(person("Charlie"), role="admin", scope=Scope.ALL)
    return people


@pytest.fixture
def login(client):
    """login(member) gives a browser of that member."""

    def log_in(member: Membership):
        client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in
