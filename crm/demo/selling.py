"""What the till needs: prices, barcodes, a points programme, and members who have points already."""

from decimal import Decimal
from random import Random
from types import ModuleType

from crm.lib import barcodes
from loyalty import ledger, programmes
from sales.models import Product
from segmentation.models import CustomerStats
from tenancy.models import Membership

MEMBERS_WITH_POINTS = 200


def equip(random: Random, shop: ModuleType, *, name: str, by: Membership) -> None:
    """Prices and barcodes, one point for each unit of money, a hundredth of it worth; the best members have points."""
    for number, (_category, _name, price) in enumerate(shop.GOODS, 1):
        Product.objects.filter(code=f"P{number:03d}").update(price=Decimal(price), barcode=barcode(number))
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
