"""Making and changing segments, and putting customers into them by hand."""

import re
from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from segmentation.models import Segment, SegmentHead, SegmentPick
from segmentation.segments import expanding, following, reading, vocabulary, writing
from segmentation.segments.refusing import Misfit, RuleError
from segmentation.segments.tree import Node, clauses
from tenancy import audit
from tenancy.models import Membership

MOST = 500  # of one company
MOST_PICKED = 10_000  # customers of one request
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
CHANGED = ("name", "description", "is_shared", "rule", "rule_changed_at", "broken_at", "broken_by")
AT_ONCE = 20_000  # customers of a company whose segments are filled while one waits


class NotPossible(ValueError):
    """The message says what stands against it; `field` is what it is about."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


def create(
    name: str, *, key: str = "", kind: str = Segment.Kind.DYNAMIC, rule: str = "", description: str = "",
    is_shared: bool = True, by: Membership,
) -> Segment:  # fmt: skip
    """A new segment with the members its rule gives. Raises NotPossible, and RuleError for the rule."""
    if Segment.objects.filter(archived_at=None).count() >= MOST:
        raise NotPossible("name", _("A company has at most %d segments.") % MOST)
    key = key or suggested_key(name)
    if not KEY.fullmatch(key):
        raise NotPossible("key", _("Lower-case letters, digits and underscores, a letter first, at most %d.") % 40)
    segment = Segment(
        name=name, key=key, kind=kind, rule=_checked(rule, kind, key, by), description=description, is_shared=is_shared,
        created_by=by,
    )  # fmt: skip
    _save(segment)
    audit.record("segment.created", segment, by=by, changes={"key": key, "kind": kind})
    _fill(segment, by)
    return segment


def change(segment: Segment, *, by: Membership, rule: str | None = None, **told) -> Segment:
    """Another name, description or rule; who is in it follows. A rule that stays as it is may ask what `by` may not.
    Raises NotPossible and RuleError."""
    differences = audit.changed(segment, {name: value for name, value in told.items() if name != "description"})
    if "description" in told:
        segment.description = told["description"]
    is_new_rule = (
        rule not in (None, segment.rule)
        and (checked := _checked(rule, segment.kind, segment.key, by)) != segment.rule
    )  # fmt: skip
    if is_new_rule:
        segment.rule, segment.rule_changed_at = checked, timezone.now()
        segment.broken_at, segment.broken_by = None, ""
        if not _is_large():
            following.hold()  # before the segment's row, as those do who fill segments
    _save(segment, CHANGED)
    audit.record("segment.changed", segment, by=by, changes=differences | ({"rule": True} if is_new_rule else {}))
    if is_new_rule:
        _fill(segment, by)
    return segment


def archive(segment: Segment, *, by: Membership) -> None:
    """It is no longer counted nor offered; who was in it when stays known. Raises NotPossible while others ask it."""
    asking = [one.name for one in _ruled() if one.id != segment.id and segment.key in expanding.mentioned(one.rule)]
    if asking:
        raise NotPossible("key", _("Other segments ask it: %s") % _(", ").join(asking[:5]))
    segment.archived_at = timezone.now()
    segment.save(update_fields=["archived_at"])
    audit.record("segment.archived", segment, by=by)


def pick(segment: Segment, customer_ids: Collection[UUID], *, by: Membership) -> set[UUID]:
    """Put customers whom the member sees into a segment that is put together by hand; who is new there."""
    head, ids = following.hold(), _seen(segment, customer_ids, by)
    new = ids - _chosen(segment, ids)
    rows = [SegmentPick(segment=segment, customer_id=id, by=by) for id in sorted(new)]
    SegmentPick.objects.bulk_create(rows, batch_size=2000)
    return _told("segment.picked", segment, head, new, by)


def unpick(segment: Segment, customer_ids: Collection[UUID], *, by: Membership) -> set[UUID]:
    """Take them out of it; who was there."""
    head, ids = following.hold(), _seen(segment, customer_ids, by)
    gone = _chosen(segment, ids)
    segment.picks.filter(customer_id__in=gone).delete()
    return _told("segment.unpicked", segment, head, gone, by)


def suggested_key(name: str) -> str:
    """A key made from a name; for one without Latin letters a numbered one."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:30]
    stem = plain if KEY.fullmatch(plain) else "segment"
    taken = set(Segment.objects.filter(archived_at=None).values_list("key", flat=True))
    return next(
        key for number in range(1, MOST + 2) if (key := stem if number == 1 else f"{stem}_{number}") not in taken
    )


def _checked(rule: str, kind: str, key: str, by: Membership) -> str:
    """The rule as it is kept. Raises RuleError, and NotPossible where the kind wants another."""
    if kind == Segment.Kind.STATIC:
        if rule.strip():
            raise NotPossible("rule", _("A segment that is put together by hand has no rule."))
        return ""
    node = reading.parse(rule, vocabulary.standing().of(by))
    if kind == Segment.Kind.RANDOM and not any(clause.field == "bucket" for clause in clauses(node)):
        raise NotPossible("rule", _("A random segment asks for a bucket, as in bucket <= 10."))
    _check_cycle(node, key, rule)
    return writing.text(node)


def _check_cycle(node: Node, key: str, rule: str) -> None:
    try:
        expanding.check_cycle(node, key)
    except Misfit as misfit:
        place = max(0, rule.find("segment"))
        raise RuleError(misfit, position=place, length=len("segment")) from misfit


def _save(segment: Segment, fields: Collection[str] | None = None) -> None:
    """All of a new one; else what was changed, so that what others write meanwhile stays."""
    try:
        with transaction.atomic():
            segment.save(update_fields=fields)
    except IntegrityError as problem:
        raise NotPossible("key", _("Another segment has this key.")) from problem


def _fill(segment: Segment, by: Membership) -> None:
    """At once in a small company, else by a job."""
    if _is_large():
        following.start_fill(segment, by=by)
    else:
        following.fill(segment)
        segment.refresh_from_db()


def _is_large() -> bool:
    return Customer.objects.all()[AT_ONCE : AT_ONCE + 1].exists()


def _seen(segment: Segment, ids: Collection[UUID], by: Membership) -> set[UUID]:
    if segment.kind != Segment.Kind.STATIC:
        raise NotPossible("customers", _("This segment follows its rule; nobody is put into it by hand."))
    rows = Customer.objects.visible_to(by).filter(id__in=list(ids)[:MOST_PICKED], erased_at=None)
    return set(rows.values_list("id", flat=True))


def _chosen(segment: Segment, ids: Collection[UUID]) -> set[UUID]:
    return set(segment.picks.filter(customer_id__in=ids).values_list("customer_id", flat=True))


def _told(event: str, segment: Segment, head: SegmentHead, ids: set[UUID], by: Membership) -> set[UUID]:
    if ids:
        following.compare(head, [segment], only=sorted(ids), cause=following.Cause.HAND)
        audit.record(event, segment, by=by, changes={"customers": len(ids)})
    return ids


def _ruled() -> list[Segment]:
    return list(Segment.objects.filter(archived_at=None).exclude(kind=Segment.Kind.STATIC))
