from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from customers.models import Customer
from tenancy.database.fields import TenantField, TenantForeignKey, TenantOneToOneField
from tenancy.database.models import TenantManager, TenantModel
from tenancy.models import Job, Membership


class PredictionModel(TenantModel):
    """What the company's own orders have taught about who comes back. Never changed; one of them is in use.

    `parameters` are as in segmentation.prediction.keeping, `metrics` the backtest made with it, in the shape of
    segmentation.prediction.backtest. It was learned from the `customers` known at the end of `as_of`.
    """

    class Kind(models.TextChoices):
        RULE = "rule", _("A rule: the share who came back")
        CLOCK = "clock", _("Purchase model on the business clock")
        BLEND = "blend", _("Blend of purchase model, regression and trees")

    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    horizon_days = models.PositiveSmallIntegerField()
    as_of = models.DateField()
    customers = models.PositiveIntegerField()
    parameters = models.JSONField()
    metrics = models.JSONField(default=dict)
    is_in_use = models.BooleanField(default=False)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="prediction_model_number"),
            models.UniqueConstraint(fields=["tenant"], name="prediction_model_used", condition=Q(is_in_use=True)),
        ]

    class Privacy:
        fields = keep(
            "what customers do on the whole, not a person",
            "number", "kind", "horizon_days", "as_of", "customers", "parameters", "metrics", "is_in_use", "job",
            "created_by", "created_at",
        )  # fmt: skip


class Prediction(models.Model):
    """What the model in use says of one customer; a row is written where a value moves.

    `p_buy` is the probability, to three decimals, to buy within `horizon_days`, and `expected` the days with a purchase
    in them. `clv` is what the customer is expected to spend in the year to come, and what it does spend lies between
    `clv_low` and `clv_high` in eight of ten cases. `at_stake` is what the customer would spend in a year if it
    stayed, times the chance that it has left. `as_of` is the day for which the row was last written.
    """

    customer = TenantOneToOneField(Customer, models.CASCADE, related_name="prediction")
    tenant = TenantField()
    p_buy = models.FloatField()
    horizon_days = models.PositiveSmallIntegerField()
    expected = models.FloatField()
    clv = models.DecimalField(max_digits=18, decimal_places=2)
    clv_low = models.DecimalField(max_digits=18, decimal_places=2)
    clv_high = models.DecimalField(max_digits=18, decimal_places=2)
    at_stake = models.DecimalField(max_digits=18, decimal_places=2)
    as_of = models.DateField()

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["tenant", "-at_stake", "-customer"], name="prediction_by_stake"),
            models.Index(fields=["tenant", "-clv", "-customer"], name="prediction_by_clv"),
        ]

    class Privacy:
        fields = keep(
            "computed from orders that accounting law keeps",
            "customer", "p_buy", "horizon_days", "expected", "clv", "clv_low", "clv_high", "at_stake", "as_of",
        )  # fmt: skip
