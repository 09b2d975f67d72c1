"""The job of an import: reads from the start, writes from where a former worker stopped, a chunk per transaction.

While one chunk is written the next is read and made ready in a thread: the database and Python work at once.
"""

import contextvars
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from uuid import UUID

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from crm.lib import tables
from customers import files
from customers.imports import surveys
from customers.imports.kinds import Importer, Reader, Rejected
from customers.imports.runs import JOB_KIND, Plan, discard, note_problems
from customers.models import ImportRun
from tenancy import jobs
from tenancy.models import Job

CHUNK = 5000
TURN = 0.0002  # seconds
HEARTBEAT = 20  # seconds, well below the lease of a job
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
    begun = time.monotonic() - job.cursor.get("seconds", 0)
    with files.opened(run.stored) as path, ThreadPoolExecutor(1, "import") as thread:
        plan, columns = Plan(**run.plan), importer.columns()
        look = _beside(lambda: surveys.make(path, filename=run.filename, plan=plan, columns=columns))
        found = yield from _waited(thread.submit(look))
        reader = importer.reader(path, found, run.source)
        items = reader.read(tables.rows(path, found.profile, found.sheet.name))
        job.total, rows, done = found.rows, 0, job.cursor.get("chunks", 0)
        yield
        with _short_turns():
            coming = thread.submit(_beside(lambda: _taken(items, reader, is_new=done == 0)))
            for number in range(found.rows + 1):
                chunk = yield from _waited(coming)
                if not chunk:
                    break
                rows += len(chunk)
                coming = thread.submit(_beside(lambda next=number + 1: _taken(items, reader, is_new=next >= done)))
                if number >= done:
                    _write(run, chunk, reader, importer, job, found.sheet.name)
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


def _write(run: ImportRun, chunk: list, reader: Reader, importer: Importer, job: Job, sheet: str) -> None:
    note_problems(run, [item.problem(run, sheet) for item in chunk if isinstance(item, Rejected)])
    importer.write(run, [item for item in chunk if not isinstance(item, Rejected)], reader, job)


def _taken(items: Iterator, reader: Reader, *, is_new: bool) -> list:
    """The next chunk, made ready where it is to be written."""
    chunk = list(islice(items, CHUNK))
    if is_new:
        reader.prepare(chunk)
    return chunk


def _beside(function: Callable) -> Callable:
    """The function for another thread, with this one's tenant and language: a thread has none of its own."""
    language, context = get_language(), contextvars.copy_context()

    def run():
        with override(language):
            return function()

    return lambda: context.run(run)


def _waited(future: Future) -> Iterator[None]:
    """The future's result; while it takes its time, the lease of the job is renewed."""
    while True:
        try:
            return future.result(timeout=HEARTBEAT)
        except TimeoutError:
            yield


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
