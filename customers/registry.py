"""Who wants to know of new source records, in the same transaction. Apps above register in their ready()."""

from collections.abc import Callable, Mapping
from uuid import UUID

from customers.models import Source

Listener = Callable[[Source, Mapping[str, UUID]], None]
_listeners: list[Listener] = []


def on_records_made(listener: Listener) -> None:
    """`listener` gets the source and external id → customer of the records that are new."""
    _listeners.append(listener)


def records_made(source: Source, customers: Mapping[str, UUID]) -> None:
    for listener in _listeners:
        listener(source, customers)
