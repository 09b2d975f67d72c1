from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models.customers import Customer
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText


class Source(TenantModel):
    """A system that customers and orders come from. The more trusted one wins where values differ."""

    STAFF = "staff"
    EXPORT = "tongke"  # files that we wrote ourselves, and that come back
    OURS = (STAFF, "till")  # written by our own pages alone
    KEY = r"^[\w.-]{1,60}\Z"  # what a source may be called

    key = models.CharField(max_length=60)
    trust = models.PositiveSmallIntegerField(default=50, help_text="0 to 100; what staff type in has 100")
    cancel_pattern = models.CharField(max_length=100, default=r"^C\d", help_text="order numbers that are cancellations")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="source_key")]
        ordering = ["key"]

    class Privacy:
        fields = keep("a system, not a person", "key", "trust", "cancel_pattern")

    def __str__(self):
        return self.key


class SourceRecord(TenantModel):
    """One source's record of a person: (source, external id), and the customer it belongs to. `run` made it."""

    source = TenantForeignKey(Source, models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=200)
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="records")
    run = TenantForeignKey("customers.ImportRun", models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "source", "external_id"], name="source_record_key")]

    class Privacy:
        fields = {
            **erase("the person's id in another system", "external_id"),
            **keep("holds the orders together", "source", "customer", "run", "created_at"),
        }

    def __str__(self):
        return f"{self.source.key}:{self.external_id}"


class SourceVersionQuerySet(TenantQuerySet):
    def standing(self) -> "SourceVersionQuerySet":
        """Of each record the version that counts: the newest that no undone import has brought."""
        return self.filter(retracted_at=None).order_by("record_id", "-at", "-id").distinct("record_id")


class SourceVersion(TenantModel):
    """What a source said of a person, kept as it came; the newest version of each record counts.

    `content` is the JSON of the source's fields; `at` is the moment it speaks of; `run` is the import that brought
    it, `retracted_at` when that was undone.
    """

    record = TenantForeignKey(SourceRecord, models.CASCADE, related_name="versions", db_index=False)
    at = models.DateTimeField()
    digest = models.BinaryField(max_length=16)
    content = EncryptedText()
    run = TenantForeignKey(
        "customers.ImportRun", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    retracted_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(SourceVersionQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "record", "-at"], name="source_version_newest"),
            models.Index(fields=["tenant", "run", "id"], name="source_version_by_run", condition=Q(run__isnull=False)),
        ]

    class Privacy:
        fields = {
            **erase("all that the source told of the person", "content", "digest"),
            **keep("when and how it came", "record", "at", "run", "retracted_at"),
        }


class Identifier(TenantModel):
    """A phone, e-mail, openid, unionid or card of a source record.

    `digest` is the blind index of the standardised value, `tail` that of a phone's last four digits. A strong
    identifier joins records of one person as they are written: its first holder has the claim, and whoever
    brings the same value later joins the claim's customer.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        OPENID = "openid", "openid"
        UNIONID = "unionid", "unionid"
        CARD = "card", _("Member card")

    STRONG = frozenset({Kind.EMAIL, Kind.OPENID, Kind.UNIONID, Kind.CARD})

    record = TenantForeignKey(SourceRecord, models.CASCADE, related_name="identifiers", db_index=False)
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = EncryptedText()
    digest = models.BinaryField(max_length=16)
    tail = models.BinaryField(max_length=16, null=True)
    claim = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "record", "kind", "digest"], name="identifier_key"),
            models.UniqueConstraint(
                fields=["tenant", "kind", "digest"], name="identifier_claim", condition=models.Q(claim=True)
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "kind", "digest"], name="identifier_by_digest"),
            models.Index(fields=["tenant", "tail"], name="identifier_by_tail", condition=models.Q(tail__isnull=False)),
        ]

    class Privacy:
        fields = {
            **erase("reaches the person", "value", "digest", "tail"),
            **keep("what kind of identifier it was", "record", "customer", "kind", "claim"),
        }

    def __str__(self):
        return self.get_kind_display()
