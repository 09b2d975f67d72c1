"""What lies on the counter: products by code or barcode, or a plain amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from sales import catalogue
from sales.catalogue import MOST_PRICE

MOST_LINES = 200
MOST_QUANTITY = Decimal(9999)
MOST_GROSS = Decimal(10_000_000)
CENT = Decimal("0.01")
FINEST = Decimal("0.0001")  # what the database keeps


@dataclass(frozen=True, slots=True)
class Asked:
    """One line as it is asked for: `product` is a code or barcode; without one `price` is a plain amount."""

    product: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A line with its product found. `price` is that of one, `gross` of all, in cents; `unit_cost` is for the order's
    line alone, no page of the till shows it."""

    product_id: UUID | None
    code: str
    name: str
    quantity: Decimal
    price: Decimal
    unit_cost: Decimal | None = None

    @property
    def gross(self) -> Decimal:
        return (self.price * self.quantity).quantize(CENT, ROUND_HALF_UP)


class BadBasket(ValueError):
    """A line that cannot be sold; `line` is its place, from 0, None for the basket as a whole."""

    def __init__(self, message: str, *, line: int | None = None, code: str = "invalid"):
        super().__init__(message)
        self.line, self.code = line, code


def read(asked: Sequence[Asked]) -> list[Item]:
    """The lines with their products, in one query. Raises BadBasket at the first line that cannot be sold."""
    if not 0 < len(asked) <= MOST_LINES:
        raise BadBasket(_("A basket has 1 to %s lines.") % MOST_LINES, code="lines")
    products = catalogue.find(line.product for line in asked)
    items = [_item(line, products, place) for place, line in enumerate(asked)]
    if sum(item.gross for item in items) > MOST_GROSS:
        raise BadBasket(_("At most %s in one purchase.") % f"{MOST_GROSS:,}", code="too_much")
    return items


def _item(line: Asked, products, place: int) -> Item:
    if not 0 < line.quantity <= MOST_QUANTITY or line.quantity != line.quantity.quantize(FINEST):
        raise BadBasket(_("A quantity is above 0 and at most %s.") % MOST_QUANTITY, line=place, code="quantity")
    if not line.product:
        return _sold(Item(None, "", line.name, line.quantity, _price(line.price, place)), place)
    product = products.get(line.product)
    if product is None:
        raise BadBasket(_("No product on sale has the code “%s”.") % line.product, line=place, code="unknown_product")
    if product.price is None:
        price = _price(line.price, place)
    elif line.price is not None and line.price != product.price:
        raise BadBasket(_("This product has a fixed price."), line=place, code="fixed_price")
    else:
        price = product.price
    return _sold(Item(product.id, product.code, str(product), line.quantity, price, product.cost), place)


def _sold(item: Item, place: int) -> Item:
    if item.gross <= 0:
        raise BadBasket(_("This comes to nothing."), line=place, code="price")
    return item


def _price(price: Decimal | None, place: int) -> Decimal:
    if price is None:
        raise BadBasket(_("Say the price: this product has none."), line=place, code="price_missing")
    if not 0 < price <= MOST_PRICE or price != price.quantize(FINEST):
        raise BadBasket(_("A price is above 0 and at most %s.") % f"{MOST_PRICE:,}", line=place, code="price")
    return price
