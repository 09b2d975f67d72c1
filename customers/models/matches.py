from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models.merges import Merge
from customers.models.sources import SourceRecord
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.encryption import EncryptedText
from tenancy.models import Job, Membership


class MatchModel(TenantModel):
    """What the company's own records have taught about who is who. Never changed: each match names the one it was
    scored by.

    `weights` are as in customers.matching.keeping, `frequencies` how rare values are that several people share (packed,
    encrypted), `metrics` what was measured when it was made, `seed` what its samples were drawn with.
    """

    class Origin(models.TextChoices):
        PRIOR = "prior", _("Delivered with the product")
        TRAINED = "trained", _("Learned from your records")

    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=10, choices=Origin.choices)
    weights = models.JSONField()
    frequencies = EncryptedText(blank=True)
    metrics = models.JSONField(default=dict)
    seed = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="match_model_number"),
            models.UniqueConstraint(fields=["tenant"], name="match_model_active", condition=Q(is_active=True)),
        ]

    class Privacy:
        fields = {
            **keep(
                "what records are like on the whole, not a person",
                "number", "origin", "weights", "metrics", "seed", "is_active", "created_by", "created_at",
            ),
            **keep("values that several people share; those of an erased person are taken out", "frequencies"),
        }  # fmt: skip


class Match(TenantModel):
    """Two source records of different customers that may be one person's, with the evidence and what was decided.

    `left` has the smaller id. `levels` says how each field of the model agreed, `weights` the bits of each; with the
    model's prior they sum to `bits`. `vetoes` are the reasons why it was not merged without being asked. A verdict of
    a person holds for ever: SAME ones are held together by every later run, DIFFERENT ones apart. `stake` is what the
    two customers have spent, in the company's currency.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To be decided")
        AUTO = "auto", _("Merged by matching")
        SAME = "same", _("The same person")
        DIFFERENT = "different", _("Not the same")

    left = TenantForeignKey(SourceRecord, models.CASCADE, related_name="+", db_index=False)
    right = TenantForeignKey(SourceRecord, models.CASCADE, related_name="+", db_index=False)
    model = TenantForeignKey(MatchModel, models.PROTECT, null=True, related_name="+", db_index=False)
    levels = ArrayField(models.SmallIntegerField(), default=list)
    weights = ArrayField(models.FloatField(), default=list)
    bits = models.FloatField(null=True)
    vetoes = ArrayField(models.CharField(max_length=40), default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    stake = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    merge = TenantForeignKey(Merge, models.SET_NULL, null=True, related_name="matches")
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    found_at = models.DateTimeField(default=timezone.now)
    decided_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "left", "right"], name="match_of_two"),
            models.CheckConstraint(condition=Q(left__lt=models.F("right")), name="match_in_order"),
        ]
        indexes = [
            models.Index(fields=["tenant", "right"], name="match_by_right"),
            models.Index(fields=["tenant", "-stake", "-bits", "id"], name="match_open", condition=Q(state="open")),
            models.Index(
                fields=["tenant", "-decided_at", "-id"], name="match_decided", condition=Q(decided_at__isnull=False)
            ),
        ]

    class Privacy:
        fields = keep(
            "how alike two records were, not what they say",
            "left", "right", "model", "levels", "weights", "bits", "vetoes", "state", "stake", "merge", "job",
            "found_at", "decided_by", "decided_at",
        )  # fmt: skip


class MatchRecord(TenantModel):
    """A source record made ready to be compared: its features (as in customers.matching.features), encrypted, and the
    keyed hashes by which those that may be the same person are found. `version_id` is the version it was made of,
    `form` the number of the form that features and keys have."""

    record = TenantForeignKey(SourceRecord, models.CASCADE, related_name="+", db_index=False)
    version_id = models.UUIDField()
    form = models.PositiveIntegerField(db_default=0)
    features = EncryptedText()
    keys = ArrayField(models.BigIntegerField(), default=list)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "record"], name="match_record_once")]
        indexes = [
            models.Index(fields=["tenant", "version_id"], name="match_record_by_version"),
            GinIndex(fields=["keys"], name="match_record_keys", fastupdate=False),
        ]

    class Privacy:
        fields = {
            **erase("names and reaches the person", "features", "keys"),
            **keep("of which record, and how it was made", "record", "version_id", "form"),
        }
