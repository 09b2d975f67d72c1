"""A row of everything that is known of goods and of sales as a whole."""

from sales.models import Product
from segmentation.insight import renewing
from segmentation.models import OfferRules, ProductNeighbour, ProductPull


def everything(product: Product) -> None:
    """What goes with the product, and how strongly it sells."""
    other, _made = Product.objects.get_or_create(code="P2")
    figures = {"together": 3, "confidence": 0.5, "similarity": 0.5}
    ProductNeighbour.objects.get_or_create(product=product, other=other, defaults=figures)
    ProductPull.objects.get_or_create(product=product, defaults={"lately": 3, "share": 1, "baskets": 3})
    OfferRules.objects.get_or_create()
    renewing.renew()
