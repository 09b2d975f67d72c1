"""What all addresses of the API have in common: policies, and that what comes in is checked first."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from crm.api.authentication import HasTokenPermission, TokenAuthentication
from crm.api.bodies import AlwaysJson, JsonBody
from crm.api.problems import BadQuery, problem_response
from crm.api.schema import OperationSchema
from crm.api.shapes import Asked
from crm.api.throttling import PerMinute
from sales import catalogue
from tenancy.models import Membership, Tenant
from tenancy.permissions import Permission


class Resource(APIView):
    """A view says per method which permissions it needs, what it asks for and what it answers.

    `queries` and `bodies` hold what is taken, `answers` a shape per status, None where there is no body, and
    `refusals` what it answers beside the usual problems. A handler finds the checked query
    in `self.query` and the checked body in `self.told`.
    """

    permissions: ClassVar[Mapping[str, Iterable[Permission]]]
    queries: ClassVar[Mapping[str, type[Asked]]] = {}
    bodies: ClassVar[Mapping[str, type[Asked]]] = {}
    answers: ClassVar[Mapping[str, Mapping[int, type[Serializer] | None]]]
    refusals: ClassVar[Mapping[str, Iterable[type[APIException]]]] = {}

    authentication_classes = (TokenAuthentication,)
    permission_classes = (HasTokenPermission,)
    throttle_classes = (PerMinute,)
    parser_classes = (JsonBody,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJson
    metadata_class = None
    schema = OperationSchema()

    def initial(self, request, *args, **kwargs):
        """Count first, so that strangers are counted too; then who, whether, and what."""
        self.format_kwarg = None
        request.version = request.versioning_scheme = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self.check_throttles(request)
        self.perform_authentication(request)
        self.check_permissions(request)
        method = "GET" if request.method == "HEAD" else request.method
        self.query = self._query(self.queries.get(method, Asked))
        self.told = self._body(self.bodies[method]) if method in self.bodies else {}

    def _query(self, asked: type[Asked]) -> dict[str, Any]:
        parameters = self.request.query_params
        twice = [name[:100] for name, values in parameters.lists() if len(values) > 1 and not asked.may_repeat(name)]
        if twice:
            raise BadQuery({name: [ErrorDetail(_("Given twice."), code="twice")] for name in twice})
        try:
            return self._checked(asked(data=parameters.dict(), context={"view": self}))
        except ValidationError as problem:
            raise BadQuery(problem.detail) from problem

    def _body(self, asked: type[Asked]) -> dict[str, Any]:
        if self.request.stream is None:
            raise ParseError(_("A body is needed, in JSON."))
        partial = self.request.method == "PATCH"
        return self._checked(asked(data=self.request.data, partial=partial, context={"view": self}))

    def _checked(self, serializer: Asked) -> dict[str, Any]:
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def finalize_response(self, request, response, *args, **kwargs):
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)

    def get_exception_handler(self):
        return problem_response

    @property
    def member(self) -> Membership:
        return self.request._request.member

    @property
    def tenant(self) -> Tenant:
        return self.request._request.tenant

    @property
    def sees_figures(self) -> bool:
        """Whether the token is told what goods cost and what is left of their price."""
        return catalogue.may_see_costs(self.request.auth)

    def answer(self, told: Any, *, status: int = 200) -> Response:
        """The answer in the shape that stands in `answers`."""
        shape = self.answers["GET" if self.request.method == "HEAD" else self.request.method][status]
        around = {"member": self.member, "sees_figures": self.sees_figures}
        return Response(shape(told, context=around).data, status=status)
