"""pg_dump and pg_restore, run as the owner."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ops.problem import Problem

_COPY = re.compile(rb'COPY public\.("?)(\w+)\1 ')
# Made by a superuser, for measuring: the owner may not restore it.
_LEFT_OUT = "--exclude-extension=pg_stat_statements"


def dump(url: str, target: Path, *, snapshot: str) -> None:
    """The whole database as that snapshot shows it. Raises Problem with what pg_dump said."""
    options = ["--format=custom", "--enable-row-security", "--no-comments", _LEFT_OUT, f"--snapshot={snapshot}"]
    _run("pg_dump", [*options, f"--file={target}"], url)


def restore(url: str, source: Path) -> None:
    """Everything or nothing."""
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--enable-row-security"]
    _run("pg_restore", [*options, f"--dbname={_without_password(url)}", str(source)], url)


def rows_in(source: Path) -> dict[str, int]:
    """Table → rows, counted in the dump itself."""
    command = [_program("pg_restore"), "--data-only", "--file=-", source]
    counts: dict[str, int] = {}
    table = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for line in process.stdout:
            if table is None:
                if match := _COPY.match(line):
                    table = match[2].decode()
                    counts[table] = 0
            elif line == b"\\.\n":
                table = None
            else:
                counts[table] += 1
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise Problem(f"The dump that was just written cannot be read:\n{said}")
    return counts


def _run(program: str, options: Iterable[str], url: str) -> None:
    parts = urlsplit(url)
    options = [_program(program), *options]
    if program == "pg_dump":
        options.append(_without_password(url))
    environment = {**os.environ, "PGPASSWORD": unquote(parts.password or ""), "PGCONNECT_TIMEOUT": "10"}
    done = subprocess.run(options, env=environment, capture_output=True)
    if done.returncode:
        raise Problem(f"{program} failed:\n{done.stderr.decode(errors='replace')}")


def _without_password(url: str) -> str:
    """Every user of the machine can read a command line."""
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{login.partition(':')[0]}@{place}" if login else place).geturl()


def _program(name: str) -> str:
    """Of the embedded servers where they are installed, else the machine's."""
    from ops.binaries import find_binaries

    try:
        return str(find_binaries().postgres / name)
    except Problem:
        found = shutil.which(name)
    if found is None:
        raise Problem(f"{name} of PostgreSQL 18 is needed and not on this machine (apt install postgresql-client-18).")
    return found
