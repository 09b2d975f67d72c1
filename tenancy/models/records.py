from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models.people import Membership


class AuditEvent(TenantModel):
    """Who did or saw what. Append-only, without foreign keys, so that nothing can take it away."""

    at = models.DateTimeField(default=timezone.now)
    actor_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField(null=True)
    changes = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-at"], name="audit_by_time"),
            models.Index(fields=["tenant", "subject_id"], name="audit_by_subject"),
        ]

    class Privacy:
        fields = keep(
            "proof of processing; personal fields stand by name and keyed hash only",
            "at", "actor_id", "actor", "action", "subject_type", "subject_id", "changes",
        )  # fmt: skip


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
