"""What the audit's page calls the actions and subjects of this app."""

from django.utils.translation import gettext_lazy as _

from tenancy import audit
from tenancy.models import ApiToken, Job, Membership, Role, Store, Team, Tenant

audit.describe(
    {
        "company.changed": _("Changed the company"),
        "store.created": _("Added a store"),
        "store.changed": _("Changed a store"),
        "store.deleted": _("Deleted a store"),
        "team.created": _("Added a team"),
        "team.changed": _("Changed a team"),
        "team.deleted": _("Deleted a team"),
        "membership.created": _("Added a member of staff"),
        "membership.invited": _("Sent an invitation"),
        "membership.changed": _("Changed a member of staff"),
        "membership.deactivated": _("Deactivated a member of staff"),
        "membership.reactivated": _("Reactivated a member of staff"),
        "role.created": _("Added a role"),
        "role.changed": _("Changed a role"),
        "role.deleted": _("Deleted a role"),
        "seeing.begun": _("Began to see pages as a colleague"),
        "seeing.ended": _("Stopped seeing pages as a colleague"),
        "token.created": _("Made an API token"),
        "token.revoked": _("Revoked an API token"),
        "login.succeeded": _("Logged in"),
        "login.failed": _("Wrong password"),
        "login.locked": _("Log-in locked after wrong passwords"),
        "job.cancelled": _("Cancelled a job"),
        "job.retried": _("Continued a job"),
        "keys.rotated": _("Changed the encryption key"),
        "keys.rewrapped": _("Changed the master key"),
    }
)
audit.describe_subject(Tenant, audit.Subject(_("Company"), find=audit.names(Tenant)))
audit.describe_subject(Store, audit.Subject(_("Store"), find=audit.names(Store)))
audit.describe_subject(Team, audit.Subject(_("Team"), find=audit.names(Team)))
audit.describe_subject(Role, audit.Subject(_("Role"), find=audit.names(Role)))
audit.describe_subject(ApiToken, audit.Subject(_("API token"), find=audit.names(ApiToken)))
audit.describe_subject(Membership, audit.Subject(_("Member of staff"), find=audit.names(Membership)))
audit.describe_subject(Job, audit.Subject(_("Job"), find=audit.names(Job), page="jobs:detail", argument="job_id"))
