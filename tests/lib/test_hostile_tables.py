"""RELIABILITY.md, "Hostile imports", what concerns text files: each by its number, with the stated answer."""

import gzip

import pytest

from crm.lib import tables

from .samples import MOST_MB, questions, read, read_in_child, refused, within_bounds, write

TABLE = "姓名,手机,城市\n张三,13812345678,北京\n李四,13912345678,上海\n"


def test_01_utf8_mark_is_stripped(tmp_path):
    profile, good, bad = read(write(tmp_path, "\ufeff" + TABLE))
    assert (profile.encoding, profile.sheets[0].header, questions(profile)) == (
        "UTF-8",
        ["姓名", "手机", "城市"],
        [],
    )
    assert [row.cells for row in good] == [["张三", "13812345678", "北京"], ["李四", "13912345678", "上海"]]
    assert bad == []


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_02_utf16_with_mark_is_read(tmp_path, codec):
    profile, good, bad = read(write(tmp_path, ("\ufeff" + TABLE).encode(codec)))
    assert (profile.encoding, questions(profile), len(good), bad) == ("UTF-16", [], 2, [])
    assert good[1].cells == ["李四", "13912345678", "上海"]


@pytest.mark.parametrize(("codec", "name"), [("utf-16-le", "UTF-16LE"), ("utf-16-be", "UTF-16BE")])
def test_03_utf16_without_mark_is_asked(tmp_path, codec, name):
    path = write(tmp_path, TABLE.encode(codec))
    profile = tables.profile(path, filename="orders.csv")
    assert questions(profile) == ["encoding"]
    assert "not recognised" in profile.questions[0].message
    assert profile.questions[0].choices[0] == name
    assert questions(tables.profile(path, filename="orders.csv", encoding=name)) == []


def test_04_gbk_is_detected_and_asked(tmp_path):
    path = write(tmp_path, TABLE.encode("gbk"))
    profile, good, _ = read(path)
    assert (profile.encoding, questions(profile)) == ("GB18030", ["encoding"])
    assert good[0].cells == ["张三", "13812345678", "北京"]
    assert questions(tables.profile(path, filename="orders.csv", encoding="gbk")) == []


def test_05_four_byte_gb18030_is_kept(tmp_path):
    path = write(tmp_path, "姓名,城市\n𠮷田,㐀\n张三,北京\n".encode("gb18030"))
    _, good, bad = read(path, encoding="GB18030")
    assert ([row.cells for row in good], bad) == ([["𠮷田", "㐀"], ["张三", "北京"]], [])
    assert tables.profile(path, filename="orders.csv").encoding == "GB18030"


@pytest.mark.parametrize(
    ("codec", "name", "text"),
    [
        ("big5", "Big5", "姓名,手機,地址\n張三豐,0912345678,台北市信義區\n李小龍,0922345678,高雄市前鎮區\n"),
        (
            "shift_jis",
            "Shift_JIS",
            "氏名,電話,住所\n山田太郎,09012345678,東京都新宿区\n鈴木花子,08012345678,大阪府\n",
        ),
    ],
)
def test_06_big5_and_shift_jis_are_never_taken_for_gbk_in_silence(tmp_path, codec, name, text):
    profile = tables.profile(write(tmp_path, text.encode(codec)), filename="orders.csv")
    assert (profile.encoding, questions(profile)) == (name, ["encoding"])
    assert "GB18030" in profile.questions[0].choices


def test_07_one_broken_byte_costs_one_row(tmp_path):
    lines = ["编号,姓名,城市", *(f"{n},张三{n},北京" for n in range(2, 1001))]
    content = [line.encode() for line in lines]
    content[811] = b"812," + "张三李四".encode("gbk") + ",北京".encode()
    profile, good, bad = read(write(tmp_path, b"\n".join(content)))
    assert (profile.encoding, questions(profile), len(good)) == ("UTF-8", [], 998)
    assert [(row.number, row.code, row.params["byte"]) for row in bad] == [(812, "not_encoded", 5)]
    assert str(bad[0]) == "row 812, byte 5: not UTF-8"
    assert [notice.code for notice in profile.warnings] == ["broken_rows"]


def test_07_the_byte_is_counted_in_its_line(tmp_path):
    line = "812,张三李四王五赵六,ab".encode()
    place = line.index("赵".encode())
    content = TABLE.encode() * 20 + line[:place] + b"\xff" + line[place + 1 :] + b"\n"
    _, _, bad = read(write(tmp_path, content.replace("姓名,手机,城市\n".encode(), b"")), encoding="UTF-8")
    assert bad[-1].params["byte"] == place + 1


def test_08_nul_is_named(tmp_path):
    _, good, bad = read(write(tmp_path, TABLE + "王\0五,13712345678,广州\n赵六,13612345678,深圳\n"))
    assert [str(row) for row in bad] == ["row 4, column 姓名: NUL"]
    assert len(good) == 3


def test_09_formulas_stay_text(tmp_path):
    _, good, _ = read(write(tmp_path, "name,note\n张三,\"=cmd|'/c calc'!A0\"\n"))
    assert good[0].cells == ["张三", "=cmd|'/c calc'!A0"]


