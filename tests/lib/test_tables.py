"""Reading tables as they should be: real files, dialects, workbook values, titles above the header."""

import csv
import gzip
import io
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib import tables
from crm.lib.tables.cells import date_text, float_text, is_date_format, number_text, time_text

from .samples import NS, shared, sheet_xml, workbook


def read(path, **options) -> tuple[tables.Profile, list]:
    profile = tables.profile(path, filename=path.name, **options)
    return profile, list(tables.rows(path, profile))


def text_file(tmp_path, text: str, name: str = "a.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_online_retail_is_read_as_the_csv_module_reads_it():
    path = shared("transactions/online_retail_uci/onlineretail.csv.gz")
    begin = time.perf_counter()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        plain = sum(1 for _ in csv.reader(file)) / (time.perf_counter() - begin)
    profile = tables.profile(path, filename=path.name)
    begin = time.perf_counter()
    count = sum(isinstance(row, tables.Row) for row in tables.rows(path, profile))
    ours = count / (time.perf_counter() - begin)
    print(f"\nrows/s: {ours:,.0f}, csv.reader alone {plain:,.0f}, ratio {ours / plain:.2f}")
    assert (count, profile.sheets[0].rows, profile.questions, profile.warnings) == (541_909, 541_909, [], [])
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        expected = csv.reader(file)
        assert next(expected) == profile.sheets[0].header
        for row in tables.rows(path, profile):
            assert row.cells == next(expected)


def test_superstore_has_its_three_sheets():
    path = next(shared("transactions/superstore_zh").glob("*.xls"))
    profile = tables.profile(path, filename=path.name)
    assert [(sheet.name, sheet.rows) for sheet in profile.sheets] == [
        ("订单", 10_000),
        ("退货", 296),
        ("销售人员", 6),
    ]
    orders = list(tables.rows(path, profile, "订单"))
    assert (len(orders), {type(row) for row in orders}) == (10_000, {tables.Row})
    assert orders[0].cells[:7] == [
        "1",
        "US-2017-1357144",
        "2017-04-27",
        "2017-04-29",
        "二级",
        "曾惠-14485",
        "曾惠",
    ]
    assert len(list(tables.rows(path, profile, "退货"))) == 296


def test_tmall_orders_are_read():
    path = next(shared("transactions/zh_tmall_rfm").glob("*.xlsx"))
    profile, found = read(path)
    assert profile.sheets[0].header[:5] == ["品牌名称", "买家昵称", "付款日期", "订单状态", "实付金额"]
    assert (len(found), {type(row) for row in found}) == (28_833, {tables.Row})


def test_a_sheet_that_is_not_there_is_named(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"订单": sheet_xml([["a", "b"], ["x", "1"]])})
    profile = tables.profile(path, filename="a.xlsx")
    with pytest.raises(tables.TableError, match="订单"):
        tables.rows(path, profile, "退货")


def test_values_of_a_workbook_are_text(tmp_path):
    styles = (
        f'<styleSheet {NS}><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>'
        '<numFmt numFmtId="165" formatCode="0.00_);[Red]\\(0.00\\)"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
        "</styleSheet>"
    )
    strings = (
        f"<sst {NS}><si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r></si>"
        '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si><si><t>a_x000D_b</t></si></sst>'
    )
    values = [
        ("<c r='A2'><v>17850</v></c>", "17850"),
        ("<c r='A2'><v>17850.0</v></c>", "17850"),
        ("<c r='A2'><v>2.5499999999999998</v></c>", "2.55"),
        ("<c r='A2'><v>1.38E+10</v></c>", "13800000000"),
        ("<c r='A2'><v>6.2220212345678899E+18</v></c>", "6.22202123456789e+18"),
        ("<c r='A2' s='1'><v>45355</v></c>", "2024-03-04"),
        ("<c r='A2' s='1'><v>45355.351388888892</v></c>", "2024-03-04 08:26:00"),
        ("<c r='A2' s='1'><v>0.5</v></c>", "12:00:00"),
        ("<c r='A2' s='2'><v>45355</v></c>", "2024-03-04"),
        ("<c r='A2' s='3'><v>45355</v></c>", "45355"),
        ("<c r='A2' t='b'><v>1</v></c>", "TRUE"),
        ("<c r='A2' t='e'><v>#N/A</v></c>", "#N/A"),
        ("<c r='A2' t='d'><v>2024-03-04T00:00:00</v></c>", "2024-03-04"),
        ("<c r='A2' t='str'><f>A1</f><v>text</v></c>", "text"),
        ("<c r='A2' t='s'><v>0</v></c>", "plain"),
        ("<c r='A2' t='s'><v>1</v></c>", "rich"),
        ("<c r='A2' t='s'><v>2</v></c>", "東京"),
        ("<c r='A2' t='s'><v>3</v></c>", "a\rb"),
        ("<c><v>5</v></c>", "5"),
    ]
    rows = [["name", "end"], *([xml, "x"] for xml, _ in values)]
    path = workbook(tmp_path / "a.xlsx", {"a": sheet_xml(rows)}, styles=styles, sharedStrings=strings)
    assert [row.cells[0] for row in read(path)[1]] == [text for _, text in values]


