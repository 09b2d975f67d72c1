from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from crm.lib.uuids import uuid7
from customers.models import Customer
from tenancy.database.fields import TenantField, TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Membership
from tenancy.permissions import Permission


class SegmentQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "SegmentQuerySet":
        """The member's own and those shared with the company, less the archived. Whom one shows is narrowed by each
        reader's rights."""
        if not member.can(Permission.CUSTOMERS_VIEW):
            return self.none()
        return self.filter(Q(is_shared=True) | Q(created_by_id=member.id), archived_at=None)

    def editable_by(self, member: Membership) -> "SegmentQuerySet":
        return self.visible_to(member) if member.can(Permission.SEGMENTS_EDIT) else self.none()


class Segment(TenantModel):
    """Customers whom the company means: those whom `rule` fits, or, of a static one, those who were put into it.

    A random one has a bucket in its rule. `key` is its name in rules and for programs. `rule_changed_at` is later than
    `filled_at` while its members are still those of the former rule. Since `broken_at` its rule cannot be asked, for
    the error of that name in `broken_by`: its members stay as they were.
    """

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic", _("By rule")
        STATIC = "static", _("By hand")
        RANDOM = "random", _("By chance")

    name = models.CharField(_("name"), max_length=100)
    key = models.CharField(_("key"), max_length=40)
    description = models.CharField(_("description"), max_length=500, blank=True)
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices, default=Kind.DYNAMIC)
    rule = EncryptedText(_("rule"), blank=True)
    is_shared = models.BooleanField(_("shared with the company"), default=True)
    created_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    rule_changed_at = models.DateTimeField(default=timezone.now)
    filled_at = models.DateTimeField(null=True)
    filled_on = models.DateField(null=True)
    broken_at = models.DateTimeField(null=True)
    broken_by = models.CharField(max_length=100, blank=True, db_default="")
    archived_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(SegmentQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="segment_key", condition=Q(archived_at=None))
        ]
        ordering = ["name", "id"]

    class Privacy:
        fields = {
            **erase("a rule may name a person", "rule"),
            **keep(
                "a list of the staff's, not a person",
                "name", "key", "description", "kind", "is_shared", "created_by", "created_at", "rule_changed_at",
                "filled_at", "filled_on", "broken_at", "broken_by", "archived_at",
            ),
        }  # fmt: skip

    def __str__(self):
        return self.name


class SegmentPick(TenantModel):
    """A customer whom somebody put into a segment by hand."""

    segment = TenantForeignKey(Segment, models.CASCADE, related_name="picks", db_index=False)
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "segment", "customer"], name="segment_pick_key")]
        indexes = [models.Index(fields=["tenant", "customer"], name="segment_pick_by_customer")]

    class Privacy:
        fields = keep("which groups of customers it was put into", "segment", "customer", "by", "at")


class SegmentMember(models.Model):
    """A customer who is in the segment, and since when, as the segments were last compared."""

    pk = models.CompositePrimaryKey("tenant_id", "segment_id", "customer_id")
    tenant = TenantField()
    segment = TenantForeignKey(Segment, models.CASCADE, related_name="+", db_index=False)
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField(default=timezone.now)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["tenant", "customer"], name="segment_member_by_customer")]

    class Privacy:
        fields = keep("which groups of customers it was counted in", "segment", "customer", "since")


class SegmentEvent(TenantModel):
    """A customer entered or left a segment. Append-only; `position` counts them in the order of their commits. Those of
    one `batch` moved at once, the same way, and are told of together."""

    class Cause(models.TextChoices):
        CHANGE = "change", _("the customer changed")
        DAY = "day", _("time went by")
        RULE = "rule", _("the rule was changed")
        HAND = "hand", _("by hand")

    segment = TenantForeignKey(Segment, models.PROTECT, related_name="+", db_index=False)
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    entered = models.BooleanField()
    cause = models.CharField(max_length=10, choices=Cause.choices)
    position = models.PositiveBigIntegerField()
    batch = models.UUIDField(default=uuid7)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "position"], name="segment_event_position")]
        indexes = [
            models.Index(fields=["tenant", "segment", "position"], name="segment_event_by_segment"),
            models.Index(fields=["tenant", "customer", "position"], name="segment_event_by_customer"),
            models.Index(fields=["tenant", "batch"], name="segment_event_by_batch"),
        ]

    class Privacy:
        fields = keep(
            "which groups of customers it was counted in, and when",
            "segment", "customer", "entered", "cause", "position", "batch", "at",
        )  # fmt: skip


class SegmentHead(TenantModel):
    """The last position of the company's segment events. Whoever holds the row writes the next ones."""

    position = models.PositiveBigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="segment_head_one")]

    class Privacy:
        fields = keep("a count", "position")


class SegmentTouch(models.Model):
    """Something of a customer that rules may ask has changed, in the transaction `txid`. Written by the database
    itself. `followed` once the segments have looked at it."""

    pk = models.CompositePrimaryKey("tenant_id", "txid", "customer_id")
    tenant = TenantField()
    txid = models.BigIntegerField()
    customer_id = models.UUIDField()
    followed = models.BooleanField(default=False)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["tenant", "txid"], name="segment_touch_new", condition=Q(followed=False))]

    class Privacy:
        fields = keep("that something changed, for a while", "txid", "customer_id", "followed")


class SegmentColumns(TenantModel):
    """The columns of the company's customers that live counts are made on: a folder of files, as things stood at
    `snapshot`. Whoever was touched since is asked for in the database."""

    folder = models.UUIDField()
    snapshot = models.TextField()
    cluster = models.CharField(max_length=40)
    day = models.DateField()
    zone = models.CharField(max_length=60)
    form = models.PositiveSmallIntegerField()
    customers = models.PositiveIntegerField()
    built_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="segment_columns_one")]

    class Privacy:
        fields = keep(
            "where figures stand, not a person",
            "folder", "snapshot", "cluster", "day", "zone", "form", "customers", "built_at",
        )  # fmt: skip