def test_10_a_cell_of_a_million_characters_costs_one_row(tmp_path):
    path = write(tmp_path, "name,note\n张三,ok\n李四," + "x" * 1_000_000 + "\n王五,ok\n")
    result = within_bounds(read_in_child(path))
    assert result["rows"] == 2
    assert result["bad"] == [[3, "note", "too_long", "1,000,000 > 5,000 characters"]]


@pytest.mark.parametrize("cell", ["", "abcd", '"a,b"'])
def test_11_a_million_columns_are_too_many(tmp_path, cell):
    path = write(tmp_path, ",".join([cell or "a"] + [cell] * 999_999) + "\n1,2\n")
    result = within_bounds(read_in_child(path))
    assert result["refused"] == "too_many_columns"
    assert "Too many columns" in result["message"] and "at most 200" in result["message"]


def test_11_two_hundred_columns_are_not(tmp_path):
    names = [f"c{n}" for n in range(200)]
    path = write(tmp_path, ",".join(names) + "\n" + ",".join(names).replace("c", "") + "\n")
    assert len(read(path)[1][0].cells) == 200
    problem = refused(write(tmp_path, ",".join([*names, "c200"]) + "\n1\n"))
    assert str(problem) == "Too many columns (201, at most 200)."


def test_12_a_column_used_twice_is_refused(tmp_path):
    problem = refused(write(tmp_path, "手机,姓名,手机\n13812345678,张三,13912345678\n"))
    assert problem.code == "duplicate_header"
    assert "手机" in str(problem) and "used twice" in str(problem) and "1, 3" in str(problem)


def test_13_a_blank_heading_is_kept_as_a_column_without_name(tmp_path):
    profile, good, bad = read(write(tmp_path, "姓名,,城市\n张三,13812345678,北京\n"))
    assert (profile.sheets[0].header, good[0].cells, bad) == (
        ["姓名", "", "城市"],
        ["张三", "13812345678", "北京"],
        [],
    )


@pytest.mark.parametrize("text", [",,\n张三,13812345678,北京\n", ",,\n,,\n", " , , \n张三,13812345678,北京\n"])
def test_13_a_blank_header_is_none(tmp_path, text):
    assert refused(write(tmp_path, text)).code == "no_header"


@pytest.mark.parametrize("text", ["姓名,手机", "姓名,手机\n", "姓名,手机\r\n\r\n\r\n", "姓名,手机\n,\n,\n"])
def test_14_a_header_alone_has_no_rows(tmp_path, text):
    assert str(refused(write(tmp_path, text))) == "The file has a header but no data rows."


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n\r\n", b"\xff\xfe", gzip.compress(b"", mtime=0)])
def test_15_an_empty_file_is_empty(tmp_path, content):
    assert str(refused(write(tmp_path, content))) == "The file is empty."


def test_16_ragged_rows_are_named(tmp_path):
    _, good, bad = read(write(tmp_path, TABLE + "王五,137\n赵六,136,广州,多\n钱七,135,深圳,,\n"))
    assert [(row.number, row.code, row.message) for row in bad] == [
        (4, "ragged", "2 cells instead of 3"),
        (5, "ragged", "4 cells instead of 3"),
    ]
    assert good[-1].cells == ["钱七", "135", "深圳"]


def test_16_one_separator_too_many_may_have_moved_the_cells(tmp_path):
    """In the middle of a row whose last column is mostly blank, each cell would be in the next column."""
    table = "name,quantity,price,note\n张三,2,10,\n李四,,2,10,\n王五,3,10,,\n赵六,4,10,\n"
    _, good, bad = read(write(tmp_path, table))
    assert [row.number for row in bad] == [3]
    assert [row.cells for row in good] == [
        ["张三", "2", "10", ""],
        ["王五", "3", "10", ""],
        ["赵六", "4", "10", ""],
    ]


def test_16_rows_that_all_end_with_a_separator_are_read(tmp_path):
    _, good, bad = read(write(tmp_path, "name,city\n张三,北京,\n李四,上海,\n"))
    assert ([row.cells for row in good], bad) == ([["张三", "北京"], ["李四", "上海"]], [])


def test_17_a_quote_that_swallows_the_file_is_found_before_reading(tmp_path):
    content = 'name,note\n张三,a\n李四,"opened\n' + "王五,b\n" * 200_000
    problem = refused(write(tmp_path, content))
    assert (problem.code, str(problem)) == ("open_quote", "The quote opened in row 3 is never closed.")


def test_17_swallowing_a_large_file_takes_no_memory(tmp_path):
    path = write(tmp_path, 'name,note\n张三,a\n李四,"opened\n' + "王五,some more text to fill the line\n" * 1_500_000)
    assert within_bounds(read_in_child(path))["refused"] == "open_quote"


