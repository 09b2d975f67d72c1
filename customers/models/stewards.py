from django.db import models
from django.db.models import Q

from crm.lib.declaring import keep
from customers.models.sources import Source
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models import Membership, Store


class Steward(TenantModel):
    """Who is to mend the records of one store, or those that one source speaks of."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="stewardships")
    store = TenantForeignKey(Store, models.CASCADE, null=True, related_name="+", db_index=False)
    source = TenantForeignKey(Source, models.CASCADE, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "store"], name="steward_of_store"),
            models.UniqueConstraint(fields=["tenant", "source"], name="steward_of_source"),
            models.CheckConstraint(
                condition=Q(store__isnull=True) ^ Q(source__isnull=True), name="steward_of_one_thing"
            ),
        ]

    class Privacy:
        fields = keep("who among the staff looks after records", "member", "store", "source")
