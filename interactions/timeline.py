"""The timeline: what happened with a customer, written once, told to whoever listens after commit."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from customers.models import Customer, SourceRecord
from interactions.models import Interaction
from tenancy import audit, context
from tenancy.database.bulk import fetch, stage
from tenancy.models import Membership, Store

recorded = Signal()  # after commit: tenant_id, kind, customer_ids

NOTE_ADDED = "note.added"
CALL_MADE = "call.made"
ORDER_PLACED = "order.placed"
ORDER_REFUNDED = "order.refunded"
CUSTOMER_CREATED = "customer.created"
CUSTOMER_CHANGED = "customer.changed"


def log(customer: Customer, kind: str, *, text: str, by: Membership, at: datetime | None = None) -> Interaction:
    """A note or a call, written down by hand. What it says stands on the timeline alone."""
    row = record(customer, kind, text=text, at=at, by=by)
    audit.record("interaction.logged", customer, by=by, changes={"kind": kind})
    return row


def record(
    customer: Customer,
    kind: str,
    *,
    at: datetime | None = None,
    by: Membership | None = None,
    text: str = "",
    channel: str = "",
    store: Store | None = None,
    source_record: SourceRecord | None = None,
    subject_id: UUID | None = None,
    facts: dict | None = None,
) -> Interaction:
    """One row of the customer's timeline, in the current transaction. A subject is told of once per kind."""
    row = Interaction.objects.create(
        customer=customer,
        kind=kind,
        at=at or timezone.now(),
        actor=by,
        text=text,
        channel=channel,
        store=store,
        record=source_record,
        subject_id=subject_id,
        facts=facts or {},
    )
    _announce(kind, {customer.id})
    return row


@dataclass(slots=True)
class Happening:
    """A row to record that tells of another row: it stands once, however often it is recorded."""

    subject_id: UUID
    customer_id: UUID
    record_id: UUID | None
    at: datetime
    channel: str = ""
    store_id: UUID | None = None


def record_many(kind: str, happenings: Iterable[Happening], *, by: Membership | None = None) -> None:
    """Rows of one kind; one that stands already keeps its place and follows only a corrected time."""
    happenings = list(happenings)
    if not happenings:
        return
    stage(
        "staged_interaction",
        "subject_id uuid, customer_id uuid, record_id uuid, at timestamptz, channel text, store_id uuid",
        ((h.subject_id, h.customer_id, h.record_id, h.at, h.channel, h.store_id) for h in happenings),
    )
    fetch(
        """
        INSERT INTO interactions_interaction
            (id, tenant_id, customer_id, record_id, kind, at, subject_id, channel, store_id, actor_id, text, facts,
             created_at)
        SELECT uuidv7(), %(tenant)s, customer_id, record_id, %(kind)s, at, subject_id, channel, store_id, %(actor)s, '',
               '{}', now()
        FROM staged_interaction
        ON CONFLICT (tenant_id, subject_id, kind) WHERE subject_id IS NOT NULL
        DO UPDATE SET at = excluded.at WHERE interactions_interaction.at <> excluded.at
        """,
        {"tenant": context.current_tenant_id(), "kind": kind, "actor": by and by.id},
    )
    _announce(kind, {h.customer_id for h in happenings})


def record_few(rows: Iterable[tuple[str, Happening]], *, by: Membership | None) -> None:
    """Rows of several kinds in one statement, each new: what a purchase at the till tells at once."""
    rows = list(rows)
    if not rows:
        return
    fetch(
        """INSERT INTO interactions_interaction
               (id, tenant_id, customer_id, record_id, kind, at, subject_id, channel, store_id, actor_id, text, facts,
                created_at)
           SELECT uuidv7(), %s, h.customer_id, h.record_id, h.kind, h.at, h.subject_id, h.channel, h.store_id, %s, '',
                  '{}', now()
           FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::text[], %s::uuid[])
                AS h (kind, subject_id, customer_id, record_id, at, channel, store_id)""",
        [
            context.current_tenant_id(),
            by and by.id,
            [kind for kind, _h in rows],
            [h.subject_id for _kind, h in rows],
            [h.customer_id for _kind, h in rows],
            [h.record_id for _kind, h in rows],
            [h.at for _kind, h in rows],
            [h.channel for _kind, h in rows],
            [h.store_id for _kind, h in rows],
        ],
    )
    for kind, happening in rows:
        _announce(kind, {happening.customer_id})


def _announce(kind: str, customer_ids: set[UUID]) -> None:
    tenant_id = context.current_tenant_id()
    transaction.on_commit(
        lambda: recorded.send(Interaction, tenant_id=tenant_id, kind=kind, customer_ids=customer_ids), robust=True
    )


# kind → function from subject ids to {subject id: whatever the row's template shows}; apps above register.
_describers: dict[str, Callable[[set[UUID]], dict]] = {}


def describe(kind: str, describer: Callable[[set[UUID]], dict]) -> None:
    """An app says how to look up, in one query, what rows of its kind tell of."""
    _describers[kind] = describer


def subjects(rows: Iterable[Interaction]) -> dict[UUID, object]:
    """Subject id → the thing a row tells of, one query per kind."""
    by_kind: dict[str, set[UUID]] = {}
    for row in rows:
        if row.subject_id:
            by_kind.setdefault(row.kind, set()).add(row.subject_id)
    found: dict[UUID, object] = {}
    for kind, ids in by_kind.items():
        if kind in _describers:
            found |= _describers[kind](ids)
    return found
