from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from crm.lib.declaring import keep
from customers.models import Customer
from tenancy.database.fields import TenantField, TenantForeignKey, TenantOneToOneField
from tenancy.database.models import TenantManager, TenantModel


class CustomerStats(models.Model):
    """What the scores are read from: one narrow row per customer, moved in the order's own transaction.

    `frequency` counts the orders worth more than nothing after refunds, `monetary` is the signed sum of all
    lines less refunds; `first_at` and `last_at` are of counted orders, `latest_at` of any order. `days` are the
    distinct local days with a counted order and `gap_squares` the sum of the squared days from each to the next.
    `margin` is what is left of the net worth of the orders whose cost is known (sales.costing), `margin_of` that net
    worth; both are None where no order's cost is known. `score` is r·100 + f·10 + m and `stage` the stage as last
    announced by a scoring run; what a page shows is always computed from the figures.
    """

    customer = TenantOneToOneField(Customer, models.CASCADE, related_name="stats")
    tenant = TenantField()
    frequency = models.PositiveIntegerField(default=0)
    monetary = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    latest_at = models.DateTimeField(null=True)
    days = models.PositiveIntegerField(default=0)
    gap_squares = models.PositiveBigIntegerField(default=0)
    margin = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    margin_of = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    score = models.PositiveSmallIntegerField(null=True)
    stage = models.CharField(max_length=10, blank=True)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["tenant", "-last_at", "-customer"], name="stats_by_last"),
            models.Index(fields=["tenant", "-monetary", "-customer"], name="stats_by_monetary"),
            models.Index(fields=["tenant", "-frequency", "-customer"], name="stats_by_frequency"),
        ]

    class Privacy:
        fields = keep(
            "sums over orders that accounting law keeps",
            "customer", "frequency", "monetary", "first_at", "last_at", "latest_at", "days", "gap_squares", "margin",
            "margin_of", "score", "stage",
        )  # fmt: skip
        secret = ("margin", "margin_of")


class CustomerDay(models.Model):
    """What a customer bought on one local day, from which windows of days are summed when read.

    `orders` counts the day's orders worth more than nothing after refunds, `amount` sums all of the day's orders less
    their refunds. The day is that of Order.at.
    """

    pk = models.CompositePrimaryKey("tenant_id", "customer_id", "day")
    tenant = TenantField()
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    orders = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=18, decimal_places=4)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"

    class Privacy:
        fields = keep("sums over orders that accounting law keeps", "customer", "day", "orders", "amount")


class StatsCheck(TenantModel):
    """How many customers' figures were held against their orders on a day, and how many were wrong and mended."""

    day = models.DateField()
    checked = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "day"], name="stats_check_of_day")]

    class Privacy:
        fields = keep("figures over all", "day", "checked", "wrong")


class Thresholds(TenantModel):
    """The twelve bounds of the tenant's RFM bins, four per axis; a value above bound k scores above k.

    `recency` are local dates of the last order, `frequency` orders, `monetary` amounts. Frozen ones stay
    until the tenant lets them follow again.
    """

    recency = ArrayField(models.DateField(), size=4, default=list)
    frequency = ArrayField(models.PositiveIntegerField(), size=4, default=list)
    monetary = ArrayField(models.DecimalField(max_digits=18, decimal_places=4), size=4, default=list)
    as_of = models.DateField()
    frozen = models.BooleanField(default=False)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="thresholds_one")]

    class Privacy:
        fields = keep("figures over all", "recency", "frequency", "monetary", "as_of", "frozen", "computed_at")