def test_a_workbook_with_prefixed_names_is_read(tmp_path):
    """Some libraries write x:row for row."""
    sheet = sheet_xml([["name", "n"], ["张三", 1]])
    for tag in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
        sheet = (
            sheet.replace(f"<{tag} ", f"<x:{tag} ")
            .replace(f"<{tag}>", f"<x:{tag}>")
            .replace(f"</{tag}>", f"</x:{tag}>")
        )
    path = workbook(tmp_path / "a.xlsx", {"a": sheet.replace("xmlns=", "xmlns:x=")})
    assert [row.cells for row in read(path)[1]] == [["张三", "1"]]


def test_dates_of_the_1904_calendar():
    path = shared("imports/csv_conformance/csvkit/sheets.xlsx")
    profile = tables.profile(path, filename=path.name)
    assert next(iter(tables.rows(path, profile, "data"))).cells[1] == "1971-01-01"
    assert (date_text("24472", True), date_text("24472")) == ("1971-01-01", "1966-12-31")


def test_number_formats_that_show_dates():
    assert [is_date_format(number, "") for number in ("0", "2", "14", "22", "31", "49", "57")] == [
        False,
        False,
        True,
        True,
        True,
        False,
        True,
    ]
    dates = ["yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d", "h:mm AM/PM", "[h]:mm", "d-mmm"]
    plain = ["General", "0.00", '#,##0"元"', "[Red]0.00", "0.00_);[Red]\\(0.00\\)", '"day" 0', "0%", "@"]
    assert [is_date_format("164", code) for code in dates + plain] == [True] * len(dates) + [False] * len(plain)


def test_days_before_march_1900_follow_excels_calendar():
    assert [date_text(n) for n in ("1", "59", "61", "2958465")] == [
        "1900-01-01",
        "1900-02-28",
        "1900-03-01",
        "9999-12-31",
    ]
    assert [date_text(n) for n in ("-1", "2958466", "x")] == ["-1", "2958466", "x"]
    assert time_text(30_306_500) == "08:25:06.500"


@settings(deadline=None)
@given(st.floats(-1e300, 1e300))
def test_float_text_keeps_fifteen_digits(number):
    assert float(float_text(number)) == pytest.approx(number, rel=1e-14)
    assert number_text(repr(number)) == float_text(number) or repr(number).isdigit()


@pytest.mark.parametrize(
    ("text", "row", "names"),
    [
        ("订单报表,,\n,,\n订单号,金额,日期\nA1,5,2024-03-04\n", 3, ["订单号", "金额", "日期"]),
        (
            "导出时间：2024-03-04\n\n订单号,客户,金额,日期\nA1,张三,5,2024-03-04\n",
            3,
            ["订单号", "客户", "金额", "日期"],
        ),
        ("sep=;\n订单号;金额\nA1;5,5\nA2;6,5\n", 2, ["订单号", "金额"]),
        ("姓名,,\n张三,李四,王五\n", 1, ["姓名", "", ""]),
        ("姓名\n张三\n", 1, ["姓名"]),
        ('"多行\n标题",金额\n张三,5\n', 1, ["多行\n标题", "金额"]),
    ],
)
def test_the_header_is_found(tmp_path, text, row, names):
    sheet = read(text_file(tmp_path, text))[0].sheets[0]
    assert (sheet.header_row, sheet.header) == (row, names)


