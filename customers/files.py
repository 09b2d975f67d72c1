"""Uploaded files at rest: encrypted under the tenant's key in frames, opened as a file nobody else can name."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from crm.lib.uuids import uuid7
from tenancy import context, encryption

FRAME = 1 << 20
LENGTH_BYTES = 4


def store(content: BinaryIO) -> tuple[str, bytes]:
    """(name, SHA-256 of the content) of an encrypted copy of the entered tenant."""
    name = f"imports/{context.current_tenant_id()}/{uuid7()}"
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = sha256()
    with open(path, "xb") as sealed:
        for number, frame in enumerate(_frames(content)):
            digest.update(frame)
            ciphertext = encryption.encrypt(frame, place=_place(name, number))
            sealed.write(len(ciphertext).to_bytes(LENGTH_BYTES, "big") + ciphertext)
        os.fsync(sealed.fileno())
    return name, digest.digest()


@contextmanager
def opened(name: str) -> Iterator[str]:
    """A path to the plain content, for this process alone and only inside the `with`.

    Raises crypto.Unreadable where the copy was changed, FileNotFoundError where it is gone.
    """
    if not name:
        raise FileNotFoundError
    with open(_path(name), "rb") as sealed, tempfile.TemporaryFile(dir=scratch()) as plain:
        number = 0
        while head := sealed.read(LENGTH_BYTES):
            frame = sealed.read(int.from_bytes(head, "big"))
            plain.write(encryption.decrypt(frame, place=_place(name, number)))
            number += 1
        plain.flush()
        yield f"/dev/fd/{plain.fileno()}"


def forget_scratch(before: float) -> None:
    """What a killed process left of its folders goes; `before` is a time of the clock, in seconds."""
    for path in scratch().iterdir():
        if path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True)


def remove(name: str) -> None:
    if name:
        _path(name).unlink(missing_ok=True)


def _frames(content: BinaryIO) -> Iterator[bytes]:
    while frame := content.read(FRAME):
        yield frame


def _place(name: str, number: int) -> str:
    return f"file:{name}:{number}"


def _path(name: str) -> Path:
    return Path(settings.STATE_DIR) / "media" / name


def scratch() -> Path:
    """Where plain content may stand for a moment, out of everybody's reach."""
    folder = Path(settings.STATE_DIR) / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
