"""The hostile inputs that concern files, by their numbers, made for any kind of table; what their cells mean is tested
with each kind."""

import gzip
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.lib.samples import ole, sheet_xml, workbook

BOM = "\ufeff"
BIG5 = str.maketrans("会员编号机备订单时间数价实额", "會員編號機備訂單時間數價實額")


@dataclass(frozen=True)
class Table:
    """A kind of file: `row(n, name)` is a good row of it, and `name` the heading under which the name stands."""

    header: Sequence[str]
    row: Callable[[int, str], list[str]]
    name: str

    def cells(self, *names: str) -> list[list[str]]:
        return [[*self.header], *(self.row(n, name) for n, name in enumerate(names, 1))]

    def text(self, *names: str, mark: str = ",", end: str = "\n") -> str:
        return "".join(mark.join(cells) + end for cells in self.cells(*(names or ("张三", "李四"))))


class Refused(NamedTuple):
    """Nothing is read; the message says so in these words."""

    words: str


class Asked(NamedTuple):
    """Nothing is read before this option is given."""

    option: str


class Read(NamedTuple):
    """So many rows are read; of the others the numbers, and words of the reason."""

    good: int
    bad: tuple[int, ...] = ()
    words: str = ""


class Case(NamedTuple):
    number: int
    label: str
    filename: str
    make: Callable[[Table], bytes]
    outcome: Refused | Asked | Read

    def write(self, folder: Path, table: Table) -> Path:
        path = folder / self.filename
        path.write_bytes(self.make(table))
        return path


def _broken_byte(table: Table) -> bytes:
    lines = table.text("张三", "王五", "李四").encode().splitlines(keepends=True)
    lines[2] = lines[2].replace("王五".encode(), "王五".encode("gbk"))
    return b"".join(lines)


def _doubled(table: Table) -> bytes:
    at = table.header.index(table.name)
    return "".join(f"{line},{line.split(',')[at]}\n" for line in table.text().splitlines()).encode()


def _blank_heading(table: Table) -> bytes:
    return "".join(f"{line},{'x' if n else ''}\n" for n, line in enumerate(table.text().splitlines())).encode()


def _ragged(table: Table) -> bytes:
    lines = table.text("张三", "王五", "李四").splitlines()
    lines[2] = lines[2].split(",")[0]
    return "\n".join(lines).encode()


def _open_quote(table: Table) -> bytes:
    lines = table.text("张三", '"王五', *["李四"] * 20_000).splitlines()
    return "\n".join(lines).encode()


def _mixed_marks(table: Table) -> bytes:
    lines = table.text("张三", "李四", "王五").splitlines()
    return "\n".join(
        [lines[0], *(line.replace(",", mark) for line, mark in zip(lines[1:], ";\t，", strict=True))]
    ).encode()


def _mixed_ends(table: Table) -> bytes:
    first, second, third = table.text("张三", '"李\n四"').split("\n", 2)
    return f"{first}\r\n{second}\r{third}".encode()


def _workbook(table: Table, after: str = "", **parts) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        path = workbook(Path(scratch) / "a.xlsx", {"a": sheet_xml(table.cells("张三", "李四"), after)}, **parts)
        return path.read_bytes()


def _packed(table: Table, fill: Callable[[zipfile.ZipFile], None]) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "a.xlsx"
        path.write_bytes(_workbook(table))
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            fill(archive)
        return path.read_bytes()


def _bomb(archive: zipfile.ZipFile) -> None:
    with archive.open("xl/worksheets/sheet2.xml", "w") as part:
        for _ in range(210):
            part.write(bytes(1 << 20))


def _crowd(archive: zipfile.ZipFile) -> None:
    for n in range(70_000):
        archive.writestr(f"e/{n}", b"")


