"""A rule as one SQL statement: the truth that the other executors must agree with.

Each clause is a set of customers, joined to their rows once: whatever the tree says of the sets, the planner hashes
them and walks nothing. Names and operators are ours, everything that a person wrote is a parameter.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from segmentation.segments import comparing
from segmentation.segments.fields import Field, Vocabulary
from segmentation.segments.moments import Moment
from segmentation.segments.tree import All, Clause, Node, Not, Value
from tenancy.database.bulk import fetch

NAMED = re.compile(r"%\((p\d+)\)s")


@dataclass(frozen=True, slots=True)
class Direct:
    """A field that stands in the customer's own row `c`; NULL where there is no value."""

    expression: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A field whose values are rows `customer_id, value`, never NULL, one per customer unless the field has many.

    Of a moment (timestamptz) the local day is compared.
    """

    statement: str
    is_moment: bool = False


@dataclass
class Asking:
    """One statement while it is written. `only` are the customers it is asked for, None: all."""

    moment: Moment
    vocabulary: Vocabulary
    only: Collection[UUID] | None = None
    parameters: dict[str, object] = field(default_factory=dict)
    joined: dict[tuple[Clause, bool], str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)

    def put(self, value: object) -> str:
        """A placeholder for the value."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"

    def among(self, column: str = "customer_id") -> str:
        """A condition that the rows are of the customers that are asked for."""
        return f"AND {column} = ANY({self.put(list(self.only))})" if self.only is not None else ""

    def within(self, clause: Clause, column: str) -> str:
        """A condition that the moment in the column is in the clause's window."""
        first, last = self.moment.days(clause.window)
        before = f"{column} < {self.put(self.moment.start_of(last + timedelta(days=1)))}"
        return f"{column} >= {self.put(self.moment.start_of(first))} AND {before}" if first else before

    def join(self, clause: Clause, statement: str, *, wanted: bool) -> str:
        """The alias of a set of customers."""
        key = (clause, wanted)
        if key not in self.joined:
            self.joined[key] = alias = f"q{len(self.joins)}"
            self.joins.append(f"LEFT JOIN ({statement}) {alias} ON {alias}.customer_id = c.id")
        return self.joined[key]


def select(
    node: Node, moment: Moment, vocabulary: Vocabulary, *, only: Collection[UUID] | None = None
) -> tuple[str, list]:
    """A statement that gives the ids of the customers who fit, each once, and its parameters. Those who were merged
    into others or erased fit nothing."""
    asking = Asking(moment, vocabulary, only)
    condition = _node(node, asking)
    statement = f"""SELECT c.id FROM customers_customer c {" ".join(asking.joins)}
        WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL {asking.among("c.id")} AND {condition}"""
    return positional(statement, asking.parameters)


def positional(statement: str, parameters: dict) -> tuple[str, list]:
    """The statement with its parameters in the order in which they stand."""
    order: list = []

    def place(match: re.Match) -> str:
        order.append(parameters[match[1]])
        return "%s"

    return NAMED.sub(place, statement), order


def values(clause: Clause, moment: Moment, vocabulary: Vocabulary, *, only: Collection[UUID]) -> dict[UUID, list]:
    """Customer → what stands there for the clause's field; without entry where there is nothing."""
    asking = Asking(moment, vocabulary, only)
    source = vocabulary.field(clause.field).values(asking, clause)
    if isinstance(source, Direct):
        statement = f"SELECT c.id, {source.expression} FROM customers_customer c WHERE true {asking.among('c.id')}"
    else:
        statement = source.statement
    found: dict[UUID, list] = {}
    for customer_id, value in fetch(*positional(statement, asking.parameters)):
        if value is not None:
            is_moment = isinstance(source, Rows) and source.is_moment
            day = value.astimezone(moment.tenant.zone).date() if is_moment else value
            found.setdefault(customer_id, []).append(day)
    return found


def compared(clause: Clause, field: Field, moment: Moment) -> tuple[Value, ...]:
    """The clause's values as they stand in the database; of texts that it does not know, nothing."""
    settled = comparing.settled(clause, moment.today)
    if field.keys is None:
        return settled
    keys = field.keys(settled)
    return tuple(keys.get(one) for one in settled)


def _node(node: Node, asking: Asking) -> str:
    match node:
        case Clause():
            return _clause(node, asking)
        case Not(part):
            return f"NOT coalesce({_node(part, asking)}, false)"
        case All(()):
            return "true"
    joint = " AND " if isinstance(node, All) else " OR "
    return f"({joint.join(_node(part, asking) for part in node.parts)})"


def _clause(clause: Clause, asking: Asking) -> str:
    field = asking.vocabulary.field(clause.field)
    values = compared(clause, field, asking.moment)
    op, is_negated = comparing.apart(clause.op)
    source = field.values(asking, clause)
    if isinstance(source, Direct):
        condition = fitting(source.expression, op, values, asking)
    else:
        condition = _of_rows(clause, field, source, op, values, asking)
    return f"NOT coalesce({condition}, false)" if is_negated else condition


def _of_rows(clause: Clause, field: Field, source: Rows, op: str, values: tuple, asking: Asking) -> str:
    """Who has no row has the default: where that fits, those are left out whose row does not."""
    by_default = field.default is not None and comparing.holds(op, values, [field.default])
    fits = (fitting_day if source.is_moment else fitting)("v.value", op, values, asking)
    wanted = f"NOT ({fits})" if by_default else fits
    each = "DISTINCT v.customer_id" if field.is_many else "v.customer_id"
    positive = Clause(clause.field, op, clause.values, clause.window, clause.filters)
    alias = asking.join(positive, f"SELECT {each} FROM ({source.statement}) v WHERE {wanted}", wanted=not by_default)
    return f"{alias}.customer_id IS {'' if by_default else 'NOT '}NULL"


def fitting(expression: str, op: str, values: tuple, asking: Asking) -> str:
    """The condition that a value compares so."""
    known = [value for value in values if value is not None]
    match op:
        case comparing.KNOWN:
            return f"{expression} IS NOT NULL"
        case comparing.IN | comparing.EQUAL:
            if not known:
                return "false"
            one = f"= {asking.put(known[0])}" if len(known) == 1 else f"= ANY({asking.put(known)})"
            return f"{expression} {one}"
        case comparing.BETWEEN:
            return f"{expression} BETWEEN {asking.put(values[0])} AND {asking.put(values[1])}"
        case comparing.BEGINS:
            return f"starts_with({expression}, {asking.put(values[0])})"
    return f"{expression} {op} {asking.put(values[0])}"


def fitting_day(expression: str, op: str, values: tuple, asking: Asking) -> str:
    """The same for the local day of a moment."""

    def start(day: date) -> str:
        return asking.put(asking.moment.start_of(day))

    def after(day: date) -> str:
        return start(day + timedelta(days=1))

    match op:
        case comparing.KNOWN:
            return f"{expression} IS NOT NULL"
        case comparing.LESS:
            return f"{expression} < {start(values[0])}"
        case comparing.AT_MOST:
            return f"{expression} < {after(values[0])}"
        case comparing.MORE:
            return f"{expression} >= {after(values[0])}"
        case comparing.AT_LEAST:
            return f"{expression} >= {start(values[0])}"
    return f"({expression} >= {start(values[0])} AND {expression} < {after(values[-1])})"
