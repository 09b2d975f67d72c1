"""Importing an order file: what it holds, whether it can be read without asking, and the job that does it."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from django.utils.translation import gettext as _

from crm.lib import Unreadable, tables
from crm.lib.dates import DateReader
from customers import files, identities, imports
from customers.models import ImportProblem, ImportRun, Source
from sales import columns, orders, registry, staging
from sales.order_rows import OrderRows, Rejected
from tenancy import jobs
from tenancy.models import Job, Tenant

CHUNK = 5000
GROWN = {0, 2, 8, 32, 128, 512}  # after these chunks a first import has made its tables several times as large
ID_FIELDS = ("order", "line", "customer", "product")
MOST_SAMPLES = 4000


@dataclass
class Survey:
    """What one look through the file says before anything is written."""

    plan: imports.Plan
    profile: tables.Profile
    sheet: tables.Sheet
    returns: tables.Sheet | None
    ignored: list[str]
    mapping: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    rows: int = 0
    whole: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)


def survey(path: str, *, filename: str, plan: imports.Plan) -> Survey:
    """The file's sheets and columns, by the plan where it says and by the header where it does not.

    Raises tables.TableError where the file cannot be read at all.
    """
    profile = tables.profile(path, filename=filename, encoding=plan.encoding or None, delimiter=plan.delimiter or None)
    found = _choose_sheets(profile, plan)
    found.mapping = _mapping(found.sheet.header, plan.mapping)
    found.missing = columns.missing(set(found.mapping.values()))
    _look_through(path, found)
    return found


def _choose_sheets(profile: tables.Profile, plan: imports.Plan) -> Survey:
    """The sheet with orders, one that lists returns, and the names of those that are neither."""
    if plan.sheet:
        chosen, returns = profile.sheet(plan.sheet), None
    else:
        fitting = [s for s in profile.sheets if not columns.missing(set(columns.propose(s.header).values()))]
        chosen = fitting[0] if fitting else profile.sheets[0]
        returns = next((s for s in profile.sheets if s is not chosen and columns.is_returns(s.name, s.header)), None)
    ignored = [s.name for s in profile.sheets if s is not chosen and s is not returns]
    return Survey(plan, profile, chosen, returns, ignored)


def _mapping(header: list[str], wanted: dict[str, str]) -> dict[str, str]:
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
    header = found.sheet.header
    where = {name: header.index(heading) for heading, name in found.mapping.items()}
    whole = {name: 0 for name in ID_FIELDS if name in where}
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
        if "time" in where and len(samples) < MOST_SAMPLES:
            samples.setdefault(row.cells[where["time"]].strip(), None)
    found.whole = sorted(name for name, count in whole.items() if count)
    found.samples = list(samples)


def date_problem(found: Survey) -> str:
    """Why the times cannot be read without asking; empty where they can."""
    try:
        _dates(found, "UTC")
    except Unreadable as problem:
        return str(problem)
    return ""


def _dates(found: Survey, timezone: str) -> DateReader:
    return DateReader(found.samples, format=found.plan.date_format or None, timezone=timezone)


@contextmanager
def opened(run: ImportRun, plan: imports.Plan) -> Iterator[tuple[str, Survey]]:
    """The stored file and its survey by this plan."""
    with files.opened(run.stored) as path:
        yield path, survey(path, filename=run.filename, plan=plan)


@jobs.runner(imports.JOB_KIND.format(kind=ImportRun.Kind.ORDERS))
def run_import(job: Job) -> Iterator[None]:
    """The job: reads from the start, writes from where a former worker stopped, a piece per chunk."""
    try:
        yield from _import(job)
    except tables.TableError as problem:
        raise jobs.JobFailed(str(problem)) from problem
    except FileNotFoundError as problem:
        raise jobs.JobFailed(_("The stored file is gone. Upload it again.")) from problem


def _import(job: Job) -> Iterator[None]:
    run = ImportRun.objects.select_related("source").get(id=UUID(job.arguments["run"]))
    begun = time.monotonic() - job.cursor.get("seconds", 0)
    with opened(run, imports.Plan(**run.plan)) as (path, found):
        reader, items = reading(path, found, run.source)
        job.total = found.rows
        yield
        for number in range(found.rows + 1):
            chunk = list(islice(items, CHUNK))
            if not chunk:
                break
            if number < job.cursor.get("chunks", 0):
                continue
            _write(run, found.sheet.name, chunk, job)
            job.cursor = {**job.cursor, "chunks": number + 1, "seconds": time.monotonic() - begun}
            job.done = reader.counted.rows
            if number in GROWN:
                staging.renew_statistics()
            yield
        _finish(run, job, reader, found, path)
        job.result["seconds"] = round(time.monotonic() - begun, 2)
        yield


def reading(path: str, found: Survey, source: Source) -> tuple[OrderRows, Iterator]:
    """The reader of a surveyed file that lacks nothing, and what it yields."""
    tenant = Tenant.objects.get()
    reader = OrderRows(
        found.sheet.header,
        found.mapping,
        dates=_dates(found, tenant.timezone),
        region=tenant.region,
        cancelled=re.compile(source.cancel_pattern),
        whole=frozenset(found.whole),
        returned=frozenset(returned_numbers(path, found)),
    )
    return reader, reader.read(tables.rows(path, found.profile, found.sheet.name))


def returned_numbers(path: str, found: Survey) -> list[str]:
    """Order numbers in the returns sheet, a row each."""
    if found.returns is None:
        return []
    heading = next(h for h, name in columns.propose(found.returns.header).items() if name == "order")
    column = found.returns.header.index(heading)
    rows = tables.rows(path, found.profile, found.returns.name)
    return [row.cells[column].strip() for row in rows if isinstance(row, tables.Row) and row.cells[column].strip()]


def _write(run: ImportRun, sheet: str, chunk: list, job: Job) -> None:
    """One chunk: lines, people and the rows left out, counted in the job's result."""
    lines, people, problems = [], {}, []
    for item in chunk:
        if isinstance(item, Rejected):
            problems.append(
                ImportProblem(
                    run=run,
                    sheet=sheet,
                    row=item.row,
                    column=item.column[:100],
                    cell=item.cell,
                    reason=item.reason[:400],
                )
            )
            continue
        line, told = item
        lines.append(line)
        if any(told.values()):
            former = people.get(line.customer)
            if former is None or line.at >= former.at:
                people[line.customer] = identities.Person(line.customer, told, line.at)
    imports.note_problems(run, problems)
    outcome = orders.record(lines, source=run.source, people=people)
    for name in ("created", "updated", "unchanged"):
        job.result[name] = job.result.get(name, 0) + getattr(outcome, name)


def _finish(run: ImportRun, job: Job, reader: OrderRows, found: Survey, path: str) -> None:
    returned = returned_numbers(path, found)
    if returned:
        orders.refund_in_full(sorted(set(returned)), source=run.source, key="returns", reason=found.returns.name)
    counted = reader.counted
    job.result = {
        "rows": counted.rows,
        "lines": counted.lines,
        "refund_lines": counted.refund_lines,
        "anonymous_lines": counted.anonymous_lines,
        "created": job.result.get("created", 0),
        "updated": job.result.get("updated", 0),
        "unchanged": job.result.get("unchanged", 0),
        "rejected": counted.rejected,
        "import_id": str(run.id),
        "orders": len(counted.orders),
        "refunds": len(counted.refunds),
        "return_rows": len(returned),
        "customers": len(counted.customers),
        "ignored_sheets": found.ignored,
    }
    job.done = counted.rows
    imports.discard(run)
    registry.orders_imported()
