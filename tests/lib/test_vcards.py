import gzip
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib import tables, vcards

from .samples import questions, read, refused, shared, write


def of(tmp_path, *contents: str | bytes, name: str = "contacts.vcf") -> list[dict]:
    """The rows of a file of cards, by heading, without what is empty."""
    joined = b"".join(content if isinstance(content, bytes) else content.encode() for content in contents)
    profile, rows, bad = read(write(tmp_path, joined, name))
    assert (profile.kind, bad, profile.sheet().rows) == ("vcard", [], len(rows))
    return [{heading: cell for heading, cell in zip(vcards.HEADER, row.cells, strict=True) if cell} for row in rows]


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""))


def test_a_card_is_a_row(tmp_path):
    (row,) = of(
        tmp_path,
        card(
            "UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
            "N:王;小明;;;",
            "FN:王小明",
            "TEL;TYPE=HOME,VOICE:010-62345678",
            "TEL;TYPE=WORK,FAX:010-62345679",
            "item1.TEL;TYPE=CELL:138 1234 5678",
            "EMAIL;TYPE=INTERNET:b@qq.com",
            "EMAIL;TYPE=INTERNET,PREF:a@qq.com",
            "ORG:通客公司;研发部",
            "TITLE:经理",
            "BDAY:1990-02-03",
            "ADR;TYPE=HOME:;;文一西路969号;杭州市;浙江省;310000;中国",
            "NOTE:第一行\\n第二行\\, 完",
            "CATEGORIES:VIP,老客户",
            "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ",
            " AAAQABAAD/4QBYRXhpZg",
        ),
    )
    assert row == {
        "UID": "4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
        "Full name": "王小明",
        "Family name": "王",
        "Given name": "小明",
        "Phone": "138 1234 5678",
        "Phone 2": "010-62345678",
        "E-mail": "a@qq.com",
        "E-mail 2": "b@qq.com",
        "Company": "通客公司",
        "Title": "经理",
        "Birthday": "1990-02-03",
        "Address": "浙江省杭州市文一西路969号",
        "City": "杭州市",
        "Postcode": "310000",
        "Country": "中国",
        "Note": "第一行\n第二行, 完",
        "Categories": "VIP, 老客户",
    }


def test_version_2_1_with_quoted_printable_and_bare_types(tmp_path):
    rows = of(
        tmp_path,
        card(
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E5=B0=8F=E6=98=8E;;;",
            "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B=E5=B0=\r\n=8F=E6=98=8E",
            "TEL;WORK;VOICE:01062345678",
            "TEL;CELL:13812345678",
            "PHOTO;JPEG;BASE64:",
            "/9j/4AAQSkZJRgABAQAAAQABAAD",
            "abc:not-a-property",
            "",
            "EMAIL;PREF;INTERNET:a@qq.com",
            version="2.1",
        ),
        card("FN;CHARSET=GBK;ENCODING=QUOTED-PRINTABLE:=CD=F5=CE=B0", "TEL;CELL:13812345679", version="2.1"),
        card("FN;ENCODING=QUOTED-PRINTABLE:=CD=F5=CE=B0", "TEL;CELL:13812345670", version="2.1"),
    )
    assert [(row["Full name"], row["Phone"]) for row in rows] == [
        ("王小明", "13812345678"),
        ("王伟", "13812345679"),
        ("王伟", "13812345670"),
    ]
    assert (rows[0]["Family name"], rows[0]["Given name"], rows[0]["E-mail"]) == ("王", "小明", "a@qq.com")


