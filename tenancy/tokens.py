"""Keys for programs. The secret is shown once; a hash of it is kept."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from crm.lib.uuids import uuid7
from tenancy import audit, lookups
from tenancy.models import ApiToken, Membership
from tenancy.permissions import Permission

PREFIX = "tk_"
SECRET_BYTES = 32
NOTED = timedelta(hours=1)


class NotTheirs(Exception):
    """A token may do no more than its member."""


class MadeAlready(Exception):
    """The same wish a second time; the secret was shown the first time."""


def make(
    member: Membership,
    *,
    name: str,
    permissions: Iterable[Permission | str] | None = None,
    by: Membership | None,
    id: UUID | None = None,
) -> tuple[ApiToken, str]:
    """A token of the member and its secret, `tk_` and 43 characters fit for an address.

    Without `permissions` it may do what the member may at the moment. Raises NotTheirs for more than that,
    MadeAlready where the token of that id stands.
    """
    wanted = set(member.role.permissions) if permissions is None else {str(one) for one in permissions}
    if beyond := wanted - set(member.role.permissions):
        raise NotTheirs(", ".join(sorted(beyond)))
    if id and ApiToken.objects.filter(id=id).exists():
        raise MadeAlready
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        id=id or uuid7(),
        member=member,
        name=name,
        digest=lookups.token_digest(secret),
        permissions=sorted(wanted),
    )
    audit.record("token.created", token, by=by, changes={"name": name, "permissions": sorted(wanted)})
    return token, secret


def revoke(token: ApiToken, *, by: Membership | None) -> None:
    """The token opens nothing any more."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    audit.record("token.revoked", token, by=by)


def note_use(token: ApiToken, *, at: datetime) -> None:
    """The hour of the last use, for whoever wonders whether a token is still needed.

    At most once an hour, and never by waiting for another request of the same token.
    """
    if token.used_at is None or at - token.used_at > NOTED:
        free = ApiToken.objects.filter(id=token.id).select_for_update(skip_locked=True, no_key=True)
        ApiToken.objects.filter(id__in=free.values("id")).update(used_at=at)
