"""Recording orders: one way for files, REST and the till. The same lines again change nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from customers import identities
from customers.models import Source
from interactions import timeline
from sales import changes, registry, staging
from sales.lines import Line
from sales.models import Order
from sales.placing import TILL
from tenancy import audit
from tenancy.models import Membership
from webhooks import feed


@dataclass(slots=True)
class Outcome:
    """What recording did to the lines, and which orders they belong to."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    order_ids: dict[tuple[str, str | None], UUID] = field(default_factory=dict)


def record(lines: Iterable[Line], *, source: Source, people: Mapping[str, identities.Person] | None = None) -> Outcome:
    """Write the lines with their orders, products, stores and customers, in the current transaction.

    `people` tells more of a customer reference than its id. Orders' totals, the timeline and whoever listens
    (the customers' figures) follow at once. A line's key may stand once per order in one call.
    """
    lines = list(lines)
    if not lines:
        return Outcome()
    people = {**{ref: identities.Person(ref) for ref in {line.customer for line in lines} if ref}, **(people or {})}
    known = identities.record(people.values(), source=source)
    staging.fill(lines, known)
    placed = staging.upsert_orders(source)
    created, updated = staging.upsert_lines()
    changed = staging.settle() if created or updated or placed else []
    _tell(changed)
    return Outcome(
        created=created,
        updated=updated,
        unchanged=len(lines) - created - updated,
        order_ids=staging.order_ids(),
    )


class RefundTooLarge(Exception):
    """More than what is left of the order."""


class RefundAtTill(Exception):
    """What was sold at the till comes back at the till: points come and go with the money."""


def refund(
    order: Order, *, amount: Decimal, key: UUID | str, by: Membership | None, reason: str = "", at_till: bool = False,
    cost: Decimal | None = None,
) -> bool:  # fmt: skip
    """Give `amount` (positive, in the tenant's currency) of the order back, now. The same key again does nothing.
    `cost` is what the goods cost the company that came back with it, None where nobody said which.

    Returns whether it was new. Raises RefundTooLarge where less than that is left,
    RefundAtTill for an order of the till unless `at_till`.
    """
    order = Order.objects.select_related("source").select_for_update(no_key=True, of=["self"]).get(id=order.id)
    if order.source.key == TILL and not at_till:
        raise RefundAtTill(_("This was sold at the till. Take it back there, so that points follow."))
    if order.refunds.filter(key=str(key)).exists():
        return False
    if amount > order.net:
        raise RefundTooLarge(_("Only %s is left of this order.") % f"{order.net:,.2f}")
    order.refunds.create(
        tenant_id=order.tenant_id, key=str(key), amount=amount, cost=cost, at=timezone.now(), reason=reason
    )
    _tell(staging.settle_one(order.id))
    audit.record("order.refunded", order, by=by, changes={"amount": str(amount)})
    return True


def refund_in_full(numbers: Iterable[str], *, source: Source, key: str, reason: str = "") -> int:
    """Every order of these numbers is given back whole, at its own time. Returns how many orders that are.

    `key` names the refund; the same key again changes nothing. Raises RefundAtTill for orders of the till.
    """
    if source.key == TILL:
        raise RefundAtTill(_("This was sold at the till. Take it back there, so that points follow."))
    refunded, changed = staging.refund_orders(list(numbers), source=source, key=key, reason=reason)
    _tell(changed)
    return refunded


def _tell(changed: list[staging.Settled]) -> None:
    """The timeline, the customers' figures and the change feed follow orders that were made or moved."""
    mine = [order for order in changed if order.customer_id]
    happening = [timeline.Happening(o.id, o.customer_id, o.record_id, o.at, o.channel, o.store_id) for o in mine]
    timeline.record_many(timeline.ORDER_PLACED, happening)
    refunded = {order.id for order in mine if order.refunded}
    timeline.record_many(timeline.ORDER_REFUNDED, [h for h in happening if h.subject_id in refunded])
    feed.record(
        (changes.CREATED, [order.id for order in changed if order.is_new]),
        (changes.CHANGED, [order.id for order in changed if not order.is_new]),
    )
    registry.orders_changed({order.customer_id for order in mine})
