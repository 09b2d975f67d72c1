"""What `make run` does between starting the servers and starting the product."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

from ops import processes
from ops.console import Followed, say
from ops.problem import Problem
from ops.state import CLONE, State
from ops.stopping import StopRequest

_MANAGE = [sys.executable, CLONE / "manage.py"]


def prepare(state: State, environment: dict[str, str], stop: StopRequest) -> list[str]:
    """Bring schema, catalogues, static files and demo up to date; the lines the demo printed.

    Raises Problem when a step fails, or Stopped.
    """

    def step(title: str, command: list[str | Path]) -> str:
        return _run(title, command, environment, stop)

    step("Database schema", [*_MANAGE, "migrate", "--verbosity", "0"])
    step("Message catalogues", [sys.executable, "-m", "ops.messages", "compile"])
    stamp, current = state.files / "static.stamp", _static_sources()
    if not stamp.exists() or stamp.read_text() != current:
        collect = ["collectstatic", "--noinput", "--clear", "--verbosity", "0"]
        step("Static files", [*_MANAGE, *collect])
        stamp.write_text(current)
    return step("Demo companies", [*_MANAGE, "demo"]).splitlines()


def _run(title: str, command: list[str | Path], environment: dict[str, str], stop: StopRequest) -> str:
    """Run one step to its end; what it printed. What it writes to stderr goes to the terminal."""
    began = time.monotonic()
    say(f"{title} …")
    process = processes.start(
        command,
        environment=environment,
        folder=CLONE,
        output=subprocess.PIPE,
        errors=None,
    )
    followed = Followed(title, process, aloud=False)
    try:
        while process.poll() is None:
            stop.sleep(0.05)
    finally:
        processes.end(process, patience=5, hurry=stop.in_a_hurry)
    if process.returncode:
        raise Problem(f"{title} failed, see above.\n{followed.last_lines()}".strip())
    say(f"{title}: done in {time.monotonic() - began:.1f} s")
    return followed.last_lines()


def _static_sources() -> str:
    """A fingerprint of the files that static files are collected from."""
    own = [
        f"{path.relative_to(CLONE)} {path.stat().st_size} {path.stat().st_mtime_ns}"
        for folder in sorted([*CLONE.glob("static"), *CLONE.glob("*/static")])
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    packages = (CLONE / "requirements.lock").read_text()
    return hashlib.sha256("\n".join([packages, *own]).encode()).hexdigest()
