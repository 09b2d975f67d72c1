"""Owner and store of a merged customer: the survivor's, else those of the first absorbed one that has any."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from customers import roots
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
    _inherit(merge.survivor_id, merge)
    for into_id in roots.path(merge.survivor_id)[1:]:
        _inherit(into_id)


def _inherit(customer_id: UUID, undone: Merge | None = None) -> None:
    """Where the customer belongs by merges it is as the first says who is merged into it still; what was said of
    itself stays."""
    customer = Customer.objects.get(id=customer_id)
    standing = list(Merge.objects.filter(survivor_id=customer_id, undone_at=None).order_by("at", "id"))
    for name in PLACES:
        now = getattr(customer, f"{name}_id")
        givers = [one for one in (*standing, *([undone] if undone else [])) if _given(one, name) == now]
        if now is not None and not givers:
            continue
        places = {one: _first(_places(one, name)) for one in standing}
        giver = next((one for one in standing if places[one]), None)
        for one in standing:
            told = {name: [None, str(places[one])]} if one is giver else {}
            one.before = {key: value for key, value in one.before.items() if key != name} | told
        set_places({customer_id: {name: giver and places[giver]}})
    for one in standing:
        one.save(update_fields=["before"])


def _given(merge: Merge, name: str) -> UUID | None:
    given = merge.before.get(name)
    return UUID(given[1]) if given else None


def _places(merge: Merge, name: str) -> list[UUID | None]:
    """Of the members in their order."""
    return list(merge.members.order_by("id").values_list(f"customer__{name}_id", flat=True))


def _first(ids: Iterable[UUID | None]) -> UUID | None:
    return next((id for id in ids if id is not None), None)
