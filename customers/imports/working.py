"""The job of an import: reads from the start, writes from where a former worker stopped, a chunk per transaction.

While one chunk is written the next is read and made ready in a thread: the database and Python work at once.
"""

import contextvars
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from uuid import UUID

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from crm.lib import tables
from customers.imports import surveys
from customers.imports.kinds import Importer, Reader, Rejected
from customers.imports.runs import JOB_KIND, Plan, discard, note_problems
from customers.models import ImportRun
from tenancy import jobs
from tenancy.models import Job

CHUNK = 5000
TURN = 0.0002  # seconds
GROWN = {0, 2, 8, 32, 128, 512}  # after these chunks a first import has made its tables several times as large


def register(importer: Importer) -> None:
    @jobs.runner(JOB_KIND.format(kind=importer.kind))
    def run_import(job: Job) -> Iterator[None]:
        try:
            yield from _import(job, importer)
        except tables.TableError as problem:
            raise jobs.JobFailed(str(problem)) from problem
        except FileNotFoundError as problem:
            raise jobs.JobFailed(_("The stored file is gone. Upload it again.")) from problem


def _import(job: Job, importer: Importer) -> Iterator[None]:
    run = ImportRun.objects.select_related("source").get(id=UUID(job.arguments["run"]))
    if run.undoing_id:
        raise jobs.JobFailed(_("This import was undone."))
    begun = time.monotonic() - job.cursor.get("seconds", 0)
    with surveys.opened(run, Plan(**run.plan)) as (path, found):
        reader = importer.reader(path, found, run.source)
        items = reader.read(tables.rows(path, found.profile, found.sheet.name))
        job.total = found.rows
        yield
        rows = 0
        for number, chunk in enumerate(_ahead(items, reader, skip=job.cursor.get("chunks", 0))):
            rows += len(chunk)
            if number < job.cursor.get("chunks", 0):
                continue
            note_problems(run, [item.problem(run, found.sheet.name) for item in chunk if isinstance(item, Rejected)])
            importer.write(run, [item for item in chunk if not isinstance(item, Rejected)], reader, job)
            job.cursor = {**job.cursor, "chunks": number + 1, "seconds": time.monotonic() - begun}
            job.done = rows
            if number in GROWN:
                importer.renew_statistics()
            yield
        job.result = importer.finish(run, job, reader, found, path)
        job.done = found.rows
        discard(run)
        job.result["seconds"] = round(time.monotonic() - begun, 2)
        yield


def _ahead(items: Iterator, reader: Reader, *, skip: int) -> Iterator[list]:
    """The items in chunks, each made while the one before is worked on."""

    language = get_language()  # a thread has none of its own

    def take(number: int) -> list:
        with override(language):
            chunk = list(islice(items, CHUNK))
        if number >= skip:
            reader.prepare(chunk)
        return chunk

    with ThreadPoolExecutor(1, "import") as thread, _short_turns():

        def begin(number: int) -> Future:
            return thread.submit(contextvars.copy_context().run, take, number)

        coming, number = begin(0), 0
        while chunk := coming.result():
            number += 1
            coming = begin(number)
            yield chunk


@contextmanager
def _short_turns() -> Iterator[None]:
    """Each word with the database gives up the interpreter, and gets it back after the other thread's turn: with the
    usual turns of 5 ms the waiting took longer than the work."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
