"""A company with a programme, a product and members, for the tests of the till."""

from decimal import Decimal
from uuid import UUID, uuid4

from django.utils import timezone

from customers import identities
from customers.models import Customer, Source
from loyalty import adjusting, basket, checkout, programmes, returns
from loyalty.models import OneTimeCode, Receipt
from sales.models import Product
from tenancy.models import Tenant


def programme(**terms):
    """One point for each yuan, a point is worth a fen, in steps of 100; no code is asked for."""
    return programmes.change(
        name="会员积分", by=None, **{"code_above": None, "expires_after": 12, "redeem_step": 100} | terms
    )


def member(reference: str = "M1", **content) -> Customer:
    source, _made = Source.objects.get_or_create(key="member")
    told = {"name": "张三丰", "phone": "13812345678", "card": f"8{reference}"} | content
    known = identities.record([identities.Person(reference, told)], source=source)
    return Customer.objects.get(id=known[reference].customer_id)


def product(code: str = "P1", price: str | None = "50.00", **fields) -> Product:
    price = None if price is None else Decimal(price)
    return Product.objects.create(code=code, name=f"product {code}", price=price, **fields)


def everything(by, customer: Customer) -> dict:
    """A row in every table of the till, of a customer who earned, spent, gave back and waits for a correction."""
    programme()
    receipt = buy(customer, "1000", by=by)
    buy(customer, "10", points=100, by=by)
    wanted = returns.GivingBack(uuid4(), {receipt.order.lines.get().id: Decimal(1)})
    made, _is_new = returns.give_back(receipt, wanted, by=by)
    adjusting.ask(customer, points=5000, reason="补积分", request_id=str(uuid4()), by=by)
    OneTimeCode.objects.create(customer=customer, digest=b"x" * 16, points=1, expires_at=timezone.now())
    return {"receipt_id": receipt.id, "return_id": made.id}


def plain(amount: str | int, quantity: int = 1) -> basket.Asked:
    return basket.Asked(price=Decimal(amount), quantity=Decimal(quantity))


def buy(
    customer: Customer | None, amount="100", *, by, points: int = 0, key: UUID | None = None, at=None, **more
) -> Receipt:
    """A purchase of a plain amount."""
    lines = more.pop("lines", None) or [plain(amount)]
    asked = checkout.Purchase(
        key=key or uuid4(), lines=lines, customer_id=customer and customer.id, points=points, **more
    )
    return checkout.confirm(asked, tenant=Tenant.objects.get(), by=by, at=at).receipt
