"""The product behind a real gunicorn, as in production: two processes of eight threads."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 30


def environment() -> dict[str, str]:
    """The environment of a web process on the test's database, where it is the application's role."""
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | {
        "DATABASE_URL": database
    }


@contextmanager
def served() -> Iterator[int]:
    """The port it listens at. What is to be seen there must be committed."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "crm.wsgi",
            "-c",
            "docker/gunicorn.py",
            "--access-logfile",
            "/dev/null",
        ]
        command += ["--bind", f"fd://{listening.fileno()}", "--log-level", "warning"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), pass_fds=[listening.fileno()])
        port = listening.getsockname()[1]
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while ask(port, "GET", "/health/", timeout=SECONDS_TO_START)[0] != 200:
        assert time.monotonic() < until, "the web server does not answer"
        time.sleep(0.1)


def ask(port: int, method: str, path: str, body=None, *, headers=(), timeout=30) -> tuple[int, dict, bytes]:
    """(status, headers, body) of one request."""
    sent = None if body is None else json.dumps(body).encode()
    connected = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connected.request(method, path, sent, {"Content-Type": "application/json", **dict(headers)})
        answer = connected.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connected.close()


def at_once(times: int, asking) -> list:
    """What `asking()` gives, called so many times from as many threads in the same moment."""
    gate, answers = threading.Barrier(times), [None] * times

    def one(place: int) -> None:
        gate.wait()
        answers[place] = asking()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
