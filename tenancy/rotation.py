"""Changing keys. A new master key re-wraps the data keys at once; a new data key re-encrypts rows in a job.

Rows stay readable throughout: every version of a data key is kept and each ciphertext names its own.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection

from crm.lib import crypto
from tenancy import audit, encryption, jobs
from tenancy.database.bulk import fetch
from tenancy.encryption import EncryptedText
from tenancy.models import DataKey, Job, Membership

JOB_KIND = "keys.rotate"
CHUNK = 2000


def rewrap() -> int:
    """Wrap the entered tenant's data keys by the first master key. Returns how many were wrapped by another one."""
    masters = encryption.master_keys()
    moved = 0
    for row in DataKey.objects.select_for_update():
        wrapped = bytes(row.wrapped)
        key = crypto.unwrap(wrapped, masters=masters)
        if crypto.wrap(key, master=masters[0]) != wrapped:
            row.wrapped = crypto.wrap(key, master=masters[0])
            row.save(update_fields=["wrapped"])
            moved += 1
    audit.record("keys.rewrapped", by=None, changes={"keys": moved})
    return moved


def rotate(*, by: Membership | None, enqueue: bool = True) -> Job:
    """A new data key for the entered tenant, used from now on, and the job that re-encrypts what is older."""
    version = encryption.newest_version() + 1
    encryption.add_key(DataKey.Purpose.ENCRYPT, version=version)
    encryption.forget_keys()
    audit.record("keys.rotated", by=by, changes={"version": version})
    return jobs.create(JOB_KIND, title=f"Key {version}", arguments={"version": version}, by=by, enqueue=enqueue)


@jobs.runner(JOB_KIND)
def reencrypt(job: Job) -> Iterator[None]:
    """Every encrypted column of every table, by key, from where a former worker stopped."""
    encryption.forget_keys()
    places = _places()
    while (place := job.cursor.get("place", 0)) < len(places):
        model, field = places[place]
        last = _reencrypt_chunk(model, field, after=job.cursor.get("after"))
        job.cursor = {"place": place, "after": str(last)} if last else {"place": place + 1}
        job.done += CHUNK if last else 0
        yield


def _places() -> list[tuple[type, EncryptedText]]:
    """All encrypted columns in a fixed order. Kept API answers are left out: they are gone in two days."""
    return [
        (model, field)
        for model in sorted(apps.get_models(), key=lambda model: model._meta.label)
        for field in model._meta.local_fields
        if isinstance(field, EncryptedText)
    ]


def _reencrypt_chunk(model: type, field: EncryptedText, *, after: str | None):
    """Re-encrypt the next rows; returns the key of the last one looked at, None where there are none."""
    table, column, key = model._meta.db_table, field.column, model._meta.pk.column
    start = "00000000-0000-0000-0000-000000000000"
    rows = fetch(
        f"""SELECT {key}, {column} FROM {table} WHERE {key} > %s AND {column} IS NOT NULL
            ORDER BY {key} LIMIT {CHUNK} FOR NO KEY UPDATE""",
        [after or start],
    )
    newest = encryption.newest_version()
    old = [(id, bytes(value)) for id, value in rows if value and crypto.version_of(bytes(value)) < newest]
    fresh = [(id, bytes(field.seal(field.open(encryption.Sealed(value))))) for id, value in old]
    if fresh:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""UPDATE {table} t SET {column} = n.value FROM unnest(%s::uuid[], %s::bytea[]) AS n (id, value)
                    WHERE t.{key} = n.id""",
                [[id for id, _value in fresh], [value for _id, value in fresh]],
            )
    return rows[-1][0] if rows else None
