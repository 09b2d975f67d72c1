from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from customers.models import Customer
from tenancy.database.fields import TenantField, TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel
from tenancy.models import Membership


class StageRules(TenantModel):
    """At which figures a stage begins, from the local day `since` on; the days before keep the rules they had.

    A stage is the first that holds: lost and at risk by the days since the last order, new by one order within days,
    loyal by orders, else active.
    """

    since = models.DateField()
    lost_after = models.PositiveIntegerField(_("Lost after days"), default=270)
    at_risk_after = models.PositiveIntegerField(_("At risk after days"), default=120)
    new_within = models.PositiveIntegerField(_("New within days"), default=60)
    loyal_from = models.PositiveIntegerField(_("Loyal from orders"), default=5)
    by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "since"], name="stage_rules_of_day")]

    class Privacy:
        fields = keep(
            "rules, not a person", "since", "lost_after", "at_risk_after", "new_within", "loyal_from", "by", "made_at"
        )


class StagePolicy(TenantModel):
    """How customers of a stage are treated, all of them or those of one value `cell` (segmentation.cells)."""

    class Service(models.TextChoices):
        STANDARD = "standard", _("Standard")
        PRIORITY = "priority", _("Priority")
        PERSONAL = "personal", _("Personal advisor")

    stage = models.CharField(_("Stage"), max_length=10)
    cell = models.CharField(_("Value"), max_length=20, blank=True)
    service = models.CharField(_("Service"), max_length=10, choices=Service, default=Service.STANDARD)
    follow_up_days = models.PositiveSmallIntegerField(_("Get in touch every (days)"), null=True, blank=True)
    offer = models.CharField(_("Offer"), max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "stage", "cell"], name="stage_policy_of_cell")]

    class Privacy:
        fields = keep("rules, not a person", "stage", "cell", "service", "follow_up_days", "offer")


class ScoreChange(models.Model):
    """A customer's bands or stage moved: r·100 + f·10 + m and the stage, before and since the local `day`.

    None and an empty stage stand for a customer without scores.
    """

    pk = models.CompositePrimaryKey("tenant_id", "day", "customer_id")
    tenant = TenantField()
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    score_before = models.PositiveSmallIntegerField(null=True)
    score = models.PositiveSmallIntegerField(null=True)
    stage_before = models.CharField(max_length=10, blank=True)
    stage = models.CharField(max_length=10, blank=True)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"

    class Privacy:
        fields = keep(
            "bands over orders that accounting law keeps",
            "customer", "day", "score_before", "score", "stage_before", "stage",
        )  # fmt: skip
