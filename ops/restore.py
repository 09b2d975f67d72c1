"""make restore: a backup into an empty database, silent, and without those who were erased since.

python -m ops.restore FILE [--into-new-database NAME] [--erasures FILE]
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from ops import archive, dumping, tables
from ops.backup import ERASURES
from ops.console import say
from ops.database import check
from ops.manage import manage
from ops.problem import Problem, reported
from ops.reaching import database_of, product, with_database
from ops.stopping import Stopped, StopRequest

URLS = ("DATABASE_URL", "OWNER_DATABASE_URL")


def main() -> int:
    """Restore; 0 when the copy is whole, sends nothing and holds nobody who was erased."""
    parser = argparse.ArgumentParser(prog="python -m ops.restore")
    parser.add_argument("file", type=Path)
    parser.add_argument("--into-new-database", metavar="NAME", default="")
    parser.add_argument("--erasures", metavar="FILE", type=Path)
    asked = parser.parse_args()
    stop = StopRequest()
    try:
        with product(stop) as variables:
            restore(variables, asked.file.absolute(), into=asked.into_new_database, erasures=asked.erasures)
    except Stopped:
        return stop.exit_code()
    return 0


def restore(variables: dict[str, str], source: Path, *, into: str = "", erasures: Path | None = None) -> None:
    """Raises Problem, with nothing restored, where the file is damaged, the key another or the database not empty."""
    began = time.monotonic()
    manifest = archive.read(source)
    _require_key(manifest, variables)
    if not into:
        _require_empty(variables["OWNER_DATABASE_URL"])
    lists = _lists(source, variables, erasures)
    if into:
        variables = _new_database(variables, into)
        _require_empty(variables["OWNER_DATABASE_URL"])
    owner = variables["OWNER_DATABASE_URL"]
    state = Path(variables["STATE_DIR"])
    state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restoring-", dir=state) as work:
        archive.unpack(source, Path(work))
        dumping.restore(owner, Path(work) / archive.DUMP)
        _require_equal(manifest, owner)
        _lay_media(Path(work) / archive.MEDIA, state / archive.MEDIA)
    manage(variables, "migrate", "--verbosity", "0")
    manage(variables, "sending", "off")
    erased = manage(variables, "reapply_erasures", *map(str, lists)) if lists else "no list of erasures was found"
    rows = sum(table["rows"] for table in manifest.tables.values())
    say(f"Restored: the backup of {manifest.made_at}, {rows} rows, as counted then ({time.monotonic() - began:.1f} s)")
    say(f"Erasures made since: {erased}")
    say("Sending is off: nothing leaves this copy until `manage.py sending on`.")
    say("Run it with the MASTER_KEY it was restored with.")
    if into:
        say(f"It stands in the database “{into}”: set DATABASE_URL and OWNER_DATABASE_URL to it.")


def _require_key(manifest: archive.Manifest, variables: dict[str, str]) -> None:
    if manifest.master_key not in archive.fingerprints(variables["MASTER_KEY"]):
        raise Problem(
            "This backup was made under another master key, without which its contact data cannot be read.\n"
            "Set MASTER_KEY to that of the installation it comes from (and SECRET_KEY, to keep people logged in)."
        )


def _lists(source: Path, variables: dict[str, str], given: Path | None) -> list[Path]:
    """Every list of erasures there is: given, beside the backup, and of the installation as it stands."""
    if given is not None and not given.exists():
        raise Problem(f"There is no {given}.")
    if _has_schema(variables["OWNER_DATABASE_URL"]):
        manage(variables, "write_erasures")
    places = [given, source.parent / ERASURES, Path(variables["STATE_DIR"]) / ERASURES]
    return [place.absolute() for place in places if place is not None and place.exists()]


def _has_schema(url: str) -> bool:
    """Whether a database of the product is there that knows of erasures."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return connection.execute("SELECT to_regclass('public.privacy_erasure') IS NOT NULL").fetchone()[0]
    except psycopg.OperationalError:
        return False


def _new_database(variables: dict[str, str], name: str) -> dict[str, str]:
    """The variables of a database of this name, made by the owner unless it is there already."""
    owner = variables["OWNER_DATABASE_URL"]
    try:
        with psycopg.connect(owner, autocommit=True, connect_timeout=10) as connection:
            quoted = sql.Identifier(name)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(quoted))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(quoted))
            connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO crm_app").format(quoted))
    except psycopg.errors.DuplicateDatabase:
        say(f"The database “{name}” is there already.")
    except psycopg.Error as error:
        raise Problem(f"The database “{name}” could not be made:\n{error}") from None
    return variables | {variable: with_database(variables[variable], name) for variable in URLS}


def _require_empty(url: str) -> None:
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Problem(f"The database cannot be reached:\n{error}") from None
    with connection:
        check(connection)
        count = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()[0]
    if count:
        raise Problem(
            f"The database “{database_of(url)}” is not empty ({count} tables), and nothing is overwritten.\n"
            "Restore beside it: make restore FROM=… INTO=a_new_name"
        )


def _require_equal(manifest: archive.Manifest, url: str) -> None:
    with psycopg.connect(url) as connection:
        wrong = tables.differences(manifest.tables, tables.figures(connection))
    if wrong:
        raise Problem("What was restored is not what was backed up:\n" + "\n".join(wrong[:10]))


def _lay_media(source: Path, target: Path) -> None:
    """Files that are there already are the same ones: their names are never used twice."""
    for path in source.rglob("*"):
        place = target / path.relative_to(source)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(path, place)
            os.chmod(place, 0o600)


if __name__ == "__main__":
    sys.exit(reported(main))
