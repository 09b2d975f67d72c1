"""The points ledger: entries are only ever added, and the balance is what they sum to.

Whoever moves points holds the customer first, so that movements of one account come one after another. The
account's row is moved only where it still says what the entries were computed from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.uuids import uuid7
from customers import roots
from customers.models import Customer
from loyalty import lots, rules, standing, telling
from loyalty.lots import Inconsistent, Portion
from loyalty.models import Entry
from loyalty.models.programme import MOST_POINTS
from loyalty.standing import Standing
from tenancy import context
from tenancy.database.bulk import fetch
from tenancy.encryption import Sealed
from tenancy.models import Membership, Tenant

Kind = Entry.Kind
INCOMING = {Kind.EARN, Kind.GIVE_BACK}


class NotEnoughPoints(Exception):
    """The balance does not hold so many."""

    def __init__(self, balance: int):
        super().__init__(_("Only %s points are there.") % f"{balance:,}")
        self.balance = balance


class TooManyPoints(ValueError):
    """More in one movement than any movement may have."""


@dataclass(slots=True)
class Movement:
    """A movement to make. `points` are granted (positive) or demanded (negative); `portions` say when what
    comes in expires; `first_from` is the order whose lots are taken from first, `first_of` are entries of which the
    same holds. With a merge `owes` is demanded, and a debt where the balance does not hold it; negative, it is a debt
    that goes."""

    kind: Kind
    points: int
    request_id: str
    portions: Sequence[Portion] = ()
    first_from: UUID | None = None
    first_of: Sequence[UUID] = ()
    owes: int = 0
    id: UUID = field(default_factory=uuid7)


class Moved(NamedTuple):
    """What one movement did to balance and debt."""

    id: UUID
    kind: Kind
    points: int
    debt: int


@dataclass(slots=True)
class Cause:
    """What entries are made for and by whom."""

    by: Membership | None = None
    at: datetime = field(default_factory=timezone.now)
    order_id: UUID | None = None
    store_id: UUID | None = None
    approver: Membership | None = None
    reason: str = ""


def earn(customer: Customer, *, points: int, request_id: str, by: Membership | None) -> Entry:
    """Grant points under the present rules. The same request again gives the first entry."""

    def movement(now: Standing, cause: Cause) -> Movement:
        return _incoming(Kind.EARN, points, request_id, now, cause)

    return _once(customer, request_id, Cause(by), movement)


def redeem(customer: Customer, *, points: int, request_id: str, by: Membership | None) -> Entry:
    """Spend points. The same request again gives the first entry. Raises NotEnoughPoints."""
    return _once(customer, request_id, Cause(by), lambda now, cause: Movement(Kind.REDEEM, -points, request_id))


def correct(customer: Customer, *, points: int, request_id: str, cause: Cause) -> Entry:
    """Points by hand, up or down (loyalty.adjusting asks for the second person). Raises NotEnoughPoints."""

    def movement(now: Standing, cause: Cause) -> Movement:
        if points > 0:
            return _incoming(Kind.ADJUST, points, request_id, now, cause)
        return Movement(Kind.ADJUST, points, request_id)

    return _once(customer, request_id, cause, movement)


def _incoming(kind: Kind, points: int, request_id: str, now: Standing, cause: Cause) -> Movement:
    expires = rules.expiry(cause.at, now.version, Tenant.objects.get().zone) if now.version else None
    return Movement(kind, points, request_id, [Portion(points, expires)])


def _once(customer: Customer, request_id: str, cause: Cause, movement) -> Entry:
    customer_id = _held(customer.id)
    if known := Entry.objects.filter(request_id=request_id).first():
        return known
    now = current(customer_id, at=cause.at)
    moved = move(now, [movement(now, cause)], cause)
    return Entry.objects.get(id=moved[0].id)


def _held(customer_id: UUID) -> UUID:
    """The customer held, or whom they were merged into."""
    while not standing.hold(customer_id) and (above := roots.root(customer_id)) != customer_id:
        customer_id = above
    return customer_id


def current(customer_id: UUID, *, key: UUID | None = None, at: datetime) -> Standing:
    """The standing of a held customer, after what has expired was taken out."""
    now = standing.read(customer_id, key=key, at=at)
    if now.has_expired and expire([customer_id], at=at):
        telling.moved(list(Entry.objects.filter(account_id=customer_id, kind=Kind.EXPIRE, at=at)), by=None)
        now = standing.read(customer_id, key=key, at=at)
    return now


def move(now: Standing, movements: Sequence[Movement], cause: Cause) -> list[Moved]:
    """Make the movements in their order, what goes out before what comes in, all or none.

    The caller holds the customer, and `now` was read since; it is brought up to date. Raises NotEnoughPoints,
    TooManyPoints.
    """
    moved, portions = [], []
    balance, debt = now.balance, now.debt
    for movement in movements:
        points, owed = effect(movement, balance, debt)
        if points < 0:
            lots.take(
                now.customer_id,
                -points,
                entry_id=movement.id,
                first_from=movement.first_from,
                first_of=movement.first_of,
            )
        elif points:
            kept = lots.less(movement.portions, movement.points - points)
            portions += [(movement.id, portion) for portion in kept]
        balance, debt = balance + points, debt + owed
        moved.append(Moved(movement.id, movement.kind, points, owed))
    _write(now, balance, debt, movements, moved, portions, cause)
    now.balance, now.debt = balance, debt
    return moved


def effect(movement: Movement, balance: int, debt: int) -> tuple[int, int]:
    """(points, debt): how a movement changes a balance and a debt. What comes in pays the debt first."""
    if movement.owes:
        return _owed(movement.owes, balance, debt)
    if abs(movement.points) > MOST_POINTS and movement.kind != Kind.MERGE:
        raise TooManyPoints(_("At most %s points in one movement.") % f"{MOST_POINTS:,}")
    if movement.kind == Kind.SETTLE:
        return 0, -min(-movement.points, debt)
    if movement.points >= 0:
        paid = min(movement.points, debt)
        return movement.points - paid, -paid
    wanted = -movement.points
    if movement.kind == Kind.TAKE_BACK:
        return _owed(wanted, balance, debt)
    if wanted > balance:
        raise NotEnoughPoints(balance)
    return -wanted, 0


def _owed(points: int, balance: int, debt: int) -> tuple[int, int]:
    """What is demanded goes out of the balance and is a debt beyond it; a debt that goes (negative) goes at most."""
    if points < 0:
        return 0, -min(-points, debt)
    taken = min(points, balance)
    return -taken, points - taken


WRITE = """
    WITH account AS (
        INSERT INTO loyalty_account AS a (tenant_id, customer_id, balance, debt)
        VALUES (%(tenant)s, %(customer)s, %(balance)s, %(debt)s)
        ON CONFLICT (tenant_id, customer_id) DO UPDATE SET balance = excluded.balance, debt = excluded.debt
        WHERE a.balance = %(balance_before)s AND a.debt = %(debt_before)s
        RETURNING customer_id
    ), entry AS (
        INSERT INTO loyalty_entry (id, tenant_id, account_id, kind, points, debt, request_id, at, version_id, order_id,
                                   record_id, store_id, actor_id, approver_id, reason)
        SELECT e.id, %(tenant)s, a.customer_id, e.kind, e.points, e.debt, e.request_id, %(at)s, %(version)s, %(order)s,
               %(record)s, %(store)s, %(actor)s, %(approver)s, %(reason)s
        FROM account a, unnest(%(ids)s::uuid[], %(kinds)s::text[], %(points)s::bigint[], %(debts)s::bigint[],
                               %(requests)s::text[]) AS e (id, kind, points, debt, request_id)
        RETURNING id
    ), lot AS (
        INSERT INTO loyalty_lot (id, tenant_id, account_id, entry_id, points, remaining, expires_at)
        SELECT uuidv7(), %(tenant)s, %(customer)s, l.entry_id, l.points, l.points, l.expires_at
        FROM account, unnest(%(lot_entries)s::uuid[], %(lot_points)s::bigint[], %(lot_expiries)s::timestamptz[])
             AS l (entry_id, points, expires_at)
    )
    SELECT count(*) FROM entry
