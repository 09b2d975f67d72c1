from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models import Customer, SourceRecord
from loyalty.models.programme import ProgrammeVersion
from sales.models import Order
from tenancy.database.fields import TenantField, TenantForeignKey, TenantOneToOneField
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Membership, Store


class Account(models.Model):
    """A customer's points. `balance` and `debt` are copies that must equal the sums over the entries.

    A debt is what a refund wanted back beyond the balance; whatever comes in pays it first, so an account with
    a debt has a balance of 0.
    """

    customer = TenantOneToOneField(Customer, models.CASCADE, related_name="points_account")
    tenant = TenantField()
    balance = models.PositiveBigIntegerField(default=0)
    debt = models.PositiveBigIntegerField(default=0)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"

    class Privacy:
        fields = keep("money owed or owing, for the books", "customer", "balance", "debt")


class Entry(TenantModel):
    """One movement of points: `points` moved the balance, `debt` the debt. Append-only.

    `request_id` names the request it came by: one request, one entry. What was granted or demanded is
    points − debt: of 100 earned with a debt of 70, the entry says points 30, debt −70.
    """

    class Kind(models.TextChoices):
        EARN = "earn", _("Earned")
        REDEEM = "redeem", _("Redeemed")
        EXPIRE = "expire", _("Expired")
        ADJUST = "adjust", _("Corrected")
        TAKE_BACK = "take_back", _("Taken back after a refund")
        GIVE_BACK = "give_back", _("Given back after a refund")
        SETTLE = "settle", _("Debt settled by withholding")
        MERGE = "merge", _("Moved by a merge")

    account = TenantForeignKey(Account, models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    points = models.BigIntegerField()
    debt = models.BigIntegerField(default=0)
    request_id = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
    version = TenantForeignKey(ProgrammeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    order = TenantForeignKey(Order, models.PROTECT, null=True, related_name="point_entries")
    record = TenantForeignKey(SourceRecord, models.PROTECT, null=True, related_name="+", db_index=False)
    store = TenantForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False)
    actor = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    approver = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = EncryptedText(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "request_id"], name="entry_request")]
        indexes = [
            models.Index(fields=["tenant", "account", "-at", "-id"], name="entry_by_account"),
            models.Index(fields=["tenant", "record"], name="entry_by_record", condition=Q(record__isnull=False)),
        ]

    class Privacy:
        fields = {
            **erase("free text", "reason"),
            **keep(
                "money owed, for the books; without its customer it names nobody",
                "account", "kind", "points", "debt", "request_id", "at", "version", "order", "record", "store",
                "actor", "approver",
            ),
        }  # fmt: skip

    @property
    def nominal(self) -> int:
        """What was granted (positive) or demanded (negative), before a debt came into it."""
        return self.points - self.debt


class Lot(TenantModel):
    """Points that came in together and expire together. `remaining` of them are still there."""

    account = TenantForeignKey(Account, models.PROTECT, related_name="lots", db_index=False)
    entry = TenantForeignKey(Entry, models.PROTECT, related_name="lots")
    points = models.PositiveBigIntegerField()
    remaining = models.PositiveBigIntegerField()
    expires_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.CheckConstraint(condition=Q(remaining__lte=F("points")), name="lot_remaining")]
        indexes = [
            models.Index(
                fields=["tenant", "account", "expires_at", "id"], name="lot_open", condition=Q(remaining__gt=0)
            ),
            models.Index(fields=["tenant", "expires_at"], name="lot_expiring", condition=Q(remaining__gt=0)),
        ]

    class Privacy:
        fields = keep("money owed, for the books", "account", "entry", "points", "remaining", "expires_at")


class LotUse(TenantModel):
    """How many points of a lot an outgoing entry took. Append-only."""

    lot = TenantForeignKey(Lot, models.PROTECT, related_name="uses")
    entry = TenantForeignKey(Entry, models.PROTECT, related_name="uses", db_index=False)
    points = models.PositiveBigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "entry", "lot"], name="lot_use_once")]

    class Privacy:
        fields = keep("money owed, for the books", "lot", "entry", "points")


class AdjustmentQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "AdjustmentQuerySet":
        """Corrections of the customers that the member sees."""
        return self.filter(customer__in=Customer.objects.visible_to(member))


class Adjustment(TenantModel):
    """A correction by hand. Above the programme's limit it waits for a second person."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for approval")
        APPROVED = "approved", _("Applied")
        REFUSED = "refused", _("Refused")

    customer = TenantForeignKey(Customer, models.CASCADE, related_name="point_adjustments")
    points = models.BigIntegerField()
    reason = EncryptedText()
    request_id = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_by = TenantForeignKey(Membership, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(AdjustmentQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "request_id"], name="adjustment_request")]
        indexes = [models.Index(fields=["tenant", "state", "-created_at", "-id"], name="adjustment_by_state")]

    class Privacy:
        fields = {
            **erase("free text", "reason"),
            **keep(
                "who moved how much",
                "customer", "points", "request_id", "state", "created_by", "created_at", "decided_by", "decided_at",
            ),
        }  # fmt: skip
