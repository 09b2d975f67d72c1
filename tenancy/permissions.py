"""What a member may do. A role is a set of these; a membership adds whose rows it holds for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(models.TextChoices):
    CUSTOMERS_VIEW = "CUSTOMERS_VIEW", _("See customers")
    CUSTOMERS_EDIT = "CUSTOMERS_EDIT", _("Add and change customers")
    CUSTOMERS_REVEAL = "CUSTOMERS_REVEAL", _("Reveal phone numbers and e-mail addresses")
    INTERACTIONS_ADD = "INTERACTIONS_ADD", _("Log notes and calls")
    ORDERS_VIEW = "ORDERS_VIEW", _("See orders")
    ORDERS_EDIT = "ORDERS_EDIT", _("Record orders and refunds")
    IMPORTS_RUN = "IMPORTS_RUN", _("Import files")
    JOBS_VIEW = "JOBS_VIEW", _("See and cancel jobs")
    INSIGHTS_VIEW = "INSIGHTS_VIEW", _("See figures of the whole company")
    SETTINGS_EDIT = "SETTINGS_EDIT", _("Change settings, staff and roles")
    TOKENS_EDIT = "TOKENS_EDIT", _("Make and revoke API tokens")


class Scope(models.TextChoices):
    OWN = "own", _("Own customers")
    TEAM = "team", _("Own team's customers")
    STORE = "store", _("Own store's customers")
    ALL = "all", _("All customers")


P = Permission
SEEDED_ROLES = {
    "admin": (_("Admin"), set(P)),
    "sales": (
        _("Sales"),
        {
            P.CUSTOMERS_VIEW,
            P.CUSTOMERS_EDIT,
            P.CUSTOMERS_REVEAL,
            P.INTERACTIONS_ADD,
            P.ORDERS_VIEW,
            P.INSIGHTS_VIEW,
        },
    ),
    "clerk": (
        _("Clerk"),
        {P.CUSTOMERS_VIEW, P.CUSTOMERS_EDIT, P.ORDERS_VIEW, P.ORDERS_EDIT, P.INTERACTIONS_ADD},
    ),
    "service": (_("Service"), {P.CUSTOMERS_VIEW, P.CUSTOMERS_REVEAL, P.INTERACTIONS_ADD, P.ORDERS_VIEW}),
}
