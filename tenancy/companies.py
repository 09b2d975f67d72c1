"""Making a company and its first people."""

from collections.abc import Callable

from django.db import transaction

from crm.lib.uuids import uuid7
from tenancy import audit, context, encryption
from tenancy.models import Membership, Role, Tenant, User
from tenancy.permissions import SEEDED_ROLES, Scope

_currency_holders: list[Callable[[], str]] = []
_listeners: list[Callable[..., object]] = []
_beginnings: list[Callable[[], object]] = []


class CurrencyHeld(Exception):
    """Amounts stand in the present currency."""


def keep_currency(reason: Callable[[], str]) -> None:
    """`reason` says in words why the entered company's currency cannot change any more, or nothing where it can."""
    _currency_holders.append(reason)


def currency_held() -> str:
    """Why the entered company keeps its currency; empty where it may still change."""
    return next(filter(None, (reason() for reason in _currency_holders)), "")


def change(tenant: Tenant, *, by: Membership, **told) -> None:
    """New values of the company. Raises CurrencyHeld."""
    if told.get("currency", tenant.currency) != tenant.currency and (reason := currency_held()):
        raise CurrencyHeld(reason)
    if changes := audit.changed(tenant, told):
        tenant.save(update_fields=[*changes])
        audit.record("company.changed", tenant, by=by, changes=changes)
        for listener in _listeners:
            listener(set(changes), by=by)


def on_changed(listener: Callable[..., object]) -> None:
    """`listener` is told which of the company's values somebody (`by`) has changed, in the same transaction."""
    _listeners.append(listener)


def on_created(beginning: Callable[[], object]) -> None:
    """`beginning` is called inside each new company; apps above register in their ready()."""
    _beginnings.append(beginning)


def create(slug: str, *, name: str, admin: User | None = None, **fields) -> Tenant:
    """A tenant with its keys and seeded roles, and `admin` as its first member.

    Raises django's ValidationError where the slug, zone or currency is not acceptable, or the slug is taken.
    """
    tenant = Tenant(id=uuid7(), slug=slug, name=name, **fields)
    with context.entered(tenant.id):
        tenant.full_clean(validate_unique=False)
        tenant.save(force_insert=True)
        encryption.make_keys()
        for key, (role_name, permissions) in SEEDED_ROLES.items():
            Role.objects.create(key=key, name=str(role_name), permissions=sorted(permissions))
        if admin:
            add_member(admin, role="admin", scope=Scope.ALL)
        for begin in _beginnings:
            begin()
    return tenant


def add_member(user: User, *, role: str, scope: Scope, by: Membership | None = None, **place) -> Membership:
    """`user` as a member of the entered tenant, in the role of that key; `place` is a team, a store or both."""
    member = Membership.objects.create(user=user, role=Role.objects.get(key=role), scope=scope, **place)
    audit.record("membership.created", member, by=by, changes={"role": role, "scope": str(scope)})
    return member


@transaction.atomic
def person(email: str, *, name: str = "", password: str | None = None, language: str = "zh-hans") -> User:
    """The user of this e-mail, made where there is none; an existing one keeps their password."""
    user = User.objects.filter(email=User.objects.normalise(email)).first()
    return user or User.objects.create_user(email, password, name=name, language=language)
