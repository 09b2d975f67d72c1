"""The cells of one sheet of an .xlsx, row by row, each as the text a person sees or close to it."""

from array import array
from collections.abc import Iterator
from typing import BinaryIO

from . import xml
from .cells import date_text, is_date_format, number_text, unescaped
from .checks import bad, checked
from .limits import MAX_CELL, MAX_STRINGS
from .parts import BadRow, Row, Sheet, TableError

FURTHEST = 16_384  # columns a sheet can have
KEPT = 1_024  # columns of which cells are held at all, enough to see that there are too many
DIGITS = "0123456789"
COLUMN: dict[str, int] = {}  # letters → place from 0, filled as they are met


class Strings(xml.Handler):
    """The shared texts of a workbook, kept as one block of UTF-8: a list of str takes three times as much."""

    def __init__(self):
        self.block = bytearray()
        self.ends = array("I", [0])
        self.pieces: list[str] = []
        self.reading = False
        self.phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self.pieces = []
        elif name == "rPh":
            self.phonetic = True
        elif name == "t":
            self.reading = not self.phonetic

    def end(self, name: str) -> None:
        if name == "t":
            self.reading = False
        elif name == "rPh":
            self.phonetic = False
        elif name == "si":
            self.append(unescaped("".join(self.pieces)))

    def text(self, text: str) -> None:
        if self.reading:
            self.pieces.append(text)

    def append(self, text: str) -> None:
        self.block += text.encode("utf-8", "surrogatepass")
        self.ends.append(len(self.block))
        if len(self.block) + 16 * len(self.ends) > MAX_STRINGS:
            raise TableError("too_big", limit=MAX_STRINGS >> 20)

    def __getitem__(self, place: int) -> str:
        if place < 0:
            raise IndexError(place)
        return self.block[self.ends[place] : self.ends[place + 1]].decode("utf-8", "surrogatepass")


class Styles(xml.Handler):
    """Which cell styles show a number as a date or time."""

    def __init__(self, since_1904: bool = False):
        self.since_1904 = since_1904
        self.formats: dict[str, str] = {}
        self.dates: set[str] = set()
        self.styles = 0
        self.in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self.in_cells = True
        elif name == "xf" and self.in_cells:
            number = attributes.get("numFmtId", "0")
            if is_date_format(number, self.formats.get(number, "")):
                self.dates.add(str(self.styles))
            self.styles += 1

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.in_cells = False


class Record:
    """A row that is not blank; `problem` is (place, code, params) of the first cell that cannot be taken."""

    __slots__ = ("cells", "number", "problem")

    def __init__(self, number: int):
        self.number = number
        self.cells: list[str] = []
        self.problem: tuple[int, str, dict] | None = None


