"""Who must follow when orders change, in the same transaction. Apps above register in their ready()."""

from collections.abc import Callable
from uuid import UUID

Listener = Callable[[set[UUID]], None]
_listeners: list[Listener] = []


def on_orders_changed(listener: Listener) -> None:
    """`listener` gets the ids of the customers whose orders changed."""
    _listeners.append(listener)


def orders_changed(customer_ids: set[UUID]) -> None:
    if customer_ids:
        for listener in _listeners:
            listener(customer_ids)
