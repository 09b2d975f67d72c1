"""Points by when they expire: what comes in makes lots, what goes out takes from them, the next to expire first."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from loyalty.models import LotUse
from tenancy import context
from tenancy.database.bulk import fetch

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
GRACE = timedelta(days=7)  # points given back after their time can be used for so long


class Portion(NamedTuple):
    """Points that come in and expire together; None: never."""

    points: int
    expires_at: datetime | None


class Inconsistent(Exception):
    """The lots hold less than the balance says: a planted or a programming error; verify_ledger names it."""


def take(
    account_id: UUID,
    points: int,
    *,
    entry_id: UUID,
    first_from: UUID | None = None,
    first_of: Iterable[UUID] = (),
) -> None:
    """Take `points` from the account's lots for the entry; those earned with the order `first_from`, or that came with
    the entries `first_of`, go first.

    The caller holds the customer. Raises Inconsistent where the lots do not hold so many.
    """
    taken = fetch(
        """
        WITH open AS (
            SELECT l.id, l.remaining, sum(l.remaining) OVER (
                ORDER BY coalesce(e.order_id = %(first)s::uuid AND e.kind = 'earn', false) DESC,
                         e.id = ANY(%(entries)s::uuid[]) DESC, l.expires_at NULLS LAST, l.id
            ) - l.remaining AS before
            FROM loyalty_lot l JOIN loyalty_entry e ON e.id = l.entry_id
            WHERE l.account_id = %(account)s AND l.remaining > 0
        ), part AS (
            SELECT id, least(remaining, %(points)s - before) AS points FROM open WHERE before < %(points)s
        ), moved AS (
            UPDATE loyalty_lot l SET remaining = l.remaining - p.points FROM part p WHERE l.id = p.id
        )
        INSERT INTO loyalty_lotuse (id, tenant_id, lot_id, entry_id, points)
        SELECT uuidv7(), %(tenant)s, id, %(entry)s, points FROM part RETURNING points
        """,
        {
            "tenant": context.current_tenant_id(),
            "account": account_id,
            "points": points,
            "entry": entry_id,
            "first": first_from,
            "entries": list(first_of),
        },
    )
    if sum(one for (one,) in taken) != points:
        raise Inconsistent(f"the lots of account {account_id} do not hold {points} points")


def used_by(entry_ids: Iterable[UUID]) -> list[Portion]:
    """What the entries took, by the time it would have expired, the longest first."""
    rows = LotUse.objects.filter(entry_id__in=list(entry_ids)).values_list("points", "lot__expires_at", "lot_id")
    ordered = sorted(rows, key=lambda row: (row[1] or NEVER, row[2]), reverse=True)
    return [Portion(points, expires_at) for points, expires_at, _lot in ordered]


def cut(portions: Iterable[Portion], *, after: int, points: int, at: datetime) -> list[Portion]:
    """The `points` that follow the first `after` of the portions; what has expired by `at` lives GRACE longer."""
    found, skip, left = [], after, points
    for portion in portions:
        usable = max(0, portion.points - skip)
        skip = max(0, skip - portion.points)
        if part := min(usable, left):
            left -= part
            gone = portion.expires_at is not None and portion.expires_at <= at
            found.append(Portion(part, at + GRACE if gone else portion.expires_at))
    return found


def less(portions: Iterable[Portion], points: int) -> list[Portion]:
    """The portions without `points` of them: those that expire first are the first to go."""
    kept = []
    for portion in sorted(portions, key=lambda one: one.expires_at or NEVER):
        gone = min(points, portion.points)
        points -= gone
        if portion.points > gone:
            kept.append(Portion(portion.points - gone, portion.expires_at))
    return kept
