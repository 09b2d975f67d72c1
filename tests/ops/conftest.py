"""A clone that holds ops alone, so that nothing here touches the servers these tests run on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.state import CLONE

STUB = Path(__file__).parent / "stub"
# What the servers of this very test run and its Django left in the environment.
OURS = {
    *("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MASTER_KEY", "STATE_DIR"),
    *("DJANGO_SETTINGS_MODULE", "MAKELEVEL", "PORT", "PUBLIC_URL", "TZ"),
}


@dataclass(frozen=True)
class Clone:
    folder: Path
    states: Path
    environment: dict[str, str]

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start `python -m` with these arguments in the clone."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run it to its end: exit code and output."""
        process = self.start(*arguments, **variables)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def processes(self) -> list[int]:
        """Those alive that work in the clone or in its states."""
        alive = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                folder = os.readlink(process / "cwd")
            except OSError:
                continue
            if folder.startswith((f"{self.folder}", f"{self.states}")):
                alive.append(int(process.name))
        return alive


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(STUB, folder, dirs_exist_ok=True)
    shutil.copytree(CLONE / "ops", folder / "ops", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "ops" / "messages.py").write_text("")
    (folder / "requirements.lock").write_text("")
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["HOME"] = str(folder / "home")
    where = [sys.executable, "-c", "from ops.state import clone_folder; print(clone_folder())"]
    states = Path(subprocess.check_output(where, cwd=folder, env=environment, text=True).strip())
    yield Clone(folder, states, environment)
    shutil.rmtree(states, ignore_errors=True)
