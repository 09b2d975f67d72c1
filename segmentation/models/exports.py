from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from segmentation.models.lists import COLUMN_NAME
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Job, Membership
from tenancy.permissions import Permission


class ExportQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "ExportQuerySet":
        """The member's own; who approves large ones sees those too that need it, and never their files."""
        if not member.can(Permission.CUSTOMERS_EXPORT) and not member.can(Permission.EXPORTS_APPROVE):
            return self.none()
        seen = Q(member_id=member.id)
        if member.can(Permission.EXPORTS_APPROVE):
            seen |= Q(needs_approval=True)
        return self.filter(seen)

    def fetchable_by(self, member: Membership) -> "ExportQuerySet":
        """Those whose file the member may have: what they asked for themselves, and no one else's."""
        if not member.can(Permission.CUSTOMERS_EXPORT):
            return self.none()
        return self.filter(member_id=member.id)


class Export(TenantModel):
    """A file of the customers that `query` leaves and that `member` may see; made by a job, encrypted, gone in a week.

    `columns` are headings of the file, empty for all. `has_contact` says whether phone, e-mail and the like stand in
    it. `rows` is how many were counted when it was asked for, then how many the file has.
    """

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel (XLSX)")

    class State(models.TextChoices):
        ASKED = "asked", _("Waits for approval")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        REFUSED = "refused", _("Refused")
        EXPIRED = "expired", _("Gone")

    member = TenantForeignKey(Membership, models.PROTECT, related_name="+", db_index=False)
    query = EncryptedText(blank=True)
    columns = ArrayField(models.CharField(max_length=COLUMN_NAME), default=list, blank=True)
    format = models.CharField(max_length=4, choices=Format.choices, default=Format.CSV)
    has_contact = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    rows = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    stored = models.CharField(max_length=200, blank=True)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    needs_approval = models.BooleanField(default=False)
    decided_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)

    objects = TenantManager.from_queryset(ExportQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="export_by_age"),
            models.Index(fields=["tenant", "member"], name="export_by_member"),
            models.Index(fields=["tenant", "expires_at"], name="export_by_end", condition=~Q(stored="")),
        ]

    class Privacy:
        fields = {
            **erase("a search may name a person", "query"),
            **keep(
                "who took what out; the file itself is encrypted and goes after a week",
                "member", "columns", "format", "has_contact", "state", "rows", "size", "stored", "job",
                "needs_approval", "decided_by", "decided_at", "created_at", "expires_at", "downloads",
            ),
        }  # fmt: skip

    def __str__(self):
        return f"{self.created_at:%Y-%m-%d} · {self.get_format_display()}"

    @property
    def filename(self) -> str:
        return f"customers-{timezone.localtime(self.created_at):%Y%m%d-%H%M}.{self.format}"
