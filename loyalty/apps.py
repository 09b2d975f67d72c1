from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self):
        from django.utils.translation import gettext_lazy as _

        from interactions import timeline
        from loyalty import changes, expiring  # registers its job
        from loyalty.changes import KINDS
        from loyalty.models import Entry, Receipt
        from tenancy import audit

        assert expiring
        audit.describe(
            {
                "adjustment.asked": _("Asked for a correction of points"),
                "adjustment.refused": _("Refused a correction of points"),
                "checkout.confirmed": _("Sold at the till"),
                "code.sent": _("Sent a one-time code"),
                "customer.enrolled": _("Enrolled a member"),
                "customer.looked_up": _("Looked a customer up at the till"),
                "points.corrected": _("Corrected points"),
                "programme.changed": _("Changed the points programme"),
                "return.recorded": _("Took goods back"),
            }
        )
        audit.describe_subject(Receipt, audit.Subject(_("Receipt"), find=_numbers))
        changes.declare()
        for kind in KINDS.values():
            timeline.describe(kind, lambda ids: Entry.objects.in_bulk(ids))


def _numbers(ids, *, by):
    from loyalty.models import Receipt

    return dict(Receipt.objects.filter(id__in=ids).values_list("id", "order__number"))
