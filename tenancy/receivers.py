"""Logging in and out, as the companies of the person see it in their audit."""

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from tenancy import audit, context, logins, lookups, seeing
from tenancy.models import Membership, User


@receiver(user_logged_in)
def logged_in(sender, request, user, **kwargs) -> None:
    _record("login.succeeded", user)


@receiver(user_logged_out)
def logged_out(sender, request, user, **kwargs) -> None:
    """Seeing as somebody ends with the session, and that it ended is kept."""
    for tenant_id in request.session.get(seeing.SEEN, {}):
        _record("seeing.ended", user, tenant=tenant_id)


@receiver(user_login_failed)
def login_failed(sender, credentials, request=None, **kwargs) -> None:
    """A wrong password. What is tried while the account is locked is told once, by the lock."""
    if not getattr(request, "axes_locked_out", False):
        _record("login.failed", _person(request, credentials))


@receiver(user_locked_out)
def locked_out(sender, request: HttpRequest, username: str, **kwargs) -> None:
    """Each try while it is locked locks again; the first one is told."""
    if request.axes_failures_since_start == settings.AXES_FAILURE_LIMIT:
        _record("login.locked", _person(request, {"username": username}))


def _person(request: HttpRequest | None, credentials: dict) -> User | None:
    return User.objects.filter(email=logins.account(request, credentials)).first()


def _record(action: str, user: User | None, *, tenant: str | None = None) -> None:
    """One row in each company that the person is a member of; what nobody can be named for is left out."""
    for place in lookups.places_of(user.pk) if user else ():
        if tenant is None or tenant == str(place.tenant_id):
            with context.entered(place.tenant_id):
                member = Membership.objects.filter(user=user).first()
                audit.record(action, member, by=member if action != "login.failed" else None)
