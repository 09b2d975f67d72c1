"""Where the columns stand: a folder for each generation, named by a row; the row's commit puts it in place of the last.

Texts stand in them as keyed hashes of 64 bits alone, so that a forgotten person leaves nothing in them to read.
"""

import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction

from segmentation.models import SegmentColumns
from tenancy import context, encryption
from tenancy.database.bulk import fetch

FORM = 2  # of the files; others are not read
OPEN = 64  # generations that a process keeps mapped
MOST_TOUCHED = 50_000  # customers that are asked for in the database beside the columns

Columns = Mapping[str, np.ndarray]


def current(*, zone: str) -> SegmentColumns | None:
    """The generation that can be asked, in the company's time zone; None where there is none."""
    row = SegmentColumns.objects.first()
    is_ours = row and (row.form, row.zone, row.cluster) == (FORM, zone, cluster())
    return row if is_ours and folder(row.folder).is_dir() else None


def opened(row: SegmentColumns) -> Columns | None:
    """The generation's files, mapped; None where it has been replaced meanwhile."""
    try:
        return _mapped(str(folder(row.folder)))
    except FileNotFoundError:
        return None


@lru_cache(maxsize=OPEN)
def _mapped(path: str) -> Columns:
    files = list(Path(path).glob("*.npy"))
    if not files:
        raise FileNotFoundError(path)
    return {file.stem: np.load(file, mmap_mode="r", allow_pickle=False) for file in files}


def hold(*, wait: bool = True) -> bool:
    """Keep others from making columns, and touches from being forgotten, until the end of the transaction. Without
    waiting: whether it could be had."""
    name = f"columns:{context.current_tenant_id()}"
    if wait:
        fetch("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return True
    return fetch("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])[0][0]


def write(generation: UUID, columns: Columns) -> None:
    place = folder(generation)
    place.mkdir(parents=True, mode=0o700)
    for name, values in columns.items():
        np.save(place / f"{name}.npy", np.ascontiguousarray(values), allow_pickle=False)


def put_in_place(row: SegmentColumns) -> None:
    """The generation is asked from the commit on; folders of others go."""
    SegmentColumns.objects.all().delete()
    row.save(force_insert=True)
    home, name = folder(row.folder).parent, str(row.folder)
    transaction.on_commit(lambda: _remove_others(home, name), robust=True)


def remove() -> None:
    SegmentColumns.objects.all().delete()
    home = _home()
    transaction.on_commit(lambda: _remove_others(home, ""), robust=True)


def _remove_others(home: Path, name: str) -> None:
    with suppress(FileNotFoundError):
        for other in home.iterdir():
            if other.name != name:
                shutil.rmtree(other, ignore_errors=True)


def touched(row: SegmentColumns) -> list[UUID] | None:
    """Who has changed since the generation; None where they are more than are asked for one by one.

    A change counts from its commit on: the generation's snapshot says which transactions it saw.
    """
    rows = fetch(
        """SELECT DISTINCT customer_id FROM segmentation_segmenttouch
           WHERE txid >= pg_snapshot_xmin(%s::pg_snapshot)::text::bigint
             AND NOT pg_visible_in_snapshot(txid::text::xid8, %s::pg_snapshot) LIMIT %s""",
        [row.snapshot, row.snapshot, MOST_TOUCHED + 1],
    )
    return None if len(rows) > MOST_TOUCHED else [id for (id,) in rows]


def cluster() -> str:
    """Which database cluster this is: transactions are numbered anew in another."""
    return _cluster()


@lru_cache(maxsize=1)
def _cluster() -> str:
    return str(fetch("SELECT system_identifier FROM pg_control_system()")[0][0])


def key() -> bytes:
    """The company's key of hashed texts."""
    return encryption.seal(b"texts", purpose="segments.columns")


def code(word: str, secret: bytes) -> int:
    """The hash of a text, as HASHED makes it in SQL."""
    return int.from_bytes(sha256(secret + word.encode()).digest()[:8], "big", signed=True)


HASHED = "('x' || encode(substr(sha256({key}::bytea || convert_to({value}, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint"
SHORT = "('x' || right(replace({value}::text, '-', ''), 16))::bit(64)::bigint"


def short(id: UUID) -> int:
    """The last 64 bits of an id, as SHORT makes it in SQL."""
    return int.from_bytes(id.bytes[8:], "big", signed=True)


def folder(generation: UUID) -> Path:
    return _home() / str(generation)


def _home() -> Path:
    return Path(settings.STATE_DIR) / "columns" / str(context.current_tenant_id())


def halves(ids: Collection[UUID]) -> tuple[np.ndarray, np.ndarray]:
    """The ids as two columns of 64 bits."""
    whole = np.frombuffer(b"".join(id.bytes for id in ids), dtype=">u8").reshape(-1, 2)
    return whole[:, 0].astype(np.uint64), whole[:, 1].astype(np.uint64)
