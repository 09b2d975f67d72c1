from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models import Customer
from feedback.models.responses import Response
from sales.models import Order
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Membership
from tenancy.permissions import Permission, Scope


class TicketQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "TicketQuerySet":
        """Tickets of the customers the member sees and those that are theirs to do; tickets without a customer are
        the whole company's."""
        if not member.can(Permission.TICKETS_VIEW):
            return self.none()
        if member.scope == Scope.ALL:
            return self
        return self.filter(Q(assignee_id=member.id) | Q(customer__in=Customer.objects.visible_to(member)))

    def editable_by(self, member: Membership) -> "TicketQuerySet":
        return self.visible_to(member) if member.can(Permission.TICKETS_EDIT) else self.none()

    def unclosed(self) -> "TicketQuerySet":
        return self.filter(closed_at=None)

    def overdue(self) -> "TicketQuerySet":
        return self.unclosed().filter(due_at__lt=timezone.now())


class Ticket(TenantModel):
    """Something a customer is owed an answer to. `due_at` is when; the story stands in its entries."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("ticket", "Open")
        WAITING = "waiting", _("Waiting for the customer")
        CLOSED = "closed", _("Closed")

    class Priority(models.TextChoices):
        NORMAL = "normal", _("Normal")
        URGENT = "urgent", _("Urgent")

    number = models.CharField(max_length=12)
    request_id = models.CharField(max_length=100)
    customer = TenantForeignKey(Customer, models.CASCADE, null=True, related_name="tickets", db_index=False)
    response = TenantForeignKey(Response, models.PROTECT, null=True, related_name="+", db_index=False)
    order = TenantForeignKey(Order, models.PROTECT, null=True, related_name="+", db_index=False)
    subject = EncryptedText(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    assignee = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    first_reply_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    reopened = models.PositiveSmallIntegerField(default=0)

    objects = TenantManager.from_queryset(TicketQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="ticket_number"),
            models.UniqueConstraint(fields=["tenant", "request_id"], name="ticket_once"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="ticket_closed_at",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "due_at", "id"], name="ticket_due", condition=Q(closed_at=None)),
            models.Index(fields=["tenant", "-closed_at", "-id"], name="ticket_closed", condition=~Q(closed_at=None)),
            models.Index(fields=["tenant", "assignee", "due_at"], name="ticket_by_assignee"),
            models.Index(fields=["tenant", "customer", "-opened_at"], name="ticket_by_customer"),
            models.Index(fields=["tenant", "-opened_at", "-id"], name="ticket_by_age"),
            models.Index(fields=["tenant", "response"], name="ticket_by_response"),
        ]

    class Privacy:
        fields = {
            **erase("words about the person", "subject"),
            **keep(
                "how complaints were dealt with, for the figures",
                "number", "request_id", "customer", "response", "order", "state", "priority", "assignee", "opened_at",
                "opened_by", "due_at", "first_reply_at", "closed_at", "closed_by", "reopened",
            ),
        }  # fmt: skip

    def __str__(self):
        return self.number

    @property
    def title(self) -> str:
        """Its subject; one that an answer opened is called by the score, in the reader's language."""
        if self.subject:
            return self.subject
        if self.response_id:
            return gettext("Low score: %(score)s of 5") % {"score": self.response.score}
        return gettext("Ticket")

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def is_overdue(self) -> bool:
        return not self.is_closed and self.due_at < timezone.now()


class TicketEntry(TenantModel):
    """One step in a ticket's story. Append-only; `request_id` names the act, so that it is done once.

    `facts` hold ids and codes: whom it was given to, why a reply did not leave.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        NOTE = "note", pgettext_lazy("ticket", "Note")
        REPLY = "reply", _("Reply")
        UNDELIVERED = "undelivered", _("Reply that did not leave")
        ANSWER = "answer", _("Answer changed")
        ASSIGNED = "assigned", _("Assigned")
        PRIORITY = "priority", _("Priority changed")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    request_id = models.CharField(max_length=100)
    text = EncryptedText(blank=True)
    channel = models.CharField(max_length=10, blank=True)
    facts = models.JSONField(default=dict)
    by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "ticket", "request_id"], name="ticket_entry_once")]
        indexes = [models.Index(fields=["tenant", "ticket", "at", "id"], name="ticket_story")]

    class Privacy:
        fields = {
            **erase("words about the person", "text"),
            **keep(
                "how complaints were dealt with, for the figures",
                "ticket", "kind", "request_id", "channel", "facts", "by", "at",
            ),
        }  # fmt: skip
