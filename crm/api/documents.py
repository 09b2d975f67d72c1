"""The OpenAPI document and the page that shows it, for everybody."""

from functools import cache

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.settings import patched_settings
from drf_spectacular.views import SpectacularSwaggerSplitView

from crm.api.schema import SETTINGS

# The one inline style of drf-spectacular's page, by its hash; a test recomputes it.
INLINE_STYLE = "'sha256-MMpT0iDxyjALd9PdfepImGX3DBfJPXZ4IlDWdPAgtn0='"


@cache
def document() -> bytes:
    """The OpenAPI document in English; the same for everybody, so it is made once in a process."""
    with patched_settings(SETTINGS), translation.override("en"):
        return OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True))


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(document(), content_type="application/vnd.oai.openapi+json")


@method_decorator(csp_update({"style-src": [INLINE_STYLE]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The document as a page."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    schema = None
    url_name = "api-schema"
    title = SETTINGS["TITLE"]
