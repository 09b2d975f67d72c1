"""What the change feed tells of orders."""

from django.utils.translation import gettext_lazy as _

from webhooks import kinds

CREATED = "order.created"
CHANGED = "order.changed"
ADDRESS = "/api/v1/orders/{id}/"


def declare() -> None:
    kinds.declare(CREATED, _("An order was recorded."), address=ADDRESS)
    kinds.declare(CHANGED, _("An order has changed, or money was given back on it."), address=ADDRESS)
