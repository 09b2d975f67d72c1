"""What apps above want to know of customers, in the same transaction. They register in their ready()."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from customers.models import Source
from tenancy.models import Membership

Listener = Callable[[Source, Mapping[str, UUID]], None]
_listeners: list[Listener] = []


class Hop(NamedTuple):
    """A customer that goes into another, or comes out again; `member_id` is the MergeMember."""

    merge_id: UUID
    member_id: UUID
    customer_id: UUID
    into_id: UUID


@dataclass(frozen=True, slots=True)
class Parting:
    """A merge that is undone: `hops` come out, `chain` are the standing hops from its survivor up to `root_id`, who has
    the rows. `apart` are the records of each two who are different people now. With `is_open` nobody has said
    that they are different people: it is to be decided again."""

    merge_id: UUID
    survivor_id: UUID
    root_id: UUID
    hops: Sequence[Hop]
    chain: Sequence[Hop]
    apart: Sequence[tuple[list[UUID], list[UUID]]]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """How an app's rows of a model merge that cannot simply be re-pointed.

    `later(window)` are the rows that have come since a merge: customer → the id after which rows count. `holder(row
    id)` is the customer a row was written to, `assign(row id, from, to, key, by)` gives it to another; `key` names that
    once.
    """

    later: Callable[..., Iterable[UUID]] | None = None
    holder: Callable[[UUID], UUID] | None = None
    assign: Callable[..., None] | None = None


_told: list[Callable[[], None]] = []
_merged: list[Callable[..., None]] = []
_unmerged: list[Callable[..., None]] = []
_reassigned: list[Callable[..., None]] = []
_counted: list[Callable[..., Iterable[tuple[str, Mapping[UUID, object]]]]] = []
_worth: list[Callable[[Collection[UUID]], Mapping[UUID, Decimal]]] = []
own: dict[str, Own] = {}
silent: dict[str, str] = {}


def on_records_made(listener: Listener) -> None:
    """`listener` gets the source and external id → customer of the records that are new."""
    _listeners.append(listener)


def records_made(source: Source, customers: Mapping[str, UUID]) -> None:
    for listener in _listeners:
        listener(source, customers)


def on_told(listener: Callable[[], None]) -> None:
    """`listener` is called where records have said something new."""
    _told.append(listener)


def told() -> None:
    for listener in _told:
        listener()


def on_merged(listener: Callable[..., None]) -> None:
    """`listener(hops, by=…)` is called when rows stand at the survivors already."""
    _merged.append(listener)


def on_unmerged(listener: Callable[..., None]) -> None:
    """`listener(parting, by=…)` is called when rows stand at the members again."""
    _unmerged.append(listener)


def on_reassigned(listener: Callable[..., None]) -> None:
    """`listener(model label, row id, from customer, to customer)` is called when a later row was assigned."""
    _reassigned.append(listener)


def on_counted(listener: Callable[..., Iterable[tuple[str, Mapping[UUID, object]]]]) -> None:
    """`listener(customer ids)` gives (label, customer → figure) for the preview of a merge."""
    _counted.append(listener)


def merges_by_itself(model: str, rules: Own | None = None) -> None:
    """Rows of this model are not re-pointed; the app sees to them as a listener."""
    own[model] = rules or Own()


def goes_silently(model: str, *, unless: str = "false") -> None:
    """Rows of this model follow a merge, but nobody need say whose those are that came after it: save those for which
    the SQL condition `unless` on row t holds."""
    silent[model] = unless


def merged(hops: Sequence[Hop], *, by: Membership | None) -> None:
    for listener in _merged:
        listener(hops, by=by)


def unmerged(parting: Parting, *, by: Membership | None) -> None:
    for listener in _unmerged:
        listener(parting, by=by)


def reassigned(model: str, row_id: UUID, former: UUID, customer_id: UUID) -> None:
    for listener in _reassigned:
        listener(model, row_id, former, customer_id)


def counted(customer_ids: Sequence[UUID]) -> list[tuple[str, Mapping[UUID, object]]]:
    return [one for listener in _counted for one in listener(customer_ids)]


def on_worth(listener: Callable[[Collection[UUID]], Mapping[UUID, Decimal]]) -> None:
    """`listener(customer ids)` gives what each has spent, of those who have."""
    _worth.append(listener)


def worth(customer_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What the customers have spent, in the company's currency; those who have spent nothing are left out."""
    return {id: spent for listener in _worth for id, spent in listener(customer_ids).items()}
