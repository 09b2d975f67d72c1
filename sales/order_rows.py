"""Rows of an order file, one by one, to order lines (DEFINITIONS, Orders)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.lib import Unreadable, money, phones, tables
from crm.lib.dates import DateReader
from customers.imports.kinds import CellError, Reader, Rejected
from sales import catalogue
from sales.lines import Line

FOUR_PLACES = Decimal("0.0001")
LARGEST = Decimal(10) ** 12
REFUNDED = re.compile(r"退款成功|已退款|全额退款|退货成功|已退货|\brefunded\b|\breturned\b", re.IGNORECASE)
LONGEST = {"order": 100, "line": 70, "customer": 200, "product": 80, "store": 200, "channel": 40}
PERSONAL = {"customer_name": "name", "phone": "phone", "email": "email"}


@dataclass(slots=True)
class Counted:
    """What a file holds, counted while it is read."""

    rows: int = 0
    lines: int = 0
    refund_lines: int = 0
    anonymous_lines: int = 0
    rejected: int = 0
    orders: dict[bytes, int] = field(default_factory=dict)
    refunds: set[bytes] = field(default_factory=set)
    customers: set[bytes] = field(default_factory=set)


class OrderRows(Reader):
    """Reads rows in the file's order; the same file always gives the same lines.

    `mapping` is heading → field; `region` is where a phone without a country is from; `whole` names fields whose
    cells all end in `.0` and lose it; `returned` are order numbers that a returns sheet gives back. What is
    counted stands in `counted`.
    """

    def __init__(
        self,
        header: Sequence[str],
        mapping: Mapping[str, str],
        *,
        dates: DateReader,
        region: str,
        cancelled: re.Pattern,
        whole: frozenset[str] = frozenset(),
        returned: frozenset[str] = frozenset(),
    ):
        self.column = {name: header.index(heading) for heading, name in mapping.items()}
        self.heading = {name: heading for heading, name in mapping.items()}
        self.dates, self.region, self.cancelled = dates, region, cancelled
        self.whole, self.returned = whole, returned
        self.personal = [name for name in PERSONAL if name in self.column]
        self.keys: set[bytes] = set()
        self.ordinals: dict[bytes, int] = {}
        self.counted = Counted()

    def read(self, rows: Iterator[tables.Row | tables.BadRow]) -> Iterator[tuple[Line, dict] | Rejected]:
        """Each row as (line, what it tells of its customer), or why it is left out."""
        counted = self.counted
        for row in rows:
            counted.rows += 1
            result = self._rejected(row) if isinstance(row, tables.BadRow) else self._line(row)
            if isinstance(result, Rejected):
                counted.rejected += 1
            yield result

    def _rejected(self, row: tables.BadRow) -> Rejected:
        return Rejected(row.number, row.column or "", row.cell, row.message)

    def _line(self, row: tables.Row) -> tuple[Line, dict] | Rejected:
        cells = row.cells
        try:
            line = self._read(cells)
        except CellError as problem:
            column = self.column.get(problem.name)
            cell = "" if column is None else cells[column][:200]
            return Rejected(row.number, self.heading.get(problem.name, ""), cell, problem.reason)
        person = {PERSONAL[name]: cells[self.column[name]].strip() for name in self.personal}
        return line, person if line.customer else {}

    def _read(self, cells: Sequence[str]) -> Line:
        at = self._time(cells)
        quantity, price, amount = self._figures(cells)
        unit_cost = self._cost(cells)
        customer = self._id(cells, "customer") or None
        self._check_phone(cells)
        line = Line(
            number=self._id(cells, "order"),
            key=self._id(cells, "line"),
            customer=customer,
            at=at,
            amount=amount,
            quantity=quantity,
            price=price,
            unit_cost=unit_cost,
            product=self._id(cells, "product"),
            name=self._text(cells, "product_name"),
            category=self._text(cells, "category"),
            channel=self._bounded(cells, "channel"),
            store=self._bounded(cells, "store"),
            refunds_order=bool(REFUNDED.search(self._text(cells, "status"))),
        )
        self._name(line)
        return line

    def _name(self, line: Line) -> None:
        """Give the line its order number and key where the file has none, and count it."""
        counted = self.counted
        if "order" not in self.column:
            told = f"{line.customer or ''}\0{line.at.isoformat()}"
            seen = self._ordinal(_key("row", told))
            line.number = f"{blake2b(told.encode(), digest_size=12).hexdigest()}-{seen}"
        elif not line.number:
            raise CellError("order", _("the order number is missing"))
        order = _key(line.number, line.customer)
        ordinal = counted.orders[order] = counted.orders.get(order, 0) + 1
        line.key = self._unique(order, line.key) if line.key else str(ordinal)
        line.is_refund = bool(line.amount < 0 or (line.quantity or 0) < 0 or self.cancelled.match(line.number))
        counted.lines += 1
        counted.refund_lines += line.is_refund
        if line.customer:
            counted.customers.add(_key(line.customer))
        else:
            counted.anonymous_lines += 1
        if line.is_refund or line.refunds_order or line.number in self.returned:
            counted.refunds.add(order)

    def _ordinal(self, key: bytes) -> int:
        """1 for the first time, 2 for the second, …"""
        self.ordinals[key] = self.ordinals.get(key, 0) + 1
        return self.ordinals[key]

    def _unique(self, order: bytes, key: str) -> str:
        """A line id that stands twice in its order names two lines: the second is id#2."""
        candidate, again = key, 1
        while (seen := _key(order.hex(), candidate)) in self.keys:
            again += 1
            candidate = f"{key}#{again}"
        self.keys.add(seen)
        return candidate

    def _time(self, cells: Sequence[str]):
        try:
            return self.dates.read(cells[self.column["time"]])
        except Unreadable as problem:
            raise CellError("time", str(problem)) from problem

    def _figures(self, cells: Sequence[str]) -> tuple[Decimal | None, Decimal | None, Decimal]:
        quantity = self._number(cells, "quantity", money.quantity)
        price = self._number(cells, "price", money.amount)
        amount = self._number(cells, "amount", money.amount)
        if amount is None:
            if quantity is None or price is None:
                name = "amount" if "amount" in self.column else "quantity" if quantity is None else "price"
                raise CellError(name, _("the amount is missing"))
            amount = (quantity * price).quantize(FOUR_PLACES, ROUND_HALF_UP)
        if abs(amount) >= LARGEST:
            raise CellError("amount" if "amount" in self.column else "price", _("the amount is too large"))
        return quantity, price, amount

    def _cost(self, cells: Sequence[str]) -> Decimal | None:
        cost = self._number(cells, "unit_cost", money.amount)
        try:
            if cost is not None:
                catalogue.check_cost(cost)
        except ValidationError as problem:
            raise CellError("unit_cost", problem.messages[0]) from problem
        return cost

    def _check_phone(self, cells: Sequence[str]) -> None:
        """A phone whose digits Excel has lost is refused, not guessed; any other text is kept as it came."""
        text = self._text(cells, "phone")
        try:
            if text:
                phones.standard(text, self.region)
        except phones.PhoneError as problem:
            if problem.code == "excel":
                raise CellError("phone", str(problem)) from problem

    def _number(self, cells: Sequence[str], name: str, read) -> Decimal | None:
        column = self.column.get(name)
        if column is None or not cells[column].strip():
            return None
        try:
            return read(cells[column])
        except Unreadable as problem:
            raise CellError(name, str(problem)) from problem

    def _id(self, cells: Sequence[str], name: str) -> str:
        text = self._bounded(cells, name)
        return text[:-2] if name in self.whole and text else text

    def _bounded(self, cells: Sequence[str], name: str) -> str:
        text = self._text(cells, name)
        if len(text) > LONGEST[name]:
            raise CellError(
                name, _("%(length)s characters, at most %(limit)s") % {"length": len(text), "limit": LONGEST[name]}
            )
        return text

    def _text(self, cells: Sequence[str], name: str) -> str:
        column = self.column.get(name)
        return "" if column is None else cells[column].strip()


def _key(*parts: str | None) -> bytes:
    """A name for a set or a dictionary that takes 16 bytes however long its parts are; None is not ''."""
    told = "\0".join("\1" if part is None else part for part in parts)
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()
