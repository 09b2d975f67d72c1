"""What a spreadsheet would run is made harmless, and comes back as it was."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib import tables, text
from crm.lib.tables import words
from crm.lib.tables.formulas import neutral, restored
from crm.lib.tables.writing import CsvWriter, XlsxWriter

from .samples import shared

RUNS = "=+-@\t\r\n＝＋－＠"
TEXTS = st.text(st.sampled_from([*RUNS, "'", "a", " ", "王"])) | st.text()


@given(TEXTS)
@settings(max_examples=2000)
def test_every_text_survives(cell):
    assert restored(neutral(cell)) == cell
    assert neutral(cell)[:1] not in set(RUNS)


@pytest.mark.parametrize("cell", ["", "'", "''", "'a", "it's", "a=b", "王+", "' =1"])
def test_harmless_text_stays_as_it_is(cell):
    assert neutral(cell) == cell == restored(cell)


@pytest.mark.parametrize(("cell", "safe"), [("=1", "'=1"), ("'=1", "''=1"), ("+8613800138000", "'+8613800138000")])
def test_what_runs_gets_an_apostrophe(cell, safe):
    assert (neutral(cell), restored(safe)) == (safe, cell)


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), max_size=5))
def test_words_in_a_cell_come_back(several):
    assert words.parted(words.joined(several)) == several


def written(rows, make) -> io.BytesIO:
    out = io.BytesIO()
    writer = make(out)
    writer.write(rows)
    writer.close()
    out.seek(0)
    return out


def read_back(content: io.BytesIO, name: str, tmp_path) -> list[list[str]]:
    """By our own reader, which is given no help."""
    path = tmp_path / name
    path.write_bytes(content.getvalue())
    profile = tables.profile(path, filename=name)
    return [row.cells for row in tables.rows(path, profile)]


def payloads_of(name: str) -> list[str]:
    """A collection's lines, and each once more behind every sign that a formula may begin with."""
    whole = shared(f"imports/hostile_text/{name}").read_text(encoding="utf-8")
    lines = [line for line in whole.split("\n") if line.strip() and "\0" not in line]
    return lines + [f"{sign}{line}" for sign in RUNS for line in lines]


@pytest.mark.parametrize("collection", ["csv-injection-payloads.txt", "blns.txt"])
@pytest.mark.parametrize("name", ["payloads.csv", "payloads.xlsx"])
def test_payloads_are_neutralised_and_come_back(collection, name, tmp_path):
    payloads = payloads_of(collection)
    make = CsvWriter if name.endswith("csv") else lambda out: XlsxWriter(out, folder=str(tmp_path))
    rows = [["id", "text"], *([f"k{place}", payload] for place, payload in enumerate(payloads))]
    cells = [row[1] for row in read_back(written(rows, make), name, tmp_path)]
    if name.endswith("csv"):
        assert [cell for cell in cells if cell[:1] in set(RUNS)] == []
        cells = [restored(cell) for cell in cells]
    # The reader takes invisible characters away; a name or address is cleaned of them on its way in anyhow.
    assert [text.clean(cell) for cell in cells] == [text.clean(payload) for payload in payloads]


def test_workbook_holds_no_formula(tmp_path):
    rows = [["text"], *([f"{sign}1+1"] for sign in RUNS)]
    with zipfile.ZipFile(written(rows, lambda out: XlsxWriter(out, folder=str(tmp_path)))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count('t="inlineStr"') == len(rows)


def test_csv_is_rfc_4180_with_a_mark_for_excel():
    rows = [["name", "n"], ['say "hi"', 1], ["two\r\nlines", None], ["half \ud800", -2]]
    content = written(rows, CsvWriter).getvalue()
    assert content == '\ufeffname,n\r\n"say ""hi""",1\r\n"two\r\nlines",\r\nhalf ?,-2\r\n'.encode()
