"""make backup: the database and the uploaded files as one file, verified after it was written.

    python -m ops.backup [FOLDER]

The file is as sensitive as the database: names, orders and hashes stand in it in plain, contact data and files
encrypted. The master key is not in it: keep that elsewhere, without it the encrypted part is lost.
"""

import os
import shutil
import sys
import tempfile
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from ops import archive, dumping, tables
from ops.console import say
from ops.manage import manage
from ops.problem import Problem, reported
from ops.reaching import product
from ops.state import CLONE
from ops.stopping import Stopped, StopRequest

ERASURES = "erasures.jsonl"


def main() -> int:
    """Write a backup; 0 when it stands and is whole."""
    stop = StopRequest()
    folder = Path(sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else CLONE / ".state" / "backups").absolute()
    try:
        with product(stop) as variables:
            back_up(variables, folder)
    except Stopped:
        return stop.exit_code()
    return 0


def back_up(variables: dict[str, str], folder: Path) -> Path:
    """The archive that was written into `folder`, and the newest list of erasures beside it."""
    began = time.monotonic()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        work = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    except OSError as error:
        raise Problem(f"{folder} cannot be written: {error.strerror}.") from None
    try:
        state = Path(variables["STATE_DIR"])
        manage(variables, "write_erasures")
        manifest = _dump(variables, work)
        _copy_media(state / archive.MEDIA, work / archive.MEDIA)
        target = folder / f"tongke-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
        archive.write(target, manifest, work)
        keep_erasures(state / ERASURES, folder / ERASURES)
    except OSError as error:
        raise Problem(f"The backup could not be written to {folder}: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    rows = sum(table["rows"] for table in manifest.tables.values())
    size, seconds = target.stat().st_size / 1e6, time.monotonic() - began
    say(f"Backup: {target} ({size:.1f} MB, {len(manifest.tables)} tables, {rows} rows, {seconds:.1f} s)")
    say("It holds personal data; the master key is not in it. Keep both, apart from each other.")
    return target


def _dump(variables: dict[str, str], work: Path) -> archive.Manifest:
    """Dump and figures of one moment: both look at the same snapshot."""
    url = variables["OWNER_DATABASE_URL"]
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Problem(f"The database cannot be reached:\n{error}") from None
    try:
        with connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()[0]
            figures = tables.figures(connection)
            dumping.dump(url, work / archive.DUMP, snapshot=snapshot)
            version = connection.info.parameter_status("server_version")
    except psycopg.Error as error:
        raise Problem(f"The database cannot be read. Is OWNER_DATABASE_URL the owner's?\n{error}") from None
    counted = dumping.rows_in(work / archive.DUMP)
    wrong = [name for name, table in figures.items() if counted.get(name) != table["rows"]]
    if wrong:
        raise Problem(
            f"The dump does not hold what the database does ({', '.join(wrong[:5])}). Is OWNER_DATABASE_URL the"
            " owner's? Row-level security hides rows from everybody else."
        )
    return archive.Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]["version"],
        postgres=version,
        master_key=archive.fingerprints(variables["MASTER_KEY"])[0],
        tables=figures,
    )


def _copy_media(source: Path, target: Path) -> None:
    """Files may go while we copy: those of an import that has ended are thrown away."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(path, place)
            except FileNotFoundError:
                continue


def keep_erasures(source: Path, target: Path) -> None:
    """Beside the backups stands every erasure that either list knows: an old backup needs the newest list."""
    lines = dict.fromkeys(
        line for path in (target, source) if path.exists() for line in path.read_text().splitlines() if line.strip()
    )
    fresh = target.with_name(f"{target.name}.partial")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)


if __name__ == "__main__":
    sys.exit(reported(main))
