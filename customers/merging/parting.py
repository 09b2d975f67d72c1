"""Undoing a merge, at any time and in any order: what was the members' is theirs again.

Rows go back that were noted when they were taken, and whatever hangs on the records that go. Of what was written since
without such a record nobody can know whose it is: it stays, and is listed to be assigned (customers.merging.later).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from crm.lib.uuids import uuid7
from customers import changes, identities, quality, registry, roots
from customers.merging import belonging, holding, later, rows
from customers.merging.joining import members_of
from customers.models import Customer, Identifier, LaterRow, Merge, Source, SourceRecord
from customers.registry import Hop, Parting
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Membership
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


def unmerge(merge: Merge, *, by: Membership | None, only: Collection[UUID] | None = None) -> Unmerged:
    """The merged customers stand by themselves again, all of them or `only` these.

    Raises CannotUnmerge and holding.Busy.
    """
    return holding.patiently(lambda: _unmerge(merge, by=by, only=only))


def why_not(merge: Merge) -> str:
    """Why the merge cannot be undone; empty where it can."""
    if merge.undone_at:
        return _("This merge was undone already.")
    root = Customer.objects.only("erased_at").get(id=roots.root(merge.survivor_id))
    return _("The customer was erased: nothing is left to be told apart.") if root.erased_at else ""


def _unmerge(merge: Merge, *, by: Membership | None, only: Collection[UUID] | None) -> Unmerged:
    path, merge = _held(merge, only)
    if only is not None:
        merge = _split(merge, only)
    hops = [Hop(merge.id, one.id, one.customer_id, merge.survivor_id) for one in merge.members.order_by("id")]
    chain = _chain(path)
    root_id = path[-1]
    window = later.windows(merge, chain)
    since = later.since(window, root_id)
    going = _going(hops, root_id, window)
    apart = _apart(hops, going, root_id)
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
    """Records made at the root since the merge that would have joined one of those who go: by the same rule as when
    they came, the oldest customer who claims one of their strong identifiers."""
    homes = later.homes(RECORDS, root_id)
    records = set(SourceRecord.objects.filter(customer_id=root_id).values_list("id", flat=True))
    edited = SourceRecord.objects.filter(customer_id=root_id, source__key=Source.STAFF)
    fresh = set(later.within(window, records, homes, root_id))
    fresh -= {*going, *edited.values_list("id", flat=True)}
    if not fresh:
        return {}
    home = {id: homes.get(id, root_id) for id in records} | dict(going)
    claimed = fetch(
        """SELECT i.record_id, k.record_id FROM customers_identifier i
           JOIN customers_identifier k ON k.kind = i.kind AND k.digest = i.digest AND k.claim
           WHERE i.record_id = ANY(%s) AND i.kind = ANY(%s) AND k.record_id <> i.record_id AND k.customer_id = %s
           ORDER BY i.record_id""",
        [list(fresh), sorted(Identifier.STRONG), root_id],
    )
    claims: dict[UUID, list[UUID]] = {}
    for record_id, claimant in claimed:
        claims.setdefault(record_id, []).append(claimant)
    joined: dict[UUID, UUID] = {}
    goers = set(going.values())
    for record_id in sorted(claims):
        whose = min(home[claimant] for claimant in claims[record_id] if claimant in home)
        home[record_id] = whose
        if whose in goers:
            joined[record_id] = whose
    return joined


def _apart(hops: Sequence[Hop], going: Sequence[tuple[UUID, UUID]], root_id: UUID) -> list[tuple[list, list]]:
    gone = {record_id for record_id, _customer in going}
    staying = SourceRecord.objects.filter(customer_id=root_id).exclude(id__in=gone).order_by("id")
    staying = list(staying.values_list("id", flat=True))
    return [(sorted(record for record, id in going if id == hop.customer_id), staying) for hop in hops]


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
