"""Seeing the pages as a colleague sees them, to look and not to touch.

The admin's own session remembers whom; the middleware then gives every page of that one company the colleague as its
member, so permissions, scope, team and store are theirs. Nothing can be written, and the API knows nothing of it.
"""

from uuid import UUID

from django.http import HttpRequest

from crm.lib.uuids import uuid7
from tenancy import audit
from tenancy.models import Membership, Role, Store, Team, User
from tenancy.permissions import Permission, Scope

SEEN = "seen_as"
STOP = "settings:seeing_ends"
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


def begin(request: HttpRequest, member: Membership) -> None:
    """From the next request on the session sees the company as `member` does, who may also be a role's `stand_in`."""
    told = {
        "member": "" if member._state.adding else str(member.id),
        "role": str(member.role_id),
        "scope": str(member.scope),
        "team": str(member.team_id or ""),
        "store": str(member.store_id or ""),
    }
    request.session[SEEN] = {**request.session.get(SEEN, {}), str(member.tenant_id): told}
    audit.record("seeing.begun", _subject(member), by=request.member, changes=_told(member))


def end(request: HttpRequest) -> None:
    """Back to the own eyes. Does nothing where they are."""
    if seen := request.member.viewer and request.member:
        _forget(request, seen.viewer)
        audit.record("seeing.ended", _subject(seen), by=seen.viewer, changes=_told(seen))


def stand_in(role: Role, *, scope: Scope, team: Team | None = None, store: Store | None = None) -> Membership:
    """Nobody in particular in that role: a member who is never saved and owns nothing."""
    return Membership(id=uuid7(), user=User(name=str(role)), role=role, scope=scope, team=team, store=store)


def member_for(request: HttpRequest, viewer: Membership) -> Membership:
    """Whom the pages are shown to: the one the viewer sees as, with `viewer` set, or the viewer.

    It ends by itself where the viewer may not change settings any more, or whom they saw as is gone.
    """
    told = request.session.get(SEEN, {}).get(str(viewer.tenant_id))
    if not told:
        return viewer
    seen = _member_of(told) if viewer.can(Permission.SETTINGS_EDIT) else None
    if seen is None:
        _forget(request, viewer)
        audit.record("seeing.ended", by=viewer)
        return viewer
    seen.viewer = viewer
    return seen


def _forget(request: HttpRequest, viewer: Membership) -> None:
    others = {tenant: told for tenant, told in request.session[SEEN].items() if tenant != str(viewer.tenant_id)}
    request.session[SEEN] = others


def forbids(request: HttpRequest) -> bool:
    """Whether the request would write while its member is only looked at. Stopping is always allowed."""
    looking = request.member is not None and request.member.viewer is not None
    return looking and request.method not in SAFE and request.resolver_match.view_name != STOP


def _member_of(told: dict[str, str]) -> Membership | None:
    if told["member"]:
        members = Membership.objects.select_related("role", "user", "tenant")
        return members.filter(id=told["member"], is_active=True, user__is_active=True).first()
    role = Role.objects.filter(id=told["role"]).first()
    team, store = _row(Team, told["team"]), _row(Store, told["store"])
    return role and stand_in(role, scope=Scope(told["scope"]), team=team, store=store)


def _row(model, id: str):
    return model.objects.filter(id=UUID(id)).first() if id else None


def _subject(member: Membership):
    return member.role if member._state.adding else member


def _told(member: Membership) -> dict[str, str]:
    return {"role": member.role.key, "scope": str(member.scope)}
