"""The decisions somebody has just made, so that the last one can be taken back, and the one before it."""

from uuid import UUID

from django.http import HttpRequest

from customers.models import Match

DECIDED = "decided_pairs"
MOST = 50


def remember(request: HttpRequest, match: Match) -> None:
    _keep(request, [*_known(request, but=match.id), str(match.id)][-MOST:])


def forget(request: HttpRequest, match: Match) -> None:
    _keep(request, _known(request, but=match.id))


def decision(request: HttpRequest) -> UUID | None:
    """The last pair that was decided here and was not taken back."""
    known = request.session.get(DECIDED, {}).get(str(request.tenant.id), [])
    return UUID(known[-1]) if known else None


def _known(request: HttpRequest, *, but: UUID) -> list[str]:
    known = request.session.get(DECIDED, {}).get(str(request.tenant.id), [])
    return [one for one in known if one != str(but)]


def _keep(request: HttpRequest, ids: list[str]) -> None:
    request.session[DECIDED] = {**request.session.get(DECIDED, {}), str(request.tenant.id): ids}
