"""All customers of one colleague given to another: somebody leaves, or is away for long."""

from django.utils import timezone

from customers.models import Customer
from tenancy import audit
from tenancy.models import Membership


def count(member: Membership) -> int:
    """How many customers the member owns."""
    return Customer.objects.filter(owner=member).count()


def hand_over(member: Membership, *, to: Membership, by: Membership) -> int:
    """Every customer that `member` owns is `to`'s from now on, in one statement. Returns how many that were."""
    moved = Customer.objects.filter(owner=member).update(owner=to, updated_at=timezone.now())
    if moved:
        audit.record("customers.handed_over", member, by=by, changes={"to": str(to.id), "customers": moved})
    return moved
