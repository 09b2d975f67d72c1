from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from sales.models import Product
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models import Store

WHY = "figures over all, of no person"


class InsightState(TenantModel):
    """When the figures of the company were last renewed, and the local day up to which they go."""

    as_of = models.DateField(null=True)
    built_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="insight_state_one")]

    class Privacy:
        fields = keep(WHY, "as_of", "built_at")


class PeriodFigure(TenantModel):
    """What was sold in a span of local days that begins with `start`: a day, a week from Monday, a month, or a window
    of 30, 90 or 365 days.

    `orders` are those worth more than nothing after refunds, `amount` sums all orders less refunds. `customers` are the
    different ones with a counted order, `newcomers` those of them whose first it was. `anonymous` orders name nobody.
    `margin` is that of the orders whose cost is known, which come to `margin_of`; None where there is none.
    """

    class Grain(models.TextChoices):
        DAY = "day", _("Day")
        WEEK = "week", _("Week")
        MONTH = "month", _("Month")
        D30 = "d30", _("30 days")
        D90 = "d90", _("90 days")
        D365 = "d365", _("365 days")

    grain = models.CharField(max_length=5, choices=Grain.choices)
    start = models.DateField()
    orders = models.PositiveIntegerField(default=0)
    anonymous = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    customers = models.PositiveIntegerField(default=0)
    newcomers = models.PositiveIntegerField(default=0)
    margin = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    margin_of = models.DecimalField(max_digits=20, decimal_places=4, null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "grain", "start"], name="period_figure_key")]

    class Privacy:
        fields = keep(
            WHY, "grain", "start", "orders", "anonymous", "amount", "customers", "newcomers", "margin", "margin_of"
        )

    @property
    def returning(self) -> int:
        return self.customers - self.newcomers


class CohortFigure(TenantModel):
    """Of those whose first counted order was in the month `cohort`, how many bought `later` months after it."""

    cohort = models.DateField()
    later = models.PositiveSmallIntegerField()
    customers = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "cohort", "later"], name="cohort_figure_key")]

    class Privacy:
        fields = keep(WHY, "cohort", "later", "customers")


class ProductMonth(TenantModel):
    """What was sold of a product in a local month: signed sums of its lines, and the orders that had it."""

    product = TenantForeignKey(Product, models.CASCADE, related_name="+")
    month = models.DateField()
    orders = models.PositiveIntegerField()
    quantity = models.DecimalField(max_digits=20, decimal_places=4)
    amount = models.DecimalField(max_digits=20, decimal_places=4)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "month", "product"], name="product_month_key")]

    class Privacy:
        fields = keep(WHY, "product", "month", "orders", "quantity", "amount")


class StoreMonth(TenantModel):
    """What was sold in a store in a local month, less refunds; without a store, what names none."""

    store = TenantForeignKey(Store, models.CASCADE, null=True, related_name="+")
    month = models.DateField()
    orders = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "month", "store"], name="store_month_key", nulls_distinct=False)
        ]

    class Privacy:
        fields = keep(WHY, "store", "month", "orders", "amount")
