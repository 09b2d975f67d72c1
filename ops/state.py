"""Where a set of servers keeps what it must remember: data, secrets, logs."""

import base64
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from ops.account import server_account
from ops.problem import Problem

CLONE = Path(__file__).resolve().parent.parent
ROOTS_FOLDER = Path("/var/lib/tongke")
_LEAST_FREE = 1 << 30
# Chromium puts a socket of 47 characters under TMPDIR, and a socket's path ends at 107.
_LONGEST_TMP = 58


@dataclass(frozen=True)
class State:
    """The folder of one named set of servers and the account that its servers run as."""

    name: str
    folder: Path
    account: pwd.struct_passwd | None

    @property
    def throwaway(self) -> bool:
        """Whether its data may be lost: those of tests, which trade safety for speed."""
        return self.name.startswith("test")

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def valkey(self) -> Path:
        return self.folder / "valkey"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def files(self) -> Path:
        """What the product itself writes: media, static files, its own logs."""
        return self.folder / "files"

    @property
    def tmp(self) -> Path:
        """TMPDIR of what runs on these servers."""
        inside = self.folder / "tmp"
        if len(str(inside)) <= _LONGEST_TMP:
            return inside
        return Path.home() / ".cache" / "tongke" / f"{clone_key()[:6]}-{self.name}"

    def fresh_log(self, server: str) -> Path:
        """An empty place for a server's log; the one before is kept beside it."""
        log = self.logs / f"{server}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        return log


def clone_key() -> str:
    """A short name for this clone's path."""
    return hashlib.sha256(os.fsencode(CLONE)).hexdigest()[:12]


def clone_folder() -> Path:
    """Where the states of this clone are: in it, or for root where another account may read."""
    return ROOTS_FOLDER / clone_key() if os.geteuid() == 0 else CLONE / ".state"


def open_state(name: str) -> State:
    """The state called `name`, its folders made. Raises Problem when the disk is full."""
    state = State(name, clone_folder() / name, server_account())
    parents = clone_folder(), state.folder
    for folder in (*parents, state.logs, state.files, state.tmp):
        folder.mkdir(parents=True, exist_ok=True)
    if state.account is None:
        clone_folder().chmod(0o700)
        return state
    # The servers' account must reach its own folders through these, and Chromium, which may
    # run as any account, must be able to use the temporary one.
    for folder in (ROOTS_FOLDER, *parents):
        folder.chmod(0o755)
    for folder in (state.logs, state.files):
        folder.chmod(0o700)
    state.tmp.chmod(0o1777)
    return state


def require_free_space(state: State) -> None:
    """Raise Problem when less than 1 GB is free where the state lies."""
    free = shutil.disk_usage(state.folder).free
    if free < _LEAST_FREE:
        raise Problem(
            f"The disk is nearly full: {free / 1e9:.1f} GB free under {state.folder}, "
            "and the servers need 1 GB.\nFree some space and start again."
        )


def empty_tmp(state: State) -> None:
    """Remove what earlier runs left in the temporary folder. Only for who holds the lock."""
    for left in state.tmp.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


class InUse(Problem):
    """Someone else runs on this state. `note` is what they wrote into the lock."""

    def __init__(self, state: State, note: str) -> None:
        self.note = note
        super().__init__(f"The servers called “{state.name}” of this clone are in use ({note or 'just starting'}).")


class Lock:
    """Held while someone runs on a state. The kernel lets go of it however we end."""

    def __init__(self, state: State) -> None:
        """Take the lock at once or raise InUse."""
        self._file = (state.folder / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            raise InUse(state, self._file.read().strip()) from None
        self.note(f"process {os.getpid()}")

    def note(self, text: str) -> None:
        """Leave a word for whoever finds the lock taken."""
        self._file.truncate(0)
        self._file.write(text)
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def secrets_of(state: State) -> dict[str, str]:
    """The passwords and keys of a state, made at random the first time, mode 600."""
    path = state.folder / "secrets.json"
    if path.exists():
        return json.loads(path.read_text())
    made = {name: secrets.token_urlsafe(24) for name in ("postgres", "crm_owner", "crm_app", "valkey", "secret_key")}
    made["master_key"] = base64.b64encode(secrets.token_bytes(32)).decode()
    write_private(path, json.dumps(made, indent=1))
    return made


def write_private(path: Path, text: str, account: pwd.struct_passwd | None = None) -> None:
    """Write a file that only its owner (`account`, else we) may read, in one step."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        if account is not None:
            os.fchown(file.fileno(), account.pw_uid, account.pw_gid)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
