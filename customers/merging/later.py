"""What was written to a merged customer after the merge, by nobody's record: listed when the merge is undone, and
assigned by people."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import registry, roots
from customers.merging import holding, rows
from customers.merging.joining import members_of
from customers.merging.rows import Followers
from customers.merging.uncovering import uncover
from customers.models import Customer, LaterRow, Merge
from customers.registry import Hop
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Membership


class CannotAssign(ValueError):
    """This row cannot be given to that customer; the message says why."""


def later_rows(merge: Merge) -> QuerySet[LaterRow]:
    """Those of the merge, the ones that wait for an owner first."""
    return LaterRow.objects.filter(merge=merge).order_by("assigned_at", "id")


def windows(merge: Merge, chain: Sequence[Hop]) -> dict[UUID, UUID]:
    """Customer → the id after which what was written to it may be a member's: the survivor and those into whom it went
    in turn. Ids tell when they were made (RFC 9562, version 7)."""
    found = {merge.survivor_id: merge.id}
    for hop in chain:
        found[hop.into_id] = max(found[hop.customer_id], hop.merge_id)
    return found


def since(window: Mapping[UUID, UUID], root_id: UUID) -> list[tuple[str, UUID]]:
    """(model, row) of what has come in the window without a record and without another customer."""
    found: list[tuple[str, UUID]] = []
    for one in rows.followers():
        found += [(one.label, id) for id in _arrived(one, window, root_id)]
    for label, rules in registry.own.items():
        found += [(label, id) for id in (rules.later(window) if rules.later else ())]
    return found


def homes(model: str, root_id: UUID, row_ids: Sequence[UUID] | None = None) -> dict[UUID, UUID]:
    """Row → the customer it was written to, of rows of a model that merges have brought to the root."""
    members = members_of(roots.below([root_id]))
    noted = fetch(
        """SELECT v.row_id, v.member_id FROM customers_mergemove v
           WHERE v.member_id = ANY(%s) AND v.model = %s AND (%s::uuid[] IS NULL OR v.row_id = ANY(%s))""",
        [[one.id for one in members.values()], model, row_ids, row_ids],
    )
    by_id = {one.id: one for one in members.values()}
    first: dict[UUID, UUID] = {}
    for row_id, member_id in noted:
        former = first.get(row_id)
        if former is None or _age(by_id[member_id]) < _age(by_id[former]):
            first[row_id] = member_id
    return {row_id: by_id[member_id].customer_id for row_id, member_id in first.items()}


def _age(member) -> tuple:
    return member.merge.at, member.merge_id


def _arrived(one: Followers, window: Mapping[UUID, UUID], root_id: UUID) -> list[UUID]:
    """Rows of the root, and those that stayed with somebody on the way to it since the root had the like: written since
    or given to one of these since."""
    listed, given = registry.silent.get(one.label, "true"), _given(one.label, window)
    found = fetch(
        f"""SELECT t.id, t.{one.column} FROM {one.table} t
            WHERE t.{one.column} = ANY(%s) AND (t.id > %s OR t.id = ANY(%s)) {one.alone} AND {listed} ORDER BY t.id""",
        [list(window), min(window.values()), [id for id, _to in given]],
    )
    if not found:
        return []
    ids = [id for id, _customer in found]
    written_to = dict(found) | homes(one.label, root_id, ids)
    written = set(within(window, ids, written_to, root_id))
    return [id for id in ids if id in written or (id, written_to[id]) in given]


def _given(model: str, window: Mapping[UUID, UUID]) -> set[tuple[UUID, UUID]]:
    """(row, customer) of what people have said since to be these customers'."""
    at = dict(Merge.objects.filter(id__in=window.values()).values_list("id", "at"))
    rows = LaterRow.objects.filter(model=model, assigned_to__in=list(window))
    rows = rows.values_list("row_id", "assigned_to", "assigned_at")
    return {(row_id, to) for row_id, to, moment in rows if moment > at[window[to]]}


def within(
    window: Mapping[UUID, UUID], ids: Iterable[UUID], written_to: Mapping[UUID, UUID], root_id: UUID
) -> list[UUID]:
    """Those of the rows of a root that were written in the window."""
    return [id for id in ids if (after := window.get(written_to.get(id, root_id))) is not None and id > after]


def assign(row: LaterRow, customer: Customer, *, by: Membership | None) -> LaterRow:
    """The row is this customer's, once and for all. Raises CannotAssign, holding.Busy."""
    return holding.patiently(lambda: _assign(row, customer, by=by))


def _assign(row: LaterRow, customer: Customer, *, by: Membership | None) -> LaterRow:
    row = LaterRow.objects.select_for_update(of=["self"]).select_related("merge").get(id=row.id)
    if row.assigned_at:
        raise CannotAssign(_("This was assigned already."))
    to, former = roots.root(customer.id), _holder(row)
    held = holding.hold([to, former])
    if held[to].merged_into_id:
        raise holding.Moved
    if held[to].erased_at:
        raise CannotAssign(_("An erased customer gets nothing any more."))
    if to != former:
        _move(row, former, to, by)
    row.assigned_to_id, row.assigned_by, row.assigned_at = to, by, timezone.now()
    # Of nested merges each has listed the row; it is decided for all of them.
    LaterRow.objects.filter(model=row.model, row_id=row.row_id, assigned_at=None).update(
        assigned_to=to, assigned_by=by, assigned_at=row.assigned_at
    )
    told = {"row": str(row.row_id), "model": row.model, "merge": str(row.merge_id)}
    audit.record("customer.row_assigned", Customer(id=to), by=by, changes=told)
    return row


def _holder(row: LaterRow) -> UUID:
    """Who has the row now. Raises CannotAssign where it is no more."""
    if rules := registry.own.get(row.model):
        return roots.root(rules.holder(row.row_id))
    one = _followers(row)
    found = fetch(f"SELECT t.{one.column} FROM {one.table} t WHERE t.id = %s", [row.row_id])
    if not found:
        raise CannotAssign(_("It is no more."))
    return found[0][0]


def _followers(row: LaterRow) -> Followers:
    return next(one for one in rows.followers() if one.label == row.model)


def _move(row: LaterRow, former: UUID, to: UUID, by: Membership | None) -> None:
    if rules := registry.own.get(row.model):
        rules.assign(row.row_id, former, to, key=f"assign:{row.id}", by=by)
        return
    one = _followers(row)
    free = ""
    if one.once:
        same = " AND ".join(f"o.{column} = t.{column}" for column in one.once)
        free = f"AND NOT EXISTS (SELECT FROM {one.table} o WHERE o.{one.column} = %(to)s AND {same})"
    moved = fetch(
        f"""UPDATE {one.table} t SET {one.column} = %(to)s
            WHERE t.id = %(id)s AND t.{one.column} = %(former)s {one.alone} {free} RETURNING t.id""",
        {"to": to, "former": former, "id": row.row_id},
    )
    if not moved:
        raise CannotAssign(_("It is no longer with the customer, or that one has the like already."))
    top = roots.root(former)
    rows.forget(row.model, [row.row_id], [one.id for one in members_of(roots.below([top])).values()])
    uncover([top])
    registry.reassigned(row.model, row.row_id, former, to)
