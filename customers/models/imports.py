from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models.customers import Customer
from customers.models.sources import Source
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.encryption import EncryptedText
from tenancy.models import Job, Membership


class ImportRun(TenantModel):
    """One file and what became of it. `plan` says how to read it; the figures stand in `job.result`, and in those of
    the job that is `undoing` it."""

    class Kind(models.TextChoices):
        ORDERS = "orders", _("Orders")
        CUSTOMERS = "customers", _("Customers")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    source = TenantForeignKey(Source, models.PROTECT, related_name="+", db_index=False)
    filename = models.CharField(max_length=200)
    digest = models.BinaryField(max_length=32)
    stored = models.CharField(max_length=200, blank=True)
    plan = models.JSONField(default=dict)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    undoing = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="import_by_age"),
            models.Index(fields=["tenant", "digest"], name="import_by_digest"),
        ]

    class Privacy:
        fields = keep(
            "a file, not a person; its stored copy is encrypted and goes when the import has ended",
            "kind", "source", "filename", "digest", "stored", "plan", "job", "undoing", "created_by", "created_at",
        )  # fmt: skip

    def __str__(self):
        return self.filename


class ImportProblem(TenantModel):
    """A row that could not be read, and why."""

    run = TenantForeignKey(ImportRun, models.CASCADE, related_name="problems", db_index=False)
    sheet = models.CharField(max_length=100, blank=True)
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=100, blank=True)
    cell = EncryptedText(blank=True)
    reason = models.CharField(max_length=400)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "run", "sheet", "row"], name="import_problem_row")]

    class Privacy:
        fields = {
            **erase("a cell of a file may hold anything", "cell"),
            **keep("where and why", "run", "sheet", "row", "column", "reason"),
        }


class ImportConflict(TenantModel):
    """A customer that was left as it is when an import was undone, and why."""

    class Reason(models.TextChoices):
        EDITED = "edited", _("Somebody has changed it since")
        IN_USE = "in_use", _("Something has happened with it since")
        SUPERSEDED = "superseded", _("The source has said something newer since")

    run = TenantForeignKey(ImportRun, models.CASCADE, related_name="conflicts", db_index=False)
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=10, choices=Reason.choices)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "run", "customer"], name="import_conflict_key")]

    class Privacy:
        fields = keep("that an undo left the record alone", "run", "customer", "reason")
