"""One pair, with all that a decision needs."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from customers import editing, identities, projection
from customers.duplicates import comparing, deciding
from customers.duplicates.comparing import Line
from customers.duplicates.waterfall import Waterfall, waterfall
from customers.matching import decisions
from customers.models import Customer, Match, SourceRecord, SourceVersion
from customers.words import Maker
from tenancy.models import Membership, Tenant

BARS = {"review": 0.0, "auto": 11.0}


@dataclass(frozen=True)
class Side:
    """One of the two: the customer as it stands, how many records it has, and which sources tell of it."""

    customer: Customer
    record: SourceRecord
    records: int
    sources: list[str]


@dataclass(frozen=True)
class Pair:
    match: Match
    left: Side
    right: Side
    lines: list[Line]
    waterfall: Waterfall
    vetoes: list[str]
    is_revealed: bool
    may_merge: bool

    @property
    def differing(self) -> int:
        return sum(line.state == comparing.State.DIFFERS for line in self.lines)


def pair(match: Match, *, member: Membership, tenant: Tenant, revealed: bool = False) -> Pair:
    """The two side by side and why they were found. `revealed` shows contact data in plain: see `reveal`."""
    ids = {match.left.customer_id, match.right.customer_id}
    contents = _contents(match, ids, tenant)
    told = decisions.evidence(match)
    counts, sources = _records_of(ids)
    sides = [
        Side(record.customer, record, counts.get(record.customer_id, 0), sources.get(record.customer_id, []))
        for record in (match.left, match.right)
    ]
    bars = BARS | (match.model.weights.get("bars", {}) if match.model else {})
    return Pair(
        match=match,
        left=sides[0],
        right=sides[1],
        lines=comparing.lines(*contents, region=tenant.region, revealed=revealed),
        waterfall=waterfall(told, bars),
        vetoes=told.vetoes,
        is_revealed=revealed,
        may_merge=deciding.may_change(ids, member),
    )


def reveal(match: Match, *, by: Membership) -> None:
    """That contact data of both is seen in plain is kept."""
    for record in (match.left, match.right):
        editing.reveal(record.customer, by=by)


def _contents(match: Match, ids: set[UUID], tenant: Tenant) -> list[dict[str, str]]:
    """What the two records say; where they are silent, what is known of their customers otherwise."""
    known = identities.surviving(ids, Maker(tenant.region))
    versions = SourceVersion.objects.standing().filter(record__in=[match.left_id, match.right_id])
    said = {version.record_id: projection.opened(version.content) for version in versions}
    apart = match.left.customer_id != match.right.customer_id
    return [
        {**(known[record.customer_id] if apart else {}), **_spoken(said.get(record.id, {}))}
        for record in (match.left, match.right)
    ]


def _spoken(content: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in content.items() if value}


def _records_of(ids: set[UUID]) -> tuple[dict[UUID, int], dict[UUID, list[str]]]:
    counts: dict[UUID, int] = {}
    sources: dict[UUID, list[str]] = {}
    rows = SourceRecord.objects.filter(customer__in=ids).values("customer_id", "source__key")
    for row in rows.annotate(n=Count("id")).order_by("source__key"):
        counts[row["customer_id"]] = counts.get(row["customer_id"], 0) + row["n"]
        sources.setdefault(row["customer_id"], []).append(row["source__key"])
    return counts, sources
