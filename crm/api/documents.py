"""The OpenAPI document and the page that shows it, for everybody."""

import json
from functools import cache

from csp.decorators import csp_update
from django.http import HttpResponse
from django.utils import translation
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.settings import patched_settings
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.exceptions import MethodNotAllowed

from crm.api.problems import problem
from crm.api.resources import Resource
from crm.api.schema import SETTINGS

# The one inline style of drf-spectacular's page, by its hash; a test recomputes it.
INLINE_STYLE = "'sha256-MMpT0iDxyjALd9PdfepImGX3DBfJPXZ4IlDWdPAgtn0='"


@cache
def document() -> bytes:
    """The OpenAPI document in English; the same for everybody, so it is made once in a process."""
    with patched_settings(SETTINGS), translation.override("en"):
        made = OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True))
    return json.dumps(json.loads(made), ensure_ascii=False, separators=(",", ":")).encode()


class Schema(Resource):
    """The document itself."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def get(self, request):
        return HttpResponse(document(), content_type="application/vnd.oai.openapi+json")


@method_decorator(csp_update({"style-src": [INLINE_STYLE]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The document as a page."""

    authentication_classes = ()
    permission_classes = ()
    metadata_class = None
    schema = None
    url_name = "api-schema"
    title = SETTINGS["TITLE"]

    def http_method_not_allowed(self, request, *args, **kwargs):
        return problem(MethodNotAllowed(request.method))
