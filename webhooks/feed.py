"""What changed, in one order, for programs that follow us: the change feed and the webhooks read it.

A row is written in the transaction of the change itself. Its position is given later, by one at a time:
numbers drawn at the insert would come to light out of order, and a reader would pass over the late ones.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from tenancy import context
from tenancy.database.bulk import fetch
from webhooks.models import Change, Head

KEPT = timedelta(days=30)
BATCH = 5000  # rows that get their positions in one transaction
EXAMINED = 10_000  # positions that one reading looks at, so that a rare kind costs no more than a frequent one


class Gone(Exception):
    """What stood after this position is no longer kept, or the position was never reached: load anew."""


@dataclass(frozen=True, slots=True)
class Portion:
    """`changes` in their order; `next` is read up to, and `has_more` says whether more stands there already."""

    changes: list[Change]
    next: int
    has_more: bool


_listeners: list[Callable[[], None]] = []


def on_recorded(listener: Callable[[], None]) -> None:
    """`listener` is called, in the transaction, where changes were recorded."""
    _listeners.append(listener)


def record(*changes: tuple[str, Iterable[UUID]]) -> None:
    """Rows for (kind, subject ids), in one statement of the current transaction."""
    rows = [(kind, subject_id) for kind, ids in changes for subject_id in ids]
    if rows:
        for listener in _listeners:
            listener()
        fetch(
            """INSERT INTO webhooks_change (id, tenant_id, kind, subject_id, at)
               SELECT uuidv7(), %s, kind, subject_id, now()
               FROM unnest(%s::text[], %s::uuid[]) AS c (kind, subject_id)""",
            [context.current_tenant_id(), [kind for kind, _id in rows], [id for _kind, id in rows]],
        )


def seal() -> int:
    """Give the oldest unplaced rows that are committed their positions. Returns how many, at most BATCH.

    Sealers of one company wait for each other here and until the end of the transaction.
    """
    head = _held()
    # Right after a large import the planner still takes the table for empty, and a nested loop for cheap.
    fetch("SET LOCAL enable_nestloop = off")
    ((placed,),) = fetch(
        """WITH due AS (
               SELECT id, row_number() OVER (ORDER BY id) AS place
               FROM (SELECT id FROM webhooks_change WHERE tenant_id = %(tenant)s AND position IS NULL
                     ORDER BY id LIMIT %(most)s) AS oldest
           ), placed AS (
               UPDATE webhooks_change c SET position = %(head)s + due.place FROM due
               WHERE c.tenant_id = %(tenant)s AND c.id = due.id RETURNING 1
           ) SELECT count(*) FROM placed""",
        {"tenant": context.current_tenant_id(), "most": BATCH, "head": head.position},
    )
    fetch("SET LOCAL enable_nestloop = DEFAULT")
    if placed:
        Head.objects.filter(id=head.id).update(position=head.position + placed)
    return placed


def seal_all(tenant_id: UUID) -> None:
    """Place all that a company has, a transaction per batch."""
    while True:
        with context.entered(tenant_id):
            placed = seal()
        if placed < BATCH:
            return


def position() -> int:
    """The last position that was given."""
    return _head().position


def after(position: int, *, kinds: Collection[str] | None = None, limit: int = 100) -> Portion:
    """The placed changes after a position, at most `limit`, of these kinds or of all. Raises Gone.

    `next` moves on even where no change is of the kinds.
    """
    head = _head()
    _check(position, head)
    until = min(position + EXAMINED, head.position)
    rows = Change.objects.filter(position__gt=position, position__lte=until).order_by("position")
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    found = list(rows[:limit])
    _check(position, _head())  # they may have been forgotten meanwhile
    reached = found[-1].position if len(found) == limit else until
    return Portion(found, reached, reached < head.position)


def oldest() -> int:
    """The position before the oldest change that is kept: to read from the beginning."""
    return _head().forgotten


def position_before(at: datetime) -> int:
    """The position after which stands whatever is kept from that moment on. Raises Gone for one before all of it."""
    head = _head()
    if head.forgotten and at < timezone.now() - KEPT:
        raise Gone(_gone())
    first = Change.objects.filter(position__gt=head.forgotten, at__gte=at).order_by("position").first()
    return first.position - 1 if first else head.position


def check(position: int) -> None:
    """Raises Gone where the feed cannot be read from there."""
    _check(position, _head())


def forget_old() -> int:
    """Changes older than KEPT go; always the oldest, so that no reader finds a gap. Returns how many."""
    head = _held()
    kept = Change.objects.filter(position__gt=head.forgotten, at__gte=timezone.now() - KEPT).order_by("position")
    first = kept.values_list("position", flat=True).first()
    until = head.position if first is None else first - 1
    deleted, _by_model = Change.objects.filter(position__lte=until).delete()
    Head.objects.filter(id=head.id).update(forgotten=until)
    return deleted


def _gone() -> str:
    return _("The feed does not reach back to there, or was restored. Load everything anew, then follow from “now”.")


def _check(position: int, head: Head) -> None:
    if not head.forgotten <= position <= head.position:
        raise Gone(_gone())


def _head() -> Head:
    return Head.objects.first() or Head()


def _held() -> Head:
    fetch(
        """INSERT INTO webhooks_head (id, tenant_id, position, forgotten) VALUES (uuidv7(), %s, 0, 0)
           ON CONFLICT (tenant_id) DO NOTHING""",
        [context.current_tenant_id()],
    )
    return Head.objects.select_for_update().get()
