"""Products: as the till asks for them, by code or barcode, and as they are kept."""

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from crm.lib import barcodes
from sales.costing import PLACES
from sales.models import Product
from tenancy import audit
from tenancy.models import ApiToken, Membership
from tenancy.permissions import Permission

MOST_PRICE = Decimal(1_000_000)
LONGEST = {"code": 80, "name": 500, "category": 200, "barcode": 40}
CENT = Decimal("0.01")
EDITED = ("code", "name", "category", "barcode", "price", "cost", "is_active")


def find(texts: Iterable[str]) -> dict[str, Product]:
    """Code or barcode → the product on sale. Where one is the code of this and the barcode of that, the code wins."""
    wanted = {text for text in texts if text and "\0" not in text}
    if not wanted:
        return {}
    rows = list(Product.objects.filter(Q(code__in=wanted) | Q(barcode__in=wanted), is_active=True))
    found = {row.barcode: row for row in rows if row.barcode in wanted}
    return found | {row.code: row for row in rows if row.code in wanted}


def check_price(price: Decimal) -> None:
    """Raises ValidationError for what no shelf says."""
    if not 0 < price <= MOST_PRICE:
        raise ValidationError(_("A price is above 0 and at most %s.") % f"{MOST_PRICE:,}")
    if price != price.quantize(CENT):
        raise ValidationError(_("A price has at most two decimals."))


def check_cost(cost: Decimal) -> None:
    """Raises ValidationError for what no piece costs. Nothing is a cost too: of postage, say, or of a discount."""
    if not 0 <= cost <= MOST_PRICE:
        raise ValidationError(_("A cost is 0 to %s.") % f"{MOST_PRICE:,}")
    if cost != cost.quantize(PLACES):
        raise ValidationError(_("A cost has at most four decimals."))


def may_see_costs(asker: Membership | ApiToken) -> bool:
    """What goods cost the company, and what is left of their price, is for those who see its figures: not for who sells
    them."""
    return asker.can(Permission.INSIGHTS_VIEW)


def check_barcode(barcode: str) -> None:
    """Raises ValidationError where a digit was mistyped: article numbers end in a check digit."""
    if any(character.isspace() for character in barcode):
        raise ValidationError(_("A barcode has no spaces."))
    if not barcodes.is_right(barcode):
        raise ValidationError(_("The last digit does not fit the others: a digit is wrong or missing."))


def check_free(product: Product, *, code: str = "", barcode: str = "") -> None:
    """Raises ValidationError where another product has the code or the barcode."""
    others = Product.objects.exclude(id=product.id)
    if code and others.filter(code=code).exists():
        raise ValidationError(_("Another product has this code."))
    if barcode and others.filter(barcode=barcode).exists():
        raise ValidationError(_("Another product has this barcode."))


def save(product: Product, *, by: Membership) -> Product:
    """Keep a new or changed product. Raises ValidationError where its code or barcode is taken."""
    is_new = product._state.adding
    before = None if is_new else Product.objects.get(id=product.id)
    changes = differences(before, product)
    if not changes:
        return product
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError as problem:
        raise _taken(product, problem) from problem
    audit.record("product.created" if is_new else "product.changed", product, by=by, changes=changes)
    return product


def differences(before: Product | None, after: Product) -> dict[str, list[str]]:
    """What is edited and differs, as [before, after]."""
    pairs = {name: (before and getattr(before, name), getattr(after, name)) for name in EDITED}
    return {
        name: ["" if value is None else str(value) for value in pair]
        for name, pair in pairs.items()
        if before is None or pair[0] != pair[1]
    }


def _taken(product: Product, problem: IntegrityError) -> Exception:
    for name in ("code", "barcode"):
        try:
            check_free(product, **{name: getattr(product, name)})
        except ValidationError as taken:
            return ValidationError({name: taken.messages})
    return problem
