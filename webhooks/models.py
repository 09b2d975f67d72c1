from django.db import models
from django.utils import timezone

from crm.lib.declaring import keep
from tenancy.database.models import TenantModel


class Change(TenantModel):
    """Something changed: `kind` is `noun.past`, `subject_id` the row it speaks of. Ids only, never content.

    `position` is given after commit, in batches, without gaps or latecomers: who has read up to one has read all
    before it (webhooks.feed).
    """

    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)
    position = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "position"], name="change_position")]
        indexes = [models.Index(fields=["tenant", "id"], name="change_unplaced", condition=models.Q(position=None))]

    class Privacy:
        fields = keep("that something changed; ids only", "kind", "subject_id", "at", "position")
