"""Servers of our own: started, told to the command, recovered, gone afterwards."""

import json
import os
import shutil
import signal
import sys
import time

import pytest

from ops import state
from ops.database import ROLES
from ops.problem import Problem
from ops.state import CLONE, State, require_free_space

SHOW = """
import json, os, psycopg
app, owner = (os.environ[name] for name in ("DATABASE_URL", "OWNER_DATABASE_URL"))
with psycopg.connect(app) as app, psycopg.connect(owner) as owner:
    print("SHOWN", json.dumps({
        "version": app.info.server_version,
        "app": app.execute("SELECT current_user").fetchone()[0],
        "owner": owner.execute("SELECT current_user").fetchone()[0],
        "rights": owner.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcanlogin FROM pg_roles"
            " WHERE rolname LIKE 'crm%' ORDER BY 1").fetchall(),
        "fsync": app.execute("SHOW fsync").fetchone()[0],
        "trigrams": app.execute("SELECT cardinality(show_trgm('张三丰'))").fetchone()[0],
        "tmp": os.environ["TMPDIR"],
    }))
"""


def shown(output: str) -> dict:
    return json.loads(output.split("SHOWN", 1)[1])


def test_exec_serves_both_roles_and_passes_the_exit_code_on(clone):
    code, output = clone.run("ops.servers", "exec", "bench", "--", sys.executable, "-c", f"{SHOW}\nexit(7)")
    assert code == 7, output
    told = shown(output)
    assert told["version"] >= 180000
    assert (told["app"], told["owner"]) == ("crm_app", "crm_owner")
    # name, superuser, goes round row-level security, makes databases, logs in
    assert told["rights"] == [["crm_app", False, False, False, True], ["crm_owner", False, False, True, True]]
    assert told["fsync"] == "on"
    assert told["trigrams"] == 4
    assert told["tmp"].startswith((str(clone.states), str(clone.folder)))
    assert clone.processes() == []


def test_variables_that_are_set_win(clone):
    inner = "import os; print(os.environ['REDIS_URL'], os.environ['SECRET_KEY'])"
    given = {"REDIS_URL": "redis://of-my-own:1/0", "SECRET_KEY": "mine"}
    code, output = clone.run("ops.servers", "exec", "test", "--", sys.executable, "-c", inner, **given)
    assert (code, output) == (0, "redis://of-my-own:1/0 mine\n")


def test_a_database_that_does_not_answer_is_named(clone):
    gone = {"DATABASE_URL": "postgresql://crm_app@127.0.0.1:1/tongke", "REDIS_URL": "redis://:1"}
    code, output = clone.run("ops.servers", "exec", "test", "--", "true", **gone)
    assert code == 1
    assert "The database of DATABASE_URL cannot be reached" in output


def test_what_was_killed_recovers_and_a_second_user_is_refused(clone):
    first = clone.start(
        "ops.servers",
        "exec",
        "kept",
        "--",
        sys.executable,
        "-c",
        f"{SHOW}\nimport sys, time; sys.stdout.flush(); time.sleep(60)",
    )
    assert "SHOWN" in first.stdout.readline()
    code, output = clone.run("ops.servers", "exec", "kept", "--", "true")
    assert code == 1
    assert f"in use (process {first.pid})" in output
    first.kill()
    first.communicate()
    code, output = clone.run("ops.servers", "exec", "kept", "--", sys.executable, "-c", SHOW)
    assert code == 0, output
    gone_within(clone, 10)


def test_a_pid_file_naming_another_process_is_no_obstacle(clone):
    assert clone.run("ops.servers", "exec", "pids", "--", "true")[0] == 0
    pid_file = clone.states / "pids" / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n")
    code, output = clone.run("ops.servers", "exec", "pids", "--", "true")
    assert (code, output) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_the_command_and_nothing_is_left(clone, number):
    forks = "import subprocess, time; subprocess.Popen(['sleep', '60'], start_new_session=True)"
    process = clone.start(
        "ops.servers",
        "exec",
        "test",
        "--",
        sys.executable,
        "-c",
        f"{forks}; print('on', flush=True); time.sleep(60)",
    )
    assert process.stdout.readline() == "on\n"
    process.send_signal(number)
    process.communicate(timeout=90)
    assert process.returncode in (1, 128 + number)
    assert clone.processes() == []


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(state.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2, 2, 10**8))
    with pytest.raises(Problem, match=r"The disk is nearly full: 0\.1 GB free"):
        require_free_space(State("test", tmp_path, None))


def test_the_composition_makes_the_same_roles():
    script = (CLONE / "docker" / "postgres-roles.sh").read_text()
    for role, rights in ROLES.items():
        assert f"CREATE ROLE {role} {rights}\n" in script


def gone_within(clone, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while clone.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert clone.processes() == []
