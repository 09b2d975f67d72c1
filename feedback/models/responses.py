from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models import Customer
from feedback.models.surveys import MOST_SCORE
from sales.models import Order
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Membership
from tenancy.permissions import Permission, Scope


class Invitation(TenantModel):
    """A customer was asked how it was, by a link of their own. An order needs none: its receipt has the link."""

    class Channel(models.TextChoices):
        LINK = "link", _("Link or QR code")
        SMS = "sms", _("Text message")
        EMAIL = "email", _("E-mail")

    customer = TenantForeignKey(Customer, models.CASCADE, related_name="invitations", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.LINK)
    at = models.DateTimeField(default=timezone.now)
    by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "customer", "-at"], name="invitation_by_customer")]

    class Privacy:
        fields = keep("that somebody was asked, for the figures", "customer", "channel", "at", "by")


class ResponseQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "ResponseQuerySet":
        """Answers of the customers the member sees; those without a customer are the whole company's."""
        if not member.can(Permission.TICKETS_VIEW):
            return self.none()
        if member.scope == Scope.ALL:
            return self
        return self.filter(customer__in=Customer.objects.visible_to(member))


class Response(TenantModel):
    """An answer to the survey: one per order, one per invitation. The last word counts, within a day of the first."""

    customer = TenantForeignKey(Customer, models.CASCADE, null=True, related_name="responses", db_index=False)
    order = TenantForeignKey(Order, models.PROTECT, null=True, related_name="+", db_index=False)
    invitation = TenantForeignKey(Invitation, models.PROTECT, null=True, related_name="+", db_index=False)
    score = models.PositiveSmallIntegerField()
    comment = EncryptedText(blank=True)
    at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=10)
    language = models.CharField(max_length=10)

    objects = TenantManager.from_queryset(ResponseQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order"], name="response_of_order"),
            models.UniqueConstraint(fields=["tenant", "invitation"], name="response_of_invitation"),
            models.CheckConstraint(condition=models.Q(score__range=(1, MOST_SCORE)), name="response_score"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-at", "-id"], name="response_by_time"),
            models.Index(fields=["tenant", "customer", "-at"], name="response_by_customer"),
        ]

    class Privacy:
        fields = {
            **erase("the person's own words", "comment"),
            **keep(
                "how satisfied customers were, for the figures",
                "customer", "order", "invitation", "score", "at", "changed_at", "channel", "language",
            ),
        }  # fmt: skip
