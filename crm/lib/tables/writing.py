"""Tables that people download: CSV and .xlsx, written as a stream. No cell can become a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter

from .formulas import neutral

Cell = str | int | Decimal | None
BOM = "\ufeff"


class CsvWriter:
    """UTF-8 with BOM, RFC 4180: comma, CRLF, quotes where they are needed. Texts that look like formulas are made
    harmless (formulas.neutral); numbers are numbers."""

    def __init__(self, out: BinaryIO):
        self._text = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=True)
        self._text.write(BOM)
        self._writer = csv.writer(self._text, lineterminator="\r\n")

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._writer.writerows([_text_cell(cell) for cell in row] for row in rows)

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class XlsxWriter:
    """One sheet, a row at a time. Texts are text cells, whatever they look like. `folder` holds a row's parts
    meanwhile."""

    def __init__(self, out: BinaryIO, *, folder: str, sheet: str = "Sheet1"):
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False})
        self._sheet = self._book.add_worksheet(sheet)
        self._row = 0

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            for place, cell in enumerate(row):
                if isinstance(cell, int | Decimal):
                    self._sheet.write_number(self._row, place, cell)
                elif cell:
                    self._sheet.write_string(self._row, place, writable(cell))
            self._row += 1

    def close(self) -> None:
        self._book.close()


def writable(text: str) -> str:
    """Without halves of characters, which no encoding has."""
    return text.encode("utf-8", "replace").decode()


def _text_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return neutral(writable(cell)) if isinstance(cell, str) else str(cell)
