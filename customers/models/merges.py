from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from customers.models.customers import Customer
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models import Job, Membership


class Merge(TenantModel):
    """Customers that were found to be one: the members' records went to the survivor.

    `before` holds what the survivor's own columns (owner, store) said where the merge has changed them. A merge that
    was undone stays.
    """

    class Origin(models.TextChoices):
        AUTO = "auto", _("Matching")
        REVIEW = "review", _("Decision on a pair")
        BULK = "bulk", _("Many at once")
        HAND = "hand", _("By hand")
        API = "api", _("Another system")

    survivor = TenantForeignKey(Customer, models.CASCADE, related_name="merges", db_index=False)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-at", "-id"], name="merge_by_time"),
            models.Index(fields=["tenant", "survivor"], name="merge_by_survivor"),
        ]

    class Privacy:
        fields = keep(
            "which records were held for one person",
            "survivor", "origin", "job", "by", "at", "before", "undone_at", "undone_by",
        )  # fmt: skip


class MergeMember(TenantModel):
    """A customer that was merged into the survivor. Its row stays, empty, and says into whom."""

    merge = TenantForeignKey(Merge, models.CASCADE, related_name="members", db_index=False)
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="memberships_in_merges", db_index=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "merge", "customer"], name="merge_member_once")]
        indexes = [models.Index(fields=["tenant", "customer"], name="merge_member_by_customer")]

    class Privacy:
        fields = keep("which records were held for one person", "merge", "customer")


class MergeMove(TenantModel):
    """A row that a merge took from a member to the survivor: a source record, or a row that hangs on none."""

    member = TenantForeignKey(MergeMember, models.CASCADE, related_name="moves", db_index=False)
    model = models.CharField(max_length=60)
    row_id = models.UUIDField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "member", "model", "row_id"], name="merge_move_once")]

    class Privacy:
        fields = keep("which rows went where", "member", "model", "row_id")


class LaterRow(TenantModel):
    """A row that was written to a merged customer after the merge, found when the merge was undone: somebody is to say
    whose it is. It stays where it is until then."""

    merge = TenantForeignKey(Merge, models.CASCADE, related_name="later_rows", db_index=False)
    model = models.CharField(max_length=60)
    row_id = models.UUIDField()
    assigned_to = TenantForeignKey(Customer, models.CASCADE, null=True, related_name="+", db_index=False)
    assigned_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    assigned_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "merge", "model", "row_id"], name="later_row_once")]
        indexes = [
            models.Index(fields=["tenant", "assigned_to"], name="later_row_by_customer"),
            models.Index(
                fields=["tenant", "merge", "id"], name="later_row_open", condition=Q(assigned_at__isnull=True)
            ),
        ]

    class Privacy:
        fields = keep(
            "which rows wait for an owner", "merge", "model", "row_id", "assigned_to", "assigned_by", "assigned_at"
        )
