"""Whether somebody is in a segment. Of one that has a rule, the rule is asked in its place (segments.expanding)."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from segmentation.models import Segment
from segmentation.segments.fields import Field, Kind
from segmentation.segments.sql import Asking, Rows
from segmentation.segments.tree import Clause

SEGMENT = "segment"


def fields() -> list[Field]:
    return [
        Field(SEGMENT, _("Segment"), Kind.CHOICE, "facts", choices=_keys(), is_many=True, default="", keys=_ids,
              named=_named, is_by_id=True, values=_put_in),
    ]  # fmt: skip


def _keys() -> Callable[[], Mapping[str, str]]:
    """Those that the company shares: of the others nobody learns by a rule that there are any."""
    rows = Segment.objects.filter(archived_at=None, is_shared=True)
    return cache(lambda: dict(rows.values_list("key", "name")))


def _ids(words: Iterable[str]) -> dict[str, UUID]:
    rows = Segment.objects.filter(archived_at=None, key__in=list(words))
    return dict(rows.values_list("key", "id"))


def _named(ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(Segment.objects.filter(id__in=list(ids)).values_list("id", "key"))


def _put_in(asking: Asking, clause: Clause) -> Rows:
    return Rows(f"SELECT customer_id, segment_id AS value FROM segmentation_segmentpick WHERE true {asking.among()}")
