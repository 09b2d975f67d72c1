"""Owner and store of a merged customer: the survivor's, else those of the first absorbed one that has any."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from customers.models import Customer, Merge
from tenancy.database.bulk import fetch

PLACES = ("owner", "store")


def inherited(everybody: Sequence[Customer]) -> tuple[dict, dict[str, UUID]]:
    """(what to remember, the places the survivor gets by the merge); the survivor stands first."""
    survivor, *absorbed = everybody
    before: dict = {"due": {str(one.id): one.faulty_since.isoformat() for one in everybody if one.faulty_since}}
    after = {}
    for name in PLACES:
        found = _first(getattr(one, f"{name}_id") for one in absorbed)
        if getattr(survivor, f"{name}_id") is None and found:
            before[name], after[name] = [None, str(found)], found
    return before, after


def set_places(moved: Mapping[UUID, Mapping[str, UUID | None]]) -> None:
    for name in PLACES:
        told = {id: places[name] for id, places in moved.items() if name in places}
        if told:
            fetch(
                f"""UPDATE customers_customer c SET {name}_id = p.place
                    FROM unnest(%s::uuid[], %s::uuid[]) AS p (id, place) WHERE c.id = p.id""",
                [list(told), list(told.values())],
            )


def take_back(merge: Merge) -> None:
    """The survivor of a merge that is undone belongs again where it did, unless somebody has said otherwise since;
    whoever inherited from it follows."""
    changed = {}
    survivor = Customer.objects.get(id=merge.survivor_id)
    for name in PLACES:
        given = merge.before.get(name)
        if given and str(getattr(survivor, f"{name}_id")) == given[1]:
            changed[name] = None
    if changed:
        set_places({survivor.id: changed})
        _settle(survivor.id)


def _settle(customer_id: UUID) -> None:
    """Inherit again from those who are merged into the customer still, and let whoever has inherited do the same."""
    for merge in Merge.objects.filter(survivor_id=customer_id, undone_at=None).order_by("at", "id"):
        inherit(merge)
    above = Merge.objects.filter(members__customer_id=customer_id, undone_at=None).first()
    if above is not None:
        inherit(above)
        _settle_above(above)


def _settle_above(merge: Merge) -> None:
    above = Merge.objects.filter(members__customer_id=merge.survivor_id, undone_at=None).first()
    if above is not None:
        inherit(above)
        _settle_above(above)


def inherit(merge: Merge) -> None:
    """What the survivor has from this merge is what the absorbed say now; what it has from elsewhere stays."""
    survivor = Customer.objects.get(id=merge.survivor_id)
    by_id = Customer.objects.in_bulk(merge.members.values_list("customer_id", flat=True))
    absorbed = [by_id[id] for id in merge.members.order_by("id").values_list("customer_id", flat=True)]
    changed = {}
    for name in PLACES:
        now, given = getattr(survivor, f"{name}_id"), merge.before.get(name)
        if now is not None and not (given and given[1] == str(now)):
            continue
        found = _first(getattr(one, f"{name}_id") for one in absorbed)
        if found == now:
            continue
        changed[name] = found
        merge.before.pop(name, None)
        if found:
            merge.before[name] = [None, str(found)]
    if changed:
        set_places({survivor.id: changed})
        merge.save(update_fields=["before"])


def _first(ids: Iterable[UUID | None]) -> UUID | None:
    return next((id for id in ids if id is not None), None)
