"""What the change feed tells of customers."""

from django.utils.translation import gettext_lazy as _

from webhooks import kinds

CREATED = "customer.created"
CHANGED = "customer.changed"
REMOVED = "customer.removed"
ADDRESS = "/api/v1/customers/{id}/"


def declare() -> None:
    kinds.declare(CREATED, _("A customer was added."), address=ADDRESS)
    kinds.declare(REMOVED, _("A customer is no more: the import that added it was undone."), address=ADDRESS)
    kinds.declare(CHANGED, _("What is known of a customer has changed."), address=ADDRESS)
