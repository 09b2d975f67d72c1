"""Merging: customers that are one person become one record. Nothing is lost, all of it can be taken back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.uuids import uuid7
from customers import changes, identities, registry
from customers.merging import belonging, holding, rows
from customers.models import Customer, Merge, MergeMember
from customers.projection import COLUMNS
from customers.registry import Hop
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Job, Membership
from webhooks import feed

MOST = 50  # customers that go into another at once


class CannotMerge(ValueError):
    """These cannot be merged, and none was; the message says why."""


@dataclass(frozen=True, slots=True)
class Group:
    """Customers that are one: `absorbed_ids` go into the survivor."""

    survivor_id: UUID
    absorbed_ids: Sequence[UUID]


def merge(
    survivor: Customer,
    absorbed: Sequence[Customer],
    *,
    origin: Merge.Origin,
    by: Membership | None,
    job: Job | None = None,
) -> Merge:
    """The absorbed customers' rows of every app are the survivor's from now on, until it is undone.

    Raises CannotMerge, and holding.Busy where somebody is at work on one of them without pause.
    """
    group = Group(survivor.id, [one.id for one in absorbed])
    (done,) = merge_many([group], origin=origin, by=by, job=job)
    for one in (survivor, *absorbed):
        one.refresh_from_db()
    return done


def merge_many(
    groups: Sequence[Group],
    *,
    origin: Merge.Origin,
    by: Membership | None,
    job: Job | None = None,
    passing_over: bool = False,
    sparing: Callable[[], Collection[UUID]] = frozenset,
) -> list[Merge]:
    """`merge` for thousands of groups in a few statements, all or none.

    With `passing_over` groups that cannot be merged (somebody was faster) are left out and the others done. So are
    groups with one of `sparing()`, which is asked when all are held.
    """
    _require_once(groups)
    return holding.patiently(lambda: _merge(groups, passing_over, sparing, origin=origin, by=by, job=job))


def _require_once(groups: Sequence[Group]) -> None:
    ids = [id for group in groups for id in (group.survivor_id, *group.absorbed_ids)]
    if len(ids) > len(set(ids)):
        raise CannotMerge(_("A customer stands twice among those to be merged."))
    for group in groups:
        if not group.absorbed_ids:
            raise CannotMerge(_("Choose at least two customers."))
        if len(group.absorbed_ids) > MOST:
            raise CannotMerge(_("At most %d customers can be merged into one at once.") % MOST)


def _merge(groups: Sequence[Group], passing_over: bool, sparing: Callable, *, origin, by, job) -> list[Merge]:
    held = holding.hold([id for group in groups for id in (group.survivor_id, *group.absorbed_ids)])
    spared = set(sparing())
    done: list[tuple[Merge, Group]] = []
    for group in groups:
        if spared and not spared.isdisjoint((group.survivor_id, *group.absorbed_ids)):
            continue
        if problem := problem_of([held.get(id) for id in (group.survivor_id, *group.absorbed_ids)]):
            if passing_over:
                continue
            raise CannotMerge(problem)
        done.append((Merge(id=uuid7(), survivor_id=group.survivor_id, origin=origin, by=by, job=job), group))
    if not done:
        return []
    at = timezone.now()
    hops = _write(done, held, at)
    rows.take(hops, [(hop.customer_id, hop.member_id) for hop in hops])
    _empty(hops)
    identities.refresh({hop.into_id for hop in hops})
    fetch("UPDATE customers_customer SET updated_at = %s WHERE id = ANY(%s)", [at, [m.survivor_id for m, _g in done]])
    registry.merged(hops, by=by)
    _tell(done, by)
    return [one for one, _group in done]


def problem_of(customers: Sequence[Customer | None]) -> str:
    """Why these cannot become one; empty where they can."""
    if any(one is None for one in customers):
        return _("One of these customers is no more.")
    if any(one.erased_at for one in customers):
        return _("An erased customer cannot be merged.")
    if any(one.merged_into_id for one in customers):
        return _("One of these customers was merged already.")
    if len({one.kind for one in customers}) > 1:
        return _("A person and a company cannot be one.")
    return ""


def _write(done: Sequence[tuple[Merge, Group]], held: Mapping[UUID, Customer], at) -> list[Hop]:
    """The merges and their members, and where the survivors belong now."""
    members, moved = [], {}
    for one, group in done:
        mine = [MergeMember(id=uuid7(), merge=one, customer_id=id) for id in group.absorbed_ids]
        members += mine
        one.at = at
        everybody = [held[group.survivor_id], *(held[id] for id in group.absorbed_ids)]
        one.before, after = belonging.inherited(everybody)
        if after:
            moved[group.survivor_id] = after
    Merge.objects.bulk_create([one for one, _group in done], batch_size=1000)
    MergeMember.objects.bulk_create(members, batch_size=1000)
    belonging.set_places(moved)
    return [Hop(one.merge_id, one.id, one.customer_id, one.merge.survivor_id) for one in members]


def members_of(customer_ids: Collection[UUID]) -> dict[UUID, MergeMember]:
    """Customer → the member by which it stands merged now."""
    found = MergeMember.objects.filter(customer_id__in=list(customer_ids), merge__undone_at=None)
    return {one.customer_id: one for one in found.select_related("merge")}


def _empty(hops: Sequence[Hop]) -> None:
    """The absorbed rows say nothing any more but into whom they went."""
    ids = [hop.customer_id for hop in hops]
    fetch("DELETE FROM customers_customvalue WHERE customer_id = ANY(%s)", [ids])
    fetch(
        f"""UPDATE customers_customer c
            SET {EMPTY}, merged_into_id = h.survivor, faulty_since = NULL, updated_at = now()
            FROM unnest(%s::uuid[], %s::uuid[]) AS h (absorbed, survivor) WHERE c.id = h.absorbed""",
        [ids, [hop.into_id for hop in hops]],
    )


def _nothing(name: str) -> str:
    field = Customer._meta.get_field(name)
    if field.null:
        return "NULL"
    special = {"quality": "100", "faults": "0", "birth_is_lunar": "false"}
    return special.get(name, "''")


EMPTY = ", ".join(f"{name} = {_nothing(name)}" for name in COLUMNS if name != "kind")


def _tell(done: Sequence[tuple[Merge, Group]], by: Membership | None) -> None:
    feed.record(
        (changes.MERGED, [one.id for one, _group in done]),
        (changes.CHANGED, [one.survivor_id for one, _group in done]),
    )
    audit.record_many(
        "customer.merged",
        [
            (Customer(id=one.survivor_id), {"merge": str(one.id), "merged": [str(id) for id in group.absorbed_ids]})
            for one, group in done
        ],
        by=by,
    )
