"""What a person sees in the terminal of `make run`."""

import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress

_WRITING = threading.Lock()
_COLOURS = {"web": "36", "worker": "35", "beat": "33"}


def say(line: str = "") -> None:
    """Print a whole line at once; a terminal that is gone is no reason to fail."""
    with _WRITING, suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Followed:
    """Prints each line a process writes behind its name and remembers the last ones.

    `ready` is set by the first line that contains `ready_when`.
    """

    def __init__(
        self,
        name: str,
        process: subprocess.Popen[bytes],
        *,
        aloud: bool = True,
        ready_when: str = "",
    ) -> None:
        self.name = name
        self.process = process
        self.ready = threading.Event()
        self._ready_when = ready_when
        self._aloud = aloud
        self._last: deque[str] = deque(maxlen=30)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def last_lines(self) -> str:
        """The last lines written, all of them once the process has ended."""
        if self.process.poll() is not None:
            self._thread.join(timeout=1)
        return "\n".join(self._last)

    def _follow(self) -> None:
        prefix = f"{self.name:<7}| "
        if self.name in _COLOURS and sys.stdout.isatty():
            prefix = f"\033[{_COLOURS[self.name]}m{prefix}\033[0m"
        for line in self.process.stdout:
            text = line.decode(errors="replace").rstrip()
            self._last.append(text)
            if self._aloud:
                say(prefix + text)
            if self._ready_when in text:
                self.ready.set()
