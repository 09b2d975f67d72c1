"""Errors as application/problem+json (RFC 9457)."""

from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from tenancy.paging import BadCursor

CONTENT_TYPE = "application/problem+json"


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class Unprocessable(exceptions.APIException):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


def problem_response(exception: Exception, context: dict) -> Response | None:
    """DRF's exception handler: one problem object, with what is wrong per field under `errors`.

    What the view wrote before it raised is rolled back. None, for what is no answer, makes a 500.
    """
    exception = _as_api_exception(exception)
    if exception is None:
        return None
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return Response(
        _body(exception), status=exception.status_code, headers=_headers(exception), content_type=CONTENT_TYPE
    )


def problem(exception: exceptions.APIException) -> JsonResponse:
    """The same answer for an error outside of a DRF view."""
    return JsonResponse(
        _body(exception), status=exception.status_code, headers=_headers(exception), content_type=CONTENT_TYPE
    )


def _body(exception: exceptions.APIException) -> dict:
    status = int(exception.status_code)
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if isinstance(exception, exceptions.ValidationError):
        return body | {"detail": "The request is not acceptable.", "errors": exception.detail}
    return body | {"detail": str(exception.detail), "code": exception.get_codes()}


def _as_api_exception(exception: Exception) -> exceptions.APIException | None:
    if isinstance(exception, Http404):
        return exceptions.NotFound()
    if isinstance(exception, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exception, BadCursor):
        return exceptions.ValidationError({"cursor": ["This cursor is none of ours."]})
    return exception if isinstance(exception, exceptions.APIException) else None


def _headers(exception: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = exception.auth_header
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def not_found(request, *args) -> JsonResponse:
    """An address under /api/ that does not exist."""
    return problem(exceptions.NotFound())