def _entities(table: Table) -> bytes:
    parts = {"sharedStrings": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'}
    return _workbook(table, **parts)


def _blank_rows(table: Table) -> bytes:
    blank = "".join(f'<row r="{n}" spans="1:3"/>' for n in range(4, 1_048_576))
    sheet = sheet_xml(table.cells("张三", "李四")).replace("</sheetData>", blank + "</sheetData>")
    sheet = sheet.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    with tempfile.TemporaryDirectory() as scratch:
        return workbook(Path(scratch) / "a.xlsx", {"a": sheet}).read_bytes()


def _no_value(table: Table) -> bytes:
    cells = table.cells("张三", "李四")
    at = table.header.index(table.name)
    cells[1][at] = f"<c r='{chr(65 + at)}2'><f>1+1</f></c>"
    with tempfile.TemporaryDirectory() as scratch:
        return workbook(Path(scratch) / "a.xlsx", {"a": sheet_xml(cells)}).read_bytes()


def _half_gzip(table: Table) -> bytes:
    return gzip.compress(table.text(*map(str, range(9_999))).encode())[:9_000]


def _million_characters(table: Table) -> bytes:
    return table.text("张三", "x" * 1_000_000).encode()


def _surrogate(table: Table) -> bytes:
    return table.text("张\ud83d", "李四").encode("utf-8", "surrogatepass")


def _macros(table: Table) -> bytes:
    return _packed(table, lambda archive: archive.writestr("xl/vbaProject.bin", b"x"))


def _merged(table: Table) -> bytes:
    return _workbook(table, after='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>')


def _wide(table: Table) -> bytes:
    return b"a," * 1_000_000 + b"\n1,2\n"


CASES = [
    Case(1, "utf-8 mark", "a.csv", lambda t: (BOM + t.text()).encode(), Read(2)),
    Case(2, "utf-16 le", "a.csv", lambda t: (BOM + t.text()).encode("utf-16-le"), Read(2)),
    Case(2, "utf-16 be", "a.csv", lambda t: (BOM + t.text()).encode("utf-16-be"), Read(2)),
    Case(3, "utf-16 without mark", "a.csv", lambda t: t.text().encode("utf-16-le"), Asked("--encoding")),
    Case(4, "gbk", "a.csv", lambda t: t.text().encode("gbk"), Asked("--encoding")),
    Case(6, "big5", "a.csv", lambda t: t.text("張三豐", "李小龍").translate(BIG5).encode("big5"), Asked("--encoding")),
    Case(7, "one gbk row", "a.csv", _broken_byte, Read(2, (3,), "not UTF-8")),
    Case(8, "nul", "a.csv", lambda t: t.text("张三", "王\0五").encode(), Read(1, (3,), "NUL")),
    Case(10, "a million characters", "a.csv", _million_characters, Read(1, (3,), "1,000,000 > 5,000")),
    Case(11, "a million columns", "a.csv", _wide, Refused("Too many columns")),
    Case(12, "heading twice", "a.csv", _doubled, Refused("used twice")),
    Case(13, "blank heading", "a.csv", _blank_heading, Read(2)),
    Case(13, "blank header", "a.csv", lambda t: (",," + "\n张三,1,2\n").encode(), Refused("no header")),
    Case(14, "header alone", "a.csv", lambda t: (",".join(t.header) + "\n").encode(), Refused("no data rows")),
    Case(15, "empty", "a.csv", lambda t: b"", Refused("empty")),
    Case(16, "ragged", "a.csv", _ragged, Read(2, (3,), "cells instead of")),
    Case(17, "open quote", "a.csv", _open_quote, Refused("opened in row 3 is never closed")),
    Case(18, "mixed separators", "a.csv", _mixed_marks, Asked("--delimiter")),
    Case(19, "carriage returns", "a.csv", lambda t: t.text(end="\r").encode(), Read(2)),
    Case(19, "mixed ends", "a.csv", _mixed_ends, Read(2)),
    Case(25, "right to left", "a.csv", lambda t: t.text("张\u202e三", "李\u200b四").encode(), Read(2)),
    Case(26, "emoji", "a.csv", lambda t: t.text("👨\u200d👩\u200d👧", "𠮷e\u0301").encode(), Read(2)),
    Case(27, "replacement character", "a.csv", lambda t: t.text("张\ufffd", "李四").encode(), Read(2)),
    Case(27, "lone surrogate", "a.csv", _surrogate, Read(1, (2,), "already damaged")),
    Case(30, "zip bomb", "a.xlsx", lambda t: _packed(t, _bomb), Refused("more than 200 MB")),
    Case(31, "70,000 entries", "a.xlsx", lambda t: _packed(t, _crowd), Refused("too many files")),
    Case(32, "entities", "a.xlsx", _entities, Refused("document type")),
    Case(33, "macros", "a.xlsx", _macros, Refused("macros")),
    Case(33, "password", "a.xlsx", lambda t: ole("EncryptedPackage"), Refused("password")),
    Case(34, "xls", "a.csv", lambda t: ole("Workbook"), Refused("looks like an Excel workbook (.xls)")),
    Case(34, "program", "a.csv", lambda t: b"MZ\x90\x00" + bytes(100), Refused("looks like a program")),
    Case(34, "web page", "a.csv", lambda t: b"<!DOCTYPE html><html><body><table>", Refused("looks like a web page")),
    Case(35, "half a workbook", "a.xlsx", lambda t: _workbook(t)[:700], Refused("damaged or was cut off")),
    Case(35, "half a gzip", "a.csv.gz", _half_gzip, Refused("damaged or was cut off")),
    Case(36, "formula without a value", "a.xlsx", _no_value, Read(1, (2,), "without its value")),
    Case(36, "merged cells", "a.xlsx", _merged, Read(2)),
    Case(36, "a million blank rows", "a.xlsx", _blank_rows, Read(2)),
]  # fmt: skip