def test_17_a_quote_closed_by_a_later_one_costs_the_rows_between(tmp_path):
    _, good, bad = read(write(tmp_path, 'name,note\n张三,a\n李四,"opened\n王五,b\n赵六,"c"\n钱七,d\n'))
    assert [row.cells[0] for row in good] == ["张三", "钱七"]
    assert [(row.number, row.code, row.params) for row in bad] == [(3, "quote_span", {"first": 3, "last": 5})]


def test_18_mixed_separators_are_asked(tmp_path):
    path = write(tmp_path, "姓名,手机,城市\n张三;138;北京\n李四\t139\t上海\n王五，137，广州\n")
    assert questions(tables.profile(path, filename="orders.csv")) == ["delimiter"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "，", "；"])
def test_18_each_separator_alone_is_found(tmp_path, mark):
    profile, good, _ = read(write(tmp_path, TABLE.replace(",", mark)))
    assert (profile.delimiter, questions(profile)) == (mark, [])
    assert good[0].cells == ["张三", "13812345678", "北京"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_19_every_newline_is_read(tmp_path, newline):
    _, good, bad = read(write(tmp_path, TABLE.replace("\n", newline)))
    assert ([row.number for row in good], bad) == ([2, 3], [])


def test_19_mixed_newlines_and_newlines_in_cells_are_read(tmp_path):
    text = 'name,note\r\n张三,"a\nb"\n李四,"c\r\nd"\r王五,e\r\n\r\n赵六,f'
    _, good, bad = read(write(tmp_path, text))
    assert [row.cells for row in good] == [["张三", "a\nb"], ["李四", "c\r\nd"], ["王五", "e"], ["赵六", "f"]]
    assert ([row.number for row in good], bad) == ([2, 3, 4, 6], [])


def test_19_newlines_at_the_edge_of_a_block_are_not_doubled(tmp_path):
    line = "x" * 97 + ",yz\r\n"
    path = write(tmp_path, "a,b\r\n" + line * 8_000)
    profile, good, bad = read(path)
    assert (profile.sheets[0].rows, len(good), bad, good[-1].number) == (8_000, 8_000, [], 8_001)


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\ufeff", "\u2066", "\u200d"])
def test_25_invisible_characters_are_stripped_and_flagged(tmp_path, character):
    profile, good, _ = read(write(tmp_path, f"姓名,城{character}市\n张{character}三,北京\n李四,上海\n"))
    assert profile.sheets[0].header == ["姓名", "城市"]
    assert [(row.cells[0], row.flags) for row in good] == [("张三", ("invisible",)), ("李四", ())]
    assert tables.flag_texts(good[0].flags) == ["invisible characters were removed"]


def test_26_emoji_and_combining_marks_stay_whole(tmp_path):
    family, flag, accent = "👨\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈", "e\u0301"
    _, good, _ = read(write(tmp_path, f"a,b,c,d\n{family},{flag},{accent},𠮷\n"))
    assert (good[0].cells, good[0].flags) == ([family, flag, accent, "𠮷"], ())
    _, good, bad = read(write(tmp_path, f"a,b\n{'😀' * 5_000},x\n{'😀' * 5_001},x\n"))
    assert ([len(row.cells[0]) for row in good], [row.code for row in bad]) == ([5_000], ["too_long"])


def test_27_the_replacement_character_is_flagged(tmp_path):
    _, good, _ = read(write(tmp_path, "姓名,城市\n张\ufffd,北京\n"))
    assert good[0].flags == ("damaged",)
    assert "already damaged" in tables.flag_texts(good[0].flags)[0]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_27_a_lone_surrogate_is_already_damaged(tmp_path, codec):
    text = "\ufeff姓名,城市\n张\ud83d,北京\n李四,上海\n"
    _, good, bad = read(write(tmp_path, text.encode(codec, "surrogatepass")))
    assert [(row.number, row.code) for row in bad] == [(2, "damaged")]
    assert "already damaged" in bad[0].message
    assert good[0].cells == ["李四", "上海"]


@pytest.mark.parametrize(
    ("filename", "safe"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\x.csv", "x.csv"),
        ("a\nb\r\0c.csv", "abc.csv"),
        ("订单\u202exslx.csv", "订单xslx.csv"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        ("  .hidden", "hidden"),
        ('a<b>:"|?*.csv', "a_b______.csv"),
    ],
)
def test_39_names_become_safe(filename, safe):
    assert tables.safe_name(filename) == safe


def test_39_long_names_keep_their_ending():
    assert tables.safe_name("订单" * 150 + ".xlsx") == "订单" * 47 + "订" + ".xlsx"
    assert len(tables.safe_name("a" * 300)) == 100


def test_a_million_rows_are_read_within_bounds(tmp_path):
    path = tmp_path / "big.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("order,name,phone,time,product,quantity,price,city\n")
        for n in range(1_000_000):
            time = f"2024-03-{n % 28 + 1:02} 08:26:00"
            file.write(f"SO{n:08},客户{n % 50_000},138{n:08},{time},P{n % 3_000},{n % 7},{n % 999}.5,北京\n")
    result = read_in_child(path)
    assert (result["rows"], result["bad"], result["mb"] <= MOST_MB) == (1_000_000, [], True)
