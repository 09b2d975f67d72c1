from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from customers.models import Customer
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models import Membership


class Purpose(models.TextChoices):
    """What a person may agree to, each by itself (PIPL articles 14 and 15, GDPR article 7)."""

    SERVICE = "service", _("Service messages")
    MARKETING = "marketing", _("Offers and news")
    PROFILING = "profiling", _("Personal recommendations")


class Channel(models.TextChoices):
    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")
    WECHAT = "wechat", _("WeChat")
    PHONE = "phone", _("Phone call")
    POST = "post", _("Letter")


class How(models.TextChoices):
    """Where the person said so."""

    TILL = "till", _("at the till")
    PAGE = "page", _("by staff on this page")
    REST = "rest", _("through the API")
    IMPORT = "import", _("with a file")
    PHONE = "phone", _("on the phone")


class PolicyVersion(TenantModel):
    """The wording people agree to. Published once and never changed; what is new is a new version.

    `wording` is language → purpose → text.
    """

    number = models.PositiveIntegerField()
    wording = models.JSONField(default=dict)
    published_at = models.DateTimeField(default=timezone.now)
    published_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="policy_version_number")]

    class Privacy:
        fields = keep("the company's own words", "number", "wording", "published_at", "published_by")

    def __str__(self):
        return str(self.number)

    def texts(self) -> list[tuple[Purpose, str]]:
        """The wording per purpose in the reader's language, else in any that it stands in."""
        mine = self.wording.get(translation.get_language() or "", {})
        others = list(self.wording.values())
        return [
            (purpose, next((words[purpose] for words in (mine, *others) if words.get(purpose)), ""))
            for purpose in Purpose
        ]


class Consent(TenantModel):
    """A person said yes or no, to one purpose over one channel, to a wording. Append-only; the newest row holds."""

    customer = TenantForeignKey(Customer, models.CASCADE, related_name="consents", db_index=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    version = TenantForeignKey(PolicyVersion, models.PROTECT, related_name="+", db_index=False)
    given = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    how = models.CharField(max_length=10, choices=How.choices)
    by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "customer", "purpose", "channel", "-at", "-id"], name="consent_newest")
        ]

    class Privacy:
        fields = keep(
            "proof of what was agreed to; without its customer it names nobody",
            "customer", "purpose", "channel", "version", "given", "at", "how", "by",
        )  # fmt: skip


class Erasure(TenantModel):
    """That a customer was erased: the list that outlives the data, and the receipt. Append-only.

    `subject_id` is the customer, whose row stays without the person; `counts` is what became of how many rows.
    """

    class Reason(models.TextChoices):
        REQUEST = "request", _("the person asked for it")
        RETENTION = "retention", _("kept long enough")
        OTHER = "other", _("another reason")

    number = models.PositiveIntegerField()
    subject_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)
    by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    counts = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="erasure_number"),
            models.UniqueConstraint(fields=["tenant", "subject_id"], name="erasure_subject"),
        ]

    class Privacy:
        fields = keep(
            "proof of the erasure, and the list by which a restored backup is erased again",
            "number", "subject_id", "at", "by", "reason", "counts",
        )  # fmt: skip

    def __str__(self):
        return self.receipt

    @property
    def receipt(self) -> str:
        return f"E-{self.at:%Y}-{self.number:05d}"


class ErasedKey(TenantModel):
    """A keyed hash of a source record's key or an identifier that an erased person had. Append-only."""

    class Kind(models.TextChoices):
        RECORD = "record"
        IDENTIFIER = "identifier"

    erasure = TenantForeignKey(Erasure, models.PROTECT, related_name="keys", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.BinaryField(max_length=16)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "erasure", "digest"], name="erased_key_once")]
        indexes = [models.Index(fields=["tenant", "digest"], name="erased_key_digest")]

    class Privacy:
        fields = keep("keyed hashes, by which what comes back from a backup is known", "erasure", "kind", "digest")
