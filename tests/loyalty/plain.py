"""The programme as a child would do it with boxes of beads: what the ledger is held against."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
GRACE = timedelta(days=7)


@dataclass
class Box:
    """Points that expire together; `order` is set where they were earned with it."""

    points: int
    expires: datetime
    order: object = None


@dataclass
class Sale:
    price: Decimal
    bought: int
    spent: int
    earned: int
    used: list[Box]
    order: object
    returned: int = 0
    given: int = 0
    taken: int = 0
    paid_back: Decimal = Decimal(0)

    @property
    def gross(self) -> Decimal:
        return self.price * self.bought

    @property
    def payable(self) -> Decimal:
        return self.gross - Decimal(self.spent) / 100


@dataclass
class Person:
    boxes: list[Box] = field(default_factory=list)
    debt: int = 0
    lapsed: dict = field(default_factory=dict)

    @property
    def balance(self) -> int:
        return sum(box.points for box in self.boxes)

    def expire(self, at: datetime) -> None:
        for box in self.boxes:
            if box.expires <= at:
                self.lapsed[box.order] = self.lapsed.get(box.order, 0) + box.points
        self.boxes = [box for box in self.boxes if box.expires > at]

    def put(self, boxes: list[Box]) -> None:
        """What comes in pays the debt first, from what would expire first."""
        for box in sorted(boxes, key=lambda one: one.expires):
            paid = min(self.debt, box.points)
            self.debt -= paid
            if box.points > paid:
                self.boxes.append(Box(box.points - paid, box.expires, box.order))

    def take(self, points: int, first: object = None) -> list[Box]:
        """The points, those of the order `first` before others, else what expires first; and which they were."""
        taken = []
        own = [box for box in self.boxes if first is not None and box.order == first]
        others = [box for box in self.boxes if not any(box is one for one in own)]
        for box in [*sorted(own, key=lambda one: one.expires), *sorted(others, key=lambda one: one.expires)]:
            part = min(points, box.points)
            if part:
                taken.append(Box(part, box.expires))
                box.points -= part
                points -= part
        self.boxes = [box for box in self.boxes if box.points]
        assert points == 0
        return taken

    def give_back(self, sale: Sale, quantity: int, at: datetime) -> None:
        sale.returned += quantity
        share = Fraction(sale.returned, sale.bought)
        amount = Fraction(sale.payable) * share
        upto = Decimal(amount.numerator) / Decimal(amount.denominator)
        sale.paid_back = max(sale.paid_back, upto.quantize(Decimal("0.01"), ROUND_HALF_UP))
        due = min(int(sale.earned * share), sale.earned - self.lapsed.get(sale.order, 0))
        given, taken = int(sale.spent * share) - sale.given, max(0, due - sale.taken)
        self.put(self._again(sale, given, at))
        sale.given, sale.taken = sale.given + given, sale.taken + taken
        there = min(taken, self.balance)
        self.take(there, first=sale.order)
        self.debt += taken - there

    def _again(self, sale: Sale, points: int, at: datetime) -> list[Box]:
        """The spent points behind those given back before, what lasts longest first."""
        skip, found = sale.given, []
        for box in reversed(sale.used):
            usable = max(0, box.points - skip)
            skip = max(0, skip - box.points)
            if part := min(usable, points):
                points -= part
                found.append(Box(part, at + GRACE if box.expires <= at else box.expires))
        return found
