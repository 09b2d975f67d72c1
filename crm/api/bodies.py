"""JSON as it comes in: bounded before it is read, and refused where two readers could read it differently."""

import json
import math
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser

DEEPEST = 12
LONGEST_NAME = 100


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The request is too large.")
    default_code = "too_large"


class JsonBody(BaseParser):
    """One JSON value in UTF-8 (RFC 8259), of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes and twelve levels."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge
        return read(raw)


def read(raw: bytes) -> Any:
    """Its value. Raises ParseError for what is no JSON, for NaN, for a name that is unfit or stands twice."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_object, parse_float=_finite, parse_constant=_no_constant)
        _check_depth(value)
    except RecursionError as problem:
        raise ParseError(_("The JSON is nested too deeply.")) from problem
    except ValueError as problem:
        raise ParseError(_("The body is not JSON in UTF-8.")) from problem
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ParseError(_("A name stands twice in one JSON object."))
    if not all(len(name) <= LONGEST_NAME and name.isprintable() for name in made):
        raise ParseError(_("A name in the JSON is too long or not printable."))
    return made


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise ParseError(_("A number in the JSON is too large."))
    return number


def _no_constant(written: str):
    raise ParseError(_("NaN and Infinity are not JSON."))


def _check_depth(value: Any) -> None:
    level = [value]
    for _depth in range(DEEPEST + 1):
        if not level:
            return
        level = [
            child
            for container in level
            if isinstance(container, dict | list)
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]
    raise RecursionError


class AlwaysJson(BaseContentNegotiation):
    """Answers are JSON whatever Accept says (RFC 9110 §12.4.1 lets a server disregard it)."""

    def select_parser(self, request, parsers):
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type
