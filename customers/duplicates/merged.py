"""Merges, as those may see them who see the customer that stayed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.db.models import Count, Model, Q, QuerySet

from customers.models import Customer, LaterRow, Merge, MergeMove
from tenancy import audit
from tenancy.models import Membership
from tenancy.permissions import Permission, Scope

RECENT = ("-at", "-id")
AT_ONCE = 200  # later rows that are shown and assigned at once
MOMENTS = ("at", "opened_at", "created_at")  # what models call the moment of a row
LONGEST = 120


def visible(member: Membership) -> QuerySet[Merge]:
    """Those whose survivor the member sees, or who has its records now, and all customers that went their own way
    again."""
    rows = Merge.objects.select_related("survivor", "by__user", "undone_by__user", "job")
    if not member.can(Permission.CUSTOMERS_VIEW):
        return rows.none()
    if member.scope == Scope.ALL:
        return rows
    seen = Customer.objects.visible_to(member).values("id")
    above = ("survivor", "survivor__merged_into", "survivor__merged_into__merged_into")
    reached = Q()
    for path in above:
        reached |= Q(**{f"{path}__in": seen})
    unseen = Customer.objects.filter(merged_into=None).exclude(id__in=seen).values("id")
    return rows.filter(reached).exclude(members__customer__in=unseen)


def newest(member: Membership) -> QuerySet[Merge]:
    return visible(member).annotate(absorbed=Count("members")).order_by(*RECENT)


def of_job(job_id: UUID, *, member: Membership) -> QuerySet[Merge]:
    return newest(member).filter(job=job_id)


def open_rows(merge: Merge) -> QuerySet[LaterRow]:
    """What was written since the merge and is nobody's by now."""
    return merge.later_rows.filter(assigned_at=None).order_by("id")


def moved(merge: Merge) -> list[tuple[str, int]]:
    """(kind of row, how many) that the merge took along by name; what hangs on a source record went with it."""
    rows = MergeMove.objects.filter(member__merge=merge).values("model").annotate(n=Count("id")).order_by("model")
    return [(str(audit.label_of(apps.get_model(row["model"]))), row["n"]) for row in rows]


@dataclass(frozen=True)
class Told:
    """A later row in words: its kind, what it says of itself where it does, and when it came."""

    row: LaterRow
    kind: str
    what: str
    at: datetime | None


def told(rows: Sequence[LaterRow]) -> list[Told]:
    by_model: dict[str, list[UUID]] = {}
    for row in rows:
        by_model.setdefault(row.model, []).append(row.row_id)
    found = {name: apps.get_model(name).objects.in_bulk(ids) for name, ids in by_model.items()}
    kinds = {name: str(audit.label_of(apps.get_model(name))) for name in by_model}
    return [_told(row, kinds[row.model], found[row.model].get(row.row_id)) for row in rows]


def _told(row: LaterRow, kind: str, there: Model | None) -> Told:
    if there is None:
        return Told(row, kind, "", None)
    speaks = type(there).__str__ is not Model.__str__
    what = str(there) if speaks else getattr(there, "text", "") or ""
    at = next((value for name in MOMENTS if (value := getattr(there, name, None))), None)
    return Told(row, kind, what[:LONGEST], at)
