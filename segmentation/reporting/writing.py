"""The job that writes the views as Parquet: in pieces of bounded memory, plain only in a nameless file."""

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import BinaryIO

from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from customers import files
from privacy.models import Erasure
from segmentation.reporting import bundling
from tenancy import jobs
from tenancy.jobs import JobFailed
from tenancy.models import Job

PIECE = 20_000  # rows that are held at once
# Types that want more than a name, by PostgreSQL's numbers for them; then those that want none.
UUID, NUMERIC, MOMENT = 2950, 1700, 1184
PLAIN = {16: "bool", 20: "int64", 21: "int16", 23: "int32", 701: "float64", 1082: "date32"}
# View → the table it shows, and the columns that tell the rows of both apart, in the order of an index.
VIEWS = {
    "customers": ("customers_customer", ("id",)),
    "orders": ("sales_order", ("id",)),
    "order_lines": ("sales_orderline", ("id",)),
    "products": ("sales_product", ("id",)),
    "days": ("segmentation_customerday", ("customer_id", "day")),
    "stores": ("tenancy_store", ("id",)),
    "segments": ("segmentation_segment", ("id",)),
    "segment_members": ("segmentation_segmentmember", ("segment_id", "customer_id")),
    "score_changes": ("segmentation_scorechange", ("day", "customer_id")),
}


@jobs.runner(bundling.KIND)
def write(job: Job) -> Iterator[None]:
    """Writes all files anew from their beginning: a worker that died left nothing of them."""
    if job.created_by is None or not (job.created_by.is_active and bundling.may(job.created_by)):
        raise JobFailed(_("Who asked for it may not export all customers any more."))
    job.done, job.total, rows = 0, _expected(), {}
    with ExitStack() as stack:
        plain = stack.enter_context(tempfile.TemporaryFile(dir=files.scratch()))
        archive = stack.enter_context(zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED))
        for view in VIEWS:
            with archive.open(f"{view}.parquet", "w", force_zip64=True) as file:
                rows[view] = 0
                for count in _write_view(view, file):
                    rows[view] += count
                    job.done += count
                    yield
        archive.close()
        if Erasure.objects.filter(at__gte=job.started_at).exists():
            raise JobFailed(_("Somebody was erased while the file was made. Export again."))
        size = plain.tell()
        plain.seek(0)
        stored, _digest = files.store(plain)
    job.total = job.done
    job.result = {"stored": stored, "bytes": size, "rows": rows}


def _expected() -> int:
    """How many rows there are now, for the progress."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT count(*) FROM reporting.{}").format(sql.Identifier(view)) for view in VIEWS
        ))  # fmt: skip
        return sum(count for (count,) in cursor.fetchall())


def _write_view(view: str, file: BinaryIO) -> Iterator[int]:
    """Writes one view's rows in the order of its key; gives how many after each piece."""
    import pyarrow
    from pyarrow import parquet

    writer, last, is_last = None, None, False
    try:
        while not is_last:
            until = _bound(view, last)
            rows, columns = _piece(view, last, until)
            if writer is None:
                schema = pyarrow.schema([(column.name, _type(column, pyarrow)) for column in columns])
                writer = parquet.ParquetWriter(file, schema, compression="zstd")
            if rows:
                told = [
                    [one and str(one) for one in values] if column.type_code == UUID else values
                    for column, values in zip(columns, zip(*rows, strict=True), strict=True)
                ]
                arrays = [pyarrow.array(values, type=field.type) for values, field in zip(told, schema, strict=True)]
                writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            last, is_last = until, until is None
            yield len(rows)
    finally:
        if writer is not None:
            writer.close()


def _type(column, pyarrow):
    if column.type_code == NUMERIC:
        return pyarrow.decimal128(column.precision, column.scale)
    if column.type_code == MOMENT:
        return pyarrow.timestamp("us", tz="UTC")
    return pyarrow.type_for_alias(PLAIN.get(column.type_code, "string"))


def _bound(view: str, last: Sequence | None) -> Sequence | None:
    """The key up to which the piece after `last` goes; None where it is the last one. Found in the table itself, since
    no order is looked up in a view that is a barrier: each piece would sort all of it."""
    table, key = VIEWS[view]
    query = sql.SQL("SELECT {names} FROM {table} {after} ORDER BY {names} LIMIT 1 OFFSET {most}").format(
        names=_names(key),
        table=sql.Identifier(table),
        after=sql.SQL("WHERE {}").format(_compared(key, ">")) if last else sql.SQL(""),
        most=sql.Literal(PIECE - 1),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, last)
        return cursor.fetchone()


def _piece(view: str, last: Sequence | None, until: Sequence | None) -> tuple[list[tuple], Sequence]:
    """The rows after the key `last` up to `until`, and what is known of their columns."""
    _table, key = VIEWS[view]
    bounds = [(sign, bound) for sign, bound in ((">", last), ("<=", until)) if bound is not None]
    query = sql.SQL("SELECT * FROM reporting.{} WHERE {} ORDER BY {}").format(
        sql.Identifier(view),
        sql.SQL(" AND ").join([sql.SQL("true"), *(_compared(key, sign) for sign, _bound in bounds)]),
        _names(key),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [one for _sign, bound in bounds for one in bound])
        return cursor.fetchall(), cursor.description


def _names(key: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, key))


def _compared(key: Sequence[str], sign: str) -> sql.Composed:
    places = sql.SQL(", ").join([sql.Placeholder()] * len(key))
    return sql.SQL("({}) {} ({})").format(_names(key), sql.SQL(sign), places)
