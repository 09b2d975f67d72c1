"""A rule as a tree: clauses joined by all, any and not. Values only; what a clause means is told by its field."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

LONGEST = 20_000  # characters of a rule's text
MOST_CLAUSES = 200
DEEPEST = 12
MOST_VALUES = 200  # of one list
LONGEST_TEXT = 200
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Ago:
    """The day so many days before the day on which the rule is asked; negative: after it."""

    days: int


@dataclass(frozen=True, slots=True)
class Last:
    """The last `days` days, today among them, less the last `until` ones."""

    days: int
    until: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """From one day to another, both included; None: no end on that side."""

    first: date | None
    last: date | None


Value = Decimal | str | bool | date | Ago
Window = Last | Span


@dataclass(frozen=True, slots=True)
class Clause:
    """`field` compared by `op` with `values`; what is counted is counted in the `window` and where `filters` hold:
    (name, values), ordered by name."""

    field: str
    op: str
    values: tuple[Value, ...] = ()
    window: Window | None = None
    filters: tuple[tuple[str, tuple[Value, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; of no parts: everybody."""

    parts: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node = Clause | All | Some | Not
EVERYBODY = All()


def clauses(node: Node) -> Iterator[Clause]:
    """All clauses from left to right; one that stands twice comes twice."""
    match node:
        case Clause():
            yield node
        case Not(part):
            yield from clauses(part)
        case _:
            for part in node.parts:
                yield from clauses(part)


def uses(node: Node, field: str) -> set[str]:
    """The texts that clauses of this field compare with."""
    return {value for clause in clauses(node) if clause.field == field for value in clause.values}
