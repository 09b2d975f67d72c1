from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models.customers import Customer
from customers.models.imports import ImportRun
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel


class Tag(TenantModel):
    """A word that the company's people put on customers. Two spellings of one `name_key` are one tag."""

    name = models.CharField(_("name"), max_length=40)
    name_key = models.CharField(max_length=120, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name_key"], name="tag_name")]
        ordering = ["name_key"]

    class Privacy:
        fields = keep("a word for many, not a person", "name", "name_key", "created_at")

    def __str__(self):
        return self.name


class CustomerTag(TenantModel):
    """A tag on a customer; without `tag` where the customer was erased. `run` is the import that put it on."""

    customer = TenantForeignKey(Customer, models.CASCADE, related_name="tags", db_index=False)
    tag = TenantForeignKey(Tag, models.CASCADE, related_name="customers", db_index=False, null=True)

    run = TenantForeignKey(ImportRun, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "tag", "customer"], name="customer_tag_key")]
        indexes = [
            models.Index(fields=["tenant", "customer"], name="customer_tag_by_customer"),
            models.Index(fields=["tenant", "run"], name="customer_tag_by_run", condition=Q(run__isnull=False)),
        ]

    class Privacy:
        fields = {
            **erase("what the company calls the person", "tag"),
            **keep("that there was one", "customer", "run"),
        }
