"""Pages by cursor: each names the next, and none costs more for standing deep (tenancy.paging)."""

import re
from collections.abc import Sequence
from functools import cache

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.fields import Moment, Text, Whole
from crm.api.shapes import Asked, Told
from tenancy import paging

LONGEST_CURSOR = 2000  # a product code may be 80 characters of which each takes 12 in JSON, and 16 here
BY_UPDATE = ["updated_at", "id"]
CURSOR = re.compile(r"[\w-]+", re.ASCII)


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": LONGEST_CURSOR})
class Cursor(Text):
    default_error_messages = {"none_of_ours": _("This cursor is none of ours.")}

    def to_internal_value(self, data):
        value = super().to_internal_value(data)
        if not CURSOR.fullmatch(value):
            self.fail("none_of_ours")
        return value


class Limit(Whole):
    def __init__(self, **options):
        bounds = {"min_value": 1, "max_value": paging.LARGEST, "default": 50}
        super().__init__(**{**bounds, "help_text": "How many at most, up to 200. Else 50.", **options})


class PageQuery(Asked):
    cursor = Cursor(LONGEST_CURSOR, required=False, help_text="`next` or `previous` of another page.")
    limit = Limit()


class UpdatedSince(Moment):
    def __init__(self):
        super().__init__(
            required=False,
            help_text="Changed at this time or later, in the order of change. The simple way to follow: begin a few "
            "minutes before you last asked, for a change may come to light late; some rows come twice. `changes/` is "
            "the exact way.",
        )


@cache
def page_of(shape: type[Told]) -> type[Told]:
    """The shape of a page of such objects."""
    return type(
        f"{shape.__name__}Page",
        (Told,),
        {
            "__doc__": "A page. `next` and `previous` are values for `cursor`, null at an end.",
            "results": shape(many=True),
            "next": serializers.CharField(source="older", allow_null=True),
            "previous": serializers.CharField(source="newer", allow_null=True),
            "__module__": shape.__module__,
        },
    )


def page(queryset: QuerySet, *, by: Sequence[str], query: dict) -> paging.Page:
    """The page that the query asks for. Raises BadCursor, also for a cursor of another list."""
    return paging.page(queryset, by=by, size=query["limit"], cursor=query.get("cursor"))
