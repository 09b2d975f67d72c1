"""What each operator means, said once for values in Python. A value that is missing fits nothing but `is empty`."""

from collections.abc import Callable
from datetime import date, timedelta

from segmentation.segments.tree import Ago, Clause, Value

EQUAL, UNEQUAL, IN, NOT_IN = "=", "!=", "in", "not in"
LESS, AT_MOST, MORE, AT_LEAST = "<", "<=", ">", ">="
BETWEEN, BEGINS, EMPTY, KNOWN = "between", "begins", "is empty", "is known"
OPERATORS = (EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST, IN, NOT_IN, BETWEEN, BEGINS, EMPTY, KNOWN)
NEGATIVE = {UNEQUAL: EQUAL, NOT_IN: IN, EMPTY: KNOWN}
HOW_MANY = {EMPTY: 0, KNOWN: 0, IN: None, NOT_IN: None, BETWEEN: 2}  # values after the operator; else one

FITS: dict[str, Callable] = {
    EQUAL: lambda found, values: found == values[0],
    IN: lambda found, values: found in values,
    LESS: lambda found, values: found < values[0],
    AT_MOST: lambda found, values: found <= values[0],
    MORE: lambda found, values: found > values[0],
    AT_LEAST: lambda found, values: found >= values[0],
    BETWEEN: lambda found, values: values[0] <= found <= values[1],
    BEGINS: lambda found, values: found.startswith(values[0]),
    KNOWN: lambda found, values: True,
}


def apart(op: str) -> tuple[str, bool]:
    """The operator that says the same without a negation, and whether it is to be negated."""
    return (NEGATIVE[op], True) if op in NEGATIVE else (op, False)


def holds(op: str, values: tuple, found: list) -> bool:
    """Whether what was found of a customer fits: one value, none, or several of which one is to fit."""
    positive, is_negated = apart(op)
    return any(FITS[positive](one, values) for one in found) != is_negated


def settled(clause: Clause, today: date) -> tuple[Value, ...]:
    """The values with days that are told by today made plain."""
    return tuple(today - timedelta(days=value.days) if isinstance(value, Ago) else value for value in clause.values)
