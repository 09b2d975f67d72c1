"""Products as the till asks for them: by code or by barcode."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sales.models import Product
from tenancy import audit
from tenancy.models import Membership


def find(texts: Iterable[str]) -> dict[str, Product]:
    """Code or barcode → the product on sale. Where one is the code of this and the barcode of that, the code wins."""
    wanted = {text for text in texts if text}
    if not wanted:
        return {}
    rows = list(Product.objects.filter(Q(code__in=wanted) | Q(barcode__in=wanted), is_active=True))
    found = {row.barcode: row for row in rows if row.barcode in wanted}
    return found | {row.code: row for row in rows if row.code in wanted}


def save(product: Product, *, by: Membership) -> Product:
    """Keep a new or changed product. Raises ValidationError where its code or barcode is taken."""
    is_new = product._state.adding
    taken = Product.objects.exclude(id=product.id)
    if taken.filter(code=product.code).exists():
        raise ValidationError({"code": _("Another product has this code.")})
    if product.barcode and taken.filter(barcode=product.barcode).exists():
        raise ValidationError({"barcode": _("Another product has this barcode.")})
    product.save()
    changes = {"code": product.code, "price": str(product.price), "barcode": product.barcode}
    audit.record("product.created" if is_new else "product.changed", product, by=by, changes=changes)
    return product


def by_id(ids: Iterable[UUID]) -> dict[UUID, Product]:
    return Product.objects.in_bulk(list(ids))
