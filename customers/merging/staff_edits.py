"""What staff typed in after a merge: it stands on the survivor's own record of what staff say, and can be given to
another as what it has changed."""

from collections.abc import Mapping
from uuid import UUID

from customers import identities, projection
from customers.models import Source, SourceVersion
from tenancy.models import Membership


def later(window: Mapping[UUID, UUID]) -> list[UUID]:
    """The edits of these customers since."""
    rows = SourceVersion.objects.filter(
        record__source__key=Source.STAFF, record__customer_id__in=list(window), retracted_at=None
    )
    rows = rows.filter(id__gt=min(window.values())).order_by("id").values_list("id", "record__external_id")
    return [id for id, reference in rows if (after := window.get(_owner(reference))) and id > after]


def holder(version_id: UUID) -> UUID:
    return _owner(SourceVersion.objects.values_list("record__external_id", flat=True).get(id=version_id))


def _owner(reference: str) -> UUID:
    """Of whom staff spoke (identities.edit_many)."""
    return UUID(reference.partition(":")[0])


def assign(version_id: UUID, former: UUID, to: UUID, *, key: str, by: Membership | None) -> None:
    """`to` is told what the edit has changed; of whom it was told, staff say again what they said before, save where
    they have said something newer."""
    version = SourceVersion.objects.select_related("record__source").get(id=version_id)
    of_record = SourceVersion.objects.filter(record_id=version.record_id)
    told = projection.opened(version.content)
    before = _content(of_record.filter(id__lt=version.id).order_by("-id").first())
    now = _content(of_record.filter(retracted_at=None).order_by("-at", "-id").first())
    changed = {name: value for name, value in told.items() if name not in before or before[name] != value}
    left = dict(now)
    for name, value in changed.items():
        if name in now and now[name] == value:
            left.pop(name)
            if name in before:
                left[name] = before[name]
    identities.edit_many({to: changed})
    if left != now:
        identities.retell(version.record, left)


def _content(version: SourceVersion | None) -> Mapping[str, str | None]:
    return projection.opened(version.content) if version else {}
