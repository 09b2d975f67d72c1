"""Errors as application/problem+json (RFC 9457): one shape for whatever goes wrong."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core import signals
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError, transaction
from django.http import Http404, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from tenancy.paging import BadCursor

CONTENT_TYPE = "application/problem+json"
MOST_ERRORS = 100
logger = logging.getLogger(__name__)


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class Busy(Conflict):
    """Somebody is at work on the same rows; nothing was done, and the same request will succeed soon."""

    default_code = "busy"
    wait = 2


class Merged(exceptions.APIException):
    """The customer was merged into another, who has all rows until that is undone."""

    status_code = HTTPStatus.CONFLICT
    default_code = "merged"

    def __init__(self, survivor_id: UUID):
        super().__init__(_("This customer was merged into another: see survivor."))
        self.survivor_id = survivor_id


class Unprocessable(exceptions.APIException):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


class Gone(exceptions.APIException):
    """It was there once, and comes back no more."""

    status_code = HTTPStatus.GONE
    default_code = "gone"


class BadQuery(exceptions.ValidationError):
    """What stands behind the question mark of the address is not acceptable."""


class OutOfRange(exceptions.APIException):
    status_code = HTTPStatus.BAD_REQUEST
    default_detail = _("A value is beyond what can be kept.")
    default_code = "out_of_range"


class Unavailable(exceptions.APIException):
    """Nothing was done, and the same request may succeed in a moment."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = _("Not available for the moment. Try again.")
    default_code = "unavailable"
    wait = 2


class Failed(exceptions.APIException):
    default_detail = _("The program failed here. Nothing was changed.")
    default_code = "failed"


def problem_response(exception: Exception, context: dict) -> Response:
    """DRF's exception handler: what the view wrote before it raised is rolled back; one object tells why."""
    answer, request = _as_api_exception(exception), context["request"]._request
    if isinstance(answer, Failed):
        logger.error("%s failed", request.path, exc_info=exception)
        signals.got_request_exception.send(sender=None, request=request)
    if request.tenant is not None:  # else no transaction was opened for this request
        transaction.set_rollback(True)
    return Response(body_of(answer), status=answer.status_code, headers=_headers(answer), content_type=CONTENT_TYPE)


def problem(exception: exceptions.APIException) -> JsonResponse:
    """The same answer for an error outside of a DRF view."""
    return JsonResponse(
        body_of(exception),
        status=exception.status_code,
        headers=_headers(exception),
        content_type=CONTENT_TYPE,
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )


def body_of(exception: exceptions.APIException) -> dict[str, Any]:
    """The problem object. `code` is for programs, `detail` for people; `errors` names each faulty value."""
    status = int(exception.status_code)
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if isinstance(exception, exceptions.ValidationError):
        detail = str(_("Not acceptable: see errors."))
        in_query = isinstance(exception, BadQuery)
        return body | {
            "detail": detail,
            "code": "invalid",
            "errors": errors_of(exception.detail, in_query=in_query),
        }
    told = {"survivor": str(exception.survivor_id)} if isinstance(exception, Merged) else {}
    return body | {"detail": str(exception.detail), "code": exception.detail.code, **told}


def errors_of(detail: Any, *, in_query: bool = False, most: int = MOST_ERRORS) -> list[dict[str, str]]:
    """The first errors, each with where it is: a JSON pointer into the body or a parameter's name."""
    found = []
    for path, error in _leaves(detail, ()):
        place = {"parameter": ".".join(path)} if in_query else {"pointer": pointer(path)}
        found.append({**place, "detail": str(error), "code": error.code})
        if len(found) == most:
            break
    return found


def pointer(path: tuple[str, ...]) -> str:
    """RFC 6901, as a fragment."""
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def _leaves(detail: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], exceptions.ErrorDetail]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _leaves(inner, path if name == "non_field_errors" else (*path, str(name)))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            is_leaf = isinstance(inner, exceptions.ErrorDetail)
            yield from _leaves(inner, path if is_leaf else (*path, str(place)))
    else:
        yield path, detail


def _as_api_exception(exception: Exception) -> exceptions.APIException:
    match exception:
        case exceptions.APIException():
            return exception
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case BadCursor():
            return BadQuery({"cursor": [exceptions.ErrorDetail(_("This cursor is none of ours."), code="invalid")]})
        case SuspiciousOperation():
            return exceptions.ParseError()
        case DataError():
            return OutOfRange()
        case OperationalError() | InterfaceError():
            logger.warning("the database did not answer", exc_info=exception)
            return Unavailable()
    return Failed()


def _headers(exception: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = exception.auth_header
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers
