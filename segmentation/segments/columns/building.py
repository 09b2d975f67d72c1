"""The columns made from the database. Any field whose values do not depend on the day is one; its own SQL fills it.

place      customers in a fixed order: those of the sample first, so that it is the beginning of every column
f.<key>    one value each: hashes of texts, ten-thousandths of numbers, ordinals of days; MISSING where there is none
m.<key>    fields with several values: the distinct codes, where each begins, and the places that have it
days       what was bought on each day: sorted by day, then by place; once more for the sample alone
"""

import numpy as np
from django.db import connection

from crm.lib.uuids import uuid7
from segmentation.models import SegmentColumns
from segmentation.segments import moments, sql, vocabulary
from segmentation.segments.asked.chance import ticket
from segmentation.segments.columns import keeping
from segmentation.segments.fields import NUMERIC, Field, Kind
from segmentation.segments.moments import Moment
from segmentation.segments.sql import Asking, Direct
from segmentation.segments.tree import Clause
from tenancy.database.bulk import fetch

MISSING = np.iinfo(np.int64).min
SAMPLE = 16  # one of so many customers is in the sample
SCALE = 10_000
ORDINAL = "({value} - DATE '0001-01-01' + 1)::bigint"
HEADER = 19  # bytes before the first row of a binary COPY
WIDTHS = {"i4": 4, "i8": 8}


def build() -> SegmentColumns:
    """A new generation of the entered company's columns, in place of the last one."""
    keeping.hold()
    moment, words = moments.now(), vocabulary.standing()
    ((snapshot,),) = fetch("SELECT pg_current_snapshot()::text")
    columns = _places()
    count = len(columns["high"])
    secret = keeping.key()
    for field in words.fields.values():
        if not field.is_of_day:
            columns |= _of_field(field, Asking(moment, words), count, secret)
    columns |= _of_days(count, int(columns["sampled"][0]))
    columns["later"] = _later(moment)
    generation = uuid7()
    keeping.write(generation, columns)
    row = SegmentColumns(
        folder=generation, snapshot=snapshot, cluster=keeping.cluster(), day=moment.today,
        zone=moment.tenant.timezone, form=keeping.FORM, customers=count,
    )  # fmt: skip
    keeping.put_in_place(row)
    return row


def _places() -> dict[str, np.ndarray]:
    """The ids in two halves, and the ticket of each; also as a temporary table, to which values are joined."""
    fetch("DROP TABLE IF EXISTS placed")
    fetch(
        f"""CREATE TEMP TABLE placed ON COMMIT DROP AS
            SELECT id, ticket, (row_number() OVER (ORDER BY ticket %% {SAMPLE} <> 0, id) - 1)::int AS place FROM (
                SELECT c.id, {ticket("c.id")} AS ticket FROM customers_customer c
                WHERE merged_into_id IS NULL AND erased_at IS NULL
            ) living""",
        [],
    )
    fetch("ANALYZE placed")
    half = "('x' || substr(replace(id::text, '-', ''), {first}, 16))::bit(64)::bigint"
    rows = read(
        f"SELECT place, {half.format(first=1)}, {half.format(first=17)}, ticket FROM placed", ("i4", "i8", "i8", "i8")
    )
    order = np.argsort(rows[0])
    high, low, tickets = (column[order] for column in rows[1:])
    sampled = int((tickets % SAMPLE == 0).sum())
    return {
        "high": high.astype(np.uint64), "low": low.astype(np.uint64), "ticket": tickets,
        "sampled": np.array([sampled]),
    }  # fmt: skip


def _of_field(field: Field, asking: Asking, count: int, secret: bytes) -> dict[str, np.ndarray]:
    source = field.values(asking, Clause(field.key, "="))
    if isinstance(source, Direct):
        statement = f"SELECT c.id AS customer_id, {source.expression} AS value FROM customers_customer c"
    else:
        statement = source.statement
    value = _coded(field, "v.value", asking, secret, is_moment=getattr(source, "is_moment", False))
    statement, parameters = sql.positional(
        f"""SELECT p.place, {value} FROM ({statement}) v JOIN placed p ON p.id = v.customer_id
            WHERE v.value IS NOT NULL""",
        asking.parameters,
    )
    places, codes = read(statement, ("i4", "i8"), parameters)
    if field.is_many:
        return _posted(field, places, codes)
    column = np.full(count, MISSING if field.default is None else int(field.default) * SCALE, dtype=np.int64)
    column[places] = codes
    return {f"f.{field.key}": column}


def _coded(field: Field, value: str, asking: Asking, secret: bytes, *, is_moment: bool) -> str:
    """SQL of the number that stands for a value."""
    if field.kind in NUMERIC and field.keys is None:
        return f"round({value} * {SCALE})::bigint"
    if field.kind == Kind.DAY:
        zone = asking.put(asking.moment.tenant.timezone)
        return ORDINAL.format(value=f"({value} AT TIME ZONE {zone})::date" if is_moment else value)
    if field.kind == Kind.YES:
        return f"{value}::int::bigint"
    if field.is_by_id:
        return keeping.SHORT.format(value=value)
    return keeping.HASHED.format(key=asking.put(secret), value=value)


def _posted(field: Field, places: np.ndarray, codes: np.ndarray) -> dict[str, np.ndarray]:
    order = np.lexsort((places, codes))
    distinct, begins = np.unique(codes[order], return_index=True)
    return {
        f"m.{field.key}.codes": distinct,
        f"m.{field.key}.begins": np.append(begins, len(codes)).astype(np.int64),
        f"m.{field.key}.places": places[order].astype(np.uint32),
    }


def _of_days(count: int, sampled: int) -> dict[str, np.ndarray]:
    day = ORDINAL.format(value="d.day").replace("::bigint", "::int")
    places, days, orders, amounts = read(
        f"""SELECT p.place, {day}, d.orders::int, round(d.amount * {SCALE})::bigint
            FROM segmentation_customerday d JOIN placed p ON p.id = d.customer_id""",
        ("i4", "i4", "i4", "i8"),
    )
    first = int(days.min()) if len(days) else 1
    last = int(days.max()) if len(days) else 0
    order = np.lexsort((places, days))
    sorted_days = [places[order], days[order], orders[order], amounts[order]]
    columns = {"days.first": np.array([first])}
    for name, rows in (("days", sorted_days), ("sample.days", _within(sorted_days, sampled))):
        columns |= {
            f"{name}.begins": np.searchsorted(rows[1], np.arange(first, last + 2)).astype(np.int64),
            f"{name}.places": rows[0].astype(np.uint32),
            f"{name}.orders": np.minimum(rows[2], np.iinfo(np.int32).max).astype(np.int32),
            f"{name}.amounts": rows[3],
        }
    return columns


def _within(rows: list[np.ndarray], sampled: int) -> list[np.ndarray]:
    chosen = rows[0] < sampled
    return [column[chosen] for column in rows]


def _later(moment: Moment) -> np.ndarray:
    """The places of those with orders after today: what counts of them is another thing tomorrow."""
    (places,) = read(
        """SELECT p.place FROM segmentation_customerstats s JOIN placed p ON p.id = s.customer_id
           WHERE s.latest_at >= %s""",
        ("i4",),
        [moment.end],
    )
    return np.sort(places)


def read(statement: str, kinds: tuple[str, ...], parameters: list | tuple = ()) -> list[np.ndarray]:
    """The columns of a statement, none of which is NULL: as the bytes in which the database sends them."""
    fields = [("count", ">i2")]
    for number, kind in enumerate(kinds):
        fields += [(f"width{number}", ">i4"), (f"value{number}", f">{kind}")]
    row = np.dtype(fields)
    found: list[list[np.ndarray]] = [[] for _kind in kinds]
    rest, skipped = bytearray(), HEADER
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT BINARY)", parameters) as copy,
    ):
        for block in copy:
            rest += block
            if skipped:
                if len(rest) < skipped:
                    continue
                rest, skipped = rest[skipped:], 0
            if len(rest) >= 1 << 22:
                rest = _take(rest, row, found)
    _take(rest[:-2], row, found)  # the last two bytes say that it ends
    return [
        np.concatenate(blocks) if blocks else np.empty(0, dtype=f"i{WIDTHS[kind]}")
        for blocks, kind in zip(found, kinds, strict=True)
    ]


def _take(content: bytearray, row: np.dtype, found: list[list[np.ndarray]]) -> bytearray:
    whole = len(content) // row.itemsize * row.itemsize
    rows = np.frombuffer(bytes(content[:whole]), dtype=row)
    for number, blocks in enumerate(found):
        values = rows[f"value{number}"]
        blocks.append(values.astype(values.dtype.newbyteorder("=")))
    return content[whole:]
