"""An .xls: looked over record by record (MS-XLS), then read by calamine, which holds it as a whole."""

import os
import struct
from collections.abc import Iterator

from . import headers
from .cells import value_text
from .limits import HEAD, MAX_XLS, MAX_XLS_CELLS, MB
from .ole import Container
from .parts import BadRow, Notice, Profile, Row, Sheet, TableError
from .sheetxml import Record, fitted
from .workbook import settle

BOF, END, FILEPASS = 0x0809, 0x000A, 0x002F
# Records that put one cell at (row, column); the two of many cells also end with their last column.
CELLS = frozenset((0x0203, 0x027E, 0x00FD, 0x0204, 0x0205, 0x0006, 0x0406, 0x00D6, 0x0201))
RANGES = frozenset((0x00BD, 0x00BE))


def refuse_unsafe(path) -> None:
    """Refuse passwords, macros and sheets whose corners lie so far apart that holding them would not fit."""
    if os.path.getsize(path) > MAX_XLS:
        raise TableError("too_big", limit=MAX_XLS // MB)
    with open(path, "rb") as file:
        container = Container(file.read())
    if "EncryptedPackage" in container.entries:
        raise TableError("password")
    if "_VBA_PROJECT_CUR" in container.entries:
        raise TableError("macros")
    name = next((name for name in ("Workbook", "Book", "WORKBOOK", "BOOK") if name in container.entries), None)
    if name is None:
        from .messages import KIND

        raise TableError("looks_like", kind=KIND["ole"])
    if extent(container.stream(name)) > MAX_XLS_CELLS:
        raise TableError("too_many_cells", limit=f"{MAX_XLS_CELLS:,}")


def extent(stream: bytes) -> int:
    """Rows times columns that the cells of each sheet span, summed. Raises TableError for a password or a cut end."""
    total, at, corner = 0, 0, None
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + size > len(stream):
            raise TableError("damaged")
        if kind == FILEPASS:
            raise TableError("password")
        if kind in CELLS or kind in RANGES:
            row, column = struct.unpack_from("<HH", stream, at)
            if kind in RANGES:
                (column,) = struct.unpack_from("<H", stream, at + size - 2)
            corner = stretched(corner, row, column)
        elif kind == END and corner:
            total += (corner[1] - corner[0] + 1) * (corner[3] - corner[2] + 1)
            corner = None
        at += size
    return total


def stretched(corner, row: int, column: int):
    if corner is None:
        return row, row, 0, column
    top, bottom, left, right = corner
    return min(top, row), max(bottom, row), left, max(right, column)


def opened(path):
    """The workbook as calamine holds it. Raises TableError where it cannot be read."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    refuse_unsafe(path)
    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError as problem:
        raise TableError("password") from problem
    except (CalamineError, OSError, ValueError) as problem:
        raise TableError("damaged") from problem
    except BaseException as problem:
        raise not_panic(problem) from problem


def not_panic(problem: BaseException) -> BaseException:
    """A panic inside calamine, which Rust does not derive from Exception, means a damaged file."""
    return TableError("damaged") if type(problem).__name__ == "PanicException" else problem


def profile(path) -> Profile:
    """The visible sheets with a table in them. Raises TableError where the file cannot be used."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    workbook = opened(path)
    found = Profile("xls", [])
    worksheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    visible = [sheet.name for sheet in worksheets if sheet.visible == SheetVisibleEnum.Visible]
    if worksheets and not visible:
        raise TableError("hidden_only")
    problems: list[tuple[str, TableError]] = []
    for name in visible:
        try:
            found.sheets.append(surveyed(workbook, name, found))
        except TableError as problem:
            problems.append((name, problem))
    settle(found, problems, [sheet.name for sheet in worksheets if sheet.name not in visible])
    return found


def surveyed(workbook, name: str, found: Profile) -> Sheet:
    head: list[tuple[int, list[str]]] = []
    rows = 0
    for record in records(workbook, name):
        rows += 1
        if len(head) < HEAD:
            head.append((record.number, record.cells))
    sheet, notices = headers.find(name, head)
    above = sum(1 for number, _ in head if number <= sheet.header_row)
    sheet.rows = rows - above
    if not sheet.rows:
        raise TableError("no_rows")
    found.warnings += notices
    if workbook.get_sheet_by_name(name).merged_cell_ranges:
        found.warnings.append(Notice("merged_cells", {"sheet": name}))
    return sheet


def records(workbook, name: str) -> Iterator[Record]:
    """The rows of a sheet that are not blank."""
    sheet = workbook.get_sheet_by_name(name)
    if sheet.start is None:
        return
    top, left = sheet.start
    for number, values in enumerate(sheet.iter_rows(), top + 1):
        record = Record(number)
        record.cells = [""] * left + [value_text(value) for value in values]
        while record.cells and not record.cells[-1]:
            record.cells.pop()
        if record.cells:
            yield record


def rows(path, profile: Profile, sheet: Sheet) -> Iterator[Row | BadRow]:
    """The data rows of one sheet."""
    for record in records(opened(path), sheet.name):
        if record.number > sheet.header_row:
            yield fitted(record, sheet)
