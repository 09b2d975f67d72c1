"""A backup as one file: a tar of the manifest, the dump and the uploaded files.

The manifest says what must be in it: the SHA-256 of every file, rows and sums of every table. The master key is not
in it, only a fingerprint by which the right one is known; without that key nobody reads what is encrypted.
"""

import hashlib
import json
import os
import tarfile
from base64 import b64decode
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ops.problem import Problem

MANIFEST, DUMP, MEDIA = "manifest.json", "database.dump", "media"
FORMAT = 1


@dataclass
class Manifest:
    made_at: str
    version: str
    postgres: str
    master_key: str
    tables: dict[str, dict]
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


def fingerprints(master_keys: str) -> list[str]:
    """By which a master key is known without being told; of each of MASTER_KEY's."""
    keys = [key.strip() for key in master_keys.split(",") if key.strip()]
    return [hashlib.sha256(b"fingerprint" + b64decode(key)).hexdigest()[:16] for key in keys]


def write(target: Path, manifest: Manifest, folder: Path) -> None:
    """Make the archive of what is in `folder` beside its place, read it back, and move it there in one step.

    Raises Problem where what was written is not what was to be.
    """
    manifest.files = {name: _digest(folder / name) for name in _names(folder)}
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name in (MANIFEST, *manifest.files):
                archive.add(folder / name, arcname=name, filter=_nobodys)
        file.flush()
        os.fsync(file.fileno())
    read(partial)
    partial.replace(target)
    _sync_folder(target.parent)


def read(source: Path) -> Manifest:
    """The manifest of an archive whose every file is what it says. Raises Problem for any other."""
    manifest, found = None, {}
    try:
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is None:
                    raise Problem(f"{source} is not a backup of ours: it holds “{member.name}”, which is no file.")
                if member.name == MANIFEST:
                    manifest = _manifest(source, content.read())
                else:
                    found[member.name] = hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        raise Problem(f"There is no {source}.") from None
    except (tarfile.TarError, EOFError) as error:
        raise Problem(f"{source} is damaged or no backup of ours: {error}") from None
    if manifest is None:
        raise Problem(f"{source} is no backup of ours: it has no {MANIFEST}.")
    if manifest.files != found:
        wrong = sorted(
            name for name in manifest.files.keys() | found.keys() if manifest.files.get(name) != found.get(name)
        )
        raise Problem(f"{source} is damaged: {', '.join(wrong[:5])} is not what was written.")
    return manifest


def unpack(source: Path, folder: Path) -> None:
    """Lay the files of an archive that was read before into `folder`."""
    with tarfile.open(source, "r:") as archive:
        archive.extractall(folder, filter="data")


def _manifest(source: Path, content: bytes) -> Manifest:
    try:
        told = json.loads(content)
        if told.get("format") != FORMAT:
            raise Problem(f"{source} has format {told.get('format')}; this version reads {FORMAT}.")
        return Manifest(**told)
    except (ValueError, TypeError, AttributeError):
        raise Problem(f"{source} is damaged: its {MANIFEST} cannot be read.") from None


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
