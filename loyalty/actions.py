"""What the audit's page calls the actions and subjects of this app."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from loyalty.models import Adjustment, Entry, Programme, Receipt, Return
from tenancy import audit
from tenancy.models import Membership

audit.describe(
    {
        "adjustment.asked": _("Asked for a correction of points"),
        "adjustment.refused": _("Refused a correction of points"),
        "checkout.confirmed": _("Sold at the till"),
        "code.sent": _("Sent a one-time code"),
        "customer.card_shown": _("Showed a member card"),
        "customer.chosen": _("Chose a customer at the till"),
        "customer.enrolled": _("Enrolled a member"),
        "customer.looked_up": _("Looked a customer up at the till"),
        "points.corrected": _("Corrected points"),
        "programme.changed": _("Changed the points programme"),
        "return.recorded": _("Took goods back"),
    }
)


def _numbers(ids: Iterable[UUID], *, by: Membership) -> dict[UUID, str]:
    return dict(Receipt.objects.filter(id__in=ids).values_list("id", "order__number"))


audit.describe_subject(Adjustment, audit.Subject(_("Correction of points")))
audit.describe_subject(Entry, audit.Subject(_("Movement of points")))
audit.describe_subject(Programme, audit.Subject(_("Points programme"), find=audit.names(Programme)))
audit.describe_subject(Receipt, audit.Subject(_("Receipt"), find=_numbers, page="till:receipt", argument="receipt_id"))
audit.describe_subject(Return, audit.Subject(_("Return"), page="till:return_done", argument="return_id"))
