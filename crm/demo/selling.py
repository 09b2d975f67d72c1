"""What the till needs: goods with prices, costs and barcodes, a points programme, and members who have points already."""

from decimal import Decimal
from itertools import cycle
from random import Random
from types import ModuleType

from crm.lib import barcodes
from loyalty import ledger, programmes
from sales.models import Product
from segmentation.models import CustomerStats
from tenancy.models import Membership

MEMBERS_WITH_POINTS = 200
COSTS = ("0.42", "0.55", "0.61", "0.38", "0.72", "0.48", None)  # of the price, one product after another; some unknown


def shelve(shop: ModuleType) -> None:
    """The goods, before anything is sold: orders keep what they cost."""
    Product.objects.bulk_create(
        Product(
            code=f"P{number:03d}", name=name, category=category, price=Decimal(price), barcode=barcode(number),
            cost=share and (price * Decimal(share)).quantize(Decimal("0.01")),
        )
        for number, ((category, name, price), share) in enumerate(zip(shop.GOODS, cycle(COSTS)), 1)
    )  # fmt: skip


def equip(random: Random, *, name: str, by: Membership) -> None:
    """One point for each unit of money, a hundredth of it worth; the best members have points."""
    programmes.change(name=name, by=by, code_above=5000, expires_after=12, redeem_step=100)
    best = CustomerStats.objects.filter(monetary__gt=0).order_by("-monetary").select_related("customer")
    for row in best[:MEMBERS_WITH_POINTS]:
        points = int(row.monetary * random.randint(20, 100) / 100)
        if points:
            ledger.earn(row.customer, points=min(points, 20_000), request_id=f"demo:{row.customer_id}", by=by)


def barcode(number: int) -> str:
    """An EAN-13 of the range 200 to 299, which every shop may use inside its own doors."""
    digits = f"200{number:09d}"
    return digits + barcodes.check_digit(digits)
