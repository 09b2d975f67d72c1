"""An .xlsx: the archive is checked before anything is unpacked, then its parts are read as streams."""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import headers, xml
from .limits import HEAD, MAX_ENTRIES, MAX_ENTRY_SIZE, MAX_UNPACKED, MB
from .messages import KIND
from .parts import BadRow, Notice, Profile, Row, Sheet, TableError
from .sheetxml import Strings, Styles, records, rows_of
from .sniffing import kind_of_zip, zip_listing


def opened(path) -> zipfile.ZipFile:
    """The workbook's archive, once its size, parts and kind are known to be harmless. Raises TableError."""
    refuse_crowded(path)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, NotImplementedError) as problem:
        raise TableError("damaged") from problem
    try:
        refuse_unsafe(archive)
    except TableError:
        archive.close()
        raise
    return archive


def refuse_crowded(path) -> None:
    """Refuse an archive of another kind, or with very many entries, before Python makes a list of them."""
    entries, listing = zip_listing(path)
    if entries > MAX_ENTRIES or len(listing) > MAX_ENTRIES * MAX_ENTRY_SIZE:
        raise TableError("too_many_entries", limit=MAX_ENTRIES)
    if (kind := kind_of_zip(path)) != "xlsx":
        raise TableError("archive") if kind == "zip" else TableError("looks_like", kind=KIND[kind])


def refuse_unsafe(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise TableError("too_many_entries", limit=MAX_ENTRIES)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise TableError("too_big", limit=MAX_UNPACKED // MB)
    if any(entry.flag_bits & 1 for entry in entries):
        raise TableError("password")
    names = {entry.filename for entry in entries}
    if any(name.endswith("vbaProject.bin") or "/macrosheets/" in name for name in names):
        raise TableError("macros")
    if any("/externalLinks/" in name for name in names):
        raise TableError("external_links")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise TableError("strange_xml")


@dataclass
class Book(xml.Handler):
    """What workbook.xml says: the sheets in order and the calendar."""

    sheets: list[tuple[str, str, bool]] = field(default_factory=list)  # name, relation id, hidden
    since_1904: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":  # extensions bring another one, which does not say
            self.since_1904 = self.since_1904 or attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), xml.attribute(attributes, "id") or "", hidden))


@dataclass
class Relations(xml.Handler):
    """The parts that a part refers to: relation id → (last word of the type, path in the archive)."""

    base: str
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/" + self.base, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.parts[attributes.get("Id", "")] = (kind, target.lstrip("/"))

    def of_kind(self, kind: str) -> str | None:
        return next((path for known, path in self.parts.values() if known == kind), None)


def relations(archive: zipfile.ZipFile, part: str) -> Relations:
    folder, name = posixpath.split(part)
    found = Relations(folder)
    where = posixpath.join(folder, "_rels", name + ".rels")
    if where in archive.NameToInfo:
        xml.read(stream(archive, where), found)
    return found


def stream(archive: zipfile.ZipFile, part: str):
    try:
        return archive.open(part)
    except (KeyError, ValueError, zipfile.BadZipFile, RuntimeError, struct.error, OSError) as problem:
        raise TableError("damaged") from problem


@dataclass
class Opened:
    """An open workbook: its archive, sheets and where they and the shared parts lie."""

    archive: zipfile.ZipFile
    book: Book
    relations: Relations

    def worksheets(self) -> Iterator[tuple[str, str, bool]]:
        """Name, part and whether hidden, of each sheet with cells (charts have none)."""
        for name, relation, hidden in self.book.sheets:
            kind, part = self.relations.parts.get(relation, ("", ""))
            if kind == "worksheet":
                yield name, part, hidden

    def strings(self) -> Strings:
        found = Strings()
        part = self.relations.of_kind("sharedStrings")
        if part and part in self.archive.NameToInfo:
            xml.read(stream(self.archive, part), found)
        return found

    def styles(self) -> Styles:
        found = Styles(self.book.since_1904)
        part = self.relations.of_kind("styles")
        if part and part in self.archive.NameToInfo:
            xml.read(stream(self.archive, part), found)
        return found


def workbook(path) -> Opened:
    archive = opened(path)
    try:
        part = relations(archive, "").of_kind("officeDocument") or "xl/workbook.xml"
        book = Book()
        xml.read(stream(archive, part), book)
        return Opened(archive, book, relations(archive, part))
    except TableError:
        archive.close()
        raise


def profile(path) -> Profile:
    """The visible sheets with a table in them. Raises TableError where the file cannot be used."""
    opened_book = workbook(path)
    with opened_book.archive:
        return profiled(opened_book)


def profiled(opened_book: Opened) -> Profile:
    found = Profile("xlsx", [])
    worksheets = list(opened_book.worksheets())
    if worksheets and all(hidden for _, _, hidden in worksheets):
        raise TableError("hidden_only")
    strings, styles = opened_book.strings(), opened_book.styles()
    problems: list[tuple[str, TableError]] = []
    for name, part, hidden in worksheets:
        if hidden:
            continue
        rows, merged = survey(opened_book.archive, part)
        try:
            head = first_records(opened_book.archive, part, strings, styles)
            sheet, notices = headers.find(name, head)
            if not any(number > sheet.header_row for number, _ in head):
                raise TableError("no_rows")
        except TableError as problem:
            problems.append((name, problem))
            continue
        sheet.part, sheet.rows = part, rows and max(rows - sheet.header_row, 1)
        found.sheets.append(sheet)
        found.warnings += notices
        if merged:
            found.warnings.append(Notice("merged_cells", {"sheet": name}))
    settle(found, problems, [name for name, _, hidden in worksheets if hidden])
    return found


def settle(found: Profile, problems: list[tuple[str, TableError]], hidden: list[str]) -> None:
    """Refuse the file where no sheet can be read, else say which were left out."""
    if not found.sheets:
        worst = [problem for _, problem in problems if problem.code != "empty"]
        raise (worst or [problem for _, problem in problems] or [TableError("empty")])[0]
    if hidden:
        found.warnings.append(Notice("hidden_sheets", {"sheets": ", ".join(hidden)}))
    if empty := [name for name, problem in problems if problem.code in ("empty", "no_rows")]:
        found.warnings.append(Notice("empty_sheets", {"sheets": ", ".join(empty)}))
    for name, problem in problems:
        if problem.code not in ("empty", "no_rows"):
            found.warnings.append(Notice("unreadable_sheet", {"sheet": name, "reason": problem}))


def survey(archive: zipfile.ZipFile, part: str) -> tuple[int | None, bool]:
    """About how many rows a sheet has and whether cells are merged; unpacking it all checks it too."""
    rows, merged = 0, False
    with stream(archive, part) as file:
        try:
            while chunk := file.read(1 << 20):
                rows += chunk.count(b"row r=")
                merged = merged or b"mergeCell " in chunk
        except (zipfile.BadZipFile, EOFError, zlib.error) as problem:
            raise TableError("damaged") from problem
    return rows or None, merged


def first_records(archive, part: str, strings: Strings, styles: Styles) -> list[tuple[int, list[str]]]:
    found = []
    for record in records(stream(archive, part), strings, styles):
        found.append((record.number, record.cells))
        if len(found) == HEAD:
            break
    return found


def rows(path, profile: Profile, sheet: Sheet) -> Iterator[Row | BadRow]:
    """The data rows of one sheet."""
    opened_book = workbook(path)
    with opened_book.archive as archive:
        yield from rows_of(stream(archive, sheet.part), opened_book.strings(), opened_book.styles(), sheet)
