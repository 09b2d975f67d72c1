"""How many of the shared files are read right. `-s` prints the figures and what is wrong with the rest."""

import csv
import io
import json
import re
from collections import Counter

import pytest

from crm.lib import tables
from crm.lib.tables import encodings

from .samples import shared


class Result:
    """What reading one file gave: the header, the rows, the rows left out, or the code of the refusal."""

    def __init__(self, path, **options):
        self.header, self.rows, self.bad, self.refusal, self.questions = [], [], [], None, []
        try:
            profile = tables.profile(path, filename=path.name, **options)
        except tables.TableError as problem:
            self.refusal = problem.code
            return
        self.header, self.questions = (
            profile.sheets[0].header,
            [question.code for question in profile.questions],
        )
        for row in tables.rows(path, profile):
            (self.bad if isinstance(row, tables.BadRow) else self.rows).append(row)

    @property
    def table(self) -> list[list[str]]:
        return [self.header, *(row.cells for row in self.rows)] if self.header else []

    def __str__(self) -> str:
        return self.refusal or ", ".join([*self.questions, *{str(row.code) for row in self.bad}]) or "read otherwise"


class Tally:
    """Right, rightly refused or left out, and wrong, of a folder's files."""

    def __init__(self, folder: str):
        self.folder, self.counts, self.wrong = folder, Counter(), []

    def add(self, name: str, right: bool, rightly_refused: bool, why) -> None:
        answer = "right" if right else "rightly refused" if rightly_refused else "wrong"
        self.counts[answer] += 1
        if answer == "wrong":
            self.wrong.append(f"{name}: {why}")

    def check(self, right: int, rightly_refused: int = 0) -> None:
        total = sum(self.counts.values())
        print(f"\n{self.folder}: {dict(self.counts)} of {total}", *self.wrong, sep="\n  ")
        assert self.counts["right"] >= right
        assert self.counts["right"] + self.counts["rightly refused"] >= right + rightly_refused


def parsed(text: str, **dialect) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text, newline=""), **dialect) if any(row)]


def test_csv_spectrum():
    folder, tally = shared("imports/csv_conformance/csv-spectrum"), Tally("csv-spectrum")
    for path in sorted(folder.glob("csvs/*.csv")):
        result = Result(path)
        expected = json.loads((folder / "json" / f"{path.stem}.json").read_text())
        read = [dict(zip(result.header, row.cells, strict=True)) for row in result.rows]
        # One file lost its degree signs before it came to us: it is right to read it and to say so.
        damaged = "\ufffd" in path.read_text() and all("damaged" in row.flags for row in result.rows)
        tally.add(path.name, not result.bad and read == expected, damaged, result)
    tally.check(10, 1)


# What is truly broken, or no table, and the answer it should get.
BROKEN = {
    "bad-header-less-fields": "ragged",
    "bad-header-more-fields": "ragged",
    "bad-header-no-header": "empty",
    "bad-header-wrong-header": "no_rows",
    "bad-missing-quote": "open_quote",
    "bad-quotes-with-unescaped-quote": "quote",
    "header-no-rows": "no_rows",
    "all-empty": "empty",
    "empty-one-column": "no_rows",
}


def test_csv_test_data():
    folder, tally = shared("imports/csv_conformance/csv-test-data"), Tally("csv-test-data")
    for path in sorted(folder.glob("csv/*.csv")):
        result, expected = Result(path), folder / "json" / f"{path.stem}.json"
        wanted = json.loads(expected.read_text()) if expected.exists() else None
        if wanted and isinstance(wanted[0], dict):
            wanted = [list(wanted[0]), *(list(row.values()) for row in wanted)]
        answer = result.refusal or (result.bad[0].code if result.bad else None)
        refused = path.stem in BROKEN and answer == BROKEN[path.stem]
        tally.add(path.name, not result.bad and result.table == wanted, refused, result)
    tally.check(16, 8)


REFUSED = {
    "blanks_converted.csv": "no_rows",
    "empty.csv": "empty",
    "no_header_row.csv": "no_rows",
    "no_header_row2.csv": "no_rows",
    "test_empty_columns_long_row.csv": "no_rows",
    "test_empty_columns_short_row.csv": "no_rows",
    "dummy.csv.bz2": "looks_like",
    "testdbf.dbf": "binary",
    "null_byte.csv": "nul",
    "bad.csv": "ragged",
    "bad_skip_lines.csv": "ragged",
    "join_a_short.csv": "ragged",
    "test_extra_header.csv": "ragged",
    "test_join_short_rows.csv": "ragged",
}
CSVKIT_CODECS = {
    "test_latin1.csv": "latin-1",
    "test_utf16_big.csv": "utf-16",
    "test_utf16_little.csv": "utf-16",
}
PREAMBLES = {"Datagov_FY10_EDU_recp_by_State.csv": 1, "test_skip_lines.csv": 0, "bad_skip_lines.csv": 0}


