"""The servers the product needs, on one machine.

    python -m ops.servers exec NAME -- COMMAND...

starts PostgreSQL and Valkey under the state NAME, runs COMMAND with the
variables of the product, stops the servers whatever happens, and exits with
the exit code of COMMAND. Different names run side by side. The databases of
names that begin with "test" are fast and may be lost. DATABASE_URL and
REDIS_URL that are set already are used instead of a server of our own.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from ops import database, postgres, processes, valkey
from ops.binaries import find_binaries
from ops.problem import Problem, reported
from ops.served import Served
from ops.state import Lock, State, empty_tmp, open_state, require_free_space, secrets_of
from ops.stopping import Stopped, StopRequest, terminal_signals_reach_children

_USAGE = "Usage: python -m ops.servers exec NAME -- COMMAND..."


@dataclass(frozen=True)
class Servers:
    product: dict[str, str]
    """The product's variables."""
    own: list[Served]
    """Those we started ourselves."""

    def require_alive(self) -> None:
        """Raise Problem once one of ours has ended by itself."""
        for server in self.own:
            server.require_alive()


@contextmanager
def serving(state: State, stop: StopRequest) -> Iterator[Servers]:
    """Start the servers that the environment does not name; stop them on the way out.

    The product's variables are DATABASE_URL (as crm_app), OWNER_DATABASE_URL
    (as crm_owner), REDIS_URL, SECRET_KEY, MASTER_KEY and STATE_DIR. Those that
    are set already win. Raises Problem, or Stopped when a signal came first.
    """
    require_free_space(state)
    empty_tmp(state)
    secrets = secrets_of(state)
    product = {
        "SECRET_KEY": secrets["secret_key"],
        "MASTER_KEY": secrets["master_key"],
        "STATE_DIR": str(state.files),
    }
    own: list[Served] = []
    with ExitStack() as running:
        for variable, server in (("DATABASE_URL", postgres), ("REDIS_URL", valkey)):
            if not os.environ.get(variable):
                served = server.running(state, find_binaries(), secrets, stop)
                own.append(running.enter_context(served))
                product |= own[-1].variables
        yield Servers(product | _given(), own)


def _given() -> dict[str, str]:
    """The variables of the product that are set already. Raises Problem for a database that will not do."""
    names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MASTER_KEY", "STATE_DIR")
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    if url := given.get("DATABASE_URL"):
        database.check_url(url)
        # Named even where it is the same, lest the owner of another database be taken with it.
        given["OWNER_DATABASE_URL"] = os.environ.get("OWNER_DATABASE_URL") or url
    return given


def environment(state: State, product: dict[str, str]) -> dict[str, str]:
    """The whole environment of a process of the product."""
    return os.environ | product | {"TMPDIR": str(state.tmp)}


def execute(name: str, command: list[str]) -> int:
    """Run `command` on the servers of the state `name`; its exit code, or 128 + the signal."""
    stop = StopRequest()
    state = open_state(name)
    lock = Lock(state)
    processes.adopt_orphans()
    try:
        with serving(state, stop) as servers:
            stop.check()
            return _attended(command, environment(state, servers.product), stop)
    except Stopped:
        return stop.exit_code()
    finally:
        lock.release()


def _attended(command: list[str], environment: dict[str, str], stop: StopRequest) -> int:
    """Run `command` in our place at the terminal, hand it the signals we get, leave nothing of it."""
    servers = processes.children()
    try:
        child = processes.start(command, environment=environment, own_session=False)
    except FileNotFoundError:
        raise Problem(f"No such command: {command[0]}") from None
    handed = 0
    while child.poll() is None:
        for number in stop.received[handed:]:
            handed += 1
            if number != signal.SIGINT or not terminal_signals_reach_children():
                child.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=0.2)
    processes.end_children(spare=servers)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def main() -> int:
    match sys.argv[1:]:
        case ["exec", name, "--", *command] if command and name.replace("-", "").isalnum():
            return execute(name, command)
    raise Problem(_USAGE)


if __name__ == "__main__":
    sys.exit(reported(main))
