"""Being asked to stop: noticed between two steps, never in the middle of one."""

import os
import signal
import sys
import time
from types import FrameType

_ONE_STOP = 0.5


class Stopped(Exception):
    """Someone asked us to stop."""


class StopRequest:
    """Counts the signals that ask us to stop. The first one asks, a later one hurries.

    A signal raises nothing by itself, so that no process is started without
    being written down. SIGHUP ignored by whoever started us (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self.received: list[signal.Signals] = []
        self._last = float("-inf")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        # One stop may reach us twice, from the terminal or `timeout` and through make.
        if time.monotonic() > self._last + _ONE_STOP:
            self.received.append(signal.Signals(number))
            self._last = time.monotonic()

    def requested(self) -> bool:
        return bool(self.received)

    def in_a_hurry(self) -> bool:
        return len(self.received) > 1

    def check(self) -> None:
        """Raise Stopped if we were asked to stop."""
        if self.received:
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Sleep, then raise Stopped if we were asked to stop meanwhile."""
        time.sleep(seconds)
        self.check()

    def exit_code(self) -> int:
        """What a shell expects of a program ended by the first signal received."""
        return 128 + self.received[0] if self.received else 0


def terminal_signals_reach_children() -> bool:
    """Whether a Ctrl-C reached the children of our own process group by itself."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False
