"""What a customer lost that those who are merged into it have the like of, it has from them."""

from collections.abc import Iterable
from uuid import UUID

from customers import roots
from customers.merging import rows
from customers.merging.joining import members_of
from customers.registry import Hop


def uncover(root_ids: Iterable[UUID]) -> None:
    """Rows of which a customer has only one (a tag, a share) and these roots have none come up from the nearest who
    is merged into them and has one."""
    under = roots.below(set(root_ids))
    if not under:
        return
    standing = members_of(under)
    chains: dict[UUID, list[UUID]] = {}
    top: dict[UUID, UUID] = {}
    for id, into in under.items():  # who is nearer stands first
        chains[id] = [standing[id].id, *chains.get(into, [])]
        top[id] = top.get(into, into)
    hops = [Hop(standing[id].merge_id, standing[id].id, id, top[id]) for id in under]
    rows.bring_up(hops, [(id, member_id) for id, chain in chains.items() for member_id in chain])
