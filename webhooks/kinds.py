"""What kinds of changes there are. Each app declares its own in its ready(), so that lists and documents name all."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

TEST = "webhook.test"  # sent on demand, no change of anything


@dataclass(frozen=True, slots=True)
class Kind:
    """`description` is one line for people; `address` a path of the REST interface, with {id} for the subject."""

    name: str
    description: str
    address: str
    also: Callable[[Collection[UUID]], Mapping[UUID, dict]] | None = None


_declared: dict[str, Kind] = {}


def declare(
    name: str,
    description: str,
    *,
    address: str,
    also: Callable[[Collection[UUID]], Mapping[UUID, dict]] | None = None,
) -> None:
    """There are changes of this kind, `noun.past`: kinds.declare("order.created", _("…"), address="/…/{id}/").

    `also` gives further ids that a program must know to follow, by subject id; ids and nothing else.
    """
    _declared[name] = Kind(name, description, address, also)


def ids_of(told: Iterable[tuple[str, UUID | None]]) -> dict[UUID, dict]:
    """Subject id → the further ids of its kind, one query per kind that has any."""
    wanted: dict[str, set[UUID]] = {}
    for name, subject_id in told:
        if subject_id and (kind := _declared.get(name)) and kind.also:
            wanted.setdefault(name, set()).add(subject_id)
    return {id: ids for name, subjects in wanted.items() for id, ids in _declared[name].also(subjects).items()}


def declared() -> list[Kind]:
    """All kinds, by name."""
    return [_declared[name] for name in sorted(_declared)]


def address_of(name: str, subject_id: UUID | None) -> str | None:
    """Where the subject can be read now; None for a kind without an address."""
    kind = _declared.get(name)
    return settings.PUBLIC_URL + kind.address.format(id=subject_id) if kind and kind.address and subject_id else None
