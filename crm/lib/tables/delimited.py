"""Rows of a text file: the csv module on a decoded stream, checked block by block."""

import csv
import io
from collections.abc import Iterator

from . import encodings
from .checks import checked, unclean, undecoded
from .limits import HEAD, MAX_CELL, MAX_COLUMNS, MAX_DELIMITERS, MAX_LINE
from .parts import BadRow, Profile, Row, Sheet, TableError, shortened
from .sniffing import opened

BLOCK = 1 << 18  # characters
csv.field_size_limit(MAX_LINE)  # a long cell is measured and named here, not cut off there


class Blocks:
    """The lines of a text file, handed to csv.reader in blocks.

    After each block `suspect` says whether its rows need a closer look, `lines` are its
    lines and `before` how many lines came before them.
    """

    def __init__(self, path, encoding: str, delimiter: str):
        self.path = path
        self.codec = encodings.CODECS[encoding]
        self.delimiter = delimiter
        self.lines: list[str] = []
        self.before = 0
        self.suspect = False

    def __iter__(self) -> Iterator[str]:
        for text in self.texts():
            self.before += len(self.lines)
            self.lines = list(io.StringIO(text, newline=""))
            longest = len(max(self.lines, key=len))
            if longest > MAX_DELIMITERS:
                self.refuse_wide()
            self.suspect = longest > MAX_CELL or unclean(text)
            yield from self.lines

    def line(self, number: int) -> str | None:
        """The line of that number, from 1, where it is in the block at hand."""
        place = number - self.before - 1
        return self.lines[place] if 0 <= place < len(self.lines) else None

    def stream(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(opened(self.path), self.codec, errors=encodings.ESCAPES, newline="")

    def texts(self) -> Iterator[str]:
        """The file in pieces that end where a line ends."""
        tail = ""
        with self.stream() as stream:
            while block := stream.read(BLOCK):
                text = tail + block
                # A carriage return at the very end may be half of CR LF.
                cut = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
                tail = text[cut:]
                if cut:
                    yield text[:cut]
                if len(tail) > MAX_LINE:
                    raise TableError("line_too_long", row=self.before + len(self.lines) + 1, limit=MAX_LINE)
        if tail:
            yield tail

    def refuse_wide(self) -> None:
        for line in self.lines:
            if len(line) > MAX_DELIMITERS and (n := line.count(self.delimiter)) > MAX_DELIMITERS:
                raise TableError("too_many_columns", count=n + 1, limit=MAX_COLUMNS)


class Records:
    """The records of a text file, blank ones included, each with its number."""

    def __init__(self, path, profile: Profile):
        self.encoding = profile.encoding
        self.delimiter = profile.delimiter
        self.blocks = Blocks(path, profile.encoding, profile.delimiter)
        self.reader = csv.reader(
            self.blocks,
            delimiter=profile.delimiter,
            quotechar=profile.quotechar,
            escapechar=profile.escapechar,
            skipinitialspace=profile.skipinitialspace,
            strict=True,
        )
        self.number = 0
        self.line = 0

    def broken(self, error: csv.Error) -> BadRow:
        """The record that csv.reader gave up. Raises TableError where a quote swallowed the rest."""
        self.number += 1
        first, self.line = self.line + 1, self.reader.line_num
        if "expected after" not in str(error):
            raise TableError("open_quote", row=self.number) from error
        cell = self.blocks.line(self.line) or ""
        if first == self.line:
            return BadRow(self.number, None, shortened(cell.rstrip("\r\n")), "quote")
        return BadRow(self.number, None, shortened(cell), "quote_span", {"first": first, "last": self.line})


def beginning(path, encoding: str) -> str:
    """The first characters, for the dialect to be read off. Raises TableError where there are none."""
    with Blocks(path, encoding, "").stream() as stream:
        text = stream.read(BLOCK)
    if not text.strip("\ufeff\r\n"):
        raise TableError("empty")
    return text


def head(path, profile: Profile) -> list[tuple[int, list[str]]]:
    """The first records of the file that can be read, with their numbers."""
    records = Records(path, profile)
    found = []
    while records.number < HEAD:
        try:
            cells = next(records.reader, None)
        except csv.Error as error:
            records.broken(error)
            continue
        if cells is None:
            break
        records.number += 1
        records.line = records.reader.line_num
        found.append((records.number, cells))
    return found


def count(path, profile: Profile, sheet: Sheet) -> int:
    """How many data rows follow the header. Raises TableError where a quote is never closed."""
    records = Records(path, profile)
    n = 0
    while True:
        try:
            for cells in records.reader:
                records.number += 1
                records.line = records.reader.line_num
                if cells and (cells[0] or any(cells)) and records.number > sheet.header_row:
                    n += 1
            return n
        except csv.Error as error:
            n += records.broken(error).number > sheet.header_row


def rows(path, profile: Profile, sheet: Sheet) -> Iterator[Row | BadRow]:
    """The data rows. Rows of a clean block that are as wide as the header pass without being looked at."""
    records = Records(path, profile)
    blocks, reader = records.blocks, records.reader
    header, header_row, width = sheet.header, sheet.header_row, len(sheet.header)
    while True:
        try:
            for cells in reader:
                records.number += 1
                last, records.line = records.line, reader.line_num
                if records.number <= header_row or not (cells and (cells[0] or any(cells))):
                    continue
                if cells == header:
                    yield BadRow(records.number, None, shortened(" | ".join(cells)), "header_again")
                elif len(cells) == width and not blocks.suspect and reader.line_num - last == 1:
                    yield Row(records.number, cells)
                else:
                    yield looked_at(records, cells, last + 1, sheet)
            return
        except csv.Error as error:
            if (bad := records.broken(error)).number > header_row:
                yield bad


def looked_at(records: Records, cells: list[str], first: int, sheet: Sheet) -> Row | BadRow:
    """A row that is not as wide as the header, spans lines, or stands in a block with something odd."""
    number, last, width = records.number, records.line, len(sheet.header)
    if records.blocks.suspect or last > first:
        line = (first == last and records.blocks.line(last)) or records.delimiter.join(cells)
        if bad := undecoded(number, line, records.encoding, sheet):
            return bad
    if len(cells) > width and not any(cells[width:]) and not shifted(cells, sheet):
        del cells[width:]
    if sheet.needed <= len(cells) < width:
        cells += [""] * (width - len(cells))
    if len(cells) != width:
        return ragged(number, cells, width, first, last)
    return checked(number, cells, sheet)


def shifted(cells: list[str], sheet: Sheet) -> bool:
    """Whether one separator too many may stand in the middle and have moved the cells after it.

    It may where exactly one blank cell is too many and the last column is filled, unless rows of this file
    end so as a rule. Better a row named than a price in the wrong column.
    """
    width = len(sheet.header)
    return len(cells) == width + 1 and bool(cells[width - 1]) and not sheet.ends_open


def ragged(number: int, cells: list[str], width: int, first: int, last: int) -> BadRow:
    shown = shortened(" | ".join(cells))
    params = {"count": len(cells), "expected": width, "first": first, "last": last}
    return BadRow(number, None, shown, "ragged_span" if last > first else "ragged", params)
