"""One look through a file before anything is written: what it holds, and whether it can be read without asking."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from crm.lib import Unreadable, tables
from crm.lib.dates import DateReader
from customers import files
from customers.imports import kinds
from customers.imports.kinds import Columns
from customers.imports.runs import Plan
from customers.models import ImportRun

MOST_SAMPLES = 4000


@dataclass
class Survey:
    """`beside` is a second sheet that belongs to the first, `ignored` are the names of the others; `whole` are id
    fields whose cells all end in .0, `samples` different cells of the dated column."""

    plan: Plan
    profile: tables.Profile
    columns: Columns
    sheet: tables.Sheet
    beside: tables.Sheet | None
    ignored: list[str]
    mapping: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    rows: int = 0
    whole: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)

    def dates(self, timezone: str) -> DateReader:
        """The reader of its dates. Raises Unreadable where the file alone does not tell how they are written."""
        return DateReader(self.samples, format=self.plan.date_format or None, timezone=timezone)


def make(path: str, *, filename: str, plan: Plan, columns: Columns) -> Survey:
    """The file's sheets and columns, by the plan where it says and by the header where it does not.

    Raises tables.TableError where the file cannot be read at all.
    """
    profile = tables.profile(path, filename=filename, encoding=plan.encoding or None, delimiter=plan.delimiter or None)
    found = _choose_sheets(profile, plan, columns)
    found.mapping = _mapping(found.sheet.header, plan.mapping, columns)
    found.missing = columns.lacking(set(found.mapping.values()))
    _look_through(path, found)
    return found


def fits(profile: tables.Profile, columns: Columns) -> bool:
    """Whether a sheet of the file has the columns that are needed."""
    return any(not columns.lacking(set(columns.propose(sheet.header).values())) for sheet in profile.sheets)


def _choose_sheets(profile: tables.Profile, plan: Plan, columns: Columns) -> Survey:
    if plan.sheet:
        chosen, beside = profile.sheet(plan.sheet), None
    else:
        fitting = [s for s in profile.sheets if not columns.lacking(set(columns.propose(s.header).values()))]
        chosen = fitting[0] if fitting else profile.sheets[0]
        beside = next((s for s in profile.sheets if s is not chosen and columns.belongs(s.name, s.header)), None)
    ignored = [s.name for s in profile.sheets if s is not chosen and s is not beside]
    return Survey(plan, profile, columns, chosen, beside, ignored)


def _mapping(header: list[str], wanted: dict[str, str], columns: Columns) -> dict[str, str]:
    """The proposed columns, with those a person named in their place; an empty field leaves a column out."""
    wanted = {heading: name for heading, name in wanted.items() if heading in header}
    mapping = {
        heading: name
        for heading, name in columns.propose(header).items()
        if heading not in wanted and name not in wanted.values()
    }
    return mapping | {heading: name for heading, name in wanted.items() if name}


def _look_through(path: str, found: Survey) -> None:
    """Count the rows, find id columns that a program wrote as numbers, and collect the ways dates are written."""
    header, dated = found.sheet.header, found.columns.dated
    where = {name: header.index(heading) for heading, name in found.mapping.items()}
    whole = {name: 0 for name in found.columns.ids if name in where}
    samples: dict[str, None] = {}
    for row in tables.rows(path, found.profile, found.sheet.name):
        found.rows += 1
        if isinstance(row, tables.BadRow):
            continue
        for name in list(whole):
            cell = row.cells[where[name]]
            if cell.endswith(".0"):
                whole[name] += 1
            elif cell.strip():
                del whole[name]
        if dated in where and len(samples) < MOST_SAMPLES:
            samples.setdefault(row.cells[where[dated]].strip(), None)
    found.whole = sorted(name for name, count in whole.items() if count)
    found.samples = list(samples)


def date_problem(found: Survey) -> str:
    """Why the dates cannot be read without asking; empty where they can."""
    try:
        found.dates("UTC")
    except Unreadable as problem:
        return str(problem)
    return ""


@contextmanager
def opened(run: ImportRun, plan: Plan) -> Iterator[tuple[str, Survey]]:
    """The stored file and its survey by this plan, inside the tenant."""
    columns = kinds.of(run.kind).columns()
    with files.opened(run.stored) as path:
        yield path, make(path, filename=run.filename, plan=plan, columns=columns)
