"""A rule on the columns: for each customer's place, whether it fits. What no column tells is asked by SQL."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from segmentation.cells import AXES as CELLS
from segmentation.cells import HIGH, Cell
from segmentation.lifecycle import Stage
from segmentation.segments import comparing, sql
from segmentation.segments.asked.chance import PRIME, drawn
from segmentation.segments.columns import keeping
from segmentation.segments.columns.building import MISSING, SCALE
from segmentation.segments.columns.keeping import Columns
from segmentation.segments.fields import Field, Vocabulary
from segmentation.segments.moments import Moment
from segmentation.segments.tree import All, Clause, Last, Node, Not
from tenancy.database.bulk import fetch

Mask = np.ndarray
MANY = 8  # values from which a sorted search is faster than one comparison each


class NotInColumns(Exception):
    """A clause that the sample cannot answer without the database."""


class Evaluating:
    """One rule on the columns, or on the first ones of them that are the sample."""

    def __init__(self, columns: Columns, moment: Moment, vocabulary: Vocabulary, *, sample: bool):
        self.columns, self.moment, self.vocabulary, self.sample = columns, moment, vocabulary, sample
        self.count = int(columns["sampled"][0]) if sample else len(columns["high"])
        self.secret: bytes | None = None
        self.known: dict[Clause, Mask] = {}

    def mask(self, node: Node) -> Mask:
        match node:
            case Clause():
                if node not in self.known:
                    self.known[node] = self.clause(node)
                return self.known[node]
            case Not(part):
                return ~self.mask(part)
            case All(()):
                return np.ones(self.count, dtype=bool)
        masks = [self.mask(part) for part in node.parts]
        join = np.logical_and if isinstance(node, All) else np.logical_or
        found = join(masks[0], masks[1])
        for mask in masks[2:]:
            join(found, mask, out=found)
        return found

    def column(self, name: str) -> np.ndarray:
        return self.columns[name][: self.count]

    def clause(self, clause: Clause) -> Mask:
        field = self.vocabulary.field(clause.field)
        positive, is_negated = comparing.apart(clause.op)
        plain = Clause(clause.field, positive, clause.values, clause.window, clause.filters)
        if is_negated and plain in self.known:
            return ~self.known[plain]
        found = self.positive(plain, field)
        return ~found if is_negated else found

    def positive(self, clause: Clause, field: Field) -> Mask:
        values = sql.compared(clause, field, self.moment)
        if clause.op == comparing.BEGINS:
            return self.by_sql(clause)
        if f"m.{field.key}.codes" in self.columns:
            return self.posted(clause, field, values)
        if f"f.{field.key}" in self.columns:
            return compare(self.column(f"f.{field.key}"), clause.op, self.codes(values))
        derive = DERIVED.get(field.key)
        found = derive(self, clause, values) if derive else None
        return self.by_sql(clause) if found is None else found

    def codes(self, values: tuple) -> list[int | None]:
        """What stands in columns for the values; None for a text that the database does not know."""
        return [self.code(value) for value in values]

    def code(self, value: object) -> int | None:
        match value:
            case None:
                return None
            case bool():
                return int(value)
            case Decimal():
                return int(value * SCALE)
            case date():
                return value.toordinal()
            case UUID():
                return keeping.short(value)
        self.secret = self.secret or keeping.key()
        return keeping.code(str(value), self.secret)

    def posted(self, clause: Clause, field: Field, values: tuple) -> Mask:
        """Fields with several values: the places that have one of them."""
        begins, places = self.columns[f"m.{field.key}.begins"], self.columns[f"m.{field.key}.places"]
        found = np.zeros(self.count, dtype=bool)
        if clause.op == comparing.KNOWN:
            chosen = [places]
        else:
            distinct, wanted = self.columns[f"m.{field.key}.codes"], self.codes(values)
            spots = [(int(np.searchsorted(distinct, one)), one) for one in wanted if one is not None]
            chosen = [
                places[begins[spot] : begins[spot + 1]]
                for spot, one in spots
                if spot < len(distinct) and distinct[spot] == one
            ]
        for some in chosen:
            found[some[some < self.count] if self.sample else some] = True
        return found

    def by_sql(self, clause: Clause) -> Mask:
        """The clause asked in the database, of everybody."""
        if self.sample:
            raise NotInColumns(clause.field)
        ids = [id for (id,) in fetch(*sql.select(clause, self.moment, self.vocabulary))]
        found = np.zeros(self.count, dtype=bool)
        found[places(self.columns, ids)] = True
        return found

    # What changes with the day

    def recency(self, clause: Clause, values: tuple) -> Mask:
        last = self.column("f.last_order")
        days = np.where(last == MISSING, MISSING, (self.moment.today.toordinal() - last) * SCALE)
        return compare(days, clause.op, self.codes(values))

    def average(self, clause: Clause, values: tuple) -> Mask:
        """Multiplied out, so that nothing is rounded."""
        orders, spent = self.column("f.orders") // SCALE, self.column("f.spent_in_all")
        bought = orders > 0
        if clause.op == comparing.KNOWN:
            return bought
        most = int(np.abs(spent).max(initial=0)) + 1
        wanted = [max(-most, min(most, code)) * orders for code in self.codes(values)]
        if clause.op == comparing.IN:
            return bought & np.logical_or.reduce([spent == one for one in wanted])
        return bought & COMPARED[clause.op](spent, wanted)

    def band(self, axis: str) -> np.ndarray:
        """The score on an axis, 1 to 5; 0 for those without an order and before the first scoring."""
        bins, orders = self.moment.bins, self.column("f.orders")
        if bins is None:
            return np.zeros(self.count, dtype=np.int64)
        column, bounds = {
            "r": ("f.last_order", [day.toordinal() for day in bins.recency]),
            "f": ("f.orders", [bound * SCALE for bound in bins.frequency]),
            "m": ("f.spent_in_all", [int(bound * SCALE) for bound in bins.monetary]),
        }[axis]
        score = np.ones(self.count, dtype=np.int64)
        for bound in bounds:
            score += self.column(column) > bound
        return np.where(orders > 0, score, 0)

    def banded(self, clause: Clause, values: tuple) -> Mask:
        score = self.band(clause.field)
        return compare(np.where(score > 0, score * SCALE, MISSING), clause.op, self.codes(values))

    def cell(self, clause: Clause, values: tuple) -> Mask:
        bands = {axis: self.band(axis) for axis in "rfm"}
        known = bands["r"] > 0
        if clause.op == comparing.KNOWN:
            return known
        found = np.zeros(self.count, dtype=bool)
        for value in set(values) & set(Cell.values):
            axes = CELLS[Cell(value)]._asdict()
            found |= np.logical_and.reduce([(bands[axis] >= HIGH) == is_high for axis, is_high in axes.items()])
        return found & known

    def stage(self, clause: Clause, values: tuple) -> Mask:
        orders, last = self.column("f.orders"), self.column("f.last_order")
        rules, today = self.moment.stages, self.moment.today.toordinal()
        bought = orders > 0
        lost = bought & (last < today - rules.lost_after)
        at_risk = bought & (last < today - rules.at_risk_after) & ~lost
        recent = bought & ~lost & ~at_risk
        new = recent & (orders == SCALE) & (last >= today - rules.new_within)
        loyal = recent & ~new & (orders >= rules.loyal_from * SCALE)
        stages = {
            Stage.PROSPECT: ~bought, Stage.LOST: lost, Stage.AT_RISK: at_risk, Stage.NEW: new, Stage.LOYAL: loyal,
            Stage.ACTIVE: recent & ~new & ~loyal,
        }  # fmt: skip
        found = np.zeros(self.count, dtype=bool)
        for value in set(values) & set(Stage.values):
            found |= stages[Stage(value)]
        return found

    def bucket(self, clause: Clause, values: tuple) -> Mask:
        a, b, buckets = drawn(clause)
        bucket = ((a * self.column("ticket") + b) % PRIME) % buckets + 1
        return compare(bucket * SCALE, clause.op, self.codes(values))

    def bought(self, clause: Clause, values: tuple) -> Mask | None:
        if clause.filters:
            return None
        if (plain := self._plainly(clause, values)) is not None:
            return plain
        return compare(self.window(clause, "orders") * SCALE, clause.op, self.codes(values))

    def _plainly(self, clause: Clause, values: tuple) -> Mask | None:
        """Whether somebody bought at all in the last days is told by the last order."""
        window, one = clause.window, (clause.op, *values)
        none = one in ((comparing.EQUAL, 0), (comparing.LESS, 1), (comparing.AT_MOST, 0))
        some = one in ((comparing.AT_LEAST, 1), (comparing.MORE, 0))
        if not (none or some) or not (isinstance(window, Last) and window.until == 0):
            return None
        last = self.column("f.last_order")
        return (last > self.moment.today.toordinal() - window.days) == some

    def spent(self, clause: Clause, values: tuple) -> Mask | None:
        if clause.filters:
            return None
        return compare(self.window(clause, "amounts"), clause.op, self.codes(values))

    def window(self, clause: Clause, what: str) -> np.ndarray:
        """Per place the sum over the window's days: of those in it, or of all less those outside, whichever are
        fewer."""
        name = "sample.days" if self.sample else "days"
        begins, origin = self.columns[f"{name}.begins"], int(self.columns["days.first"][0])
        first, last = self.moment.days(clause.window)
        until = self.moment.today
        low = self._row(begins, origin, first) if first else 0
        high, end = (self._row(begins, origin, day + timedelta(days=1)) for day in (last, until))
        whole = {"orders": self.column("f.orders") // SCALE, "amounts": self.column("f.spent_in_all")}[what]
        if 2 * (high - low) <= end:
            return self._summed(name, what, low, max(low, high))
        return whole - self._summed(name, what, 0, low) - self._summed(name, what, high, end)

    def _row(self, begins: np.ndarray, origin: int, day: date) -> int:
        """The first row that is not before the day."""
        return int(begins[max(0, min(len(begins) - 1, day.toordinal() - origin))])

    def _summed(self, name: str, what: str, low: int, high: int) -> np.ndarray:
        """Sums of whole numbers below 2^53, so that doubles hold them exactly."""
        at = self.columns[f"{name}.places"][low:high]
        if what == "amounts":
            weights = self.columns[f"{name}.amounts"][low:high]
            return np.bincount(at, weights=weights, minlength=self.count).astype(np.int64)
        orders = self.columns[f"{name}.orders"][low:high]
        found = np.bincount(at, minlength=self.count)
        others = np.flatnonzero(orders != 1)
        np.add.at(found, at[others], orders[others].astype(np.int64) - 1)
        return found


def places(columns: Columns, ids: list[UUID]) -> np.ndarray:
    """The places of those of the ids that have one."""
    if not ids:
        return np.empty(0, dtype=np.int64)
    high, low = keeping.halves(ids)
    sampled, found = int(columns["sampled"][0]), []
    for begin, end in ((0, sampled), (sampled, len(columns["high"]))):
        highs, lows = columns["high"][begin:end], columns["low"][begin:end]
        spot = np.searchsorted(highs, high)
        for _turn in range(len(highs)):
            inside = np.minimum(spot, max(len(highs) - 1, 0))
            behind = (spot < len(highs)) & (highs[inside] == high) & (lows[inside] < low)
            if not behind.any():
                break
            spot = spot + behind
        if len(highs):
            inside = np.minimum(spot, len(highs) - 1)
            found.append(begin + spot[(spot < len(highs)) & (highs[inside] == high) & (lows[inside] == low)])
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def ids_at(columns: Columns, chosen: np.ndarray) -> list[UUID]:
    """The ids of the places."""
    high, low = columns["high"][chosen], columns["low"][chosen]
    return [UUID(int=(int(one) << 64) | int(other)) for one, other in zip(high, low, strict=True)]


def compare(column: np.ndarray, op: str, codes: list[int | None]) -> Mask:
    """Where the column's value fits; MISSING fits nothing."""
    known = [code for code in codes if code is not None]
    if op == comparing.KNOWN:
        return column != MISSING
    if op in (comparing.EQUAL, comparing.IN):
        if len(known) > MANY:
            return np.isin(column, np.array(known, dtype=np.int64))
        found = np.zeros(len(column), dtype=bool)
        for code in known:
            found |= column == code
        return found
    found = COMPARED[op](column, known)
    return found & (column != MISSING) if op in (comparing.LESS, comparing.AT_MOST) else found


COMPARED: dict[str, Callable] = {
    comparing.EQUAL: lambda column, codes: column == codes[0],
    comparing.LESS: lambda column, codes: column < codes[0],
    comparing.AT_MOST: lambda column, codes: column <= codes[0],
    comparing.MORE: lambda column, codes: column > codes[0],
    comparing.AT_LEAST: lambda column, codes: column >= codes[0],
    comparing.BETWEEN: lambda column, codes: (column >= codes[0]) & (column <= codes[1]),
}
DERIVED: dict[str, Callable[[Evaluating, Clause, tuple], Mask | None]] = {
    "recency": Evaluating.recency,
    "average": Evaluating.average,
    "r": Evaluating.banded,
    "f": Evaluating.banded,
    "m": Evaluating.banded,
    "cell": Evaluating.cell,
    "stage": Evaluating.stage,
    "bucket": Evaluating.bucket,
    "bought": Evaluating.bought,
    "spent": Evaluating.spent,
}
