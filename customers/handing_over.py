"""All customers of one colleague given to another: somebody leaves, or is away for long."""

from customers import changes
from customers.models import Customer
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Membership
from webhooks import feed


def count(member: Membership) -> int:
    """How many customers the member owns."""
    return Customer.objects.unmerged().filter(owner=member).count()


def hand_over(member: Membership, *, to: Membership, by: Membership) -> int:
    """Every customer that `member` owns is `to`'s from now on, in one statement. Returns how many that were."""
    rows = fetch(
        """UPDATE customers_customer SET owner_id = %s, updated_at = now() WHERE owner_id = %s
           RETURNING id, merged_into_id""",
        [to.id, member.id],
    )
    ids = [id for id, merged_into in rows if merged_into is None]
    moved = len(ids)
    if moved:
        feed.record((changes.CHANGED, sorted(ids)))
        audit.record("customers.handed_over", member, by=by, changes={"to": str(to.id), "customers": moved})
    return moved
