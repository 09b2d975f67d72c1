"""Pages by key: a page begins after the last row of the one before, so its cost does not grow with depth."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

LARGEST = 200


@dataclass
class Page:
    """`rows` of one page; `older` and `newer` are cursors for the neighbouring pages, None at an end."""

    rows: list[Any]
    older: str | None
    newer: str | None


class BadCursor(BadRequest, ValueError):
    """The cursor in the request is none of ours; a page answers it with 400."""


def cursor_of(request: HttpRequest) -> str | None:
    """The cursor in a page's address: ?after= goes on, ?before= goes back."""
    return request.GET.get("after") or request.GET.get("before")


def page(queryset: QuerySet, *, by: Sequence[str], size: int = 50, cursor: str | None = None) -> Page:
    """The rows after (or before) the cursor, in the order `by`: field names, all ascending or all with "-".

    The last of `by` must be unique. The caller gives an index that begins with the tenant and has the same
    fields. Raises BadCursor.
    """
    size = max(1, min(size, LARGEST))
    names = [name.lstrip("-") for name in by]
    descending = by[0].startswith("-")
    back, key = _opened(cursor) if cursor else (False, None)
    rows = queryset.order_by(*(_flip(by) if back else by))
    if key is not None:
        rows = rows.filter(_after(names, _typed(queryset.model, names, key), less=descending != back))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    older = _sealed(False, found[-1], names) if found and (more or back) else None
    newer = _sealed(True, found[0], names) if found and key is not None and (more or not back) else None
    return Page(found, older, newer)


def _typed(model: type[Model], names: Sequence[str], key: Sequence[str]) -> list[Any]:
    """The cursor's texts as values of the fields they stand for. Raises BadCursor, also for another list's."""
    if len(key) != len(names):
        raise BadCursor
    try:
        values = [model._meta.get_field(name).to_python(text) for name, text in zip(names, key, strict=True)]
    except (ValidationError, ArithmeticError) as problem:
        raise BadCursor from problem
    if not all(map(_is_storable, values)):
        raise BadCursor
    return values


def _is_storable(value: Any) -> bool:
    """Whether the database can hold such a value: junk in a cursor is the asker's fault, not ours."""
    match value:
        case datetime():
            return value.tzinfo is not None and 1900 <= value.year <= 2200
        case Decimal():
            return value.is_finite() and abs(value) < 10**18
        case str():
            return "\0" not in value and value == value.encode(errors="ignore").decode()
    return True


def _after(names: Sequence[str], key: Sequence, *, less: bool) -> Q:
    """(a, b) < (x, y) spelled out, with the bound on the first field apart so that an index range serves it."""
    operator = "lt" if less else "gt"
    condition = Q()
    for place, name in enumerate(names):
        equal = {names[i]: key[i] for i in range(place)}
        condition |= Q(**equal, **{f"{name}__{operator}": key[place]})
    return Q(**{f"{names[0]}__{operator}e": key[0]}) & condition


def _flip(by: Sequence[str]) -> list[str]:
    return [name[1:] if name.startswith("-") else f"-{name}" for name in by]


def _sealed(back: bool, row: Any, names: Sequence[str]) -> str:
    values = []
    for name in names:
        value = row
        for part in name.split("__"):
            value = getattr(value, part)
        values.append(value.isoformat() if hasattr(value, "isoformat") else str(value))
    return base64.urlsafe_b64encode(json.dumps([int(back), *values]).encode()).decode().rstrip("=")


def _opened(cursor: str) -> tuple[bool, list[str]]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        back, *key = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, TypeError, RecursionError, binascii.Error) as problem:
        raise BadCursor(cursor) from problem
    if back not in (0, 1) or not key or not all(isinstance(part, str) for part in key):
        raise BadCursor(cursor)
    return bool(back), key
