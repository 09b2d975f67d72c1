from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.lib.declaring import erase, keep
from customers.models import Customer, SourceRecord
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.encryption import EncryptedText
from tenancy.models import Membership, Store


class Interaction(TenantModel):
    """One row of the timeline: something that happened with a customer. Append-only.

    `kind` is `noun.past`; `subject_id` is the row it tells of (an order), told once; `record` is the source
    record it came by, so that an unmerge knows where it belongs; `text` is what a person wrote.
    """

    customer = TenantForeignKey(Customer, models.CASCADE, related_name="interactions", db_index=False)
    record = TenantForeignKey(SourceRecord, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)
    subject_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=40, blank=True)
    store = TenantForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False)
    actor = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    text = EncryptedText(blank=True)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject_id", "kind"],
                name="interaction_once",
                condition=models.Q(subject_id__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "customer", "-at", "-id"], name="interaction_timeline"),
            # A source record that goes with an undone import is looked for here.
            models.Index(fields=["tenant", "record"], name="interaction_by_record", condition=Q(record__isnull=False)),
        ]

    class Privacy:
        fields = {
            **erase("words about the person", "text"),
            **keep(
                "that something happened, for the figures; facts hold ids and numbers only",
                "customer", "record", "kind", "at", "subject_id", "channel", "store", "actor", "facts", "created_at",
            ),
        }  # fmt: skip
