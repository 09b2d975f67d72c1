"""Points corrected by hand: small corrections at once, large ones by two people."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from loyalty import ledger, programmes, standing, telling
from loyalty.ledger import Cause
from loyalty.models import Adjustment, Entry
from tenancy import audit
from tenancy.models import Membership


class SamePerson(Exception):
    """Who asked for a correction does not approve it."""


class KeyUsed(ValueError):
    """The request's key came with another correction."""


class Decided(Exception):
    """Somebody has decided already."""


def ask(customer: Customer, *, points: int, reason: str, request_id: str, by: Membership) -> Adjustment:
    """Correct the customer's points, at once up to the programme's limit, else when a second person approves.

    The same request again gives the first; what is refused leaves nothing. Raises NotEnoughPoints, TooManyPoints,
    KeyUsed, ValueError for none.
    """
    if not points:
        raise ValueError(_("A correction is of at least one point."))
    with transaction.atomic():
        return _ask(customer, points=points, reason=reason, request_id=request_id, by=by)


def _ask(customer: Customer, *, points: int, reason: str, request_id: str, by: Membership) -> Adjustment:
    standing.hold(customer.id)
    if known := Adjustment.objects.filter(request_id=request_id).first():
        if (known.customer_id, known.points) != (customer.id, points):
            raise KeyUsed(_("This key came with another correction before."))
        return known
    rules = programmes.current()
    row = Adjustment.objects.create(
        customer=customer, points=points, reason=reason, request_id=request_id, created_by=by
    )
    audit.record("adjustment.asked", row, by=by, changes={"customer": str(customer.id), "points": points})
    if rules is not None and abs(points) <= rules.adjust_limit:
        _apply(row, by=by, approver=None)
    return row


def approve(row: Adjustment, *, by: Membership) -> Entry:
    """Apply a waiting correction. Raises SamePerson, Decided, NotEnoughPoints."""
    row = _waiting(row)
    if row.created_by_id == by.id:
        raise SamePerson(_("You asked for it: somebody else approves."))
    return _apply(row, by=by, approver=by)


def refuse(row: Adjustment, *, by: Membership) -> None:
    """Turn a waiting correction down; who asked for it may also take it back. Raises Decided."""
    row = _waiting(row)
    _decide(row, Adjustment.State.REFUSED, by)
    audit.record("adjustment.refused", row, by=by)


def _waiting(row: Adjustment) -> Adjustment:
    row = Adjustment.objects.select_for_update(no_key=True).get(id=row.id)
    if row.state != Adjustment.State.WAITING:
        raise Decided(_("This was decided already: %s.") % row.get_state_display())
    return row


def _apply(row: Adjustment, *, by: Membership, approver: Membership | None) -> Entry:
    cause = Cause(by=row.created_by, approver=approver, reason=row.reason)
    entry = ledger.correct(row.customer, points=row.points, request_id=f"adjust:{row.id}", cause=cause)
    _decide(row, Adjustment.State.APPROVED, by)
    telling.moved([entry], by=by)
    audit.record("points.corrected", entry, by=by, changes={"points": row.points, "asked_by": str(row.created_by_id)})
    return entry


def _decide(row: Adjustment, state: Adjustment.State, by: Membership) -> None:
    row.state, row.decided_by, row.decided_at = state, by, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
