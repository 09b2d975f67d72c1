"""Roles: which permissions a company gives together."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.uuids import uuid7
from tenancy import audit, staff
from tenancy.models import Membership, Role
from tenancy.permissions import Permission as P

LONGEST_KEY = 40
MOST = 30  # all of them stand on one page, with each permission
SUBJECTS = {
    gettext_lazy("Customers"): [
        P.CUSTOMERS_VIEW, P.CUSTOMERS_EDIT, P.CUSTOMERS_REVEAL, P.INTERACTIONS_ADD, P.CONSENTS_EDIT,
        P.CUSTOMERS_EXPORT, P.EXPORTS_APPROVE,
    ],
    gettext_lazy("Selling"): [P.ORDERS_VIEW, P.ORDERS_EDIT, P.PRODUCTS_EDIT, P.TILL_USE],
    gettext_lazy("Points"): [P.POINTS_VIEW, P.POINTS_ADJUST, P.POINTS_APPROVE, P.PROGRAMME_EDIT],
    gettext_lazy("Feedback"): [P.TICKETS_VIEW, P.TICKETS_EDIT, P.SURVEYS_EDIT],
    gettext_lazy("Data"): [
        P.IMPORTS_RUN, P.CUSTOMERS_MERGE, P.FIELDS_EDIT, P.JOBS_VIEW, P.INSIGHTS_VIEW, P.SEGMENTS_EDIT,
    ],
    gettext_lazy("Privacy"): [P.PRIVACY_EXPORT, P.PRIVACY_ERASE, P.AUDIT_VIEW],
    gettext_lazy("Company"): [P.SETTINGS_EDIT, P.TOKENS_EDIT, P.WEBHOOKS_EDIT],
}  # fmt: skip


class HasMembers(Exception):
    """A role that somebody has cannot go."""


class TooMany(Exception):
    """More roles than anybody can look over."""


def copy(original: Role, *, name: str, by: Membership) -> Role:
    """A new role that may what `original` may. Raises TooMany."""
    if Role.objects.count() >= MOST:
        raise TooMany(_("There are %d roles; delete one that nobody has.") % MOST)
    role = Role.objects.create(key=_key_for(name), name=name, permissions=original.permissions)
    audit.record("role.created", role, by=by, changes={"name": name, "permissions": role.permissions})
    return role


def rename(role: Role, *, name: str, by: Membership) -> None:
    if changes := audit.changed(role, {"name": name}):
        role.save(update_fields=["name"])
        audit.record("role.changed", role, by=by, changes=changes)


@transaction.atomic
def permit(wanted: Mapping[UUID, tuple[Iterable[str], Iterable[str]]], *, by: Membership) -> int:
    """Give and take permissions: role id → (given, taken). What is in neither stays as it is by now.

    Holds from the members' next request on. Returns how many roles changed. Raises staff.NoAdminLeft, and then
    nothing has changed.
    """
    staff.lock()
    changed = 0
    for role in Role.objects.filter(id__in=wanted):
        given, taken = map(set, wanted[role.id])
        had = set(role.permissions)
        role.permissions = sorted((had | given) - taken)
        if set(role.permissions) != had:
            role.save(update_fields=["permissions"])
            changes = {"given": sorted(given - had), "taken": sorted(taken & had)}
            audit.record("role.changed", role, by=by, changes=changes)
            changed += 1
    staff.require_admin()
    return changed


def remove(role: Role, *, by: Membership) -> None:
    """Take a role away. Raises HasMembers while somebody has it, deactivated members too."""
    staff.lock()
    if members := role.memberships.count():
        raise HasMembers(_("Give its members another role first; there are %d.") % members)
    audit.record("role.deleted", role, by=by, changes={"name": role.name, "permissions": role.permissions})
    role.delete()


def _key_for(name: str) -> str:
    """A short name for programs: of the name where that has Latin letters, else by chance."""
    key = slugify(name)[: LONGEST_KEY - 9]
    if key and not Role.objects.filter(key=key).exists():
        return key
    return f"{key or 'role'}-{uuid7().hex[-8:]}"
