"""Keys for programs. The secret is shown once; a hash of it is kept."""

import secrets
from collections.abc import Iterable

from django.utils import timezone

from tenancy import audit, lookups
from tenancy.models import ApiToken, Membership
from tenancy.permissions import Permission

PREFIX = "tk_"
SECRET_BYTES = 32


class NotTheirs(Exception):
    """A token may do no more than its member."""


def make(
    member: Membership,
    *,
    name: str,
    permissions: Iterable[Permission | str] | None = None,
    by: Membership | None,
) -> tuple[ApiToken, str]:
    """A token of the member and its secret, `tk_` and 43 characters fit for an address.

    Without `permissions` it may do what the member may at the moment. Raises NotTheirs for more than that.
    """
    wanted = set(member.role.permissions) if permissions is None else {str(one) for one in permissions}
    if beyond := wanted - set(member.role.permissions):
        raise NotTheirs(", ".join(sorted(beyond)))
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        member=member, name=name, digest=lookups.token_digest(secret), permissions=sorted(wanted)
    )
    audit.record("token.created", token, by=by, changes={"name": name, "permissions": sorted(wanted)})
    return token, secret


def revoke(token: ApiToken, *, by: Membership | None) -> None:
    """The token opens nothing any more."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    audit.record("token.revoked", token, by=by)
