"""Phones, e-mails, openids and cards of source records: standardised, hashed to be found, encrypted to be kept."""

from collections.abc import Collection, Container, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from crm.lib import emails, phones, text
from customers.models import Identifier
from tenancy import context, encryption
from tenancy.database.bulk import fetch, stage

Kind = Identifier.Kind
TAIL = "phone-tail"
PHONES = ("phone", "phone_2", "phone_3")
STRONG_FIELDS = (
    ("email", "email"), ("email_2", "email"), ("email_3", "email"),
    ("openid", "openid"), ("unionid", "unionid"), ("card", "card"),
)  # fmt: skip


class Found(NamedTuple):
    """An identifier in a source's content. `value` is standardised, `sealed` as it is stored, once it was made."""

    kind: str
    value: str
    digest: bytes
    tail: bytes | None = None
    sealed: bytes | None = None

    @property
    def is_strong(self) -> bool:
        return self.kind in Identifier.STRONG


class Reader:
    """Finds identifiers in what sources say; `region` is where a phone without a country is from."""

    def __init__(self, region: str):
        self.region = region
        self._digests = {str(kind): encryption.hasher(str(kind)) for kind in Kind}
        self._tail = encryption.hasher(TAIL)

    def read(self, content: Mapping[str, str]) -> list[Found]:
        """The identifiers that a source's fields hold; what is none (a masked phone) is left out."""
        found = []
        for name in PHONES:
            if (raw := content.get(name)) and (phone := _phone(raw, self.region)):
                digest = self._digests["phone"](phone.e164)
                found.append(Found("phone", phone.e164, digest, self._tail(phone.last_four)))
        for name, kind in STRONG_FIELDS:
            if (raw := content.get(name)) and (value := standard(kind, raw)):
                found.append(Found(kind, value, self._digests[kind](value)))
        return found


def standard(kind: str, raw: str) -> str:
    """The form in which two spellings of one identifier are equal; empty where it is none."""
    if kind != Kind.EMAIL:
        return text.clean(raw)
    try:
        return emails.standard(raw) or ""
    except emails.EmailError:
        return ""


def digest(kind: str, value: str) -> bytes:
    return encryption.blind_index(value, purpose=kind)


def tail_digest(last_four: str) -> bytes:
    return encryption.blind_index(last_four, purpose=TAIL)


def claim(holders: Mapping[str, tuple["object", list[Found]]]) -> tuple[dict[str, UUID], set[tuple]]:
    """Reference → customer, after the strong identifiers have had their say; and what was kept by that, as
    (record, kind, digest).

    `holders` gives each new record's (record id, proposed customer id) and identifiers. Whoever claims a value
    first keeps it: a concurrent writer of the same value waits here and then joins that customer. Where a
    record's identifiers belong to several customers it joins the oldest.
    """
    strong = {ref: (known, [one for one in found if one.is_strong]) for ref, (known, found) in holders.items()}
    wanted: dict[tuple[str, bytes], tuple] = {}
    for known, found in strong.values():
        for one in found:
            wanted.setdefault((one.kind, one.digest), (known, one))
    settled = {ref: known.customer_id for ref, (known, _found) in holders.items()}
    if not wanted:
        return settled, set()
    kept = _insert(wanted.values(), claim=True)
    owners = {key: known.customer_id for key, (known, _one) in wanted.items()}
    lost = wanted.keys() - {(kind, digest) for _record_id, kind, digest in kept}
    shared = len(wanted) < sum(len(found) for _known, found in strong.values())
    if not (lost or shared or any(len(found) > 1 for _known, found in strong.values())):
        return settled, kept
    owners |= _claimants(lost)
    proposed = {known.customer_id for known, _found in strong.values()}
    groups = _Groups(standing=_standing(set(owners.values()) - proposed))
    for known, found in strong.values():
        groups.join({known.customer_id, *(owners[one.kind, one.digest] for one in found)})
    _move_claims(groups, owners)
    return {ref: groups.leader_of(customer_id) for ref, customer_id in settled.items()}, kept


def add(rows: Iterable[tuple["object", Found]], *, kept: Container[tuple] = (), new: Container[UUID] = ()) -> None:
    """Keep the identifiers of records that stand, as (record and customer, identifier); those that are held already
    are left alone. `kept` are those that `claim` has written, `new` the records it was asked for."""
    rows = [(known, one) for known, one in rows if (known.record_id, one.kind, one.digest) not in kept]
    _insert([(known, one) for known, one in rows if one.is_strong and known.record_id not in new], claim=True)
    _insert(rows, claim=False)


def drop(record_ids: Collection[UUID], *, except_for: Container[tuple]) -> None:
    """Take identifiers off these records but for those named as (record, kind, digest). A claim that goes passes to
    the record that has held the value longest."""
    rows = fetch(
        "SELECT id, record_id, kind, digest, claim FROM customers_identifier WHERE record_id = ANY(%s)",
        [list(record_ids)],
    )
    gone = [row for row in rows if (row[1], row[2], bytes(row[3])) not in except_for]
    free = [(kind, digest) for _id, _record, kind, digest, is_claim in gone if is_claim]
    fetch("DELETE FROM customers_identifier WHERE id = ANY(%s)", [[row[0] for row in gone]])
    fetch(
        """UPDATE customers_identifier SET claim = true WHERE id IN (
               SELECT DISTINCT ON (i.kind, i.digest) i.id FROM customers_identifier i
               JOIN unnest(%s::text[], %s::bytea[]) AS k (kind, digest) ON k.kind = i.kind AND k.digest = i.digest
               ORDER BY i.kind, i.digest, i.record_id)""",
        [[kind for kind, _digest in free], [digest for _kind, digest in free]],
    )


def _insert(rows: Collection[tuple], *, claim: bool) -> set[tuple]:
    """(record, kind, digest) of what was written. An identifier a record holds, or a claim that is taken, is passed
    over. All writers take values in one order, so that none waits for another in a circle."""
    if not rows:
        return set()
    stage(
        "staged_identifier",
        "record_id uuid, customer_id uuid, kind text, value bytea, digest bytea, tail bytea",
        ((known.record_id, known.customer_id, str(one.kind), one.sealed, one.digest, one.tail) for known, one in rows),
        is_joined=False,
    )
    written = fetch(
        """INSERT INTO customers_identifier
               (id, tenant_id, record_id, customer_id, kind, value, digest, tail, claim)
           SELECT uuidv7(), %s, record_id, customer_id, kind, value, digest, tail, %s
           FROM staged_identifier ORDER BY kind, digest, record_id
           ON CONFLICT DO NOTHING RETURNING record_id, kind, digest""",
        [context.current_tenant_id(), claim],
    )
    return {(record_id, kind, bytes(digest)) for record_id, kind, digest in written}


def _claimants(keys: Collection[tuple[str, bytes]]) -> dict[tuple[str, bytes], UUID]:
    """The customers who claim these values, held against merges until the transaction ends."""
    if not keys:
        return {}
    rows = fetch(
        """SELECT i.kind, i.digest, i.customer_id FROM customers_identifier i
           JOIN unnest(%s::text[], %s::bytea[]) AS k (kind, digest) ON k.kind = i.kind AND k.digest = i.digest
           WHERE i.claim FOR SHARE OF i""",
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