"""


def _write(now: Standing, balance: int, debt: int, movements, moved: list[Moved], portions, cause: Cause) -> None:
    """Account, entries and lots in one statement."""
    reason = Entry._meta.get_field("reason")
    written = fetch(
        WRITE,
        {
            "tenant": context.current_tenant_id(),
            "customer": now.customer_id,
            "balance": balance,
            "debt": debt,
            "balance_before": now.balance,
            "debt_before": now.debt,
            "at": cause.at,
            "version": now.version and now.version.id,
            "order": cause.order_id,
            "record": now.record_id,
            "store": cause.store_id,
            "actor": cause.by and cause.by.id,
            "approver": cause.approver and cause.approver.id,
            "reason": bytes(reason.seal(cause.reason) or Sealed(b"")),
            "ids": [one.id for one in moved],
            "kinds": [str(one.kind) for one in moved],
            "points": [one.points for one in moved],
            "debts": [one.debt for one in moved],
            "requests": [movement.request_id for movement in movements],
            "lot_entries": [entry_id for entry_id, _portion in portions],
            "lot_points": [portion.points for _entry, portion in portions],
            "lot_expiries": [portion.expires_at for _entry, portion in portions],
        },
    )[0][0]
    if written != len(moved):
        raise Inconsistent(f"account {now.customer_id} does not say what its holder read")


def expire(customer_ids: Iterable[UUID], *, at: datetime) -> set[UUID]:
    """Take out what has expired by `at`, one entry per lot. Returns the customers whose balance moved.

    A lot expires once: afterwards nothing remains of it.
    """
    ids = sorted(customer_ids)
    standing.hold(*ids)
    rows = fetch(
        """
        WITH due AS (
            SELECT id, account_id, remaining FROM loyalty_lot
            WHERE account_id = ANY(%(ids)s) AND remaining > 0 AND expires_at <= %(at)s
        ), entry AS (
            INSERT INTO loyalty_entry (id, tenant_id, account_id, kind, points, debt, request_id, at, reason)
            SELECT uuidv7(), %(tenant)s, account_id, 'expire', -remaining, 0, 'expire:' || id, %(at)s, '' FROM due
            RETURNING id, request_id
        ), used AS (
            INSERT INTO loyalty_lotuse (id, tenant_id, lot_id, entry_id, points)
            SELECT uuidv7(), %(tenant)s, due.id, entry.id, due.remaining
            FROM due JOIN entry ON entry.request_id = 'expire:' || due.id
        ), emptied AS (
            UPDATE loyalty_lot l SET remaining = 0 FROM due WHERE l.id = due.id
        )
        UPDATE loyalty_account a SET balance = a.balance - d.points
        FROM (SELECT account_id, sum(remaining) AS points FROM due GROUP BY account_id) d
        WHERE a.customer_id = d.account_id RETURNING a.customer_id
        """,
        {"tenant": context.current_tenant_id(), "ids": ids, "at": at},
    )
    return {customer_id for (customer_id,) in rows}
