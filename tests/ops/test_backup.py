"""A backup and what comes of it: the same rows and sums, nothing sent, nobody back who was erased."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from psycopg import sql

from ops import archive, backup, restore
from ops.manage import manage
from ops.problem import Problem
from ops.reaching import with_database
from ops.state import CLONE, clone_folder
from privacy import erasure
from tenancy import context
from tests.api.conftest import Program, make_token, unhurried
from tests.cast import PASSWORD
from tests.privacy import planting, searching

__all__ = ["make_token", "unhurried"]
pytestmark = pytest.mark.django_db(transaction=True)
URLS = ("DATABASE_URL", "OWNER_DATABASE_URL")
UNBUILT = {"DEBUG": "1"}  # pages without collected static files
COPY = "test_restored_copy"
# The one row that a restored copy has of its own, and the two ways in which PostgreSQL writes one condition.
INSTALLATION = re.compile(rb"COPY public\.tenancy_installation .*?\\\.\n", re.S)
INSTALLATIONS = re.compile(rb"SELECT pg_catalog\.setval\('public\.tenancy_installation.*?\n")
ANY_OF = re.compile(rb"\(ARRAY\[((?:'\w+'::character varying(?:, )?)+)\]\)::text\[\]")
ONE_OF = re.compile(rb"('\w+'::character varying)")
LOGIN = f"""
from django.test import Client
from interactions import channels
from tenancy import sending
client = Client()
print(client.post("/login/", {{"username": "ada@example.com", "password": {PASSWORD!r}}}).status_code)
print(client.get("/t/lanhu/customers/").status_code)
try:
    channels.send("sms", "+8613812345678", "hello")
except sending.Paused:
    print("silent")
"""
OPENED = """
import sys
from tenancy import lookups
from tenancy.models import Tenant
from tests.privacy import searching
sys.stdout.buffer.write(searching.opened(Tenant(id=lookups.tenant_of_slug("lanhu"))))
"""


@pytest.fixture
def variables(tmp_path, settings):
    """The product's environment, on the database of this test."""
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()
    name = connection.settings_dict["NAME"]
    urls = {variable: with_database(os.environ[variable], name) for variable in URLS}
    unset = {"DJANGO_SETTINGS_MODULE", "TEST_DATABASE", *URLS, "STATE_DIR"}
    kept = {key: value for key, value in os.environ.items() if key not in unset}
    return kept | urls | {"STATE_DIR": str(settings.STATE_DIR), "LOG_LEVEL": "CRITICAL"}


@pytest.fixture
def world(variables, cast, tenant, login, make_token):
    user = cast.ada.user
    user.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000)
    user.save()
    world = planting.World(
        tenant=tenant, ada=cast.ada, bob=cast.bob, browser=login(cast.ada), program=Program(make_token(cast.ada))
    )
    for plant in planting.PLANTERS:
        plant(world)
    return world


def normal(dump: bytes) -> bytes:
    for pattern in (INSTALLATION, INSTALLATIONS):
        dump = pattern.sub(b"", dump)
    return ANY_OF.sub(
        lambda match: b"ARRAY[%s]" % re.sub(rb"('\w+'::character varying)", rb"(\1)::text", match[1]), dump
    )


def drop(name: str) -> None:
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def copy(worker_id):
    """The name of a database that is not there."""
    name = f"{COPY}_{worker_id}"
    drop(name)
    yield name
    drop(name)


@pytest.fixture(scope="session")
def worker_id(request):
    return getattr(request.config, "workerinput", {}).get("workerid", "alone")


def elsewhere(variables: dict, tmp_path: Path) -> dict:
    """Another installation that has the keys, and the server, and nothing else."""
    return variables | {"STATE_DIR": str(tmp_path / "elsewhere")}


@pytest.mark.nightly
def test_the_copy_is_the_same_row_by_row_and_silent(world, variables, copy, tmp_path, capsys):
    file = backup.back_up(variables, tmp_path / "backups")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    original = searching.dump()
    theirs = elsewhere(variables, tmp_path)
    restore.restore(theirs, file, into=copy)
    assert normal(searching.dump(copy)) == normal(original)
    there = theirs | {variable: with_database(variables[variable], copy) for variable in URLS}
    assert manage(there, "sending", "status") == "sending is off"
    assert manage(there | UNBUILT, "shell", "--no-imports", "-c", LOGIN).split() == ["302", "200", "silent"]
    media = [sorted(path.name for path in Path(one["STATE_DIR"], "media").rglob("*")) for one in (variables, theirs)]
    assert media[0] == media[1] != []
    with pytest.raises(Problem, match=r"not empty \(\d+ tables\)"):
        restore.restore(there, file)
    assert "the master key is not in it" in capsys.readouterr().out
    assert os.environ["MASTER_KEY"].encode() not in file.read_bytes()


