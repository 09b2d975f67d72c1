"""Phones, e-mails, openids and cards of source records: standardised, hashed to be found, encrypted to be kept."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from crm.lib import phones, text
from crm.lib.uuids import uuid7
from customers.models import Identifier
from tenancy import context, encryption
from tenancy.database.bulk import fetch

Kind = Identifier.Kind
TAIL = "phone-tail"


class Found(NamedTuple):
    """An identifier in a source's content. `value` is standardised."""

    kind: str
    value: str
    digest: bytes
    tail: bytes | None = None

    @property
    def is_strong(self) -> bool:
        return self.kind in Identifier.STRONG


def read(content: Mapping[str, str], *, region: str) -> list[Found]:
    """The identifiers that a source's fields hold; what is none (a masked phone) is left out."""
    found = []
    if phone := _phone(content.get("phone") or "", region):
        found.append(Found(Kind.PHONE, phone.e164, digest(Kind.PHONE, phone.e164), tail_digest(phone.last_four)))
    for kind in (Kind.EMAIL, Kind.OPENID, Kind.UNIONID, Kind.CARD):
        if value := standard(kind, content.get(kind) or ""):
            found.append(Found(kind, value, digest(kind, value)))
    return found


def standard(kind: str, raw: str) -> str:
    """The form in which two spellings of one identifier are equal; empty where it is none."""
    value = text.clean(raw)
    if kind != Kind.EMAIL:
        return value
    local, at, domain = value.rpartition("@")
    return value.casefold() if local and at and domain and " " not in value else ""


def digest(kind: str, value: str) -> bytes:
    return encryption.blind_index(value, purpose=kind)


def tail_digest(last_four: str) -> bytes:
    return encryption.blind_index(last_four, purpose=TAIL)


def claim(holders: Mapping[str, tuple["object", list[Found]]]) -> dict[str, UUID]:
    """Reference → customer, after the strong identifiers have had their say.

    `holders` gives each new record's (record id, proposed customer id) and identifiers. Whoever claims a value
    first keeps it: a concurrent writer of the same value waits here and then joins that customer. Where a
    record's identifiers belong to several customers it joins the oldest.
    """
    strong = {ref: (known, [one for one in found if one.is_strong]) for ref, (known, found) in holders.items()}
    wanted: dict[tuple[str, bytes], tuple] = {}
    for known, found in strong.values():
        for one in found:
            wanted.setdefault((one.kind, one.digest), (known, one))
    if not wanted:
        return {ref: known.customer_id for ref, (known, _found) in holders.items()}
    _insert([(known, one, True) for _key, (known, one) in sorted(wanted.items())])
    owners = _claimants(list(wanted))
    groups = _Groups(standing=_standing(set(owners.values())))
    for known, found in strong.values():
        groups.join({known.customer_id, *(owners[one.kind, one.digest] for one in found)})
    _move_claims(groups, owners)
    return {ref: groups.leader_of(known.customer_id) for ref, (known, _found) in holders.items()}


def add(holders: Mapping[str, tuple["object", list[Found]]]) -> None:
    """Keep the identifiers of records that stand; those they hold already are left alone."""
    rows = [(known, one) for known, found in holders.values() for one in found]
    _insert([(known, one, True) for known, one in rows if one.is_strong])
    _insert([(known, one, False) for known, one in rows])


def _insert(rows: list[tuple]) -> None:
    """An identifier a record holds, or a claim that is taken, is passed over."""
    if not rows:
        return
    field = Identifier._meta.get_field("value")
    rows = sorted(rows, key=lambda row: (row[1].kind, row[1].digest, row[0].record_id))
    fetch(
        """INSERT INTO customers_identifier
               (id, tenant_id, record_id, customer_id, kind, value, digest, tail, claim)
           SELECT i.id, %s, i.record_id, i.customer_id, i.kind, i.value, i.digest, i.tail, i.claim
           FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[],
                       %s::bool[]) AS i (id, record_id, customer_id, kind, value, digest, tail, claim)
           ON CONFLICT DO NOTHING""",
        [
            context.current_tenant_id(),
            [uuid7() for _row in rows],
            [known.record_id for known, _one, _claim in rows],
            [known.customer_id for known, _one, _claim in rows],
            [str(one.kind) for _known, one, _claim in rows],
            [bytes(field.seal(one.value)) for _known, one, _claim in rows],
            [one.digest for _known, one, _claim in rows],
            [one.tail for _known, one, _claim in rows],
            [claim for _known, _one, claim in rows],
        ],
    )


def _claimants(keys: list[tuple[str, bytes]]) -> dict[tuple[str, bytes], UUID]:
    rows = fetch(
        """SELECT i.kind, i.digest, i.customer_id FROM customers_identifier i
           JOIN unnest(%s::text[], %s::bytea[]) AS k (kind, digest) ON k.kind = i.kind AND k.digest = i.digest
           WHERE i.claim""",
        [[str(kind) for kind, _digest in keys], [digest for _kind, digest in keys]],
    )
    return {(kind, bytes(digest)): customer_id for kind, digest, customer_id in rows}


def _standing(customer_ids: set[UUID]) -> set[UUID]:
    """Those of the customers that exist; the others are proposals of this call."""
    return {id for (id,) in fetch("SELECT id FROM customers_customer WHERE id = ANY(%s)", [list(customer_ids)])}


class _Groups:
    """Proposed customers that share a strong identifier, as a union-find led by the oldest (smallest id).

    A standing customer leads whom it meets and is never led: two of them are merged by people or by matching.
    """

    def __init__(self, standing: set[UUID]):
        self.standing = standing
        self.leader: dict[UUID, UUID] = {}

    def join(self, customer_ids: set[UUID]) -> None:
        members = {self.leader_of(id) for id in customer_ids}
        first = min(members & self.standing or members)
        for member in members - self.standing - {first}:
            self.leader[member] = first

    def leader_of(self, customer_id: UUID) -> UUID:
        while customer_id in self.leader:
            customer_id = self.leader[customer_id]
        return customer_id


def _move_claims(groups: _Groups, owners: Mapping[tuple[str, bytes], UUID]) -> None:
    """Claims proposed for a customer who will not be made go to the one that was joined."""
    for (kind, digest), customer_id in owners.items():
        leader = groups.leader_of(customer_id)
        if leader != customer_id:
            Identifier.objects.filter(kind=kind, digest=digest, claim=True).update(customer_id=leader)


def _phone(raw: str, region: str) -> phones.Phone | None:
    try:
        return phones.standard(raw, region) if raw else None
    except phones.PhoneError:
        return None
