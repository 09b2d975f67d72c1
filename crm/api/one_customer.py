"""The customer that an address names."""

from uuid import UUID

from django.http import Http404

from crm.api.problems import Merged
from customers import roots
from customers.models import Customer
from customers.models.customers import CustomerQuerySet


def customer_of(rows: CustomerQuerySet, customer_id: UUID) -> Customer:
    """The one of these rows. Raises Merged where it has gone into one of them, Http404 where it is none."""
    customer = rows.filter(id=customer_id).first()
    if customer is not None:
        return customer
    root_id = roots.root(customer_id)
    if root_id != customer_id and rows.filter(id=root_id).exists():
        raise Merged(root_id)
    raise Http404
