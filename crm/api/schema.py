"""The OpenAPI document, made from what the views declare."""

from collections.abc import Iterator
from http import HTTPStatus

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from crm.api.problems import CONTENT_TYPE
from crm.api.shapes import Told

DESCRIPTION = """\
Everything in one company's CRM, for the company's own programs.

- **Who.** `Authorization: Bearer tk_…`. A token acts for one member and sees what that member sees; another
  company's rows, and rows outside of the member's data scope, are `404` like rows that do not exist.
- **Writing.** Send JSON. A field that is not listed is refused, so a typing error never passes for success.
- **Trying again.** Send an `Idempotency-Key` (1 to 255 printable ASCII characters) with a write: the first
  answer is kept for two days and given again to every repetition, with `Idempotency-Replayed: true`. Another
  request under the same key is `422`. While the first is still running a repetition waits up to ten seconds,
  then gets `409`. Server errors, `401`, `403`, `409` and `429` are not kept, so the key may be used again.
- **Pages.** Lists give `results`, `next` and `previous`; pass `next` as `cursor` with the same filters.
- **Following.** `changes/` tells every change exactly once, and webhooks push the same changes to you.
- **Errors** are `application/problem+json` (RFC 9457). `code` is for programs, `detail` for people (in
  Chinese or English, by `Accept-Language`), `errors` names each faulty value.
- **Limits.** 600 requests a minute for a token; beyond it `429` with `Retry-After`. A body has at most 12 MB.
- **Values.** Amounts are decimal strings in the company's currency, times are ISO 8601 in UTC, ids are UUIDs.
"""
SETTINGS = {
    "TITLE": "Tongke CRM",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "DISABLE_ERRORS_AND_WARNINGS": False,
}
ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
OF_WRITES = (
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
EXPLAINED = {
    HTTPStatus.OK: "As asked.",
    HTTPStatus.CREATED: "Made.",
    HTTPStatus.NO_CONTENT: "Done.",
    HTTPStatus.BAD_REQUEST: "Something that was sent is not acceptable; `errors` says what.",
    HTTPStatus.UNAUTHORIZED: "No token, or an unknown or revoked one.",
    HTTPStatus.FORBIDDEN: "The token or its member may not do this.",
    HTTPStatus.NOT_FOUND: "There is no such row among those the token's member sees.",
    HTTPStatus.CONFLICT: "The first request with this Idempotency-Key is still running; or the customer was "
    "merged into `survivor` (code `merged`); or somebody is at work on one of the customers (code `busy`): try again.",
    HTTPStatus.GONE: "The change feed does not reach back to there: load everything anew.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 12 MB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/json`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "It cannot be done; or the Idempotency-Key came with another request.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; wait as long as `Retry-After` says.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available for the moment; nothing was done.",
}


class Fault(Told):
    pointer = serializers.CharField(required=False, help_text="Where in the body: a JSON pointer, `#/lines/0/amount`.")
    parameter = serializers.CharField(required=False, help_text="Which parameter of the address.")
    detail = serializers.CharField()
    code = serializers.CharField()


class Problem(Told):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people.")
    code = serializers.CharField(help_text="For programs.")
    errors = Fault(many=True, required=False)
    survivor = serializers.UUIDField(required=False, help_text="Into whom the customer was merged.")


class OperationSchema(AutoSchema):
    """Reads a Resource: `queries`, `bodies`, `answers`, and the first docstring line as summary."""

    def get_operation_id(self) -> str:
        words = [word.replace("-", "_") for word in self._tokenize_path()]
        if self.method == "GET":
            fields = getattr(self.view.answers["GET"][200], "_declared_fields", ())
            return "_".join([*words, "list" if "results" in fields else "read"])
        return "_".join([*words, {"POST": "create", "PATCH": "update", "DELETE": "delete"}[self.method]])

    def get_summary(self) -> str:
        return self._docstring()[0]

    def get_description(self) -> str:
        return self._docstring()[1]

    def _docstring(self) -> tuple[str, str]:
        summary, _, more = super().get_description().partition("\n\n")
        return summary.strip().rstrip("."), more.strip()

    def get_request_serializer(self):
        return self.view.bodies.get(self.method)

    def _get_request_body(self, direction="request"):
        body = super()._get_request_body(direction)
        return body and {**body, "required": True}  # a change of nothing is an object too

    def get_response_serializers(self) -> dict:
        answers = {
            key: OpenApiResponse(shape, EXPLAINED[status])
            for status, shape in self.view.answers[self.method].items()
            for key in ([(status, kind) for kind in self.view.media] if shape == OpenApiTypes.BINARY else [status])
        }
        problems = {(int(s), CONTENT_TYPE): OpenApiResponse(Problem, EXPLAINED[s]) for s in self._problems()}
        return dict(sorted((answers | problems).items(), key=lambda item: str(item[0])))

    def get_override_parameters(self) -> list:
        query = self.view.queries.get(self.method)
        parameters = [query, *query.described] if query else []
        if self.method != "GET":
            parameters.append(IDEMPOTENCY_KEY)
            parameters.append(REPLAYED)
        return [*parameters, RETRY_AFTER]

    def _problems(self) -> Iterator[HTTPStatus]:
        yield from ALWAYS
        if "{" in self.path:
            yield HTTPStatus.NOT_FOUND
        if "{customer_id}" in self.path:
            yield HTTPStatus.CONFLICT
        if self.method != "GET":
            yield from OF_WRITES
        for refusal in self.view.refusals.get(self.method, ()):
            yield HTTPStatus(refusal.status_code)


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="Makes repeating this write safe.",
)
REPLAYED = OpenApiParameter(
    "Idempotency-Replayed",
    OpenApiTypes.BOOL,
    OpenApiParameter.HEADER,
    response=[200, 201, 204],
    description="This answer was given before.",
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After", OpenApiTypes.INT, OpenApiParameter.HEADER, response=[409, 429, 503], description="Seconds."
)
