"""Files that become customers and orders: looked through, shown, worked off as a job, undone.

`kinds` says what the app above knows of its kind of file; all the rest is the same for each.
"""

from customers.imports.runs import (
    JOB_KIND,
    Plan,
    digest,
    discard,
    forget_cells,
    note_problems,
    problems_csv,
    start,
    take,
    unfinished,
)

__all__ = [
    "JOB_KIND",
    "Plan",
    "digest",
    "discard",
    "forget_cells",
    "note_problems",
    "problems_csv",
    "start",
    "take",
    "unfinished",
]