@pytest.mark.parametrize(
    ("lines", "heading", "cell"),
    [
        (['TEL;VALUE=uri;TYPE="work,voice":tel:+1-418-656-9254;ext=102'], "Phone", "+1-418-656-9254 ext. 102"),
        (["TEL:1", "TEL;PREF=1:2"], "Phone", "2"),
        (["FN:", "N:Doe;John;;Dr.;Jr."], "Full name", "Dr. John Doe Jr."),
        (["N:王;小明"], "Full name", "王小明"),
        (["FN:Doe\\, John"], "Full name", "Doe, John"),
        (["FN:a\\\\nb"], "Full name", "a\\nb"),
        (["N:Doe\\;x;John"], "Family name", "Doe;x"),
        (["FN:A", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03"], "Birthday", "--02-03"),
        (["FN:A", "GENDER:F;woman"], "Gender", "F"),
        (["FN:A", "X-WAB-GENDER:2"], "Gender", "M"),
        (["FN:A", "ADR:;Apt 2;1 Main St;Austin;TX;12345;USA"], "Address", "1 Main St, Apt 2, TX"),
        (["FN:A", "ADR:;;浙江省杭州市文一西路9号;杭州市;浙江省;;"], "Address", "浙江省杭州市文一西路9号"),
        (["FN:A", "LABEL:1 Main St\\nAustin"], "Address", "1 Main St, Austin"),
        (["FN:A", "categories:x", "CATEGORIES:y,x"], "Categories", "x, y"),
        (["FN:An", "  ne"], "Full name", "An ne"),
    ],
)
def test_what_becomes_of_a_property(tmp_path, lines, heading, cell):
    assert of(tmp_path, card(*lines))[0][heading] == cell


def test_a_card_without_uid_gets_one_that_stays(tmp_path):
    first, second, other = of(
        tmp_path, card("FN:A", "TEL:1"), card("FN:A", "TEL:1", "NOTE:later"), card("FN:B", "TEL:1")
    )
    assert first["UID"] == second["UID"] != other["UID"]


def test_a_broken_card_is_named_and_the_next_is_read(tmp_path):
    path = write(
        tmp_path,
        "\r\n".join(
            (
                "BEGIN:VCARD", "FN:Open", "BEGIN:VCARD", "FN:Whole", "nonsense", "END:VCARD", "between",
                "begin:vcard", "VERSION:3.0", "END:vcard", "BEGIN:VCARD", "FN:\0", "END:VCARD",
                "BEGIN:VCARD", "FN:Last",
            )
        ),
        "contacts.vcf",
    )  # fmt: skip
    _, rows, bad = read(path)
    assert [(row.number, row.cells[1], row.flags) for row in rows] == [(2, "Whole", ("card_line",))]
    assert [(row.number, row.code, row.cell) for row in bad] == [
        (1, "card_open", "Open"),
        (3, "card_empty", ""),
        (4, "nul", "␀"),
        (5, "card_open", "Last"),
    ]
    assert all(str(row) for row in bad) and tables.flag_texts(rows[0].flags)


def test_an_assistant_within_a_card_is_no_customer(tmp_path):
    inner = card("FN:Assistant", "TEL:9", version="2.1")
    (row,) = of(tmp_path, card("FN:Boss", "AGENT:\r\n" + inner.strip(), "TEL:1", version="2.1"))
    assert (row["Full name"], row["Phone"]) == ("Boss", "1")


def test_xml_cards(tmp_path):
    xml = """<?xml version="1.0" encoding="UTF-8"?><vcards xmlns="urn:ietf:params:xml:ns:vcard-4.0">
    <vcard><fn><text>王小明</text></fn><n><surname>王</surname><given>小明</given></n>
    <tel><parameters><type><text>work</text></type></parameters><uri>tel:+86-10-62345678</uri></tel>
    <tel><parameters><type><text>cell</text></type></parameters><uri>tel:+8613812345678</uri></tel>
    <email><text>a@qq.com</text></email><org><text>A; B</text></org>
    <categories><text>x</text><text>y</text></categories>
    <photo><uri>data:image/png;base64,AAAA</uri></photo></vcard><vcard><note><text>-</text></note></vcard></vcards>"""
    _, rows, bad = read(write(tmp_path, xml, "contacts.xml"))
    found = dict(zip(vcards.HEADER, rows[0].cells, strict=True))
    assert (found["Full name"], found["Phone"], found["Phone 2"]) == ("王小明", "+8613812345678", "+86-10-62345678")
    assert (found["Company"], found["Categories"], found["E-mail"]) == ("A; B", "x, y", "a@qq.com")
    assert [(row.number, row.code) for row in bad] == [(2, "card_empty")]


def test_encodings_and_packing(tmp_path):
    text = card("FN:王小明", "TEL:13812345678")
    for content in (text.encode("utf-8-sig"), text.encode("utf-16"), gzip.compress(text.encode())):
        assert of(tmp_path, content)[0]["Full name"] == "王小明"
    gbk = write(tmp_path, (text * 30).encode("gbk"), "gbk.vcf")
    assert "encoding" in questions(tables.profile(gbk, filename="gbk.vcf"))
    profile, rows, bad = read(gbk, encoding="GB18030")
    assert (profile.questions, bad, rows[0].cells[1]) == ([], [], "王小明")


def test_the_name_of_the_file_does_not_matter_but_its_beginning(tmp_path):
    assert of(tmp_path, "\r\n" + card("FN:A"), name="contacts.txt")[0]["Full name"] == "A"
    assert of(tmp_path, "exported today\r\n" + card("FN:A"))[0]["Full name"] == "A"
    assert tables.profile(write(tmp_path, "name,phone\nA,1\n", "b.vcf"), filename="b.vcf").kind == "csv"


def test_hostile_files_are_bounded(tmp_path, monkeypatch):
    begun = time.perf_counter()
    assert refused(write(tmp_path, "BEGIN:VCARD\r\nNOTE:" + "x" * 9_000_000, "long.vcf")).code == "line_too_long"
    folded = "BEGIN:VCARD\r\nFN:A\r\nNOTE:x\r\n" + " xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n" * 100_000 + "END:VCARD\r\n"
    assert of(tmp_path, folded)[0]["Full name"] == "A"
    many = "BEGIN:VCARD\r\nFN:A\r\n" + "TEL:13812345678\r\n" * 100_000 + "END:VCARD\r\n" + card("FN:B")
    _, rows, bad = read(write(tmp_path, many, "many.vcf"))
    assert [row.cells[1] for row in rows] == ["B"] and [row.code for row in bad] == ["card_long"]
    assert read(write(tmp_path, "BEGIN:VCARD\r\n" * 50_000, "begins.vcf"))[1] == []
    quoted = "BEGIN:VCARD\r\nFN;" + 'X="' * 30_000 + ":A\r\nEND:VCARD\r\n"
    assert of(tmp_path, quoted)[0]["Full name"] == "A"
    bomb = '<!DOCTYPE v [<!ENTITY a "aaaa">]><vcards xmlns="urn:ietf:params:xml:ns:vcard-4.0"><vcard/></vcards>'
    assert refused(write(tmp_path, bomb, "bomb.xml")).code == "dtd"
    monkeypatch.setattr("crm.lib.tables.cards.MAX_CARDS", 3)
    assert refused(write(tmp_path, card("FN:A") * 4, "many.vcf")).code == "too_many_cards"
    assert time.perf_counter() - begun < 20


PIECES = [
    "BEGIN:VCARD", "END:VCARD", "FN:A", "TEL;TYPE=CELL:1", "\r\n", "\n", " ", ":", ";", "=", '"', "\\n", "N:a;b\\;c",
    "AGENT:", "PHOTO;ENCODING=b:AA", "NOTE;ENCODING=QUOTED-PRINTABLE:=E7=", "item1.", "CHARSET=", "\0", "\udc80",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_nothing_crashes(content):
    for card in vcards.cards(content.splitlines(keepends=True), "UTF-8"):
        row = vcards.cells(card)
        assert len(row) == len(vcards.HEADER) and row[0] and all(isinstance(cell, str) for cell in row)


def test_samples_of_phones_and_programs():
    """Exports of Android, Apple, BlackBerry, Evolution, Gmail, Outlook and the examples of the RFCs."""
    read_cards, expected = {}, ("John Doe", "Mr. John Richter, James Doe Sr.", "VCard Test", "Simon Perreault")
    for path in sorted(shared("imports/vcard_samples").glob("*.[vx]*")):
        profile, rows, bad = read(path)
        assert (profile.kind, profile.questions, bad) == ("vcard", [], []), path.name
        read_cards[path.name] = [row.cells[1] for row in rows]
        assert all(row.cells[2] and row.cells[3] and (row.cells[4] or row.cells[6]) for row in rows), path.name
    print(f"\nvCard samples: {len(read_cards)} files, {sum(map(len, read_cards.values()))} cards, 0 rejected")
    assert set(expected) <= {name for names in read_cards.values() for name in names}
