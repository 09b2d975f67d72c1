"""An embedded PostgreSQL 18 cluster: made, started, given its roles, stopped."""

import hashlib
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from ops import processes
from ops.account import give
from ops.binaries import Binaries
from ops.database import prepare
from ops.ports import free_port
from ops.problem import Problem
from ops.served import Served
from ops.state import State, write_private
from ops.stopping import StopRequest

INITDB = (
    "--username=postgres",
    "--encoding=UTF8",
    # With the C locale, or another machine's, 张 would be no letter: its trigrams would be
    # empty and every search of Chinese names would scan.
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--auth=scram-sha-256",
)
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "timezone": "UTC",
}
UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_START_PATIENCE = 300
_STOP_PATIENCE = 60
_WORTH_A_RETRY = ("Address already in use", "pre-existing shared memory block is still in use")


@contextmanager
def running(state: State, binaries: Binaries, secrets: dict[str, str], stop: StopRequest) -> Iterator[Served]:
    """Serve the state's cluster, made when there is none.

    Recovers from a server that was killed. Raises Problem, with the end of the
    log, when the server does not come up.
    """
    data = _cluster(state, binaries, secrets)
    log = state.fresh_log("postgres")
    server, port = _start(state, data, binaries, secrets, log, stop)
    variables = {
        "DATABASE_URL": _url("crm_app", secrets, port),
        "OWNER_DATABASE_URL": _url("crm_owner", secrets, port),
    }
    if state.throwaway:  # tests make logins, which is an administrator's to do
        variables["ADMIN_DATABASE_URL"] = _url("postgres", secrets, port)
    try:
        prepare(port, secrets)
        yield Served("PostgreSQL", server, log, variables)
    finally:
        _stop(server, stop)


def _url(role: str, secrets: dict[str, str], port: int) -> str:
    return f"postgresql://{role}:{secrets[role]}@127.0.0.1:{port}/tongke"


def _cluster(state: State, binaries: Binaries, secrets: dict[str, str]) -> Path:
    """The data folder, ready to be served: nobody uses it and it fits this version."""
    data = state.postgres / "data"
    was_killed = _end_leftover(data)
    recipe = _recipe(state, binaries, secrets)
    made_by = state.postgres / "made-by"
    if state.throwaway and (was_killed or not made_by.exists() or made_by.read_text() != recipe):
        shutil.rmtree(state.postgres, ignore_errors=True)
    if data.exists():
        _refuse_other_major(data, binaries)
        return data
    state.postgres.mkdir(mode=0o700, exist_ok=True)
    give(state.postgres, state.account)
    _initdb(state, data, binaries, secrets["postgres"])
    write_private(made_by, recipe, state.account)
    return data


def _recipe(state: State, binaries: Binaries, secrets: dict[str, str]) -> str:
    """A fingerprint of all that a cluster was made with."""
    parts = [binaries.postgres_version, INITDB, _settings(state), secrets["postgres"]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _end_leftover(data: Path) -> bool:
    """End what a killed run left serving and remove its pid file; whether there was one."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return False
    first = pid_file.read_text().split("\n", 1)[0]
    if first.isdigit():
        processes.end_leftover(int(first), of=data, by=signal.SIGINT)
    # Its number may belong to another process of the same account by now, and then the server
    # would take it for itself still running.
    pid_file.unlink(missing_ok=True)
    return True


def _refuse_other_major(data: Path, binaries: Binaries) -> None:
    theirs = (data / "PG_VERSION").read_text().strip()
    ours = binaries.postgres_version.split(".")[0]
    if theirs != ours:
        raise Problem(
            f"The data in {data} was written by PostgreSQL {theirs}, and this is {ours}.\n"
            f"Dump it with pg_dump of version {theirs} and restore it, or remove the folder to begin anew."
        )


def _initdb(state: State, data: Path, binaries: Binaries, password: str) -> None:
    """Make the cluster beside its place and move it there, so that one half made is not taken for one."""
    password_file, fresh = state.postgres / "password", state.postgres / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    write_private(password_file, password, state.account)
    command = [binaries.postgres / "initdb", "-D", fresh, "--pwfile", password_file, *INITDB]
    if state.throwaway:
        command.append("--no-sync")
    made = processes.start(
        command,
        environment=processes.BARE_ENVIRONMENT,
        folder=state.postgres,
        account=state.account,
        output=subprocess.PIPE,
    )
    said = made.communicate()[0].decode(errors="replace")
    password_file.unlink()
    if made.returncode:
        raise Problem(f"PostgreSQL could not make its data folder {data}:\n{said}")
    fresh.rename(data)


def _settings(state: State) -> dict[str, str]:
    return SETTINGS | UNSAFE_SETTINGS if state.throwaway else SETTINGS


def _start(
    state: State,
    data: Path,
    binaries: Binaries,
    secrets: dict[str, str],
    log: Path,
    stop: StopRequest,
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server on a free port and wait until it answers."""
    for _attempt in range(5):
        stop.check()
        port = free_port()
        settings = {"port": str(port)} | _settings(state)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with log.open("wb") as output:
            server = processes.start(
                [binaries.postgres / "postgres", "-D", data, *options],
                environment=processes.BARE_ENVIRONMENT,
                folder=state.postgres,
                account=state.account,
                output=output,
                last_signal=signal.SIGINT,
            )
        if _answers(server, port, secrets, stop):
            return server, port
        _stop(server, stop)
        stop.check()
        # Another program may have taken the port, and backends of a killed server take a
        # moment to notice that it is gone.
        if not any(reason in processes.last_lines(log) for reason in _WORTH_A_RETRY):
            break
        stop.sleep(1)
    raise Problem(f"PostgreSQL did not start. The end of {log}:\n{processes.last_lines(log)}")


def _answers(server: subprocess.Popen[bytes], port: int, secrets: dict[str, str], stop: StopRequest) -> bool:
    """Wait until the server answers; False once it ended, took too long, or we are to stop."""
    deadline = time.monotonic() + _START_PATIENCE
    while server.poll() is None and time.monotonic() < deadline and not stop.requested():
        try:
            psycopg.connect(
                host="127.0.0.1",
                port=port,
                user="postgres",
                password=secrets["postgres"],
                dbname="postgres",
                connect_timeout=5,
            ).close()
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                return False
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(server: subprocess.Popen[bytes], stop: StopRequest) -> None:
    """Stop fast but clean; where that takes too long, at once (it recovers at the next start)."""
    signals = (signal.SIGINT, signal.SIGQUIT)
    processes.end(server, by=signals, patience=_STOP_PATIENCE, hurry=stop.in_a_hurry)
