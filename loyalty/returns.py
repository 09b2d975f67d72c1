"""Goods that come back, in any store: money, points spent and points earned follow, each by the goods' share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from uuid import UUID

from django.db.models import DecimalField, F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions import timeline
from loyalty import ledger, lots, rules, standing
from loyalty.changes import KINDS
from loyalty.checkout import KeyReused
from loyalty.ledger import Cause, Kind, Moved, Movement
from loyalty.models import Entry, LotUse, Receipt, Return, ReturnLine
from sales import costing, orders
from sales.models import Order, OrderLine
from sales.placing import TILL
from tenancy import audit
from tenancy.models import Membership
from webhooks import feed

CENT = Decimal("0.01")


class BadReturn(ValueError):
    """What cannot come back; `line` is the order line's id where it is about one."""

    def __init__(self, message: str, *, line: UUID | None = None, code: str = "invalid"):
        super().__init__(message)
        self.line, self.code = line, code


@dataclass(frozen=True, slots=True)
class GivingBack:
    """`quantities` by order line id; `withhold` keeps money for earned points that are gone already."""

    key: UUID
    quantities: Mapping[UUID, Decimal]
    withhold: bool = False
    store_id: UUID | None = None
    reason: str = ""

    @property
    def fingerprint(self) -> bytes:
        lines = sorted((str(id), str(quantity.normalize())) for id, quantity in self.quantities.items())
        return sha256(json.dumps([lines, self.withhold, str(self.store_id)]).encode()).digest()


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a return comes to. `shortfall` of the earned points are gone; they are worth `shortfall_value`."""

    gross: Decimal
    amount: Decimal
    given_back: int
    taken_back: int
    shortfall: int
    shortfall_value: Decimal
    withheld: Decimal = Decimal(0)

    @property
    def paid_out(self) -> Decimal:
        return self.amount - self.withheld


def returnable(receipt: Receipt) -> dict[UUID, Decimal]:
    """Order line id → how many of it can still come back."""
    back = ReturnLine.objects.filter(whole__receipt=receipt).values_list("line").annotate(Sum("quantity"))
    gone = dict(back)
    return {line.id: line.quantity - gone.get(line.id, Decimal(0)) for line in _lines(receipt)}


def came_back(customer_id: UUID) -> dict[UUID, Decimal]:
    """Product id → how many the customer gave back, of orders of which they kept something."""
    lines = ReturnLine.objects.filter(
        whole__receipt__customer_id=customer_id, line__order__total__gt=F("line__order__refunded")
    )
    return dict(lines.values_list("line__product_id").annotate(Sum("quantity")))


def preview(receipt: Receipt, wanted: GivingBack) -> Settlement:
    """What the return would come to; nothing is written. Raises BadReturn."""
    return _settle(receipt, wanted, standing.read(receipt.customer_id))


def give_back(
    receipt: Receipt, wanted: GivingBack, *, by: Membership, at: datetime | None = None
) -> tuple[Return, bool]:
    """Take the goods back: (the return, whether it is new). The same key again gives the first.

    Raises BadReturn, KeyReused.
    """
    at = at or timezone.now()
    order = Order.objects.select_for_update(no_key=True).get(id=receipt.order_id)
    if known := Return.objects.filter(key=wanted.key).first():
        if bytes(known.fingerprint) != wanted.fingerprint or known.receipt_id != receipt.id:
            raise KeyReused(_("This key came with another return before."))
        return known, False
    while receipt.customer_id and not standing.hold(receipt.customer_id):
        former = receipt.customer_id
        receipt.refresh_from_db(fields=["customer"])  # it may have gone with a merge since it was read
        if receipt.customer_id == former:
            break
    now = ledger.current(receipt.customer_id, at=at) if receipt.customer_id else standing.read(None)
    came = _settle(receipt, wanted, now)
    owed = now.debt
    amount = max(Decimal(0), min(came.amount, order.net))
    made = Return(
        receipt=receipt, key=wanted.key, fingerprint=wanted.fingerprint, gross=came.gross,
        amount=amount, withheld=min(came.withheld, amount), given_back=came.given_back,
        taken_back=came.taken_back, store_id=wanted.store_id, actor=by, at=at,
    )  # fmt: skip
    moved = _move_points(receipt, made, now, by) if now.customer_id else []
    made.debt = max(0, now.debt - owed)
    made.save(force_insert=True)
    ReturnLine.objects.bulk_create(
        [ReturnLine(whole=made, line_id=id, quantity=quantity) for id, quantity in wanted.quantities.items()]
    )
    cost = _cost(receipt, wanted.quantities)
    if made.amount or cost:
        orders.refund(order, amount=made.amount, cost=cost, key=made.id, by=by, reason=wanted.reason, at_till=True)
    _tell(receipt, made, moved, now, by)
    return made, True


def _settle(receipt: Receipt, wanted: GivingBack, now: standing.Standing) -> Settlement:
    """Shares are taken of everything that has come back so far, so that the last line takes the last cent."""
    left = returnable(receipt)
    _check(wanted.quantities, left)
    done = receipt.returns.aggregate(
        **{
            name: Coalesce(Sum(name), 0, output_field=DecimalField())
            for name in ("gross", "amount", "given_back", "taken_back")
        }
    )
    all_back = all(left[id] == wanted.quantities.get(id, 0) for id in left)
    gross = receipt.gross - done["gross"] if all_back else _gross(receipt, wanted.quantities)
    upto = min(done["gross"] + gross, receipt.gross)
    amount = receipt.payable if upto >= receipt.gross else _cents(receipt.payable * upto / receipt.gross)
    given = rules.share_of(receipt.spent, upto, receipt.gross) - int(done["given_back"])
    due = min(rules.share_of(receipt.earned, upto, receipt.gross), receipt.earned - _lapsed(receipt))
    taken = max(0, due - int(done["taken_back"]))
    settled_debt = max(0, given - now.debt)
    shortfall = max(0, taken - now.balance - settled_debt)
    worth = rules.worth(shortfall, receipt.version) if shortfall else Decimal(0)
    money = max(Decimal(0), amount - done["amount"])
    withheld = min(worth, money) if wanted.withhold else Decimal(0)
    return Settlement(gross, money, given, taken, shortfall, worth, withheld)


def _lapsed(receipt: Receipt) -> int:
    """How many of the earned points expired unused: nobody had the good of them, so nobody owes them."""
    used = LotUse.objects.filter(lot__entry__request_id=f"earn:{receipt.id}", entry__kind=Kind.EXPIRE)
    return int(used.aggregate(points=Coalesce(Sum("points"), 0, output_field=DecimalField()))["points"])


def _check(quantities: Mapping[UUID, Decimal], left: Mapping[UUID, Decimal]) -> None:
    if not quantities:
        raise BadReturn(_("Say what comes back."), code="empty")
    for id, quantity in quantities.items():
        if id not in left:
            raise BadReturn(_("This line is not on the receipt."), line=id, code="unknown_line")
        if not 0 < quantity <= left[id]:
            raise BadReturn(
                _("At most %s of this can come back.") % f"{left[id].normalize():f}", line=id, code="quantity"
            )


def _gross(receipt: Receipt, quantities: Mapping[UUID, Decimal]) -> Decimal:
    prices = {line.id: line.price for line in _lines(receipt)}
    return sum((_cents(prices[id] * quantity) for id, quantity in quantities.items()), Decimal(0))


def _cost(receipt: Receipt, quantities: Mapping[UUID, Decimal]) -> Decimal | None:
    """What the goods cost the company; None where that is not known of one of them."""
    costs = {line.id: line.unit_cost for line in _lines(receipt)}
    if any(costs[id] is None for id in quantities):
        return None
    return sum((costs[id] * quantity for id, quantity in quantities.items()), Decimal(0)).quantize(costing.PLACES)


def _lines(receipt: Receipt) -> list[OrderLine]:
    return list(OrderLine.objects.filter(order_id=receipt.order_id).order_by("id"))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _move_points(receipt: Receipt, made: Return, now: standing.Standing, by: Membership) -> list[Moved]:
    """Spent points come back first, so that they can stand in for earned ones that are gone."""
    cause = Cause(by=by, at=made.at, order_id=receipt.order_id, store_id=made.store_id)
    moved = []
    if made.given_back:
        spent = Entry.objects.filter(request_id=f"redeem:{receipt.id}").values_list("id", flat=True)
        before = sum(one.given_back for one in receipt.returns.all())
        portions = lots.cut(lots.used_by(spent), after=before, points=made.given_back, at=made.at)
        moved += ledger.move(now, [Movement(Kind.GIVE_BACK, made.given_back, f"give_back:{made.id}", portions)], cause)
    if made.taken_back:
        taking = Movement(Kind.TAKE_BACK, -made.taken_back, f"take_back:{made.id}", first_from=receipt.order_id)
        moved += (taken := ledger.move(now, [taking], cause))
        if made.withheld and taken[0].debt:
            settled = _points_for(made.withheld, taken[0].debt, receipt)
            moved += ledger.move(now, [Movement(Kind.SETTLE, -settled, f"settle:{made.id}")], cause)
    return moved


def _points_for(withheld: Decimal, owed: int, receipt: Receipt) -> int:
    """The owed points that the withheld money settles: all of them, or as many as it is worth."""
    if withheld >= rules.worth(owed, receipt.version):
        return owed
    return min(owed, int(withheld / receipt.version.point_value))


def _tell(receipt: Receipt, made: Return, moved: list[Moved], now: standing.Standing, by: Membership) -> None:
    happened = [
        timeline.Happening(one.id, receipt.customer_id, now.record_id, made.at, TILL, made.store_id) for one in moved
    ]
    timeline.record_few(zip([KINDS[one.kind] for one in moved], happened, strict=True), by=by)
    audit.record(
        "return.recorded", made, by=by,
        changes={"receipt": str(receipt.id), "amount": str(made.amount), "withheld": str(made.withheld)},
    )  # fmt: skip
    feed.record(*((KINDS[one.kind], [one.id]) for one in moved))
