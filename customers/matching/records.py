"""Source records made ready to be compared, and those that are alike to one of them."""

import json
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

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
# Another number when features or keys change, so that all are made anew.
FORM = crc32(repr((Features._fields, RULES)).encode()) & 0x7FFFFFFF
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
        return self._seal(features.line(one))


def opened(sealed: bytes) -> Features | None:
    """What `Preparer.sealed` made, for a few of them; None where it has a form that is no more."""
    return features.of_line(encryption.decrypt(bytes(sealed), place=FIELD.place).decode())


def prepare(record_ids: Collection[UUID]) -> int:
    """Make these records ready by what they say now; those that say nothing any more are taken out. How many are
    ready."""
    rows = _said(record_ids)
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
        f"""INSERT INTO customers_matchrecord (id, tenant_id, form, record_id, version_id, features, keys)
            SELECT uuidv7(), %s, %s, t.* FROM {told} AS t (record_id, version_id, features, keys) ORDER BY t.record_id
            ON CONFLICT (tenant_id, record_id) DO UPDATE
            SET version_id = excluded.version_id, form = excluded.form, features = excluded.features,
                keys = excluded.keys""",
        [context.current_tenant_id(), FORM, *parameters],
    )


def read_now(record_ids: Collection[UUID]) -> dict[UUID, Features]:
    """What these records say now, without making them ready: they are still to be matched. Silent ones are left
    out."""
    preparer = Preparer()
    return {record_id: preparer.read(content) for record_id, _version, content in _said(record_ids) if content}


def _said(record_ids: Collection[UUID]) -> list[tuple[UUID, UUID | None, bytes | None]]:
    """(record, version, sealed content) of what each says now."""
    return fetch(
        """SELECT r.id, v.id, v.content FROM unnest(%s::uuid[]) AS r (id)
           LEFT JOIN LATERAL (
               SELECT v.id, v.content FROM customers_sourceversion v
               WHERE v.tenant_id = %s AND v.record_id = r.id AND v.retracted_at IS NULL
               ORDER BY v.at DESC, v.id DESC LIMIT 1
           ) v ON true""",
        [list(record_ids), context.current_tenant_id()],
    )


NEWEST = """SELECT v.id, length(v.content) > 0 AS tells FROM customers_sourceversion v
    WHERE v.tenant_id = r.tenant_id AND v.record_id = r.id AND v.retracted_at IS NULL
    ORDER BY v.at DESC, v.id DESC LIMIT 1"""
STALE = "n.tells AND (m.version_id IS DISTINCT FROM n.id OR m.form IS DISTINCT FROM %(form)s)"


def stale_after(record_id: UUID, *, most: int) -> tuple[list[UUID], UUID | None]:
    """Of the next `most` records those that say something else than what they were made ready by, or never were; and
    the last that was looked at, None where there was none."""
    rows = fetch(
        f"""SELECT r.id, coalesce({STALE}, false)
            FROM (SELECT tenant_id, id FROM customers_sourcerecord WHERE id > %(after)s ORDER BY id LIMIT %(most)s) r
            LEFT JOIN LATERAL ({NEWEST}) n ON true
            LEFT JOIN customers_matchrecord m ON m.tenant_id = r.tenant_id AND m.record_id = r.id
            ORDER BY r.id""",
        {"after": record_id, "most": most, "form": FORM},
    )
    return [id for id, is_stale in rows if is_stale], rows[-1][0] if rows else None


def stale_lately(*, most: int) -> list[UUID]:
    """At most so many such records, of those that were told of since the last that is ready."""
    rows = fetch(
        f"""SELECT r.id FROM (
                SELECT DISTINCT tenant_id, record_id AS id FROM customers_sourceversion WHERE id > %(since)s) r
            LEFT JOIN LATERAL ({NEWEST}) n ON true
            LEFT JOIN customers_matchrecord m ON m.tenant_id = r.tenant_id AND m.record_id = r.id
            WHERE {STALE} LIMIT %(most)s""",
        {"since": _since(), "most": most, "form": FORM},
    )
    return [id for (id,) in rows]


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
    found = [Ready(record_id, customer_id, opened(sealed)) for record_id, customer_id, sealed in rows if sealed]
    return [one for one in found if one.features]


def of_records(record_ids: Collection[UUID]) -> dict[UUID, Ready]:
    return _ready("m.record_id = ANY(%s)", record_ids)


def of_customers(customer_ids: Collection[UUID]) -> dict[UUID, Ready]:
    """All records of these customers that are ready."""
    return _ready("r.customer_id = ANY(%s)", customer_ids)


def _ready(condition: str, ids: Collection[UUID]) -> dict[UUID, Ready]:
    rows = fetch(
        f"""SELECT m.record_id, r.customer_id, m.features FROM customers_matchrecord m
            JOIN customers_sourcerecord r ON r.id = m.record_id
            WHERE {condition} AND length(m.features) > 0 AND m.form = %s""",
        [list(ids), FORM],
    )
    return {record_id: Ready(record_id, customer_id, opened(sealed)) for record_id, customer_id, sealed in rows}


def everything() -> Iterator[tuple[bytes, bytes, bytes]]:
    """Record, customer and features as full.work takes them, of all records that are ready, the oldest first."""
    opening = encryption.opener(FIELD.place)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            f"""COPY (SELECT m.record_id, r.customer_id, m.features FROM customers_matchrecord m
                 JOIN customers_sourcerecord r ON r.id = m.record_id WHERE length(m.features) > 0 AND m.form = {FORM}
                 ORDER BY m.record_id) TO STDOUT (FORMAT BINARY)"""
        ) as copy,
    ):
        copy.set_types(["bytea"] * 3)  # ids as they are: a million objects cost more than what they are for
        for record_id, customer_id, sealed in copy.rows():
            yield record_id, customer_id, opening(sealed).encode()
