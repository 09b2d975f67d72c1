"""List, count, search, scores, points, orders and REST show each role the same customers: theirs."""

import csv
import io

import pytest
from django.test import Client

from customers import editing
from customers.models import Customer, SharePermission
from segmentation import people
from tenancy import context
from tenancy.permissions import SEEDED_ROLES, Scope
from tests.api.conftest import Program
from tests.crm.test_rights_matrix import staff
from tests.pages import shop

HOME = "/t/lanhu/"


@pytest.fixture
def world(cast, tenant):
    """Twelve customers in two stores with four owners, one of them shared with everybody; a member of each role."""
    with context.entered(tenant.id):
        customers = shop.stock(12)
        members = staff(cast)
        owners = [members["sales"], members["clerk"], cast.alice, None]
        for place, customer in enumerate(customers):
            customer.owner, customer.store = owners[place % 4], [cast.store, cast.other_store][place % 2]
            customer.save(update_fields=["owner", "store"])
        for member in members.values():
            editing.share(customers[11], member=member, permission=SharePermission.VIEW, by=cast.ada)
    return members, customers


def theirs(member, customers) -> set[str]:
    """By the rule itself, worked out here."""
    return {
        str(one.id)
        for place, one in enumerate(customers)
        if member.scope == Scope.ALL
        or place == 11
        or one.owner_id == member.id
        or (member.scope == Scope.TEAM and one.owner and one.owner.team_id == member.team_id)
        or (member.scope == Scope.STORE and one.store_id == member.store_id)
    }


@pytest.mark.parametrize("role", SEEDED_ROLES)
def test_every_way_shows_the_same_customers(world, make_token, tenant, role):
    members, customers = world
    member = members[role]
    expected = theirs(member, customers)
    browser, program = Client(), Program(make_token(member))
    browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")

    def listed(query: str) -> set[str]:
        rows = browser.get(f"{HOME}customers/?{query}").context["listing"].rows
        return {str(customer.id) for customer, _figures in rows}

    def told(path: str, name: str = "id") -> set[str]:
        return {one[name] for one in program.get(f"{path}limit=200").json()["results"]}

    assert listed("") == listed("q=person") == listed("sort=-monetary") == expected
    assert told("customers/?") == told("customers/?q=person&") == told("scores/?", "customer_id") == expected
    with context.entered(tenant.id):
        assert Customer.objects.visible_to(member).count() == len(expected)
        assert sum(people.tally(member=member, tenant=tenant).stages.values()) == len(expected)
    orders = {one["customer"]["id"] for one in program.get("orders/?limit=200").json()["results"]}
    assert orders == expected
    pages = {str(one.id): browser.get(f"{HOME}customers/{one.id}/").status_code for one in customers}
    assert pages == {str(one.id): 200 if str(one.id) in expected else 404 for one in customers}
    export = {str(one.id): browser.post(f"{HOME}customers/{one.id}/privacy/exports/").status_code for one in customers}
    may = "PRIVACY_EXPORT" in {str(one) for one in SEEDED_ROLES[role][1]}
    assert export == {id: 403 if not may else 200 if id in expected else 404 for id in export}
    assert exported(browser, program) == (expected if "CUSTOMERS_EXPORT" in SEEDED_ROLES[role][1] else None)


def exported(browser, program) -> set[str] | None:
    """Whom the file of the page and that of the API hold; None where both are refused."""
    made = browser.post(f"{HOME}exports/new/", {"query": "", "format": "csv", "columns": "all"})
    if made.status_code == 403:
        assert program.post("exports/", {}).status_code == 403
        return None
    file = browser.post(f"{made['Location']}downloads/")
    other = program.get(f"exports/{program.post('exports/', {}).json()['id']}/file/")
    files = [b"".join(one.streaming_content).decode("utf-8-sig") for one in (file, other)]
    ids = [{row["external_id"] for row in csv.DictReader(io.StringIO(one, newline=""))} for one in files]
    assert ids[0] == ids[1]
    return ids[0]
