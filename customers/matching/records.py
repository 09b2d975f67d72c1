"""Source records made ready to be compared, and those that are alike to one of them."""

import json
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from customers.matching import features
from customers.matching.features import Features
from customers.matching.fields import MOST_IN_BLOCK, RULES
from customers.models import MatchRecord
from customers.words import Maker
from tenancy import context, encryption
from tenancy.database.bulk import fetch, stage
from tenancy.models import Tenant

PORTION = 2000
FEW = 5  # records for which a temporary table costs more than it saves
LATE = timedelta(minutes=15)  # no transaction that tells of records takes longer
FIELD = MatchRecord._meta.get_field("features")


class Ready(NamedTuple):
    record_id: UUID
    customer_id: UUID
    features: Features


class Preparer:
    """Makes features and keys of the entered tenant's records."""

    def __init__(self):
        self.region = Tenant.objects.values_list("region", flat=True).get()
        self._maker = Maker(self.region)
        self._seal = encryption.sealer(FIELD.place)
        self._hash = encryption.hasher("match")

    def read(self, content: bytes) -> Features:
        return features.read(json.loads(self._maker.opened(content) or "{}"), region=self.region)

    def keys(self, one: Features) -> list[int]:
        """A keyed hash for each rule whose columns all say something."""
        found = []
        for rule in RULES:
            said = [str(getattr(one, name)) for name in rule]
            if all(said):
                digest = self._hash("\x1f".join((*rule, one.kind, *said)))
                found.append(int.from_bytes(digest[:8], "big", signed=True))
        return found

    def sealed(self, one: Features) -> bytes:
        return self._seal("\x1f".join(map(str, one)))


ORDINAL = Features._fields.index("birth_ordinal")


def opened(sealed: bytes) -> Features:
    """What `Preparer.sealed` made; for a few of them."""
    texts: list = encryption.decrypt(bytes(sealed), place=FIELD.place).decode().split("\x1f")
    texts[ORDINAL] = int(texts[ORDINAL])
    return Features._make(texts)


def prepare(record_ids: Collection[UUID]) -> int:
    """Make these records ready by what they say now; those that say nothing any more are taken out. How many are
    ready."""
    rows = fetch(
        """SELECT r.id, v.id, v.content FROM unnest(%s::uuid[]) AS r (id)
           LEFT JOIN LATERAL (
               SELECT v.id, v.content FROM customers_sourceversion v
               WHERE v.tenant_id = %s AND v.record_id = r.id AND v.retracted_at IS NULL
               ORDER BY v.at DESC, v.id DESC LIMIT 1
           ) v ON true""",
        [list(record_ids), context.current_tenant_id()],
    )
    preparer = Preparer()
    silent = [record_id for record_id, _version, content in rows if not content]
    ready = [(record_id, version, preparer.read(content)) for record_id, version, content in rows if content]
    if silent:
        fetch("DELETE FROM customers_matchrecord WHERE record_id = ANY(%s)", [silent])
    told = ((record_id, version, preparer.sealed(one), preparer.keys(one)) for record_id, version, one in ready)
    if len(ready) <= FEW:
        for row in sorted(told):
            _write("(VALUES (%s::uuid, %s::uuid, %s::bytea, %s::bigint[]))", row)
    else:
        columns = "record_id uuid, version_id uuid, features bytea, keys bigint[]"
        stage("staged_match_record", columns, told, is_joined=False)
        _write("staged_match_record", ())
    return len(ready)


def _write(told: str, parameters: tuple) -> None:
    fetch(
        f"""INSERT INTO customers_matchrecord (id, tenant_id, record_id, version_id, features, keys)
            SELECT uuidv7(), %s, t.* FROM {told} AS t (record_id, version_id, features, keys) ORDER BY t.record_id
            ON CONFLICT (tenant_id, record_id) DO UPDATE
            SET version_id = excluded.version_id, features = excluded.features, keys = excluded.keys""",
        [context.current_tenant_id(), *parameters],
    )


def stale(*, most: int, lately: bool = False) -> list[UUID]:
    """At most so many records that say something else than what they were made ready by, or never were. With `lately`
    only those are looked at that were told of since the last of them."""
    since = _since() if lately else UUID(int=0)
    rows = fetch(
        """SELECT v.record_id FROM customers_sourceversion v
           JOIN customers_sourcerecord r ON r.id = v.record_id
           LEFT JOIN customers_matchrecord m ON m.record_id = v.record_id
           WHERE v.id > %(since)s AND v.retracted_at IS NULL AND length(v.content) > 0
           AND (m.version_id IS NULL OR m.version_id <> (
               SELECT n.id FROM customers_sourceversion n
               WHERE n.tenant_id = v.tenant_id AND n.record_id = v.record_id AND n.retracted_at IS NULL
               ORDER BY n.at DESC, n.id DESC LIMIT 1))
           GROUP BY v.record_id LIMIT %(most)s""",
        {"since": since, "most": most},
    )
    return [record_id for (record_id,) in rows]


def _since() -> UUID:
    """The smallest id a version can have that was made shortly before the last one that is ready."""
    latest = MatchRecord.objects.order_by("-version_id").values_list("version_id", flat=True).first()
    if latest is None:
        return UUID(int=0)
    moment = (latest.int >> 80) - int(LATE.total_seconds() * 1000)
    return UUID(int=max(moment, 0) << 80)


def alike(record_id: UUID) -> list[Ready]:
    """The records that share a key with this one, which is ready, and it itself."""
    rows = fetch(
        "SELECT * FROM customers_alike((SELECT keys FROM customers_matchrecord WHERE record_id = %s), %s)",
        [record_id, MOST_IN_BLOCK],
    )
    return [Ready(record_id, customer_id, opened(sealed)) for record_id, customer_id, sealed in rows if sealed]


def of_records(record_ids: Collection[UUID]) -> dict[UUID, Ready]:
    return _ready("m.record_id = ANY(%s)", record_ids)


def of_customers(customer_ids: Collection[UUID]) -> dict[UUID, Ready]:
    """All records of these customers that are ready."""
    return _ready("r.customer_id = ANY(%s)", customer_ids)


def _ready(condition: str, ids: Collection[UUID]) -> dict[UUID, Ready]:
    rows = fetch(
        f"""SELECT m.record_id, r.customer_id, m.features FROM customers_matchrecord m
            JOIN customers_sourcerecord r ON r.id = m.record_id WHERE {condition} AND length(m.features) > 0""",
        [list(ids)],
    )
    return {record_id: Ready(record_id, customer_id, opened(sealed)) for record_id, customer_id, sealed in rows}


def everything() -> Iterator[tuple[bytes, bytes, bytes]]:
    """Record, customer and features as full.work takes them, of all records that are ready, the oldest first."""
    opening = encryption.opener(FIELD.place)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            """COPY (SELECT m.record_id, r.customer_id, m.features FROM customers_matchrecord m
                 JOIN customers_sourcerecord r ON r.id = m.record_id WHERE length(m.features) > 0
                 ORDER BY m.record_id) TO STDOUT (FORMAT BINARY)"""
        ) as copy,
    ):
        copy.set_types(["bytea"] * 3)  # ids as they are: a million objects cost more than what they are for
        for record_id, customer_id, sealed in copy.rows():
            yield record_id, customer_id, opening(sealed).encode()
