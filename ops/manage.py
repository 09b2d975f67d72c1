"""manage.py, asked from outside: ops knows the product as a command line only."""

import subprocess
import sys

from ops.problem import Problem
from ops.state import CLONE


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a command of the product; what it printed. Raises Problem with what it complained of."""
    done = subprocess.run(
        [sys.executable, CLONE / "manage.py", *arguments],
        env=environment, cwd=CLONE, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise Problem(f"manage.py {arguments[0]} failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout.strip()
