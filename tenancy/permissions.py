"""What a member may do. A role is a set of these; a membership adds whose rows it holds for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(models.TextChoices):
    CUSTOMERS_VIEW = "CUSTOMERS_VIEW", _("See customers")
    CUSTOMERS_EDIT = "CUSTOMERS_EDIT", _("Add and change customers")
    CUSTOMERS_REVEAL = "CUSTOMERS_REVEAL", _("Reveal phone numbers and e-mail addresses")
    CUSTOMERS_EXPORT = "CUSTOMERS_EXPORT", _("Export customers to a file")
    EXPORTS_APPROVE = "EXPORTS_APPROVE", _("Approve large exports")
    CUSTOMERS_MERGE = "CUSTOMERS_MERGE", _("Decide on duplicates, merge and unmerge")
    INTERACTIONS_ADD = "INTERACTIONS_ADD", _("Log notes and calls")
    ORDERS_VIEW = "ORDERS_VIEW", _("See orders")
    ORDERS_EDIT = "ORDERS_EDIT", _("Record orders and refunds")
    PRODUCTS_EDIT = "PRODUCTS_EDIT", _("Add and change products")
    TILL_USE = "TILL_USE", _("Sell, redeem and refund at the till")
    POINTS_VIEW = "POINTS_VIEW", _("See points")
    POINTS_ADJUST = "POINTS_ADJUST", _("Correct points by hand")
    POINTS_APPROVE = "POINTS_APPROVE", _("Approve large corrections of points")
    PROGRAMME_EDIT = "PROGRAMME_EDIT", _("Change the rules of the points programme")
    TICKETS_VIEW = "TICKETS_VIEW", _("See tickets and answers")
    TICKETS_EDIT = "TICKETS_EDIT", _("Work on tickets")
    SURVEYS_EDIT = "SURVEYS_EDIT", _("Change surveys")
    CONSENTS_EDIT = "CONSENTS_EDIT", _("Record consents and withdrawals")
    PRIVACY_EXPORT = "PRIVACY_EXPORT", _("Hand out all that is held of a customer")
    PRIVACY_ERASE = "PRIVACY_ERASE", _("Erase a customer")
    AUDIT_VIEW = "AUDIT_VIEW", _("See who did and saw what")
    WEBHOOKS_EDIT = "WEBHOOKS_EDIT", _("Change webhooks and read the change feed")
    IMPORTS_RUN = "IMPORTS_RUN", _("Import files")
    FIELDS_EDIT = "FIELDS_EDIT", _("Change tags, own fields and stewards")
    JOBS_VIEW = "JOBS_VIEW", _("See and cancel jobs")
    INSIGHTS_VIEW = "INSIGHTS_VIEW", _("See figures of the whole company")
    SEGMENTS_EDIT = "SEGMENTS_EDIT", _("Change segments, stages and the models of scores")
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
    "manager": (
        _("Manager"),
        set(P) - {P.SETTINGS_EDIT, P.TOKENS_EDIT, P.WEBHOOKS_EDIT, P.PRIVACY_ERASE, P.AUDIT_VIEW},
    ),
    "sales": (
        _("Sales"),
        {
            P.CUSTOMERS_VIEW,
            P.CUSTOMERS_EDIT,
            P.CUSTOMERS_REVEAL,
            P.INTERACTIONS_ADD,
            P.ORDERS_VIEW,
            P.POINTS_VIEW,
            P.TICKETS_VIEW,
            P.CONSENTS_EDIT,
            P.INSIGHTS_VIEW,
        },
    ),
    "clerk": (
        _("Clerk"),
        {
            P.CUSTOMERS_VIEW,
            P.CUSTOMERS_EDIT,
            P.ORDERS_VIEW,
            P.ORDERS_EDIT,
            P.TILL_USE,
            P.POINTS_VIEW,
            P.CONSENTS_EDIT,
            P.INTERACTIONS_ADD,
        },
    ),
    "service": (
        _("Service"),
        {
            P.CUSTOMERS_VIEW,
            P.CUSTOMERS_REVEAL,
            P.INTERACTIONS_ADD,
            P.ORDERS_VIEW,
            P.POINTS_VIEW,
            P.POINTS_ADJUST,
            P.TICKETS_VIEW,
            P.TICKETS_EDIT,
            P.CONSENTS_EDIT,
        },
    ),
}

# Whoever has one of these finds something to do under Settings.
SETTINGS = {
    P.SETTINGS_EDIT, P.TOKENS_EDIT, P.AUDIT_VIEW, P.WEBHOOKS_EDIT, P.PROGRAMME_EDIT, P.PRODUCTS_EDIT,
    P.SURVEYS_EDIT, P.FIELDS_EDIT, P.SEGMENTS_EDIT,
}  # fmt: skip
