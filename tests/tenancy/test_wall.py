"""The wall between companies holds in the database alone."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from customers.models import Customer
from sales.models import Order
from tenancy import context
from tenancy.models import Membership, Role, Store, Team


def test_rows_of_another_tenant_are_invisible(cast, other_tenant):
    with context.entered(other_tenant.id):
        assert [str(member) for member in Membership.objects.all()] == ["Charlie"]
        assert models.QuerySet(Membership).count() == 1  # no filter of ours: row-level security alone


def test_no_tenant_is_an_error_in_python(tenant):
    with pytest.raises(context.NoTenant):
        Store.objects.count()


def test_no_tenant_is_an_error_in_the_database(tenant):
    with pytest.raises(DatabaseError), transaction.atomic():
        models.QuerySet(Store).count()


def test_reference_to_another_tenants_row_is_refused(cast, other_tenant):
    with pytest.raises(IntegrityError), context.entered(other_tenant.id):
        customer = Customer.objects.create(name="Cross", store_id=cast.store.id)
        connection.check_constraints()
        assert customer


def test_group_by_works_on_tenant_models(cast, tenant):
    with context.entered(tenant.id):
        counts = Role.objects.annotate(people=models.Count("memberships")).values_list("key", "people")
        assert dict(counts) == {"admin": 1, "clerk": 1, "manager": 0, "sales": 1, "service": 1}


def test_nested_entering_restores_the_outer_tenant(cast, tenant, other_tenant):
    with context.entered(tenant.id):
        with context.entered(other_tenant.id):
            assert Team.objects.count() == 0
        assert Team.objects.count() == 1


def test_writing_for_another_tenant_is_refused(cast, tenant, other_tenant):
    with pytest.raises(DatabaseError), context.entered(other_tenant.id):
        Store.objects.create(tenant_id=tenant.id, code="X", name="X")


def test_order_without_customer_reference_is_unique_by_number(cast, tenant):
    assert Order._meta.constraints[0].nulls_distinct is False
