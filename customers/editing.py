"""What staff do to customers by hand: add, change, reveal, share."""

from collections.abc import Mapping

from guardian.shortcuts import assign_perm

from crm.lib.uuids import uuid7
from customers import golden, identities, roots
from customers.models import Customer, CustomerShare, SharePermission
from tenancy import audit
from tenancy.models import Membership

PUBLIC = {"kind"}  # of what is told, the rest is personal


def create(content: Mapping[str, str | None], *, owner: Membership | None, store, by: Membership) -> Customer:
    """A customer that staff typed in."""
    customer = Customer.objects.create(id=uuid7(), owner=owner, store=store)
    identities.edit(customer, content, is_new=True)
    customer.refresh_from_db()
    audit.record("customer.created", customer, by=by, changes=_told(content))
    return customer


def change(customer: Customer, content: Mapping[str, str | None], *, by: Membership, **places) -> None:
    """New values of the customer; `places` may be owner and store."""
    is_moved = any(getattr(customer, name) != value for name, value in places.items())
    for name, value in places.items():
        setattr(customer, name, value)
    customer.save(update_fields=[*places])
    before = customer.updated_at
    identities.edit(customer, content)
    customer.refresh_from_db()
    if is_moved and customer.updated_at == before:
        identities.touch(customer)
    changes = _told(content) | {name: str(value.id) if value else None for name, value in places.items()}
    audit.record("customer.changed", customer, by=by, changes=changes)


def reveal(customer: Customer, *, by: Membership) -> dict[str, str]:
    """Phone, e-mail and address in plain; that they were seen is kept."""
    shown = {name: getattr(customer, name) or "" for name in ("phone", "email", "address")}
    audit.record(
        "customer.revealed", customer, by=by, changes={"fields": [name for name, value in shown.items() if value]}
    )
    return shown


def share(customer: Customer, *, member: Membership, permission: SharePermission, by: Membership) -> None:
    """`member` sees (or sees and changes) this customer, whatever their data scope; of one that was merged it is the
    one who has the rows."""
    golden.hold([customer.id])
    if (root_id := roots.root(customer.id)) != customer.id:
        customer = Customer.objects.get(id=root_id)
        golden.hold([root_id])
    assign_perm(permission, member.user, customer)
    audit.record(
        "customer.shared", customer, by=by, changes={"with": str(member.user_id), "permission": str(permission)}
    )


def unshare(share: CustomerShare, *, by: Membership) -> None:
    """The share is taken back: what the colleague still sees of this customer is by their data scope. Those who are
    merged into the customer are shared no more either."""
    told = {"with": str(share.user_id), "permission": share.permission.codename}
    audit.record("customer.unshared", share.content_object, by=by, changes=told)
    of_one = [share.content_object_id, *roots.below([share.content_object_id])]
    CustomerShare.objects.filter(user=share.user_id, permission=share.permission_id, content_object__in=of_one).delete()


def _told(content: Mapping[str, str | None]) -> dict[str, str | None]:
    """Values as an audit row may hold them: personal ones as keyed hashes."""
    return {
        name: audit.fingerprint(value) if value and name not in PUBLIC else value for name, value in content.items()
    }
