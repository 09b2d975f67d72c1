"""make run: the whole product on one machine, in the foreground, until it is told to stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from ops import processes, steps
from ops.console import Followed, say
from ops.ports import LOCALHOST, require_free
from ops.problem import Problem, reported
from ops.servers import environment, serving
from ops.state import CLONE, InUse, Lock, State, open_state, write_private
from ops.stopping import Stopped, StopRequest

_HEALTH_PATIENCE = 120
_WORKER_PATIENCE = 30
# As root, which CI is, the worker would advise against it at length.
_QUIETER = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}
_READY_WHEN = {"worker": "ready."}
_ACCESS_LOG = "%(m)s %(U)s %(s)s %(M)s ms"


def main() -> int:
    """Serve until stopped; 0 when that was asked for, 1 when something failed."""
    if "MAKELEVEL" in os.environ:
        processes.end_with_parent()
    stop = StopRequest()
    port = _port()
    state = open_state("run")
    lock = _lock(state)
    require_free(port)
    lock.note(f"{_url(port)}, process {os.getpid()}")
    processes.adopt_orphans()
    try:
        _serve(state, port, stop)
    except Stopped:
        say("Stopped.")
    finally:
        lock.release()
    return 0


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Problem(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def _url(port: int) -> str:
    return f"http://{LOCALHOST}:{port}/"


def _lock(state: State) -> Lock:
    try:
        return Lock(state)
    except InUse as taken:
        raise Problem(
            f"This clone is running already ({taken.note or 'it is just starting'}).\n"
            "Use that one, or stop it first with Ctrl-C where it runs."
        ) from None


def _serve(state: State, port: int, stop: StopRequest) -> None:
    """Everything from the servers up to the last request; ends with Stopped or Problem."""
    began = time.monotonic()
    say("PostgreSQL and Valkey …")
    with serving(state, stop) as servers:
        stop.check()
        say(f"PostgreSQL and Valkey: up in {time.monotonic() - began:.1f} s")
        url = os.environ.get("PUBLIC_URL") or _url(port).rstrip("/")
        product = servers.product | {"PUBLIC_URL": url}
        variables = environment(state, product)
        with _told_to_other_terminals(product):
            logins = steps.prepare(state, variables, stop)
            with _product(state, port, variables, stop) as running:
                _wait_until_ready(port, running, stop)
                _announce(port, logins)
                while True:
                    servers.require_alive()
                    _require_alive(running)
                    stop.sleep(0.2)


@contextmanager
def _told_to_other_terminals(product: dict[str, str]) -> Iterator[None]:
    """While we serve, .state/env tells `manage.py` in another terminal what we use."""
    path = CLONE / ".state" / "env"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(path, "".join(f"{name}={value}\n" for name, value in product.items()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _product(state: State, port: int, variables: dict[str, str], stop: StopRequest) -> Iterator[list[Followed]]:
    """Web, worker and beat, started; all of them ended, and what they left, on the way out."""
    servers = processes.children()
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        # All before the first is followed: a thread at work is no company for a fork.
        for name, command in _commands(state, port).items():
            started[name] = processes.start(
                command,
                environment=variables | _QUIETER,
                folder=CLONE,
                output=subprocess.PIPE,
                # Without its servers the worker would wait for them for ever, so it gets no say.
                last_signal=signal.SIGKILL if name == "worker" else signal.SIGTERM,
            )
        yield [Followed(name, one, ready_when=_READY_WHEN.get(name, "")) for name, one in started.items()]
    finally:
        say("Stopping …")
        # SIGQUIT: a worker that does not finish its task in time gives it back.
        signals = (signal.SIGTERM, signal.SIGQUIT)
        processes.end(*started.values(), by=signals, hurry=stop.in_a_hurry)
        processes.end_children(spare=servers)


def _commands(state: State, port: int) -> dict[str, list[str | Path]]:
    programs = Path(sys.executable).parent
    celery = [programs / "celery", "--quiet", "-A", "crm"]
    alone = ["--without-gossip", "--without-mingle"]
    return {
        "web": [
            *(programs / "gunicorn", "crm.wsgi", "--bind", f"{LOCALHOST}:{port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            *("--graceful-timeout", "10", "--worker-tmp-dir", state.tmp, "--no-control-socket"),
            # The path without its query, in which people search for names and phones.
            *("--access-logfile", "-", "--access-logformat", _ACCESS_LOG),
        ],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", *alone],
        "beat": [*celery, "beat", "--schedule", state.files / "beat", "--pidfile", ""],
    }


def _wait_until_ready(port: int, running: list[Followed], stop: StopRequest) -> None:
    """Wait for the pages, without which there is nothing, and a little for the worker."""
    began = time.monotonic()
    while not _healthy(port):
        _require_alive(running)
        if time.monotonic() > began + _HEALTH_PATIENCE:
            raise Problem(f"{_url(port)}health/ did not answer 200 within {_HEALTH_PATIENCE} s.")
        stop.sleep(0.2)
    quick = [one for one in running if one.name in _READY_WHEN]
    while not all(one.ready.is_set() for one in quick):
        _require_alive(running)
        if time.monotonic() > began + _WORKER_PATIENCE:
            return
        stop.sleep(0.1)


def _healthy(port: int) -> bool:
    connection = HTTPConnection(LOCALHOST, port, timeout=5)
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _require_alive(running: list[Followed]) -> None:
    """Raise Problem with the last lines of a process that ended by itself."""
    for one in running:
        if (code := one.process.poll()) is not None:
            how = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
            raise Problem(f"{one.name} ended by itself ({how}). Its last lines:\n{one.last_lines()}")


def _announce(port: int, logins: list[str]) -> None:
    say()
    say(f"Ready: {_url(port)}")
    for line in logins:
        say(line)


if __name__ == "__main__":
    sys.exit(reported(main))
