"""Looks for strings wherever the product keeps anything, in every form they could have there."""

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from redis import Redis

from crm.api.idempotency import PLACE
from customers import files
from ops.binaries import find_binaries
from privacy import reach
from tenancy import context, encryption
from tenancy.encryption import EncryptedText
from tenancy.models import IdempotentRequest


def forms(string: str) -> set[bytes]:
    """The bytes of a string in the encodings, cases and spellings it may have somewhere."""
    texts = {string, string.upper(), string.lower()}
    if string.isdigit() and len(string) == 11:
        a, b, c = string[:3], string[3:7], string[7:]
        texts |= {f"+86{string}", f"{a} {b} {c}", f"{a}-{b}-{c}", f"+86 {a} {b} {c}"}
    found = set()
    for text in texts:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            plain = text.encode(encoding)
            found |= {plain, plain.hex().encode(), *in_base64(plain)}
        found.add(text.encode("unicode_escape"))
    return found


def in_base64(plain: bytes) -> Iterator[bytes]:
    """The characters that stand for it whatever comes before and after."""
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain)
        yield whole[(shift * 4 + 2) // 3 + (1 if shift else 0) : len(whole) - 4]


def dump(name: str = "") -> bytes:
    """The whole database as its owner sees it, without the token that differs each time; another one by `name`."""
    settings_of = connection.settings_dict
    command = [
        find_binaries().postgres / "pg_dump", "--enable-row-security", "--restrict-key=x", "--no-comments",
        "--exclude-extension=unaccent",
        f"--host={settings_of['HOST']}", f"--port={settings_of['PORT']}", f"--username={settings_of['USER']}",
        name or settings_of["NAME"],
    ]  # fmt: skip
    environment = {**os.environ, "PGPASSWORD": settings_of["PASSWORD"]}
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def opened(tenant) -> bytes:
    """Every encrypted column, kept answer and stored file of the company, in plain."""
    parts: list[str] = []
    with context.entered(tenant.id):
        for model in reach.tenant_models():
            names = [field.attname for field in model._meta.local_fields if isinstance(field, EncryptedText)]
            parts += [getattr(row, name) or "" for row in model.objects.all() for name in names]
        answers = IdempotentRequest.objects.exclude(body=None)
        parts += [encryption.decrypt(bytes(one.body), place=PLACE).decode() for one in answers]
        parts += [one.key for one in answers]
        media = Path(settings.STATE_DIR) / "media"
        stored = []
        for path in media.rglob("*"):
            if path.is_file():
                with files.opened(str(path.relative_to(media))) as plain:
                    stored.append(Path(plain).read_bytes())
    return "\n".join(parts).encode() + b"\n".join(stored)


def valkey() -> bytes:
    """Every key and value."""
    client, parts = Redis.from_url(settings.REDIS_URL), []
    for key in client.scan_iter(count=1000):
        parts.append(key)
        kind = client.type(key)
        if kind == b"string":
            parts.append(client.get(key) or b"")
        elif kind == b"list":
            parts += client.lrange(key, 0, -1)
        elif kind == b"hash":
            parts += [word for pair in client.hgetall(key).items() for word in pair]
    client.close()
    return b"\n".join(parts)


def state_files() -> bytes:
    """Whatever lies in the folder of the product."""
    return b"\n".join(path.read_bytes() for path in Path(settings.STATE_DIR).rglob("*") if path.is_file())


def sessions() -> bytes:
    from django.contrib.sessions.models import Session

    return repr([session.get_decoded() for session in Session.objects.all()]).encode()


def hits(strings: set[str], places: dict[str, bytes]) -> set[tuple[str, str]]:
    """(string, place) of whatever is found."""
    return {
        (string, place)
        for string in strings
        for place, content in places.items()
        if any(form in content for form in forms(string))
    }


def everywhere(tenant, logged: str) -> dict[str, bytes]:
    return {
        "dump": dump(), "opened": opened(tenant), "valkey": valkey(), "files": state_files(), "sessions": sessions(),
        "log": logged.encode(),
    }  # fmt: skip
