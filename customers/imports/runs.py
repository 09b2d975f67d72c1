"""One file and its import: kept encrypted, read by a plan, worked off as a job."""

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from crm.lib import tables
from crm.lib.tables.formulas import neutral
from customers import files
from customers.models import ImportProblem, ImportRun, Source
from tenancy import audit, encryption, jobs
from tenancy.models import Job, Membership

JOB_KIND = "import.{kind}"


@dataclass
class Plan:
    """How a file is to be read; what is empty is found out. `mapping` is heading → field."""

    mapping: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    date_format: str = ""


def take(content: BinaryIO, *, filename: str, kind: str, source: Source, by: Membership | None) -> ImportRun:
    """Keep an encrypted copy of a file; nothing is imported yet."""
    stored, digest = files.store(content)
    run = ImportRun.objects.create(
        kind=kind,
        source=source,
        filename=tables.safe_name(filename),
        stored=stored,
        digest=digest,
        created_by=by,
    )
    audit.record("import.taken", run, by=by, changes={"source": source.key, "kind": str(kind)})
    return run


def start(run: ImportRun, plan: Plan, *, by: Membership | None, enqueue: bool = True) -> Job:
    """The job that imports the file by this plan."""
    run.plan = asdict(plan)
    run.job = jobs.create(
        JOB_KIND.format(kind=run.kind), title=run.filename, arguments={"run": str(run.id)}, by=by, enqueue=enqueue
    )
    run.save(update_fields=["plan", "job"])
    audit.record("import.started", run, by=by, changes={"source": run.source.key})
    return run.job


def digest(content: BinaryIO) -> bytes:
    """SHA-256 of a file, by which an import of the same file is found again."""
    return hashlib.file_digest(content, "sha256").digest()


def unfinished(digest: bytes, *, kind: str, source: Source, plan: Plan) -> ImportRun | None:
    """An import of the same file by the same plan whose worker died; it can go on."""
    open_states = [Job.State.WAITING, Job.State.RUNNING]
    return ImportRun.objects.filter(
        kind=kind, source=source, digest=digest, plan=asdict(plan), job__state__in=open_states
    ).first()


def note_problems(run: ImportRun, problems: Iterable[ImportProblem]) -> None:
    ImportProblem.objects.bulk_create(problems, ignore_conflicts=True, batch_size=1000)


def problems_csv(run: ImportRun) -> str:
    """The rows that were left out, as CSV with the row number, the column, the cell and the reason."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["sheet", "row", "column", "cell", "reason"])
    for problem in run.problems.order_by("sheet", "row").iterator(chunk_size=2000):
        writer.writerow([problem.sheet, problem.row, problem.column, neutral(problem.cell), problem.reason])
    return out.getvalue()


def discard(run: ImportRun) -> None:
    """The stored copy goes when the import has ended; what it said stays in the records."""
    name, run.stored = run.stored, ""
    run.save(update_fields=["stored"])
    transaction.on_commit(lambda: files.remove(name))


def forget_cells(before: datetime) -> int:
    """Cells of rows that could not be read go when there was time to mend them. Returns how many went."""
    empty = encryption.Sealed(b"")
    old = ImportProblem.objects.filter(run__created_at__lt=before).exclude(cell=empty)
    return old.update(cell=empty)
