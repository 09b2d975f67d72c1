"""Which source records are one person's, to be read by others."""

from collections.abc import Iterator
from uuid import UUID

from customers.models import Match
from tenancy.database.bulk import fetch


def clusters(*, with_doubtful: bool = False) -> Iterator[tuple[str, str, UUID]]:
    """(source, external id, customer) of every record; with the doubtful ones those that wait for a decision are
    joined as well, under the smallest id of theirs."""
    leader = _leaders() if with_doubtful else {}
    for source, external_id, customer_id in fetch(
        """SELECT s.key, r.external_id, r.customer_id FROM customers_sourcerecord r
           JOIN customers_source s ON s.id = r.source_id ORDER BY s.key, r.external_id"""
    ):
        yield source, external_id, leader.get(customer_id, customer_id)


def _leaders() -> dict[UUID, UUID]:
    """Customer → the smallest of those that it would be one with, if all that are asked about were the same."""
    leader: dict[UUID, UUID] = {}

    def find(one: UUID) -> UUID:
        while leader.setdefault(one, one) != one:
            leader[one] = one = leader[leader[one]]
        return one

    pairs = Match.objects.filter(state=Match.State.OPEN).values_list("left__customer_id", "right__customer_id")
    for left, right in pairs.iterator():
        first, second = sorted((find(left), find(right)))
        leader[second] = first
    return {one: find(one) for one in leader}
