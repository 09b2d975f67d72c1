"""The database and files that a command about the whole installation works on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from ops.problem import Problem
from ops.servers import environment, serving
from ops.state import CLONE, Lock, open_state
from ops.stopping import StopRequest

_NEEDED = ("OWNER_DATABASE_URL", "STATE_DIR", "MASTER_KEY")


@contextmanager
def product(stop: StopRequest) -> Iterator[dict[str, str]]:
    """The variables of the product: those that are set, else of the `make run` that is running, else of its
    servers, started for the moment. Raises Problem where one is missing."""
    told = CLONE / ".state" / "env"
    if os.environ.get("DATABASE_URL"):
        yield _complete(dict(os.environ))
    elif told.exists():
        lines = (line.partition("=") for line in told.read_text().splitlines())
        yield _complete(dict(os.environ) | {name: value for name, _, value in lines if name})
    else:
        state = open_state("run")
        lock = Lock(state)
        try:
            with serving(state, stop) as servers:
                yield _complete(environment(state, servers.product))
        finally:
            lock.release()


def _complete(variables: dict[str, str]) -> dict[str, str]:
    if missing := [name for name in _NEEDED if not variables.get(name)]:
        raise Problem(f"DATABASE_URL is set, so these must be too: {', '.join(missing)}. See .env.example.")
    return variables


def database_of(url: str) -> str:
    """The name of the database of a URL."""
    return unquote(urlsplit(url).path.lstrip("/"))


def with_database(url: str, name: str) -> str:
    """The same server and login, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
