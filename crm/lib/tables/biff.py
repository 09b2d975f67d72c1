"""The record stream of an .xls (MS-XLS, BIFF8 and BIFF5), read once from front to back, row by row.

Libraries that hold a whole sheet allocate what a file claims; one wrong number ends the process.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .cells import date_text, float_text, is_date_format
from .parts import TableError
from .sheetxml import KEPT, Record, Strings

BOF, EOF, CONTINUE, FILEPASS, CODEPAGE, DATEMODE = 0x0809, 0x000A, 0x003C, 0x002F, 0x0042, 0x0022
FORMAT, XF, BOUNDSHEET, SST, MERGEDCELLS, STRING = 0x041E, 0x00E0, 0x0085, 0x00FC, 0x00E5, 0x0207
NUMBER, RK, MULRK, LABELSST, LABEL, RSTRING, BOOLERR = 0x0203, 0x027E, 0x00BD, 0x00FD, 0x0204, 0x00D6, 0x0205
FORMULAS = (0x0006, 0x0206, 0x0406)
BIFF8, BIFF5 = 0x0600, 0x0500
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
CODEPAGES = {936: "gb18030", 950: "cp950", 932: "cp932", 949: "cp949", 1200: "utf-16-le", 65001: "utf-8"}


def read(stream: bytes, at: int = 0) -> Iterator[tuple[int, memoryview]]:
    """The records from a place on. Raises TableError where the stream was cut off or is encrypted."""
    view, length = memoryview(stream), len(stream)
    while at + 4 <= length:
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + size > length:
            raise TableError("damaged")
        if kind == FILEPASS:
            raise TableError("password")
        yield kind, view[at : at + size]
        at += size


@dataclass
class Globals:
    """What the first part of the stream says: the sheets, the shared texts, which styles show dates."""

    version: int = BIFF8
    codec: str = "cp1252"
    since_1904: bool = False
    strings: Strings = field(default_factory=Strings)
    formats: dict[int, str] = field(default_factory=dict)
    dates: list[bool] = field(default_factory=list)
    sheets: list[tuple[str, int, bool]] = field(default_factory=list)  # name, place, hidden

    def text(self, content: memoryview, size: int) -> str:
        """A counted text whose count takes `size` bytes."""
        count, rest = int.from_bytes(content[:size], "little"), content[size:]
        if self.version != BIFF8:
            return bytes(rest[:count]).decode(self.codec, "replace")
        if rest[0] & 1:
            return bytes(rest[1 : 1 + 2 * count]).decode("utf-16-le", "replace")
        return bytes(rest[1 : 1 + count]).decode("latin-1")


def globals_of(stream: bytes) -> Globals:
    """Raises TableError where the stream is none of a workbook."""
    found, shared, last = Globals(), [], 0
    try:
        for n, (kind, content) in enumerate(read(stream)):
            if n == 0 and (kind != BOF or version_of(content) not in (BIFF8, BIFF5)):
                raise TableError("damaged")
            if kind == EOF:
                break
            if kind == SST or (kind == CONTINUE and last in (SST, CONTINUE) and shared):
                shared.append(content)
            elif shared:
                read_strings(shared, found.strings)
                shared = []
            note(found, kind, content)
            last = kind
        if shared:
            read_strings(shared, found.strings)
    except (struct.error, IndexError, UnicodeDecodeError) as problem:
        raise TableError("damaged") from problem
    return found


def version_of(content: memoryview) -> int:
    return struct.unpack_from("<H", content)[0]


def note(found: Globals, kind: int, content: memoryview) -> None:
    if kind == BOF:
        found.version = version_of(content)
    elif kind == CODEPAGE:
        number = version_of(content)
        found.codec = CODEPAGES.get(number, f"cp{number}" if 1250 <= number <= 1258 else "cp1252")
    elif kind == DATEMODE:
        found.since_1904 = version_of(content) == 1
    elif kind == FORMAT:
        found.formats[version_of(content)] = found.text(content[2:], 2 if found.version == BIFF8 else 1)
    elif kind == XF:
        number = struct.unpack_from("<H", content, 2)[0]
        found.dates.append(is_date_format(str(number), found.formats.get(number, "")))
    elif kind == BOUNDSHEET:
        place, hidden, sort = struct.unpack_from("<IBB", content)
        if sort == 0:
            found.sheets.append((found.text(content[6:], 1), place, bool(hidden & 3)))


def read_strings(blocks: list[memoryview], strings: Strings) -> None:
    """The shared texts, each of which may go on in the next record, there with a new sign of its width."""
    pieces = Pieces(blocks)
    pieces.take(4)
    for _ in range(struct.unpack("<I", pieces.take(4))[0]):
        if pieces.at_end():
            break
        count, flags = struct.unpack("<HB", pieces.take(3))
        runs = struct.unpack("<H", pieces.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", pieces.take(4))[0] if flags & 4 else 0
        strings.append(pieces.characters(count, flags & 1))
        pieces.skip(4 * runs + extra)


class Pieces:
    """Bytes that run over the records of a list."""

    def __init__(self, blocks: list[memoryview]):
        self.blocks = blocks
        self.block = 0
        self.place = 0

    def at_end(self) -> bool:
        while self.block < len(self.blocks) and self.place >= len(self.blocks[self.block]):
            self.block, self.place = self.block + 1, 0
        return self.block >= len(self.blocks)

    def take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            if self.at_end():
                raise TableError("damaged")
            part = self.blocks[self.block][self.place : self.place + size - len(taken)]
            self.place += len(part)
            taken += part
        return taken

    def skip(self, size: int) -> None:
        while size > 0 and not self.at_end():
            step = min(size, len(self.blocks[self.block]) - self.place)
            self.place += step
            size -= step

    def characters(self, count: int, wide: int) -> str:
        text = ""
        while True:
            if count and self.at_end():
                raise TableError("damaged")
            room = (len(self.blocks[self.block]) - self.place) >> wide if count else 0
            here = min(count, room)
            part = bytes(self.blocks[self.block][self.place : self.place + (here << wide)]) if here else b""
            text += part.decode("utf-16-le" if wide else "latin-1", "replace")
            self.place += here << wide
            count -= here
            if not count:
                return text
            self.block, self.place = self.block + 1, 0
            wide = self.take(1)[0] & 1


class Cells:
    """Turns the cell records of one sheet into rows."""

    def __init__(self, workbook: Globals):
        self.workbook = workbook
        self.merged = False
        self.record: Record | None = None
        self.waiting: int | None = None  # the column whose formula's text comes in the next record

    def rows(self, stream: bytes, at: int) -> Iterator[Record]:
        """The rows that are not blank, in the order of the sheet."""
        depth = 0
        try:
            for kind, content in read(stream, at):
                if kind == BOF:
                    depth += 1
                elif kind == EOF:
                    depth -= 1
                    if depth <= 0:
                        break
                elif depth == 1:
                    yield from self.take(kind, content)
        except (struct.error, IndexError, UnicodeDecodeError) as problem:
            raise TableError("damaged") from problem
        if self.record and self.record.cells:
            yield self.record

    def take(self, kind: int, content: memoryview) -> Iterator[Record]:
        if kind == MERGEDCELLS:
            self.merged = True
        elif kind == STRING and self.waiting is not None and self.record:
            self.put(self.waiting, self.workbook.text(content, 2))
            self.waiting = None
        elif kind in VALUES or kind in FORMULAS:
            row, column = struct.unpack_from("<HH", content)
            if self.record is None or self.record.number != row + 1:
                if self.record and self.record.cells:
                    yield self.record
                if self.record and row + 1 < self.record.number:
                    raise TableError("damaged")
                self.record = Record(row + 1)
            if kind in FORMULAS:
                self.formula(column, content)
            else:
                VALUES[kind](self, column, content)

    def put(self, column: int, text: str) -> None:
        cells = self.record.cells
        if text and column < KEPT:
            cells += [""] * (column + 1 - len(cells))
            cells[column] = text

    def number(self, style: int, value: float) -> str:
        dates = self.workbook.dates
        if style < len(dates) and dates[style]:
            return date_text(repr(value), self.workbook.since_1904)
        return float_text(value)

    def put_number(self, column: int, content: memoryview) -> None:
        style, value = struct.unpack_from("<Hd", content, 4)
        self.put(column, self.number(style, value))

    def put_rk(self, column: int, content: memoryview) -> None:
        style, value = struct.unpack_from("<HI", content, 4)
        self.put(column, self.number(style, rk(value)))

    def put_rks(self, column: int, content: memoryview) -> None:
        for at in range(4, len(content) - 2, 6):
            style, value = struct.unpack_from("<HI", content, at)
            self.put(column, self.number(style, rk(value)))
            column += 1

    def put_shared(self, column: int, content: memoryview) -> None:
        self.put(column, self.workbook.strings[struct.unpack_from("<I", content, 6)[0]])

    def put_text(self, column: int, content: memoryview) -> None:
        self.put(column, self.workbook.text(content[6:], 2))

    def put_sign(self, column: int, content: memoryview) -> None:
        value, is_error = content[6], content[7]
        self.put(column, ERRORS.get(value, "#N/A") if is_error else "TRUE" if value else "FALSE")

    def formula(self, column: int, content: memoryview) -> None:
        """The value that was stored with the formula."""
        if content[12] != 0xFF or content[13] != 0xFF:
            style, value = struct.unpack_from("<Hd", content, 4)
            self.put(column, self.number(style, value))
        elif content[6] == 0:
            self.waiting = column
        elif content[6] in (1, 2):
            self.put(
                column,
                ERRORS.get(content[8], "#N/A") if content[6] == 2 else "TRUE" if content[8] else "FALSE",
            )


VALUES = {
    NUMBER: Cells.put_number,
    RK: Cells.put_rk,
    MULRK: Cells.put_rks,
    LABELSST: Cells.put_shared,
    LABEL: Cells.put_text,
    RSTRING: Cells.put_text,
    BOOLERR: Cells.put_sign,
}


def rk(value: int) -> float:
    """A number packed into 30 bits: an integer or the upper half of a float, perhaps a hundredth of it."""
    if value & 2:
        number = float((value >> 2) - (1 << 30 if value & 0x80000000 else 0))
    else:
        (number,) = struct.unpack("<d", struct.pack("<Q", (value & 0xFFFFFFFC) << 32))
    return number / 100 if value & 1 else number