def test_csvkit_text_files():
    """Against Python's csv reader told the encoding, the delimiter and the lines to skip."""
    folder, tally = shared("imports/csv_conformance/csvkit"), Tally("csvkit, text")
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.tsv"), *folder.glob("*.bz2"), *folder.glob("*.dbf")]):
        codec = CSVKIT_CODECS.get(path.name, "utf-8-sig")
        result = Result(path, encoding="windows-1252" if codec == "latin-1" else None)
        wanted = []
        if path.suffix in (".csv", ".tsv"):
            delimiter = {"sniff_limit.csv": ";"}.get(path.name, "\t" if path.suffix == ".tsv" else ",")
            wanted = parsed(path.read_bytes().decode(codec), delimiter=delimiter)[PREAMBLES.get(path.name, 0) :]
        answer = result.refusal or (result.bad[0].code if result.bad else None)
        if wanted:
            wanted = [
                [cell.strip() for cell in wanted[0]],
                *(padded(row, len(wanted[0])) for row in wanted[1:]),
            ]
        right = not result.bad and bool(wanted) and result.table == wanted
        tally.add(path.name, right, path.name in REFUSED and REFUSED[path.name] == answer, result)
    tally.check(61, 14)


def padded(row: list[str], width: int) -> list[str]:
    return row + [""] * (width - len(row))


def test_csvkit_workbooks():
    """Against the CSV that csvkit makes of them: dates as ISO, whole numbers as they are."""
    folder, tally = shared("imports/csv_conformance/csvkit"), Tally("csvkit, workbooks")
    for name, converted in (
        ("dummy.xls", "dummy.csv"),
        ("dummy.xlsx", "dummy.csv"),
        ("test.xls", "testxls_converted.csv"),
        ("test.xlsx", "testxlsx_converted.csv"),
        ("test_skip_lines.xls", "testxls_converted.csv"),
        ("test_skip_lines.xlsx", "testxlsx_converted.csv"),
        ("sheets.xls", "testxls_converted.csv"),
        ("sheets.xlsx", "testxlsx_converted.csv"),
    ):
        result = Result(folder / name)
        wanted = parsed((folder / converted).read_text())
        width = len(result.header)
        right = [[plain(cell) for cell in row[:width]] for row in wanted]
        tally.add(name, [[plain(cell) for cell in row] for row in result.table] == right, False, result.table)
    for name, rows in (("ne_1033_data.xlsx", 1036),):
        tally.add(name, len(Result(folder / name).rows) == rows, False, "rows")
    tally.check(9)


def plain(cell: str) -> str:
    """The differences in form that do not matter: True and TRUE, 1.0 and 1, T and space, midnight."""
    cell = cell.upper().replace("T00:00:00", "").replace("T", " ").strip()
    return re.sub(r"^(-?\d+)\.0$", r"\1", cell)


# Rows that Pollock broke and expects to be mended: which is the broken row, and how it may be answered.
POLLOCK_REFUSED = {
    "file_escape_char_0x00.csv": "quote",  # quotes that nothing escapes
    "file_quotation_char_0x27.csv": "quote",  # apostrophes inside apostrophes
    "file_no_header.csv": "header_is_data",
    "file_header_multirow_3.csv": "header_again",
}


def test_csv_pollock():
    folder, tally = shared("imports/csv_pollock"), Tally("csv_pollock")
    for path in sorted(folder.glob("csv/*.csv")):
        result = Result(path)
        wanted = parsed((folder / "clean" / path.name).read_text())
        right = not result.bad and result.table == wanted
        tally.add(path.name, right, pollock_refused(path, result, wanted), result)
    tally.check(11, 18)


def pollock_refused(path, result: Result, wanted: list[list[str]]) -> bool:
    """Every row that was given stands in the clean file, and the broken ones are named with their reason."""
    if result.refusal:
        return False
    codes = {row.code for row in result.bad}
    if path.name == "file_no_header.csv":
        warnings = tables.profile(path, filename=path.name).warnings
        return [notice.code for notice in warnings] == ["header_is_data"] and result.table == wanted
    expected = POLLOCK_REFUSED.get(path.name)
    allowed = {expected} if expected else {"ragged"} if "sep" in path.name else {"quote", "quote_span"}
    return bool(codes) and codes <= allowed and all(row.cells in wanted for row in result.rows)


FOLDERS = {
    "Big5": "Big5",
    "EUC-JP": "EUC-JP",
    "EUC-KR": "EUC-KR",
    "GB2312": "GB18030",
    "SHIFT_JIS": "Shift_JIS",
    "iso-8859-1": "windows-1252",
    "utf-8": "UTF-8",
    "windows-1251-bulgarian": "windows-1251",
    "windows-1251-russian": "windows-1251",
    "windows-1252": "windows-1252",
}


@pytest.mark.parametrize("declared", [True, False], ids=["as they are", "without the encoding they declare"])
def test_encodings(tmp_path, declared):
    tally, certain = Tally("encodings"), []
    for folder, name in FOLDERS.items():
        for path in sorted(shared(f"imports/encodings/{folder}").iterdir()):
            content = path.read_bytes()
            if not declared:
                content = re.sub(rb"(encoding|charset)=[\"']?[\w-]+[\"']?", b"", content)
            (tmp_path / "text").write_bytes(content)
            finding = encodings.detect(tmp_path / "text")
            tally.add(f"{folder}/{path.name}", finding.choices[0] == name, False, finding.choices[0])
            if finding.certain:
                certain.append(folder)
    tally.check(59)
    assert set(certain) == {"utf-8"}
