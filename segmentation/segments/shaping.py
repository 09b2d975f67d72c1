"""A rule changed at one of its places. A place is the way down from the top: (0, 1) is the second part of the first."""

from collections.abc import Callable
from dataclasses import replace

from segmentation.segments.tree import EVERYBODY, All, Node, Not, Some

Place = tuple[int, ...]


class NoSuchPlace(ValueError):
    """The rule has nothing there: it was changed meanwhile."""


def place_of(text: str) -> Place:
    """The place that is written as "0.1", the top as "". Raises NoSuchPlace."""
    parts = text.split(".") if text else []
    if len(parts) > 30 or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise NoSuchPlace
    return tuple(map(int, parts))


def add(node: Node, clause: Node, *, is_some: bool = False) -> Node:
    """The rule and the clause, or with `is_some` the rule or the clause."""
    group = Some if is_some else All
    if node == EVERYBODY:
        return clause
    return group((*node.parts, clause)) if isinstance(node, group) else group((node, clause))


def drop(node: Node, place: Place) -> Node:
    return _changed(node, place, lambda _part: None) or EVERYBODY


def negate(node: Node, place: Place) -> Node:
    """What was wanted there is not, and the other way round."""
    return _changed(node, place, lambda part: part.part if isinstance(part, Not) else Not(part))


def switch(node: Node, place: Place) -> Node:
    """All of a group's parts, or one of them, is turned into the other."""

    def turn(part: Node) -> Node:
        if not isinstance(part, All | Some):
            raise NoSuchPlace
        return Some(part.parts) if isinstance(part, All) else All(part.parts)

    return _changed(node, place, turn)


def _changed(node: Node, place: Place, change: Callable[[Node], Node | None]) -> Node | None:
    """The rule with what stands at the place changed; None where nothing of it is left."""
    if not place:
        return change(node)
    if isinstance(node, Not):
        if place[0] != 0:
            raise NoSuchPlace
        inner = _changed(node.part, place[1:], change)
        return inner and Not(inner)
    if not isinstance(node, All | Some) or place[0] >= len(node.parts):
        raise NoSuchPlace
    changed = _changed(node.parts[place[0]], place[1:], change)
    parts = (*node.parts[: place[0]], *([changed] if changed else []), *node.parts[place[0] + 1 :])
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else replace(node, parts=_flat(parts, type(node)))


def _flat(parts: tuple[Node, ...], group: type) -> tuple[Node, ...]:
    """A group within a group of its own kind is not told apart from it."""
    return tuple(inner for part in parts for inner in (part.parts if isinstance(part, group) else (part,)))
