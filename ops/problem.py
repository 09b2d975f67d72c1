"""What a person can do something about."""

import sys
from collections.abc import Callable


class Problem(Exception):
    """A failure whose message tells a person what is wrong and what to do."""


def reported(main: Callable[[], int]) -> int:
    """Run `main` and return its exit code; a Problem is printed and becomes 1."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character is no reason to fail.
        stream.reconfigure(errors="replace")
    try:
        return main()
    except Problem as problem:
        print(f"\n{problem}\n", file=sys.stderr, flush=True)
        return 1
    except PermissionError as error:
        print(
            f"\nThis account may not use {error.filename}. If another user (or root) ran this clone"
            " before, remove its .state and .venv folders as that user, or clone again.\n",
            file=sys.stderr,
            flush=True,
        )
        return 1
