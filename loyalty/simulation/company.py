"""The invented company of the simulation; each run goes on with it."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from customers import identities
from customers.models import Source, SourceRecord
from loyalty import ledger, programmes
from loyalty.models import Account
from tenancy import companies, context, lookups, tokens
from tenancy.models import Membership
from tenancy.permissions import Scope

SLUG = "till-simulation"
MEMBERS = 24
START = 2000  # points each member has at the start of a run


@dataclass(frozen=True)
class Company:
    tenant_id: UUID
    secrets: list[str]
    members: dict[UUID, int]
    """Customer id → balance at the start."""


def open_company(clerks: int, members: int = MEMBERS, *, slug: str = SLUG) -> Company:
    """The company with a token per clerk, and so many members with some points each."""
    if lookups.tenant_of_slug(slug) is None:
        companies.create(slug, name="Till simulation")
    tenant_id = lookups.tenant_of_slug(slug)
    with context.entered(tenant_id):
        programmes.change(name="Points", by=None, code_above=None, redeem_step=1)
        secrets = [tokens.make(_clerk(number), name="simulation", by=None)[1] for number in range(clerks)]
        people = {id: _fill(id) for id in _members(members)}
    return Company(tenant_id, secrets, people)


def _clerk(number: int) -> Membership:
    user = companies.person(f"clerk{number}@till-simulation.invalid")
    return Membership.objects.filter(user=user).first() or companies.add_member(user, role="clerk", scope=Scope.ALL)


def _members(count: int) -> list[UUID]:
    source, _made = Source.objects.get_or_create(key="simulation")
    people = [identities.Person(f"S{number}") for number in range(count)]
    return [known.customer_id for known in identities.record(people, source=source).values()]


def _fill(customer_id: UUID) -> int:
    customer = SourceRecord.objects.filter(customer_id=customer_id).select_related("customer").first().customer
    account = Account.objects.filter(customer=customer).first()
    missing = START - (account.balance if account else 0)
    if missing > 0:
        ledger.earn(customer, points=missing, request_id=f"simulation:{uuid4()}", by=None)
    return Account.objects.get(customer=customer).balance
