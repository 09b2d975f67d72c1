from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models import Customer
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Job, Membership

UNDOABLE = timedelta(days=7)


class BulkChangeQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "BulkChangeQuerySet":
        """Those that the member began: they name customers by the member's own rights."""
        return self.filter(member_id=member.id)


class BulkChange(TenantModel):
    """One thing done to many customers at once: the `chosen` ones; where `is_whole`, all whom `query` leaves.

    `fits` is what was counted when it was asked for. `left_alone` may not be changed by the member, `changed` were
    another afterwards. `value` is the tag, owner, store or segment, None for nobody and none; `label` is its name.
    """

    class Act(models.TextChoices):
        ADD_TAG = "add_tag", _("Add a tag")
        REMOVE_TAG = "remove_tag", _("Remove a tag")
        SET_OWNER = "set_owner", _("Give to an owner")
        SET_STORE = "set_store", _("Move to a store")
        PICK = "pick", _("Put into a segment")
        UNPICK = "unpick", _("Take out of a segment")

    class State(models.TextChoices):
        ASKED = "asked", _("Not confirmed yet")
        DOING = "doing", _("Running")
        DONE = "done", _("Done")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    act = models.CharField(max_length=10, choices=Act.choices)
    value = models.UUIDField(null=True)
    label = models.CharField(max_length=200, blank=True)
    chosen = ArrayField(models.UUIDField(), default=list, blank=True)
    query = EncryptedText(blank=True)
    is_whole = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    fits = models.PositiveIntegerField(default=0)
    left_alone = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)
    conflicts = models.PositiveIntegerField(default=0)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    member = TenantForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(BulkChangeQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "member", "-created_at"], name="bulk_change_by_age")]

    class Privacy:
        fields = {
            **erase("a search may name a person", "query"),
            **keep(
                "what the staff did to many at once",
                "act", "value", "label", "chosen", "is_whole", "state", "fits", "left_alone", "changed", "restored",
                "conflicts", "job", "member", "created_at", "done_at",
            ),
        }  # fmt: skip

    def __str__(self):
        return f"{self.get_act_display()}: {self.label}" if self.label else self.get_act_display()

    @property
    def can_be_undone(self) -> bool:
        in_time = self.done_at is not None and timezone.now() < self.done_at + UNDOABLE
        return self.state == self.State.DONE and self.changed > 0 and in_time


class BulkRow(TenantModel):
    """One customer of a bulk change, and what stood there before it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SAME = "same", _("Had it already")
        CHANGED = "changed", _("Changed")
        RESTORED = "restored", _("As before")
        CONFLICT = "conflict", _("Changed since")

    change = TenantForeignKey(BulkChange, models.CASCADE, related_name="rows", db_index=False)
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    before = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "change", "customer"], name="bulk_row_customer")]
        indexes = [models.Index(fields=["tenant", "change", "state", "id"], name="bulk_row_by_state")]

    class Privacy:
        fields = keep("whose customer it was, and which tag the staff gave", "change", "customer", "state", "before")
