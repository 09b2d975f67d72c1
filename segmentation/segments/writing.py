"""A rule's tree as text that reads back to the same tree, in keys that are the same in every language."""

import re
from datetime import date
from decimal import Decimal

from segmentation.segments.comparing import EMPTY, HOW_MANY, KNOWN
from segmentation.segments.tree import Ago, All, Clause, Last, Node, Not, Span, Value, Window

EVERYBODY = "everybody"
RESERVED = frozenset("and or not in is between begins empty known yes no true false today everybody".split())
PLAIN = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*", re.ASCII)


def text(node: Node) -> str:
    """The rule as one writes it."""
    match node:
        case Clause():
            return _clause(node)
        case Not(part):
            return f"not {_grouped(part)}"
        case All(()):
            return EVERYBODY
    return (" and " if isinstance(node, All) else " or ").join(map(_grouped, node.parts))


def _grouped(node: Node) -> str:
    """A part of a larger rule: parentheses stand around what has parts of its own."""
    written = text(node)
    return written if isinstance(node, Clause | Not) or written == EVERYBODY else f"({written})"


def _clause(clause: Clause) -> str:
    inside = [window(clause.window)] if clause.window else []
    inside += [f"{name} {listed(values)}" for name, values in clause.filters]
    about = f"{clause.field}({', '.join(inside)})" if inside else clause.field
    if clause.op in (EMPTY, KNOWN):
        return f"{about} {clause.op}"
    spelt = [value(one) for one in clause.values]
    if HOW_MANY.get(clause.op, 1) is None:
        return f"{about} {clause.op} ({', '.join(spelt)})"
    return f"{about} {clause.op} {' and '.join(spelt)}"


def listed(values: tuple[Value, ...]) -> str:
    """What a filter compares with: one text or several."""
    spelt = [value(one) for one in values]
    return f"= {spelt[0]}" if len(spelt) == 1 else f"in ({', '.join(spelt)})"


def value(one: Value) -> str:
    match one:
        case bool():
            return "yes" if one else "no"
        case Decimal():
            return f"{one.normalize() + 0:f}"
        case date():
            return one.isoformat()
        case Ago(days):
            return f"today{-days:+d}d" if days else "today"
    if PLAIN.fullmatch(one) and one not in RESERVED:
        return one
    return '"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"'


def window(one: Window) -> str:
    match one:
        case Last(days, 0):
            return f"{days}d"
        case Last(days, until):
            return f"{days}d..{until}d"
        case Span(first, last):
            return f"{first or ''}..{last or ''}"
