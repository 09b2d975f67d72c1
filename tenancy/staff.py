"""The people of a company: invited, placed, let go. Each change holds from their next request on."""

from django.db import transaction
from django.utils.translation import gettext as _

from tenancy import audit, companies, invitations
from tenancy.models import Membership, Role, Tenant
from tenancy.permissions import Permission, Scope


class AlreadyMember(Exception):
    """The person is in the company, or was."""


class NoAdminLeft(Exception):
    """Nobody would be left who may change the settings for the whole company."""

    def __init__(self):
        super().__init__(_("Somebody must be left who may change settings and sees all customers."))


class Themselves(Exception):
    """Nobody lets themselves go."""

    def __init__(self):
        super().__init__(_("You cannot deactivate yourself. Ask another administrator."))


def lock() -> None:
    """Changes of staff and roles of the entered company come one after another, so that the last admin stays."""
    Tenant.objects.select_for_update(no_key=True).get()


def require_admin() -> None:
    """Raises NoAdminLeft where no active member has SETTINGS_EDIT and sees all customers."""
    admins = Membership.objects.filter(
        is_active=True,
        user__is_active=True,
        scope=Scope.ALL,
        role__permissions__contains=[Permission.SETTINGS_EDIT.value],
    )
    if not admins.exists():
        raise NoAdminLeft


@transaction.atomic
def invite(email: str, *, role: Role, scope: Scope, name: str, language: str, by: Membership, **place) -> Membership:
    """A new member, and a mail to them; `place` is a team, a store or both. A known person keeps name and password.

    Raises AlreadyMember.
    """
    lock()
    user = companies.person(email, name=name, language=language)
    if Membership.objects.filter(user=user).exists():
        raise AlreadyMember(_("This person is a member already; look among the deactivated ones too."))
    member = companies.add_member(user, role=role.key, scope=scope, by=by, **place)
    invitations.send(member, by=by)
    return member


@transaction.atomic
def change(member: Membership, *, by: Membership, **told) -> None:
    """Another role, scope, team or store. Raises NoAdminLeft, and then nothing has changed."""
    lock()
    if changes := audit.changed(member, told):
        member.save(update_fields=[*changes])
        require_admin()
        audit.record("membership.changed", member, by=by, changes=changes)


@transaction.atomic
def deactivate(member: Membership, *, by: Membership) -> None:
    """Sessions and API tokens of the member stop at their next request. Raises Themselves, NoAdminLeft."""
    if member.id == by.id:
        raise Themselves
    lock()
    if _switch(member, on=False):
        require_admin()
        audit.record("membership.deactivated", member, by=by)


@transaction.atomic
def reactivate(member: Membership, *, by: Membership) -> None:
    """The member may log in again, with the role they had; tokens that were not revoked work again."""
    if _switch(member, on=True):
        audit.record("membership.reactivated", member, by=by)


def _switch(member: Membership, *, on: bool) -> bool:
    """Whether it was the other way round."""
    return bool(Membership.objects.filter(id=member.id, is_active=not on).update(is_active=on))
