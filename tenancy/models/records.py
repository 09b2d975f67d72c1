from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models.people import Membership


class AuditEvent(TenantModel):
    """Who did or saw what. Append-only, without foreign keys, so that nothing can take it away.

    `position` and `digest` are written once, when the row is sealed into the company's chain (tenancy.sealing).
    """

    at = models.DateTimeField(default=timezone.now)
    actor_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField(null=True)
    changes = models.JSONField(default=dict)
    position = models.BigIntegerField(null=True, editable=False)
    digest = models.BinaryField(max_length=32, null=True, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "position"], name="audit_position")]
        indexes = [
            models.Index(fields=["tenant", "-at", "-id"], name="audit_by_time"),
            models.Index(fields=["tenant", "actor_id", "-at"], name="audit_by_actor"),
            models.Index(fields=["tenant", "subject_id"], name="audit_by_subject"),
            models.Index(fields=["tenant", "at", "id"], name="audit_unsealed", condition=models.Q(position=None)),
        ]

    class Privacy:
        fields = keep(
            "proof of processing; personal fields stand by name and keyed hash only",
            "at", "actor_id", "actor", "action", "subject_type", "subject_id", "changes", "position", "digest",
        )  # fmt: skip


class AuditHead(TenantModel):
    """How far a company's audit is sealed: one row, so that rows cut off at the end are missed.

    `digest` is the last sealed row's; `seal` covers it and `count`, since who can cut rows off could write here too.
    """

    count = models.BigIntegerField(default=0)
    digest = models.BinaryField(max_length=32)
    seal = models.BinaryField(max_length=32)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="audit_head")]

    class Privacy:
        fields = keep("a checksum", "count", "digest", "seal")


class Job(TenantModel):
    """Long work in idempotent pieces: this row, not the broker, says that it is due."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    arguments = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="job_by_age"),
            # Not led by the tenant: the sweeper looks for due work of all tenants.
            models.Index(fields=["lease_until"], name="job_due", condition=models.Q(state__in=["waiting", "running"])),
        ]

    class Privacy:
        fields = keep(
            "work, not a person; arguments hold ids only",
            "kind", "title", "state", "arguments", "cursor", "done", "total", "result", "error", "attempts",
            "cancel_requested", "lease_until", "created_by", "created_at", "started_at", "ended_at",
        )  # fmt: skip

    def __str__(self):
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def percent(self) -> int | None:
        """Progress in whole percent, None while the amount of work is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None