class SheetHandler(xml.Handler):
    """Gathers records in `done` while expat goes through the sheet.

    Five calls per cell make this the slowest loop of all, so it keeps its own watch over
    nesting: what stands inside a cell is known, and the rest is counted.
    """

    watches_depth = True

    def __init__(self, strings: Strings, styles: Styles):
        self.strings, self.dates, self.since_1904 = strings, styles.dates, styles.since_1904
        self.done: list[Record] = []
        self.number = self.depth = 0
        self.record = Record(0)
        self.cells = self.record.cells
        self.place = -1
        self.kind: str | None = None
        self.style: str | None = None
        self.value: str | None = None
        self.cut = 0  # characters of a long value that were not kept
        self.in_row = self.in_cell = self.reading = self.formula = self.phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "v":
            if self.reading:
                raise TableError("strange_xml")
            self.reading = True
        elif name == "c":
            if self.in_cell:
                raise TableError("strange_xml")
            self.in_cell = True
            reference = attributes.get("r")
            if reference is None:
                self.place += 1
            elif (place := COLUMN.get(reference.rstrip(DIGITS))) is not None:
                self.place = place
            else:
                self.place = place_of(reference)
            self.kind, self.style = attributes.get("t"), attributes.get("s")
            self.value, self.formula, self.cut = None, False, 0
        elif name == "row":
            if self.in_row:
                raise TableError("strange_xml")
            self.in_row = True
            self.number = int(attributes.get("r") or self.number + 1)
            self.record = Record(self.number)
            self.cells = self.record.cells
            self.place = -1
        else:
            self.start_other(name)

    def start_other(self, name: str) -> None:
        self.depth += 1
        if self.depth > xml.MAX_DEPTH:
            raise TableError("strange_xml")
        if name == "t":
            self.reading = not self.phonetic
        elif name == "f":
            self.formula = True
        elif name == "rPh":
            self.phonetic = True

    def text(self, text: str) -> None:
        if self.reading:
            if self.value is None:
                self.value = text
            elif len(self.value) <= MAX_CELL:
                self.value += text
            else:
                self.cut += len(text)

    def end(self, name: str) -> None:
        if name == "v":
            self.reading = False
        elif name == "c":
            self.in_cell = False
            if self.value is not None:
                self.put(self.value)
            elif self.formula and not self.record.problem:
                self.record.problem = (self.place, "formula", {})
        elif name == "row":
            self.in_row = False
            if self.cells or self.record.problem:
                self.done.append(self.record)
        else:
            self.depth -= 1
            if name == "t":
                self.reading = False
            elif name == "rPh":
                self.phonetic = False

    def put(self, value: str) -> None:
        kind, cells, place = self.kind, self.cells, self.place
        if kind == "s":
            text = self.shared(value)
        elif kind is None or kind == "n":
            text = date_text(value, self.since_1904) if self.style in self.dates else number_text(value)
        else:
            text = self.other_text(kind, value)
        if len(text) > MAX_CELL and not self.record.problem:
            length = len(text) + self.cut
            self.record.problem = (place, "too_long", {"length": f"{length:,}", "limit": f"{MAX_CELL:,}"})
        if place == len(cells):
            cells.append(text)
        elif text and place < KEPT:
            cells += [""] * (place + 1 - len(cells))
            cells[place] = text

    def shared(self, value: str) -> str:
        try:
            return self.strings[int(value)]
        except IndexError as problem:
            raise TableError("damaged") from problem

    @staticmethod
    def other_text(kind: str, value: str) -> str:
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind == "d":
            return value.replace("T", " ").removesuffix(" 00:00:00")
        return unescaped(value)


def place_of(reference: str) -> int:
    """The column of a reference such as AB12, from 0. Raises TableError beyond XFD, where sheets end."""
    letters = reference.rstrip(DIGITS)
    if not 1 <= len(letters) <= 3 or not all("A" <= letter <= "Z" for letter in letters):
        raise TableError("damaged")
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    if place > FURTHEST:
        raise TableError("damaged")
    COLUMN[letters] = place - 1
    return place - 1


def records(stream: BinaryIO, strings: Strings, styles: Styles) -> Iterator[Record]:
    """The rows of a sheet that are not blank."""
    handler = SheetHandler(strings, styles)
    for _ in xml.feed(stream, handler):
        yield from handler.done
        handler.done.clear()


def rows_of(stream: BinaryIO, strings: Strings, styles: Styles, sheet: Sheet) -> Iterator[Row | BadRow]:
    """The records below the header as rows that fit it: a sheet ends each row at its last filled cell."""
    for record in records(stream, strings, styles):
        if record.number > sheet.header_row:
            yield fitted(record, sheet)


def fitted(record, sheet: Sheet) -> Row | BadRow:
    cells, width = record.cells, len(sheet.header)
    if record.problem and record.problem[0] < width:
        place, code, params = record.problem
        return bad(record.number, sheet, place, cells[place] if place < len(cells) else "", code, **params)
    if cells == sheet.header:
        return bad(record.number, sheet, None, " | ".join(cells), "header_again")
    beyond = ("beyond_header",) if any(cells[width:]) else ()
    cells = cells[:width] + [""] * (width - len(cells))
    row = checked(record.number, cells, sheet)
    if beyond and isinstance(row, Row):
        row.flags += beyond
    return row
