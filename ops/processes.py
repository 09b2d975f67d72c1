"""Starting processes that do not outlive us, and ending them."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None, use_errno=True) if _LINUX else None
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

# What the servers get: none of our secrets, and messages in English, which we look into.
BARE_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

Command = Iterable[str | os.PathLike[str]]
Output = int | IO[bytes] | None


def start(
    command: Command,
    *,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
    account: pwd.struct_passwd | None = None,
    output: Output = None,
    errors: Output = subprocess.STDOUT,
    own_session: bool = True,
    last_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` as a child that the kernel sends `last_signal` should we die first.

    With `own_session` a Ctrl-C in the terminal does not reach it, and it reads
    nothing from there. `errors` go where `output` goes unless told otherwise. Call
    it from the main thread: the kernel counts the death of the calling thread as ours.
    """
    identity = {}
    if account is not None:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return subprocess.Popen(
        [os.fspath(word) for word in command],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL if own_session else None,
        stdout=output,
        stderr=errors if output is not None else None,
        start_new_session=own_session,
        preexec_fn=_bind_to(os.getpid(), last_signal) if _LINUX else None,
        **identity,
    )


def _bind_to(parent: int, last_signal: signal.Signals) -> Callable[[], None]:
    """What a new child does before it becomes its program. Runs after the change of user,
    which would have cleared the setting."""

    def bind() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(last_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def end_with_parent(last_signal: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send us `last_signal` when our own parent dies. Linux only, else nothing."""
    if _LINUX:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(last_signal), 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parents die, so that `end_children` finds them."""
    if _LINUX:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end(
    *processes: subprocess.Popen[bytes],
    by: Sequence[signal.Signals] = (signal.SIGTERM,),
    patience: float = 10,
    hurry: Callable[[], bool] = lambda: False,
) -> None:
    """End processes of their own sessions together: ask with each signal of `by`, then kill.

    Each signal is given `patience` seconds; `hurry` is asked now and then and
    cuts them down to two. What their groups leave behind is killed.
    """
    for number in by:
        alive = [process for process in processes if process.poll() is None]
        for process in alive:
            process.send_signal(number)
        asked = time.monotonic()
        while any(process.poll() is None for process in alive):
            if time.monotonic() > asked + (2 if hurry() else patience):
                break
            time.sleep(0.02)
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def end_children(*, spare: set[int], patience: float = 5) -> None:
    """End every child we have, adopted ones included, but those to `spare`.

    Linux only; elsewhere there is nothing to adopt and this does nothing.
    """
    deadline = time.monotonic() + patience
    asked: set[int] = set()
    while left := children() - spare:
        for pid in left:
            late = time.monotonic() > deadline
            if pid not in asked or late:
                _send(pid, signal.SIGKILL if late else signal.SIGTERM)
                asked.add(pid)
            _reap(pid)
        time.sleep(0.02)


def children() -> set[int]:
    """Process ids of our children, as the kernel lists them."""
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:
        return set()
    return {int(pid) for pid in text.split()}


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def end_leftover(pid: int, *, of: Path, by: signal.Signals, patience: float = 30) -> None:
    """End the process `pid` if its command line names `of`, left by a run that was killed.

    Another process that came to the same number is left alone.
    """
    if str(of) not in command_of(pid):
        return
    _send(pid, by)
    deadline = time.monotonic() + patience
    while str(of) in command_of(pid):
        if time.monotonic() > deadline:
            _send(pid, signal.SIGKILL)
        time.sleep(0.05)


def command_of(pid: int) -> str:
    """The command line of a live process, its words joined by spaces; empty when there is none."""
    if not _LINUX:
        listed = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True)
        return listed.stdout.decode(errors="replace")
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return words.replace(b"\0", b" ").decode(errors="replace")


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log file, for a message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
