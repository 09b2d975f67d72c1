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
# View → the columns that tell its rows apart, in the order of an index.
VIEWS = {
    "customers": ("id",),
    "orders": ("id",),
    "order_lines": ("id",),
    "products": ("id",),
    "days": ("customer_id", "day"),
    "stores": ("id",),
    "segments": ("id",),
    "segment_members": ("segment_id", "customer_id"),
    "score_changes": ("day", "customer_id"),
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
        for view, key in VIEWS.items():
            with archive.open(f"{view}.parquet", "w", force_zip64=True) as file:
                rows[view] = 0
                for count in _write_view(view, key, file):
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


def _write_view(view: str, key: Sequence[str], file: BinaryIO) -> Iterator[int]:
    """Writes one view's rows in the order of its key; gives how many after each piece."""
    import pyarrow
    from pyarrow import parquet

    schema, texts, writer, last = None, set(), None, None
    try:
        while True:
            rows, columns = _piece(view, key, last)
            if schema is None:
                schema = pyarrow.schema([(column.name, _type(column, pyarrow)) for column in columns])
                texts = {place for place, column in enumerate(columns) if column.type_code == UUID}
                places = [schema.get_field_index(name) for name in key]
                writer = parquet.ParquetWriter(file, schema, compression="zstd")
            if not rows:
                return
            told = [
                [None if one is None else str(one) for one in values] if place in texts else values
                for place, values in enumerate(zip(*rows, strict=True))
            ]
            arrays = [pyarrow.array(values, type=field.type) for values, field in zip(told, schema, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            last = [rows[-1][place] for place in places]
            yield len(rows)
            if len(rows) < PIECE:
                return
    finally:
        if writer is not None:
            writer.close()


def _type(column, pyarrow):
    if column.type_code == NUMERIC:
        return pyarrow.decimal128(column.precision, column.scale)
    if column.type_code == MOMENT:
        return pyarrow.timestamp("us", tz="UTC")
    return pyarrow.type_for_alias(PLAIN.get(column.type_code, "string"))


def _piece(view: str, key: Sequence[str], last: Sequence | None) -> tuple[list[tuple], Sequence]:
    """The rows that come after the key `last`, and what is known of their columns."""
    names = sql.SQL(", ").join(map(sql.Identifier, key))
    query = sql.SQL("SELECT * FROM reporting.{}").format(sql.Identifier(view))
    if last is not None:
        query += sql.SQL(" WHERE ({}) > ({})").format(names, sql.SQL(", ").join([sql.Placeholder()] * len(key)))
    query += sql.SQL(" ORDER BY {} LIMIT {}").format(names, sql.Literal(PIECE))
    with connection.cursor() as cursor:
        cursor.execute(query, last)
        return cursor.fetchall(), cursor.description
