"""The kinds of files there are. An app registers an Importer in its ready()."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm.lib import tables
from customers import columns
from customers.models import ImportProblem, ImportRun, Source
from tenancy.models import Job

if TYPE_CHECKING:
    from customers.imports.surveys import Survey


@dataclass(slots=True)
class Rejected:
    """A row that is left out: `column` is the file's own heading."""

    row: int
    column: str
    cell: str
    reason: str

    def problem(self, run: ImportRun, sheet: str) -> ImportProblem:
        return ImportProblem(
            run=run, sheet=sheet, row=self.row, column=self.column[:100], cell=self.cell, reason=self.reason[:400]
        )


class CellError(Exception):
    """What stands in the column `name` cannot be read."""

    def __init__(self, name: str, reason: str):
        super().__init__(reason)
        self.name, self.reason = name, reason


@dataclass(frozen=True)
class Columns:
    """The fields that columns of such a file can be: `labels` by field in the order of the page, `synonyms` their
    headings; `dated` is the field whose cells decide how dates are written, `ids` those that a program may have
    written as numbers."""

    labels: Mapping[str, str]
    synonyms: Mapping[str, str]
    lacking: Callable[[set[str]], list[str]]
    dated: str
    ids: Sequence[str] = ()
    belongs: Callable[[str, Sequence[str]], bool] = lambda name, header: False

    def propose(self, header: Sequence[str]) -> dict[str, str]:
        """Heading → field."""
        return columns.propose(header, self.synonyms)


class Reader(ABC):
    """Reads the rows of one surveyed file; the same file always gives the same items."""

    @abstractmethod
    def read(self, rows: Iterator[tables.Row | tables.BadRow]) -> Iterator:
        """Each row as an item, or as Rejected."""

    def prepare(self, items: list) -> None:
        """What can be done ahead of writing, in another thread, without the database."""
        return


class Importer(ABC):
    """One kind of file: what its columns are and what becomes of its rows.

    The templates show an item's preview (`preview.items`) and the finished job's figures; `figures` are those that
    the command prints, in their order.
    """

    kind: ImportRun.Kind
    preview_template: str
    result_template: str
    figures: Sequence[str]

    @abstractmethod
    def columns(self) -> Columns:
        """The entered tenant's columns."""

    @abstractmethod
    def reader(self, path: str, survey: "Survey", source: Source) -> Reader: ...

    @abstractmethod
    def write(self, run: ImportRun, items: list, reader: Reader, job: Job) -> None:
        """A chunk of items, in the current transaction; what is counted adds up in job.result."""

    @abstractmethod
    def finish(self, run: ImportRun, job: Job, reader: Reader, survey: "Survey", path: str) -> dict:
        """After the last chunk: the job's result."""

    @abstractmethod
    def renew_statistics(self) -> None:
        """The tables that are written have grown a good deal."""


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    from customers.imports import working

    _importers[str(importer.kind)] = importer
    working.register(importer)


def of(kind: str) -> Importer:
    return _importers[str(kind)]


def registered() -> list[Importer]:
    return [*_importers.values()]
