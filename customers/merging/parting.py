"""Undoing a merge, at any time and in any order: what was the members' is theirs again.

Rows go back that were noted when they were taken, and whatever hangs on the records that go. Of what was written since
without such a record nobody can know whose it is: it stays, and is listed to be assigned (customers.merging.later).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from crm.lib.uuids import uuid7
from customers import changes, identifiers, identities, projection, quality, registry, roots
from customers.merging import belonging, holding, later, rows
from customers.merging.joining import members_of
from customers.models import Customer, LaterRow, Merge, Source, SourceRecord, SourceVersion
from customers.registry import Hop, Parting
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Membership, Tenant
from webhooks import feed

RECORDS = SourceRecord._meta.label


class CannotUnmerge(ValueError):
    """This merge cannot be undone; the message says why."""


@dataclass(frozen=True, slots=True)
class Unmerged:
    """`merge` is the one that is undone: with `only`, a part that was split off. `later` waits to be assigned."""

    merge: Merge
    customers: list[Customer]
    root: Customer
    later: list[LaterRow]


def unmerge(
    merge: Merge, *, by: Membership | None, only: Collection[UUID] | None = None, is_verdict: bool = True
) -> Unmerged:
    """The merged customers stand by themselves again, all of them or `only` these.

    It says that no two of them are one person, unless it is no verdict. Raises CannotUnmerge and holding.Busy.
    """
    return holding.patiently(lambda: _unmerge(merge, by=by, only=only, is_verdict=is_verdict))


def why_not(merge: Merge) -> str:
    """Why the merge cannot be undone; empty where it can."""
    if merge.undone_at:
        return _("This merge was undone already.")
    root = Customer.objects.only("erased_at").get(id=roots.root(merge.survivor_id))
    return _("The customer was erased: nothing is left to be told apart.") if root.erased_at else ""


def _unmerge(merge: Merge, *, by: Membership | None, only: Collection[UUID] | None, is_verdict: bool) -> Unmerged:
    path, merge = _held(merge, only)
    if only is not None:
        merge = _split(merge, only)
    hops = [Hop(merge.id, one.id, one.customer_id, merge.survivor_id) for one in merge.members.order_by("id")]
    chain = _chain(path)
    root_id = path[-1]
    window = later.windows(merge, chain)
    since = later.since(window, root_id)
    going = _going(hops, root_id, window)
    apart = _apart(hops, going, root_id) if is_verdict else []
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    _stand_up(merge, hops)
    _give_back(hops, going, root_id, chain)
    belonging.take_back(merge)
    identities.refresh({root_id, *(hop.customer_id for hop in hops)})
    _remember_due(merge, root_id)
    left = LaterRow.objects.bulk_create([LaterRow(merge=merge, model=model, row_id=id) for model, id in since])
    registry.unmerged(Parting(merge.id, merge.survivor_id, root_id, hops, chain, apart), by=by)
    touched = {root_id, *(hop.customer_id for hop in hops)}
    Customer.objects.filter(id__in=touched).update(updated_at=timezone.now())
    feed.record((changes.UNMERGED, [merge.id]), (changes.CHANGED, sorted(touched)))
    told = {"merge": str(merge.id), "merged": [str(hop.customer_id) for hop in hops]}
    audit.record("customer.unmerged", Customer(id=merge.survivor_id), by=by, changes=told)
    found = Customer.objects.in_bulk(touched)
    return Unmerged(merge, [found[hop.customer_id] for hop in hops], found[root_id], left)


def _held(merge: Merge, only: Collection[UUID] | None) -> tuple[list[UUID], Merge]:
    """The way from the survivor to who has the rows now, everybody on it and all members held. Raises CannotUnmerge."""
    members = list(merge.members.values_list("customer_id", flat=True))
    path = roots.path(merge.survivor_id)
    holding.hold([*members, *path])
    if roots.path(merge.survivor_id) != path:
        raise holding.Moved
    merge = Merge.objects.select_for_update(of=["self"]).get(id=merge.id)
    if problem := why_not(merge):
        raise CannotUnmerge(problem)
    if only is not None and (not only or not set(only) <= set(members)):
        raise CannotUnmerge(_("Choose whom to take out."))
    return path, merge


def _split(merge: Merge, only: Collection[UUID]) -> Merge:
    """The part of the merge with `only` these, as a merge of its own; the merge itself where that is all of it."""
    parting = merge.members.filter(customer_id__in=list(only))
    if parting.count() == merge.members.count():
        return merge
    part = Merge(id=uuid7(), survivor_id=merge.survivor_id, origin=merge.origin, job_id=merge.job_id, by_id=merge.by_id)
    part.at, part.before = merge.at, merge.before
    part.save(force_insert=True)
    parting.update(merge=part)
    whole = {**merge.before, "due": merge.before.get("due", {})}
    merge.before = {name: told for name, told in whole.items() if name not in belonging.PLACES}
    merge.save(update_fields=["before"])
    return part


def _chain(path: Sequence[UUID]) -> list[Hop]:
    """The standing hops from the first of the path to the last."""
    standing = members_of(path[:-1])
    return [Hop(standing[id].merge_id, standing[id].id, id, into) for id, into in pairwise(path)]


def _going(hops: Sequence[Hop], root_id: UUID, window: Mapping[UUID, UUID]) -> list[tuple[UUID, UUID]]:
    """(record, customer) of what goes: the records that were taken, and those that have joined one of them since by a
    strong identifier."""
    owner = {hop.member_id: hop.customer_id for hop in hops}
    taken = fetch(
        """SELECT v.row_id, v.member_id FROM customers_mergemove v JOIN customers_sourcerecord r ON r.id = v.row_id
           WHERE v.member_id = ANY(%s) AND v.model = %s AND r.customer_id = %s""",
        [list(owner), RECORDS, root_id],
    )
    going = {record_id: owner[member_id] for record_id, member_id in taken}
    return list((going | _joined(going, root_id, window)).items())


def _joined(going: Mapping[UUID, UUID], root_id: UUID, window: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Records made since the merge that have joined one of those who go, or one that joined: they are the oldest
    customer's who claimed one of their strong identifiers then."""
    written_to = later.homes(RECORDS, root_id)
    records = set(SourceRecord.objects.filter(customer_id=root_id).values_list("id", flat=True))
    edited = SourceRecord.objects.filter(customer_id=root_id, source__key=Source.STAFF)
    fresh = set(later.within(window, records, written_to, root_id))
    fresh -= {*going, *edited.values_list("id", flat=True)}
    if not fresh:
        return {}
    home = {id: written_to.get(id, root_id) for id in records}
    above = {one.customer_id: one.merge for one in members_of(roots.below([root_id])).values()}
    joined: dict[UUID, UUID] = {}
    for record_id, claimants in sorted(_claimants(fresh).items()):
        among = [id for id in claimants if id in home and _root_then(home[id], above, record_id) == home[record_id]]
        if among:
            joined_to = min(among, key=lambda id: home[id])
            home[record_id] = home[joined_to]
            if joined_to in going or joined_to in joined:
                joined[record_id] = (going | joined)[joined_to]
    return joined


