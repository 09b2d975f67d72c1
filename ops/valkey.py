"""An embedded Valkey: the jobs' broker and the cache."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops import processes
from ops.account import give
from ops.binaries import Binaries
from ops.ports import LOCALHOST, free_port
from ops.problem import Problem
from ops.served import Served
from ops.state import State, write_private
from ops.stopping import StopRequest

_START_PATIENCE = 60


@contextmanager
def running(state: State, binaries: Binaries, secrets: dict[str, str], stop: StopRequest) -> Iterator[Served]:
    """Serve the state's Valkey. Raises Problem, with the end of the log, when it does not start."""
    state.valkey.mkdir(mode=0o700, exist_ok=True)
    give(state.valkey, state.account)
    _end_leftover(state)
    log, password = state.fresh_log("valkey"), secrets["valkey"]
    server, port = _start(state, binaries, password, log, stop)
    try:
        url = f"redis://:{password}@{LOCALHOST}:{port}/0"
        yield Served("Valkey", server, log, {"REDIS_URL": url})
    finally:
        processes.end(server, patience=20, hurry=stop.in_a_hurry)


def _end_leftover(state: State) -> None:
    """End what a killed run left serving: two servers must not write one log of changes."""
    pid_file = state.valkey / "valkey.pid"
    text = pid_file.read_text().strip() if pid_file.exists() else ""
    if text.isdigit():
        processes.end_leftover(int(text), of=state.valkey, by=signal.SIGTERM)


def _start(
    state: State, binaries: Binaries, password: str, log: Path, stop: StopRequest
) -> tuple[subprocess.Popen[bytes], int]:
    for _attempt in range(3):
        stop.check()
        port = free_port()
        settings = state.valkey / "valkey.conf"
        # In a file, not on the command line, which every user of the machine can read.
        write_private(settings, _configuration(state, port, password), state.account)
        with log.open("wb") as output:
            server = processes.start(
                [binaries.valkey, settings],
                environment=processes.BARE_ENVIRONMENT,
                folder=state.valkey,
                account=state.account,
                output=output,
            )
        if _answers(server, port, password, stop):
            return server, port
        processes.end(server, patience=5, hurry=stop.in_a_hurry)
        stop.check()
        if "Address already in use" not in processes.last_lines(log):
            break
    raise Problem(f"Valkey did not start. The end of {log}:\n{processes.last_lines(log)}")


def _configuration(state: State, port: int, password: str) -> str:
    # Its title would hide the path by which a leftover is known. noeviction: a broker that
    # forgets is worse than one that refuses.
    lines = {
        "bind": LOCALHOST,
        "port": port,
        "requirepass": password,
        "dir": f'"{state.valkey}"',
        "pidfile": f'"{state.valkey / "valkey.pid"}"',
        "set-proc-title": "no",
        "daemonize": "no",
        "appendonly": "no" if state.throwaway else "yes",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _answers(server: subprocess.Popen[bytes], port: int, password: str, stop: StopRequest) -> bool:
    """Wait until it answers our own password; False once it ended, took too long, or we are to stop."""
    deadline = time.monotonic() + _START_PATIENCE
    while server.poll() is None and time.monotonic() < deadline and not stop.requested():
        try:
            with socket.create_connection((LOCALHOST, port), timeout=2) as connection:
                connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
                if b"+PONG" in b"".join(iter(lambda: connection.recv(512), b"")):
                    return True
        except OSError:
            pass
        time.sleep(0.02)
    return False
