"""The list of erasures outside of the database, so that an older backup does not bring anybody back.

One JSON object a line in STATE_DIR/erasures.jsonl: ids, times and keyed hashes, nothing that names a person.
`make backup` lays a copy beside the backups, `make restore` erases again whatever stands on it.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from privacy.models import ErasedKey, Erasure
from tenancy import context, lookups

Entry = Mapping[str, object]


class NotAList(Exception):
    """A line that is no erasure."""


def path() -> Path:
    return Path(settings.STATE_DIR) / "erasures.jsonl"


def entry(erasure: Erasure) -> Entry:
    """What is kept of an erasure outside."""
    keys = [key.digest for key in erasure.keys.all() if key.kind == ErasedKey.Kind.RECORD]
    return {
        "tenant": str(erasure.tenant_id),
        "customer": str(erasure.subject_id),
        "at": erasure.at.isoformat(),
        "reason": erasure.reason,
        "keys": sorted(bytes(key).hex() for key in keys),
    }


def append(entries: Iterable[Entry]) -> int:
    """Write the entries that the file lacks, on disk before it returns. Returns how many they were."""
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(target, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        known = {_identity(one) for one in parse(text)}
        news = [one for one in entries if _identity(one) not in known]
        file.write("" if text.endswith("\n") or not text else "\n")
        file.writelines(json.dumps(one) + "\n" for one in news)
        file.flush()
        os.fsync(file.fileno())
    return len(news)


def parse(text: str) -> list[dict]:
    """The entries of a list. A last line that was cut off is left out; raises NotAList for another."""
    lines = text.split("\n")
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                entries.append(_read(line))
        except (ValueError, KeyError, TypeError) as problem:
            if number < len(lines):
                raise NotAList(f"line {number} is no erasure") from problem
    return entries


def _read(line: str) -> dict:
    one = json.loads(line)
    return {
        "tenant": UUID(one["tenant"]),
        "customer": UUID(one["customer"]),
        "at": datetime.fromisoformat(one["at"]),
        "reason": Erasure.Reason(one["reason"]),
        "keys": {bytes.fromhex(key) for key in one["keys"]},
    }


def _identity(one: Entry) -> tuple[str, str]:
    return str(one["tenant"]), str(one["customer"])


def write_all() -> int:
    """Bring the file up to the database. Returns how many erasures it lacked."""
    added = 0
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id):
            added += append([entry(one) for one in Erasure.objects.prefetch_related("keys").order_by("number")])
    return added
