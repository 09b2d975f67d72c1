"""A purchase at the till: order, points, figures, timeline, audit and feed in one transaction, once per key."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer, Source
from interactions import timeline
from loyalty import basket, codes, ledger, lots, quoting, rules, standing
from loyalty.changes import KINDS
from loyalty.ledger import Cause, Kind, Moved, Movement
from loyalty.models import Receipt, Return
from loyalty.standing import Standing
from sales import changes as sales_changes
from sales import placing, registry
from sales.models import Order
from sales.placing import TILL
from tenancy import audit
from tenancy.models import Membership, Tenant
from webhooks import feed


class KeyReused(Exception):
    """The key came with another purchase before."""


class CodeNeeded(Exception):
    """So many points take a one-time code."""


class UnknownCustomer(Exception):
    """There is no such customer in this company."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is to be sold. `key` names the request; `points` are spent on it; `exchange_id` is the return whose
    goods it replaces; one that is unknown or was exchanged before is passed over."""

    key: UUID
    lines: Sequence[basket.Asked]
    customer_id: UUID | None = None
    points: int = 0
    code: str = ""
    store_id: UUID | None = None
    exchange_id: UUID | None = None

    @property
    def fingerprint(self) -> bytes:
        """The same for the same purchase; a code may be typed again."""
        lines = [(line.product, str(line.quantity.normalize()), _plain(line.price), line.name) for line in self.lines]
        told = [str(self.customer_id), lines, self.points, str(self.store_id), str(self.exchange_id)]
        return sha256(json.dumps(told).encode()).digest()


@dataclass(frozen=True, slots=True)
class Confirmed:
    receipt: Receipt
    is_new: bool


def preview(purchase: Purchase) -> quoting.Quote:
    """What the purchase would cost and bring; nothing is written. Raises BadBasket, PointsUnfit, UnknownCustomer."""
    items = basket.read(purchase.lines)
    if purchase.customer_id:
        known(purchase.customer_id)
    return quoting.quote(items, standing.read(purchase.customer_id), points=purchase.points)


def known(customer_id: UUID) -> Customer:
    """The customer of that id, whatever the clerk's data scope. Raises UnknownCustomer."""
    customer = Customer.objects.unmerged().filter(id=customer_id, erased_at=None).first()
    if customer is None:
        raise UnknownCustomer(_("There is no such customer."))
    return customer


def confirm(purchase: Purchase, *, tenant: Tenant, by: Membership, at: datetime | None = None) -> Confirmed:
    """Sell it. The same key again gives the first receipt, whatever has happened since.

    Raises KeyReused, BadBasket, PointsUnfit, CodeNeeded, codes.WrongCode, UnknownCustomer. The caller's transaction
    keeps what was written before, so it is rolled back where this raises.
    """
    at = at or timezone.now()
    now = _held(purchase, at)
    if now.receipt_id:
        return first_answer(purchase)
    items = basket.read(purchase.lines)
    quote = quoting.quote(items, now, points=purchase.points)
    if quote.asks_code:
        if not purchase.code:
            raise CodeNeeded(_("So many points take a code from the customer's phone."))
        codes.use(purchase.customer_id, purchase.code, points=purchase.points)
    order = _placing(purchase, quote, now, at)
    order_id = placing.place(order)
    if order_id is None:
        return first_answer(purchase)
    receipt = _receipt(purchase, quote, now, Order(id=order_id, number=order.number), by, at)
    moved = _move_points(receipt, quote, now, tenant, by)
    if purchase.exchange_id:
        Return.objects.filter(id=purchase.exchange_id, exchange=None).update(exchange=receipt)
    _tell(receipt, moved, now, by)
    return Confirmed(receipt, is_new=True)


def first_answer(purchase: Purchase) -> Confirmed:
    """The receipt of the purchase's key. Raises KeyReused where it was for something else."""
    receipt = Receipt.objects.select_related("order").get(key=purchase.key)
    if bytes(receipt.fingerprint) != purchase.fingerprint:
        raise KeyReused(_("This key came with another purchase before."))
    return Confirmed(receipt, is_new=False)


def _held(purchase: Purchase, at: datetime) -> Standing:
    """The customer held and how they stand; nobody is held for a purchase without a customer."""
    if purchase.customer_id is None:
        now = standing.read(None, key=purchase.key, at=at)
    elif standing.hold(purchase.customer_id):
        now = ledger.current(purchase.customer_id, key=purchase.key, at=at)
    else:
        raise UnknownCustomer(_("There is no such customer."))
    if now.source_id is None:
        now.source_id = Source.objects.get_or_create(key=TILL, defaults={"trust": 60})[0].id
    return now


def _placing(purchase: Purchase, quote: quoting.Quote, now: Standing, at: datetime) -> placing.Placing:
    lines = [
        placing.PlacedLine(item.product_id, item.name, item.quantity, item.price, item.gross - share, item.unit_cost)
        for item, share in zip(quote.items, quote.shares, strict=True)
    ]
    number = "T" + base64.b32encode(sha256(purchase.key.bytes).digest()[:10]).decode()
    customer_id = purchase.customer_id
    return placing.Placing(number, now.source_id, now.record_id, customer_id, at, TILL, purchase.store_id, lines)


def _receipt(purchase, quote, now: Standing, order: Order, by: Membership, at: datetime) -> Receipt:
    return Receipt.objects.create(
        tenant_id=by.tenant_id,
        key=purchase.key,
        fingerprint=purchase.fingerprint,
        order=order,
        customer_id=purchase.customer_id,
        store_id=purchase.store_id,
        version_id=now.version.id if now.version and purchase.customer_id else None,
        gross=quote.gross,
        spent=quote.spent,
        spent_value=quote.spent_value,
        earned=quote.earned,
        balance_before=quote.balance_before,
        balance_after=quote.balance_after,
        actor=by,
        at=at,
    )


def _move_points(receipt: Receipt, quote: quoting.Quote, now: Standing, tenant: Tenant, by: Membership) -> list[Moved]:
    movements = []
    if quote.spent:
        movements.append(Movement(Kind.REDEEM, -quote.spent, f"redeem:{receipt.id}"))
    if quote.earned:
        portion = lots.Portion(quote.earned, rules.expiry(receipt.at, now.version, tenant.zone))
        movements.append(Movement(Kind.EARN, quote.earned, f"earn:{receipt.id}", [portion]))
    if not movements:
        return []
    cause = Cause(by=by, at=receipt.at, order_id=receipt.order_id, store_id=receipt.store_id)
    return ledger.move(now, movements, cause)


def _tell(receipt: Receipt, moved: list[Moved], now: Standing, by: Membership) -> None:
    """Figures, timeline, audit and feed follow, each in one statement."""
    customer_id, order_id = receipt.customer_id, receipt.order_id
    if customer_id:
        registry.orders_changed({customer_id}, held=True)
        told = [(timeline.ORDER_PLACED, order_id), *((KINDS[one.kind], one.id) for one in moved)]
        timeline.record_few(
            (
                (kind, timeline.Happening(id, customer_id, now.record_id, receipt.at, TILL, receipt.store_id))
                for kind, id in told
            ),
            by=by,
        )
    changes = {"order": str(order_id), "gross": str(receipt.gross), "spent": receipt.spent, "earned": receipt.earned}
    audit.record("checkout.confirmed", receipt, by=by, changes=changes)
    feed.record((sales_changes.CREATED, [order_id]), *((KINDS[one.kind], [one.id]) for one in moved))


def _plain(price: Decimal | None) -> str:
    return "" if price is None else str(price.normalize())
