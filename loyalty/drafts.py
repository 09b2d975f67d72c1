"""The purchase on the clerk's screen: it lives in the form itself, so that a failing server or a lost net keeps it."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from crm.lib.uuids import uuid7
from loyalty import basket, checkout
from loyalty.models.programme import MOST_POINTS
from sales import catalogue

PLAIN = "¥￥$£€ "


@dataclass(slots=True)
class Row:
    """One line as it stands in the form; `quantity` is what was typed. The price of a product may be fixed."""

    product: str
    name: str
    price: str
    quantity: str = "1"
    error: str = ""
    is_fixed: bool = False


@dataclass(slots=True)
class Draft:
    key: UUID
    customer_id: UUID | None = None
    rows: list[Row] = field(default_factory=list)
    points: int = 0
    exchange_id: UUID | None = None

    def purchase(self, *, store_id: UUID | None, code: str = "") -> checkout.Purchase:
        """What is asked for. Raises BadBasket at the first row whose quantity cannot be read."""
        return checkout.Purchase(
            key=self.key,
            lines=tuple(_asked(row, place) for place, row in enumerate(self.rows)),
            customer_id=self.customer_id,
            points=self.points,
            code=code,
            store_id=store_id,
            exchange_id=self.exchange_id,
        )

    def take_prices(self) -> None:
        """Rows of products with a price get the present one."""
        products = catalogue.find(row.product for row in self.rows)
        for row in self.rows:
            product = products.get(row.product)
            row.is_fixed = product is not None and product.price is not None
            if row.is_fixed:
                row.price = _shown(product.price)

    def add(self, typed: str) -> None:
        """A product by code or barcode, or a plain amount; the same product again counts up. Raises BadBasket."""
        if len(self.rows) >= basket.MOST_LINES:
            raise basket.BadBasket(_("A basket has 1 to %s lines.") % basket.MOST_LINES, code="lines")
        product = catalogue.find([typed]).get(typed)
        if product is None:
            self.rows.append(Row("", "", str(_amount(typed))))
            return
        for row in self.rows:
            if (
                row.product == product.code
                and product.price is not None
                and row.quantity.isascii()
                and row.quantity.isdigit()
            ):
                row.quantity = str(int(row.quantity) + 1)
                return
        self.rows.append(Row(product.code, str(product), "" if product.price is None else _shown(product.price)))


def read(data: QueryDict) -> Draft:
    """The draft of a form; what cannot be an id or a number counts as absent."""
    columns = [data.getlist(name) for name in ("product", "name", "price", "quantity")]
    rows = [
        Row(product[:80], name[:200], price[:20], quantity.strip()[:12])
        for product, name, price, quantity in zip(*columns, strict=False)
    ]
    return Draft(
        key=identity(data.get("key", "")) or uuid7(),
        customer_id=identity(data.get("customer", "")),
        rows=rows[: basket.MOST_LINES],
        points=whole(data.get("points", "")),
        exchange_id=identity(data.get("exchange", "")),
    )


def identity(typed: str) -> UUID | None:
    """The id, None where it is none."""
    try:
        return UUID(typed)
    except ValueError:
        return None


def whole(typed: str) -> int:
    """The points, 0 where it is no number."""
    digits = typed.strip().replace(",", "")
    return min(int(digits), MOST_POINTS + 1) if digits.isascii() and digits.isdigit() and len(digits) < 12 else 0


def _asked(row: Row, place: int) -> basket.Asked:
    try:
        quantity = Decimal(row.quantity)
    except InvalidOperation:
        quantity = Decimal(0)
    if not quantity.is_finite():
        quantity = Decimal(0)
    price = _price(row.price, place)
    return basket.Asked(row.product, quantity, price, row.name)


def _shown(price: Decimal) -> str:
    """50.00, with more decimals only where the price has them."""
    cents = price.quantize(Decimal("0.01"))
    return str(cents) if cents == price else f"{price.normalize():f}"


def _price(typed: str, place: int) -> Decimal | None:
    if not typed:
        return None
    try:
        price = Decimal(typed)
    except InvalidOperation:
        raise basket.BadBasket(_("This is no price."), line=place, code="price") from None
    return price if price.is_finite() else Decimal(0)


def _amount(typed: str) -> Decimal:
    """12.5, ¥12.50: up to seven digits before the point; a barcode nobody knows is no amount."""
    digits = typed.strip(PLAIN).replace(",", "")
    whole, _point, cents = digits.partition(".")
    if (
        whole.isascii()
        and whole.isdigit()
        and len(whole) <= 7
        and (not cents or (cents.isascii() and cents.isdigit()))
        and len(cents) <= 2
    ):
        return Decimal(digits).quantize(Decimal("0.01"))
    raise basket.BadBasket(_("No product on sale has the code “%s”.") % typed[:80], code="unknown_product")