def _root_then(customer_id: UUID, above: Mapping[UUID, Merge], record_id: UUID) -> UUID:
    """Who had the customer's rows when the record was made."""
    while customer_id in above and above[customer_id].id < record_id:
        customer_id = above[customer_id].survivor_id
    return customer_id


def _claimants(record_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Record → the records that claim the strong identifiers which it came with."""
    reader = identifiers.Reader(Tenant.objects.get().region)
    came = SourceVersion.objects.filter(record_id__in=record_ids).order_by("record_id", "id").distinct("record_id")
    brought = [
        (version.record_id, one.kind, one.digest)
        for version in came
        for one in reader.read(projection.opened(version.content))
        if one.is_strong
    ]
    rows = fetch(
        """SELECT b.record_id, k.record_id
           FROM unnest(%s::uuid[], %s::text[], %s::bytea[]) AS b (record_id, kind, digest)
           JOIN customers_identifier k ON k.kind = b.kind AND k.digest = b.digest AND k.claim
           WHERE k.record_id <> b.record_id""",
        [[row[0] for row in brought], [str(row[1]) for row in brought], [row[2] for row in brought]],
    )
    found: dict[UUID, list[UUID]] = {}
    for record_id, claimant in rows:
        found.setdefault(record_id, []).append(claimant)
    return found


def _apart(hops: Sequence[Hop], going: Sequence[tuple[UUID, UUID]], root_id: UUID) -> list[tuple[list, list]]:
    gone = {record_id for record_id, _customer in going}
    staying = SourceRecord.objects.filter(customer_id=root_id).exclude(id__in=gone).order_by("id")
    staying = list(staying.values_list("id", flat=True))
    sides = [sorted(record for record, id in going if id == hop.customer_id) for hop in hops]
    return [*((side, staying) for side in sides), *combinations(sides, 2)]


def _stand_up(merge: Merge, hops: Sequence[Hop]) -> None:
    """The members point at nobody; since when somebody is to mend them is what it was."""
    due = merge.before.get("due", {})
    fetch(
        """UPDATE customers_customer c SET merged_into_id = NULL, faulty_since = m.due
           FROM unnest(%s::uuid[], %s::timestamptz[]) AS m (id, due) WHERE c.id = m.id""",
        [[hop.customer_id for hop in hops], [_moment(due.get(str(hop.customer_id))) for hop in hops]],
    )


def _give_back(hops: Sequence[Hop], going: Sequence[tuple[UUID, UUID]], root_id: UUID, chain: Sequence[Hop]) -> None:
    gone = rows.give_back(root_id, going, hops)
    above = [hop.member_id for hop in chain]
    rows.forget(RECORDS, [record_id for record_id, _customer in going], above)
    for model, ids in gone.items():
        rows.forget(model, ids, above)
    if gone:
        rows.take_left_behind(root_id, gone, *_below(root_id))


def _below(root_id: UUID) -> tuple[list[Hop], list[tuple[UUID, UUID]]]:
    """Everybody who is merged into the root, and where a row of each is noted when it comes up."""
    under = roots.below([root_id])
    standing = members_of(under)
    chains = []
    for id in under:
        step = id
        while step != root_id:
            chains.append((id, standing[step].id))
            step = under[step]
    return [Hop(standing[id].merge_id, standing[id].id, id, root_id) for id in under], chains


def _remember_due(merge: Merge, root_id: UUID) -> None:
    """A fault that the merge has hidden is as old as it was."""
    moment = _moment(merge.before.get("due", {}).get(str(root_id)))
    if moment:
        fetch(
            f"""UPDATE customers_customer SET faulty_since = %s
                WHERE id = %s AND faults & {quality.DUE} <> 0 AND faulty_since > %s""",
            [moment, root_id, moment],
        )


def _moment(text: str | None):
    return parse_datetime(text) if text else None