def test_a_file_without_header_is_noticed(tmp_path):
    profile, _ = read(text_file(tmp_path, "A1,5,2024-03-04\nA2,6,2024-03-05\n"))
    assert [notice.code for notice in profile.warnings] == ["header_is_data"]


def test_a_header_that_comes_again_is_no_row(tmp_path):
    found = read(text_file(tmp_path, "姓名,金额\n张三,5\n姓名,金额\n李四,6\n"))[1]
    assert [getattr(row, "code", "row") for row in found] == ["row", "header_again", "row"]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a,b\n1,'x, y'\n2,'z, w'\n", ["1", "x, y"]),
        ('a,b\n1,"x \\"y\\", z"\n2,"w \\"v\\", u"\n', ["1", 'x "y", z']),
        ('a, b\n1, "x, y"\n2, "z, w"\n', ["1", "x, y"]),
        ('a,b\n1,"x ""y"""\n2,z\n', ["1", 'x "y"']),
        ("a,b\n1,O'Brien\n2,'t Hart\n", ["1", "O'Brien"]),
    ],
)
def test_quotes_and_escapes_are_found(tmp_path, text, cells):
    profile, found = read(text_file(tmp_path, text))
    assert (found[0].cells, profile.questions) == (cells, [])


def test_decimal_commas_do_not_pass_for_separators(tmp_path):
    profile, found = read(text_file(tmp_path, "name;price;weight\nx;1,5;2,5\ny;3,5;4,5\n"))
    assert (profile.delimiter, found[0].cells) == (";", ["x", "1,5", "2,5"])


def test_answers_are_checked(tmp_path):
    path = text_file(tmp_path, "a,b\n1,2\n")
    for options in ({"encoding": "klingon"}, {"encoding": "rot13"}, {"delimiter": "ab"}, {"delimiter": "x"}):
        with pytest.raises(tables.TableError, match="Choose one of"):
            tables.profile(path, filename="a.csv", **options)
    assert tables.profile(path, filename="a.csv", encoding="utf8", delimiter="tab").delimiter == "\t"


def test_reading_can_stop_anywhere(tmp_path):
    path = text_file(tmp_path, "a,b\n" + "1,2\n" * 100_000)
    rows = tables.rows(path, tables.profile(path, filename="a.csv"))
    assert next(rows).number == 2
    rows.close()
    book = workbook(tmp_path / "a.xlsx", {"a": sheet_xml([["a", "b"], *([["x", 1]] * 2_000)])})
    rows = tables.rows(book, tables.profile(book, filename="a.xlsx"))
    assert next(rows).number == 2
    rows.close()


CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf"), blacklist_characters="\ufffd"), max_size=20)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20))
def test_what_is_written_is_read(tmp_path, cells):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("甲方", "乙方", "备注"), *cells])
    path = text_file(tmp_path, out.getvalue())
    wanted = [list(row) for row in cells if any(row)]
    try:
        found = list(tables.rows(path, tables.profile(path, filename="a.csv", delimiter=",")))
    except tables.TableError as problem:
        assert (problem.code, wanted) == ("no_rows", [])
        return
    assert [row.cells for row in found] == wanted


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.xls", "a.xlsx", "a.csv.gz"]),
    st.sampled_from(
        [b"", b"a,b\n", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"]
    ),
)
def test_no_bytes_crash_it(tmp_path, content, name, begin):
    path = tmp_path / name
    path.write_bytes(begin + content)
    try:
        profile = tables.profile(path, filename=name)
        for row in tables.rows(path, profile):
            assert str(row)
    except tables.TableError as problem:
        assert str(problem)
