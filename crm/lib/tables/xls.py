"""An .xls: its container is opened, what is unsafe refused, its sheets read from the record stream."""

import os
from collections.abc import Iterator

from . import biff, headers
from .limits import HEAD, MAX_XLS, MB
from .messages import KIND
from .ole import Container
from .parts import BadRow, Notice, Profile, Row, Sheet, TableError
from .sheetxml import fitted
from .workbook import settle


def workbook_stream(path) -> bytes:
    """The records of the workbook. Raises TableError for passwords, macros and other documents."""
    if os.path.getsize(path) > MAX_XLS:
        raise TableError("too_big", limit=MAX_XLS // MB)
    with open(path, "rb") as file:
        container = Container(file.read())
    if "EncryptedPackage" in container.entries:
        raise TableError("password")
    if "_VBA_PROJECT_CUR" in container.entries:
        raise TableError("macros")
    for name in ("Workbook", "Book", "WORKBOOK", "BOOK"):
        if name in container.entries:
            return container.stream(name)
    raise TableError("looks_like", kind=KIND["ole"])


def profile(path) -> Profile:
    """The visible sheets with a table in them. Raises TableError where the file cannot be used."""
    stream = workbook_stream(path)
    workbook = biff.globals_of(stream)
    found = Profile("xls", [])
    if workbook.sheets and all(hidden for _, _, hidden in workbook.sheets):
        raise TableError("hidden_only")
    problems: list[tuple[str, TableError]] = []
    for name, place, hidden in workbook.sheets:
        if hidden:
            continue
        try:
            found.sheets.append(surveyed(stream, workbook, name, place, found))
        except TableError as problem:
            if problem.code in ("damaged", "password"):
                raise
            problems.append((name, problem))
    settle(found, problems, [name for name, _, hidden in workbook.sheets if hidden])
    return found


def surveyed(stream: bytes, workbook: biff.Globals, name: str, place: int, found: Profile) -> Sheet:
    cells = biff.Cells(workbook)
    head: list[tuple[int, list[str]]] = []
    rows = 0
    for record in cells.rows(stream, place):
        rows += 1
        if len(head) < HEAD:
            head.append((record.number, record.cells))
    sheet, notices = headers.find(name, head)
    sheet.rows = rows - sum(1 for number, _ in head if number <= sheet.header_row)
    if not sheet.rows:
        raise TableError("no_rows")
    found.warnings += notices
    if cells.merged:
        found.warnings.append(Notice("merged_cells", {"sheet": name}))
    return sheet


def rows(path, profile: Profile, sheet: Sheet) -> Iterator[Row | BadRow]:
    """The data rows of one sheet."""
    stream = workbook_stream(path)
    workbook = biff.globals_of(stream)
    place = next((place for name, place, _ in workbook.sheets if name == sheet.name), None)
    if place is None:
        raise TableError("damaged")
    for record in biff.Cells(workbook).rows(stream, place):
        if record.number > sheet.header_row:
            yield fitted(record, sheet)
