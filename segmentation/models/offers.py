from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from sales.models import Product
from tenancy.database.fields import TenantField, TenantForeignKey, TenantOneToOneField
from tenancy.database.models import TenantManager, TenantModel

NOT_GOODS = ("POST", "M", "DOT", "BANK CHARGES", "C2", "PADS", "ADJUST", "D", "S")


def not_goods() -> list[str]:
    return list(NOT_GOODS)


class OfferRules(TenantModel):
    """What the company never offers, and what the last look at all orders found out.

    `left_out` are codes of postage, fees, samples and the like, in capitals. `crowd` is how much what all buy says
    beside what people alike buy, chosen on the company's own orders, where it found `hit_rate` of the new goods of
    `tried` customers. `as_of` is the local day of the newest order looked at, of `orders` in all.
    """

    left_out = ArrayField(models.CharField(max_length=80), verbose_name=_("codes left out"), default=not_goods)
    crowd = models.FloatField(default=0.3)
    hit_rate = models.FloatField(null=True)
    tried = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    as_of = models.DateField(null=True)
    built_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="offer_rules_one")]

    class Privacy:
        fields = keep("figures over all", "left_out", "crowd", "hit_rate", "tried", "orders", "as_of", "built_at")


class ProductPull(models.Model):
    """How strongly a product sells: `lately` are the customers' days on which it was bought, each worth half as much
    for every 30 days that it is older; `share` is that beside the strongest product's. `baskets` held it."""

    product = TenantOneToOneField(Product, models.CASCADE, related_name="pull")
    tenant = TenantField()
    lately = models.FloatField()
    share = models.FloatField()
    baskets = models.PositiveIntegerField()

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["tenant", "-lately", "product"], name="pull_by_strength")]

    class Privacy:
        fields = keep("goods, not persons", "product", "lately", "share", "baskets")


class ProductNeighbour(TenantModel):
    """Goods that are bought with a product, at most some 30 of each.

    `together` baskets held both, which is `confidence` of the baskets with the product. `similarity` is the cosine of
    both, newer baskets weighing more.
    """

    product = TenantForeignKey(Product, models.CASCADE, related_name="neighbours", db_index=False)
    other = TenantForeignKey(Product, models.CASCADE, related_name="+")
    together = models.PositiveIntegerField()
    confidence = models.FloatField()
    similarity = models.FloatField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "product", "other"], name="neighbour_pair")]
        indexes = [models.Index(fields=["tenant", "-together", "id"], name="neighbour_by_together")]

    class Privacy:
        fields = keep("goods, not persons", "product", "other", "together", "confidence", "similarity")
