"""The audit as a chain: each sealed row vouches for itself and for all before it.

Rows are written unsealed, for a chain that grew with each would be one contended row for every checkout. Once a
minute the new ones are sealed in batches: row n gets position n and digest(n) = HMAC(digest(n-1) ‖ row n) under a
key that the database does not hold. A row that was altered, taken out, put in or moved fits its digest no more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from tenancy import context, encryption
from tenancy.database.bulk import fetch
from tenancy.models import AuditHead

BATCH = 2000
BEGINNING = bytes(32)
# Every column of a row but its digest, as text that is the same whenever it is read.
COLUMNS = {
    "tenant_id": "tenant_id::text",
    "id": "id::text",
    "at": "(extract(epoch FROM at) * 1000000)::bigint::text",
    "actor_id": "actor_id::text",
    "actor": "actor",
    "action": "action",
    "subject_type": "subject_type",
    "subject_id": "subject_id::text",
    "changes": "changes::text",
    "position": "position::text",
}
SELECT = f"SELECT position, digest, {', '.join(COLUMNS.values())} FROM tenancy_auditevent e"


class Broken(Exception):
    """The head of the chain is not what we wrote, so nothing can be added to it."""


@dataclass(frozen=True)
class Fault:
    """The first place where the chain does not hold; `id` is None where a row is missing."""

    position: int
    id: UUID | None


@dataclass
class Verdict:
    """`rows` are all of the company's, `unsealed` the newest of them, `bad` the places where the chain breaks."""

    rows: int = 0
    unsealed: int = 0
    bad: int = 0
    first: Fault | None = None

    def found(self, position: int, id: str | None) -> None:
        self.bad += 1
        self.first = self.first or Fault(position, UUID(id) if id else None)


def seal(tenant_id: UUID) -> int:
    """Seal all that is new in a company's audit, each batch in a transaction of its own. Returns how many rows."""
    done = 0
    while True:
        with context.entered(tenant_id):
            sealed = seal_batch()
        done += sealed
        if sealed < BATCH:
            return done


def seal_batch(most: int = BATCH) -> int:
    """Seal the oldest unsealed rows of the entered tenant, in the current transaction. Returns how many.

    One at a time: the head is locked. Raises Broken.
    """
    head = _head()
    rows = fetch(f"{SELECT} WHERE e.position IS NULL ORDER BY e.at, e.id LIMIT %s", [most])
    sealed, last = [], bytes(head.digest)
    for place, (_position, _digest, *values) in enumerate(rows, head.count + 1):
        last = _digest_of(last, [*values[:-1], str(place)])
        sealed.append((values[1], place, last))
    if sealed:
        ids, positions, digests = zip(*sealed, strict=True)
        fetch(
            """UPDATE tenancy_auditevent e SET position = n.position, digest = n.digest
               FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) n (id, position, digest) WHERE e.id = n.id""",
            [list(ids), list(positions), list(digests)],
        )
        head.count, head.digest = positions[-1], last
        head.seal = _seal_of(head)
        head.save(update_fields=["count", "digest", "seal"])
    return len(sealed)


def verify() -> Verdict:
    """Recompute the entered tenant's whole chain. Nothing is sealed meanwhile."""
    head = AuditHead.objects.select_for_update(no_key=True).first()
    ((rows, unsealed),) = fetch("SELECT count(*), count(*) FILTER (WHERE position IS NULL) FROM tenancy_auditevent")
    verdict = Verdict(rows, unsealed)
    expected, last = 1, BEGINNING
    for position, digest, *values in _sealed_rows():
        if position != expected:
            verdict.found(expected, None)
        elif bytes(digest) != _digest_of(last, values):
            verdict.found(position, values[1])
        expected, last = position + 1, bytes(digest)
    if head is None:
        if expected > 1:
            verdict.found(0, None)
    elif head.count >= expected:
        verdict.found(expected, None)
    elif not _fits(head) or (head.count, bytes(head.digest)) != (expected - 1, last):
        verdict.found(head.count, None)
    return verdict


def _head() -> AuditHead:
    """The tenant's head, locked. Raises Broken where its seal is not ours."""
    first = AuditHead(count=0, digest=BEGINNING)
    start = {"digest": first.digest, "seal": _seal_of(first)}
    AuditHead.objects.get_or_create(defaults=start)
    head = AuditHead.objects.select_for_update(no_key=True).get()
    if not _fits(head):
        raise Broken(f"the audit's head at {head.count} is not ours")
    return head


def _fits(head: AuditHead) -> bool:
    return bytes(head.seal) == _seal_of(head)


def _seal_of(head: AuditHead) -> bytes:
    return encryption.seal(head.count.to_bytes(8, "big") + bytes(head.digest), purpose="audit-head")


def _sealed_rows() -> Iterator[tuple]:
    """By position, in pieces: a chain may be longer than memory."""
    after = 0
    while rows := fetch(f"{SELECT} WHERE e.position > %s ORDER BY e.position LIMIT %s", [after, BATCH]):
        yield from rows
        after = rows[-1][0]


def _digest_of(before: bytes, values: list[str | None]) -> bytes:
    """Each value with its length before it, so that no two rows have the same encoding; NULL has length 2³²-1."""
    parts = [before]
    for value in values:
        told = None if value is None else value.encode()
        parts += [b"\xff" * 4] if told is None else [len(told).to_bytes(4, "big"), told]
    return encryption.seal(b"".join(parts), purpose="audit")
