"""RELIABILITY.md, "Hostile imports", what concerns workbooks: each by its number, with the stated answer."""

import gzip
import struct
import zipfile

import pytest

from crm.lib import tables

from .samples import (
    MOST_MB,
    NS,
    cell_xml,
    ole,
    read,
    read_in_child,
    records,
    refused,
    sheet_xml,
    within_bounds,
    workbook,
    write,
)

TABLE = "姓名,手机,城市\n张三,13812345678,北京\n李四,13912345678,上海\n"


def test_30_a_zip_bomb_is_refused_before_unpacking(tmp_path):
    path = tmp_path / "bomb.xlsx"
    workbook(path, {"a": sheet_xml([["a"], ["1"]])})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w") as part,
    ):
        for _ in range(210):
            part.write(bytes(1 << 20))
    result = within_bounds(read_in_child(path))
    assert result["refused"] == "too_big" and "unpacked size is more than 200 MB" in result["message"]
    assert result["seconds"] < 2


def test_30_a_zip_bomb_that_lies_about_its_size_is_damaged(tmp_path):
    path = workbook(tmp_path / "liar.xlsx", {"a": sheet_xml([["a"]]) + " " * 5_000_000})
    content = bytearray(path.read_bytes())
    size = struct.pack("<I", zipfile.ZipFile(path).getinfo("xl/worksheets/sheet1.xml").file_size)
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, struct.pack("<I", 1000)))
    assert refused(path).code == "damaged"


def test_30_a_gzip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b"a,b\n")
        for _ in range(1_100):
            file.write(b"1,2\n" * (1 << 18))
    result = within_bounds(read_in_child(path))
    assert result["refused"] == "too_big"


def test_31_a_hundred_thousand_entries_are_refused(tmp_path):
    path = workbook(tmp_path / "many.xlsx", {"a": sheet_xml([["a"], ["1"]])})
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(70_000):
            archive.writestr(f"e/{n}", b"")
    result = within_bounds(read_in_child(path))
    assert (result["refused"], result["seconds"] < 2) == ("too_many_entries", True)


