from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from crm.lib.uuids import uuid7
from tenancy import context
from tenancy.database.models import TenantModel

slug_validator = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z", _("Lower-case letters, digits and hyphens, at most 40.")
)


def validate_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as problem:
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name}) from problem


class EnteredTenantManager(models.Manager):
    """The entered tenant alone; its table has its own wall (id = the entered tenant)."""

    def get_queryset(self):
        return super().get_queryset().filter(id=context.current_tenant_id())


class Tenant(models.Model):
    """A company on this installation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.CharField(max_length=40, unique=True, validators=[slug_validator])
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="Asia/Shanghai", validators=[validate_timezone])
    currency = models.CharField(max_length=3, default="CNY", validators=[RegexValidator(r"^[A-Z]{3}\Z")])
    region = models.CharField(max_length=2, default="CN", help_text="Where a phone number without a country is from.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EnteredTenantManager()

    class Privacy:
        fields = keep("a company, not a person", "slug", "name", "timezone", "currency", "region", "created_at")

    def __str__(self):
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Installation(models.Model):
    """What holds for all companies: one row. A restored copy begins with its sends paused."""

    sends_paused = models.BooleanField(default=False)

    class Privacy:
        fields = keep("a switch", "sends_paused")


class Store(TenantModel):
    """A place that sells: a shop, or the counter of a channel."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    city = models.CharField(max_length=100, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="store_code")]
        ordering = ["code"]

    class Privacy:
        fields = keep("a place, not a person", "code", "name", "city")

    def __str__(self):
        return self.name


class Team(TenantModel):
    name = models.CharField(max_length=200)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="team_name")]
        ordering = ["name"]

    class Privacy:
        fields = keep("a group of staff", "name")

    def __str__(self):
        return self.name
