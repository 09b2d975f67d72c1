"""Who must follow when orders change, in the same transaction. Apps above register in their ready()."""

from collections.abc import Callable
from uuid import UUID

Listener = Callable[..., object]
_listeners: list[Listener] = []
_import_listeners: list[Callable[[], object]] = []


def on_orders_changed(listener: Listener) -> None:
    """`listener` gets the ids of the customers whose orders changed, and `held`: whether the caller holds them."""
    _listeners.append(listener)


def on_orders_imported(listener: Callable[[], object]) -> None:
    """`listener` is called when a file of orders has been imported whole, in its last piece's transaction."""
    _import_listeners.append(listener)


def orders_imported() -> None:
    for listener in _import_listeners:
        listener()


def orders_changed(customer_ids: set[UUID], *, held: bool = False) -> None:
    """Tell everybody. `held`: the caller has held these customers' rows since before it read their orders."""
    if customer_ids:
        for listener in _listeners:
            listener(customer_ids, held=held)
