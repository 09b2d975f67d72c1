from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models import Membership

MOST_POINTS = 10_000_000  # in one movement


def _between(low, high) -> list:
    return [MinValueValidator(low), MaxValueValidator(high)]


class Programme(TenantModel):
    """The company's points programme; what it says stands in its versions."""

    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("points are earned and redeemed"), default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="programme_one")]

    class Privacy:
        fields = keep("rules, not a person", "name", "is_active")

    def __str__(self):
        return self.name


class ProgrammeVersion(TenantModel):
    """The rules from `valid_from` on. Never changed: each movement names the version it was made under.

    `earn_points` are earned per `earn_amount` of the company's currency that was paid; one point is worth
    `point_value` when redeemed, in steps of `redeem_step` points and for at most `redeem_share` percent of a
    purchase. Points expire `expires_after` months after they were earned, never where it is None.
    """

    programme = TenantForeignKey(Programme, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    valid_from = models.DateTimeField(default=timezone.now)
    earn_points = models.PositiveIntegerField(_("points"), default=1, validators=_between(0, 10_000))
    earn_amount = models.DecimalField(
        _("for each"), max_digits=10, decimal_places=2, default=1, validators=_between(Decimal("0.01"), 1_000_000)
    )
    point_value = models.DecimalField(
        _("value of a point"), max_digits=10, decimal_places=4, default=Decimal("0.01"),
        validators=_between(Decimal("0.0001"), 10_000),
    )  # fmt: skip
    redeem_step = models.PositiveIntegerField(_("redeemed in steps of"), default=100, validators=_between(1, 100_000))
    redeem_share = models.PositiveSmallIntegerField(
        _("at most this share of a purchase, in percent"), default=100, validators=_between(0, 100)
    )
    expires_after = models.PositiveSmallIntegerField(
        _("months until points expire"), null=True, blank=True, default=12, validators=_between(1, 120)
    )
    code_above = models.PositiveIntegerField(
        _("a one-time code is asked for above"), null=True, blank=True, default=5000,
        validators=_between(0, MOST_POINTS),
    )  # fmt: skip
    adjust_limit = models.PositiveIntegerField(
        _("a second person is asked for above"), default=1000, validators=_between(0, MOST_POINTS)
    )
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "programme", "number"], name="programme_version")]

    class Privacy:
        fields = keep(
            "rules, not a person",
            "programme", "number", "valid_from", "earn_points", "earn_amount", "point_value", "redeem_step",
            "redeem_share", "expires_after", "code_above", "adjust_limit", "created_by", "created_at",
        )  # fmt: skip