def test_31_an_archive_of_archives_is_no_workbook(tmp_path):
    inner = workbook(tmp_path / "inner.xlsx", {"a": sheet_xml([["a"], ["1"]])})
    for name in ("outer.xlsx", "outer.csv"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(inner, "inner.xlsx")
    assert refused(tmp_path / "outer.xlsx").code == "archive"
    assert "ZIP archive" in str(refused(tmp_path / "outer.csv"))


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", ["sheet", "sharedStrings", "styles"])
def test_32_document_types_are_refused_in_every_part(tmp_path, declaration, part):
    sheet = sheet_xml([["a", "b"], ["1", "2"]])
    others = {} if part == "sheet" else {part: f"{declaration}<x>&e;</x>"}
    path = workbook(tmp_path / "x.xlsx", {"a": (declaration if part == "sheet" else "") + sheet}, **others)
    problem = refused(path)
    assert problem.code == "dtd"


@pytest.mark.parametrize(
    "inside",
    [
        "<row>" + "<a>" * 100_000,
        "<row>" * 100_000,
        "<row><c><v>" + "<v>" * 100_000,
        "<row>" + "<c>" * 100_000,
        '<row><c x="' + "y" * 20_000_000 + '"/></row>',
    ],
)
def test_32_xml_beyond_reason_is_refused(tmp_path, inside):
    path = workbook(tmp_path / "x.xlsx", {"a": f"<worksheet {NS}><sheetData>{inside}"})
    assert within_bounds(read_in_child(path))["refused"] in ("strange_xml", "damaged")


def test_33_macros_links_and_passwords_are_refused(tmp_path):
    sheets = {"a": sheet_xml([["a", "b"], ["1", "2"]])}
    macros = workbook(tmp_path / "m.xlsm", sheets, more=[("xl/vbaProject.bin", b"x")])
    assert "macros" in str(refused(macros))
    links = workbook(tmp_path / "l.xlsx", sheets, more=[("xl/externalLinks/externalLink1.xml", b"<x/>")])
    assert "links to other files" in str(refused(links))
    assert "password" in str(refused(write(tmp_path, ole("EncryptedPackage"), "p.xlsx")))
    assert "macros" in str(refused(write(tmp_path, ole("_VBA_PROJECT_CUR"), "m.xls")))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (ole("Workbook"), "an Excel workbook (.xls)"),
        (b"MZ\x90\x00" + bytes(100), "a program"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\n<!DOCTYPE html><html><body><table>", "a web page"),
        (b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'>", "a web page"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b'{"customers": [{"name": "x"}]}', "JSON"),
        (b"Rar!\x1a\x07\x00", "an archive"),
        (b"SQLite format 3\x00", "a database"),
    ],
)
def test_34_other_files_named_csv_are_recognised(tmp_path, content, kind):
    assert str(refused(write(tmp_path, content))) == f"Not CSV: the file looks like {kind}."


def test_34_a_workbook_named_csv_is_recognised_and_bytes_are_not_text(tmp_path):
    path = workbook(tmp_path / "a.csv", {"a": sheet_xml([["a"], ["1"]])})
    assert str(refused(path)) == "Not CSV: the file looks like an Excel workbook (.xlsx)."
    assert refused(write(tmp_path, bytes(range(256)) * 20)).code == "binary"


def test_34_text_named_xls_is_read_as_text(tmp_path):
    profile, good, _ = read(write(tmp_path, TABLE.replace(",", "\t"), "导出.xls"))
    assert (profile.kind, profile.delimiter, len(good)) == ("csv", "\t", 2)
    assert [notice.code for notice in profile.warnings] == ["text_named_xls"]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
def test_35_truncated_files_are_damaged(tmp_path, share):
    rows = [["a", "b"], *([str(n), f"text {n * 7919}"] for n in range(3_000))]
    path = workbook(tmp_path / "a.xlsx", {"a": sheet_xml(rows)})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert str(refused(path)) == "The file is damaged or was cut off."
    packed = gzip.compress("\n".join(",".join(row) for row in rows).encode())
    assert refused(write(tmp_path, packed[: int(len(packed) * share)], "a.csv.gz")).code == "damaged"
    assert (
        refused(
            write(tmp_path, ole("Workbook", b"\x09\x08\x10\x00" + b"\0" * 9_000)[: int(9_000 * share)], "a.xls")
        ).code
        == "damaged"
    )


def test_36_formulas_without_a_value_are_named(tmp_path):
    rows = [
        ["name", "total"],
        ["张三", "<c r='B2'><f>1+1</f></c>"],
        ["李四", "<c r='B3'><f>1+1</f><v>2</v></c>"],
    ]
    _, good, bad = read(workbook(tmp_path / "a.xlsx", {"a": sheet_xml(rows)}))
    assert [(row.number, row.column, row.code) for row in bad] == [(2, "total", "formula")]
    assert [row.cells for row in good] == [["李四", "2"]]


def test_36_merged_cells_and_hidden_sheets_are_named(tmp_path):
    sheet = sheet_xml([["name", "city"], ["张三", "北京"]], '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>')
    path = workbook(
        tmp_path / "a.xlsx",
        {"订单": sheet, "内部": sheet, "空": sheet_xml([])},
        states={"内部": "veryHidden"},
    )
    profile = tables.profile(path, filename="a.xlsx")
    assert [sheet.name for sheet in profile.sheets] == ["订单"]
    assert [notice.code for notice in profile.warnings] == ["merged_cells", "hidden_sheets", "empty_sheets"]
    assert "内部" in str(profile.warnings[1])
    assert refused(workbook(tmp_path / "h.xlsx", {"内部": sheet}, states={"内部": "hidden"})).code == "hidden_only"


def test_36_a_million_blank_rows_and_huge_dimensions_do_not_hang(tmp_path):
    path = tmp_path / "a.xlsx"
    blank = "".join(f'<row r="{n}" spans="1:3"/>' for n in range(3, 1_048_576))
    last = "<row r='1048576'>" + cell_xml("C1048576", "end") + "</row>"
    sheet = sheet_xml([["a", "b", "c"], ["1", "2", "3"]]).replace("</sheetData>", blank + last + "</sheetData>")
    workbook(path, {"a": sheet.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')})
    result = within_bounds(read_in_child(path))
    assert (result["rows"], result["bad"]) == (2, [])


def test_36_cells_far_to_the_right_take_no_memory(tmp_path):
    rows = "".join(f"<row r='{n}'><c r='A{n}'><v>1</v></c><c r='XFD{n}'><v>1</v></c></row>" for n in range(1, 100_000))
    path = workbook(tmp_path / "a.xlsx", {"a": f"<worksheet {NS}><sheetData>{rows}</sheetData></worksheet>"})
    within_bounds(read_in_child(path))


def xls(*cells: tuple[int, bytes]) -> bytes:
    """An .xls of one sheet with these cell records."""
    begin = lambda sort: (0x0809, struct.pack("<HHHHII", 0x0600, sort, 0, 0, 0, 0))  # noqa: E731
    name = (0x0085, struct.pack("<IBBBB", 20 + 13 + 4, 0, 0, 1, 0) + b"a")
    return ole("Workbook", records(begin(5), name, (0x000A, b""), begin(16), *cells, (0x000A, b"")))


def label(row: int, column: int, text: str) -> tuple[int, bytes]:
    return 0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le")


def test_36_an_xls_with_far_corners_takes_no_memory(tmp_path):
    content = xls(label(0, 0, "姓名"), label(0, 1, "城市"), label(1, 0, "张三"), label(65_535, 255, "end"))
    result = within_bounds(read_in_child(write(tmp_path, content, "a.xls")))
    assert (result["rows"], result["bad"]) == (2, [])
    _, good, _ = read(tmp_path / "a.xls")
    assert [(row.number, row.cells, row.flags) for row in good] == [
        (2, ["张三", ""], ()),
        (65_536, ["", ""], ("beyond_header",)),
    ]


def test_a_large_workbook_is_read_within_bounds(tmp_path):
    """1.5 million cells, each with a text of its own: what a workbook near 200 MB unpacked holds at most."""
    rows, columns = 300_000, "ABCDE"
    lines, texts = [], [f"<si><t>{name}</t></si>" for name in columns]
    for n in range(1, rows + 1):
        first = (n - 1) * len(columns)
        line = "".join(f'<c r="{c}{n}" t="s"><v>{first + i}</v></c>' for i, c in enumerate(columns))
        lines.append(f'<row r="{n}">{line}</row>')
        if n > 1:
            texts += [f"<si><t>客户名称{first + i}</t></si>" for i in range(len(columns))]
    sheet = f"<worksheet {NS}><sheetData>{''.join(lines)}</sheetData></worksheet>"
    path = workbook(tmp_path / "big.xlsx", {"a": sheet}, sharedStrings=f"<sst {NS}>{''.join(texts)}</sst>")
    result = read_in_child(path)
    assert (result["rows"], result["bad"], result["mb"] <= MOST_MB) == (rows - 1, [], True)
