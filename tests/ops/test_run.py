"""make run, with a stub for the product: up, told, and gone without a trace."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from ops.ports import free_port


@pytest.fixture
def running(clone):
    """`make run` that has said Ready; its process and what it said."""
    port = free_port()
    process = clone.start("ops.run", PORT=str(port))
    try:
        yield process, port, until_ready(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def until_ready(process: subprocess.Popen[str]) -> str:
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("login"):
            return said
    raise AssertionError(said)


def test_run_serves_until_sigterm_and_leaves_nothing(clone, running):
    process, port, said = running
    assert said.endswith(f"\nReady: http://127.0.0.1:{port}/\nlogin alice as crm_app\n")
    told = clone.folder / ".state" / "env"
    assert told.stat().st_mode & 0o777 == 0o600
    assert f"PUBLIC_URL=http://127.0.0.1:{port}\n" in told.read_text()

    code, output = clone.run("ops.run", PORT=str(free_port()))
    assert code == 1
    assert f"This clone is running already (http://127.0.0.1:{port}/, process {process.pid})" in output

    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert output.endswith("Stopped.\n")
    assert clone.processes() == []
    assert not told.exists()


def test_a_taken_port_is_named(clone):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output = clone.run("ops.run", PORT=str(port))
    assert code == 1
    assert f"Port {port} cannot be used (Address already in use)" in output
    assert f"make run PORT={port + 1}" in output


@pytest.mark.nightly
def test_a_process_that_dies_is_named_and_the_rest_is_stopped(clone, running):
    process, _, _ = running
    os.kill(child_of(process.pid, "celery", "worker"), signal.SIGKILL)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "worker ended by itself (signal SIGKILL)" in output
    assert clone.processes() == []


@pytest.mark.nightly
def test_a_database_that_dies_is_named(clone, running):
    process, _, _ = running
    os.kill(child_of(process.pid, "postgres", "-D"), signal.SIGKILL)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "PostgreSQL ended by itself" in output
    assert clone.processes() == []


@pytest.mark.nightly
def test_killed_outright_it_takes_all_along_and_runs_again(clone, running):
    process, _, _ = running
    process.kill()
    process.communicate()
    again = clone.start("ops.run", PORT=str(free_port()))
    until_ready(again)
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=30)
    assert again.returncode == 0
    deadline = time.monotonic() + 10
    while clone.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert clone.processes() == []


def child_of(parent: int, program: str, word: str) -> int:
    """The child of this program whose command line holds the word."""
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if word in words and any(Path(first).name == program for first in words[:2]):
            return int(pid)
    raise AssertionError(f"{parent} has no child {program} {word}")
