"""A page and the part of it that htmx asks for have one address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def render_part(request: HttpRequest, context: dict, *, part: str, page: str) -> HttpResponse:
    """The template `part` for htmx; `page`, which holds it, for everyone else and for boosted links."""
    alone = request.htmx and not request.htmx.boosted
    response = render(request, part if alone else page, context)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted"])
    return response
