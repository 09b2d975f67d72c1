"""A server of ours that is up."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ops import processes
from ops.problem import Problem


@dataclass(frozen=True)
class Served:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    variables: dict[str, str]
    """What the product is told of it."""

    def require_alive(self) -> None:
        """Raise Problem with the end of its log once it has ended by itself."""
        if self.process.poll() is not None:
            raise Problem(f"{self.name} ended by itself. The end of {self.log}:\n{processes.last_lines(self.log)}")
