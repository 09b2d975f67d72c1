"""Ports of this machine."""

import socket

from ops.problem import Problem

LOCALHOST = "127.0.0.1"


def free_port() -> int:
    """A port of the loopback interface that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return probe.getsockname()[1]


def require_free(port: int) -> None:
    """Raise Problem when the port cannot be listened on."""
    with socket.socket() as probe:
        # As the web server does: connections of an earlier run that are closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError as error:
            raise Problem(
                f"Port {port} cannot be used ({error.strerror}).\n"
                f"Choose another one, for example: make run PORT={port + 1}"
            ) from None