def test_who_was_erased_after_the_backup_is_erased_in_the_copy(world, variables, tenant, copy, tmp_path, capsys):
    folder = tmp_path / "backups"
    file = backup.back_up(variables, folder)
    assert searching.hits({planting.NAME}, {"dump": searching.dump()}) != set()
    with context.entered(tenant.id):
        erasure.erase(world.customer, by=world.ada)
    later = backup.back_up(variables, folder)
    assert searching.hits(world.planted, {"list": (folder / "erasures.jsonl").read_bytes()}) == set()
    if later != file:
        later.unlink()
    theirs = elsewhere(variables, tmp_path)
    restore.restore(theirs, file, into=copy)
    assert '"erased": 1' in capsys.readouterr().out
    there = theirs | {variable: with_database(variables[variable], copy) for variable in URLS}
    assert manage(there, "sending", "status") == "sending is off"
    opened = manage(there, "shell", "--no-imports", "-c", OPENED).encode()
    assert searching.hits(world.planted, {"dump": searching.dump(copy), "opened": opened}) == set()


def test_another_master_key_is_refused(cast, variables, copy, tmp_path):
    file = backup.back_up(variables, tmp_path)
    with pytest.raises(Problem, match="another master key"):
        restore.restore(variables | {"MASTER_KEY": "A" * 43 + "="}, file, into=copy)


def test_a_damaged_file_is_named_and_nothing_is_restored(cast, variables, copy, tmp_path):
    file = backup.back_up(variables, tmp_path)
    content = bytearray(file.read_bytes())
    place = content.index(b"PGDMP") + 900
    content[place] ^= 1
    broken = tmp_path / "broken.tar"
    broken.write_bytes(content)
    with pytest.raises(Problem, match=r"damaged: database\.dump"):
        restore.restore(variables, broken, into=copy)
    broken.write_bytes(content[: len(content) // 2])
    with pytest.raises(Problem, match="damaged"):
        archive.read(broken)
    broken.write_bytes(b"nothing of ours")
    with pytest.raises(Problem, match="damaged or no backup"):
        archive.read(broken)
    with pytest.raises(Problem, match="There is no"):
        archive.read(tmp_path / "absent.tar")


def test_a_role_that_sees_less_makes_no_backup(cast, variables, tmp_path):
    """The application's role: row-level security hides every row, so the dump would be empty."""
    with pytest.raises(Problem, match="Is OWNER_DATABASE_URL the owner's"):
        backup.back_up(variables | {"OWNER_DATABASE_URL": variables["DATABASE_URL"]}, tmp_path)
    assert list(tmp_path.glob("*.tar*")) == []


def test_a_folder_that_cannot_be_written_is_named(cast, variables, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be written"):
        backup.back_up(variables, tmp_path / "file" / "inside")


@pytest.mark.nightly
def test_restored_into_another_cluster(world, variables, tmp_path):
    """The whole way by command line: a cluster that was never used, another state, other passwords."""
    file, original = backup.back_up(variables, tmp_path / "backups"), searching.dump()
    shutil.rmtree(clone_folder() / "test-restored", ignore_errors=True)
    script = tmp_path / "script.py"
    script.write_text(CLUSTER.format(file=str(file), login=LOGIN, out=str(tmp_path)))
    ours = {*URLS, "REDIS_URL", "SECRET_KEY", "STATE_DIR"}
    environment = {name: value for name, value in variables.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, "-m", "ops.servers", "exec", "test-restored", "--", sys.executable, script],
        cwd=CLONE, env=environment | {"PYTHONPATH": str(CLONE)}, capture_output=True, text=True,
    )  # fmt: skip
    shutil.rmtree(clone_folder() / "test-restored", ignore_errors=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((tmp_path / "told.json").read_text())
    assert told == {"sending": "sending is off", "login": ["302", "200", "silent"], "differences": []}
    copied = (tmp_path / "copy.sql").read_bytes()
    assert normal(copied) == normal(original)


CLUSTER = """
import json, os, subprocess, sys
from pathlib import Path
import psycopg
from ops import archive, tables
from ops.binaries import find_binaries
from ops.manage import manage
file, out = Path({file!r}), Path({out!r})
subprocess.run([sys.executable, "-m", "ops.restore", file], check=True)
environment, owner = dict(os.environ), os.environ["OWNER_DATABASE_URL"]
dump = [find_binaries().postgres / "pg_dump", "--enable-row-security", "--restrict-key=x", "--no-comments",
        "--exclude-extension=unaccent", "--exclude-extension=pg_stat_statements", "--file", out / "copy.sql", owner]
subprocess.run(dump, check=True)
with psycopg.connect(owner) as connection:
    figures = tables.figures(connection)
expected = archive.read(file).tables
del expected["tenancy_installation"], figures["tenancy_installation"]
(out / "told.json").write_text(json.dumps({{
    "sending": manage(environment, "sending", "status"),
    "differences": [one for one in tables.differences(expected, figures) if "django_session" not in one],
    "login": manage(environment | {{"DEBUG": "1"}}, "shell", "--no-imports", "-c", {login!r}).split(),
}}))
"""
