from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models.customers import Customer
from customers.models.numbers import FixedPoint
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel


class CustomField(TenantModel):
    """A field of customers that the company made itself. `key` is its name for programs, `choices` in their order.

    Key and kind stay as they were made; a field that is no longer wanted is archived, its values stay.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        BOOLEAN = "boolean", _("Yes or no")

    key = models.CharField(_("key"), max_length=40)
    label = models.CharField(_("label"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="custom_field_key")]
        ordering = ["position", "key"]

    class Privacy:
        fields = keep(
            "a kind of fact, not a person", "key", "label", "kind", "choices", "position", "is_active", "created_at"
        )

    def __str__(self):
        return self.label


class CustomValue(TenantModel):
    """A customer's value of one field, as it survives among the sources.

    A text or choice stands in `text`, and folded in `key`, by which it is found; a number or boolean (0 or 1) in
    `number`; a date in `day`.
    """

    customer = TenantForeignKey(Customer, models.CASCADE, related_name="custom_values", db_index=False)
    field = TenantForeignKey(CustomField, models.CASCADE, related_name="values", db_index=False)
    text = models.CharField(max_length=500, blank=True)
    key = models.CharField(max_length=200, null=True)
    number = FixedPoint(null=True)
    day = models.DateField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "customer", "field"], name="custom_value_key")]
        indexes = [
            models.Index(
                fields=["tenant", "field", column, "customer"],
                name=f"custom_value_by_{column}",
                condition=models.Q(**{f"{column}__isnull": False}),
            )
            for column in ("key", "number", "day")
        ]

    class Privacy:
        fields = {
            **erase("whatever the company wanted to know of the person", "text", "key", "number", "day"),
            **keep("that there was a value", "customer", "field"),
        }

    def __str__(self):
        return f"{self.field_id}"
