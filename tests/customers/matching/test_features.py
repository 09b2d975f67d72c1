"""What is compared of a record, for every way that records are written badly."""

import pytest

from customers.matching import features
from customers.matching.features import Features


def read(**content: str) -> Features:
    return features.read(content, region="CN")


def same(column: str, one: dict, other: dict) -> bool:
    left, right = (getattr(read(**content), column) for content in (one, other))
    return bool(left) and left == right


@pytest.mark.parametrize("masked", ["王**", "王*", "王某某", "王*伟"])
def test_a_masked_name_shows_its_family_name_alone(masked):
    found = read(name=masked)
    assert (found.name, found.family, found.given) == ("", "王", "")
    assert found.length == str(len(masked))


@pytest.mark.parametrize(("called", "gender"), [("王女士", "f"), ("王先生", "m"), ("王阿姨", "f"), ("王总", "")])
def test_a_form_of_address_is_no_given_name_and_may_tell_the_gender(called, gender):
    found = read(name=called)
    assert (found.name, found.family, found.given, found.gender, found.length) == ("", "王", "", gender, "")


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        ("name", "欧阳静", "歐陽靜"),
        ("name", "王伟", " 王 伟 "),
        ("name", "José García", "JOSE GARCIA"),
        ("name", "Smith, John", "John Smith"),
        ("name", "Sir John Smith", "John Smith"),
        ("name", "John Smith, 3rd Earl of Leicester", "John Smith"),
        ("name", "O’Brien, Seán", "Sean O'Brien"),
        ("letters", "王小伟", "王伟小"),
        ("letters", "John Smith", "Smith John"),
        ("pinyin", "王伟", "王炜"),
        ("pinyin", "王小明", "Wang Xiaoming"),
        ("pinyin", "曾志伟", "Zeng Zhiwei"),
        ("given", "李芳敏", "芳敏"),
    ],
)
def test_ways_to_write_one_name_have_this_in_common(column, one, other):
    assert same(column, {"name": one}, {"name": other})


def test_pinyin_is_compared_with_hanzi_and_not_as_a_western_name():
    assert read(name="Wang Xiaoming").script == ""
    assert read(name="John Smith").script == "western"
    assert read(name="王小明").script == ""


def test_parts_of_a_western_name_may_come_in_their_own_columns():
    found = read(given_name="J.", family_name="O'Brien", name="Jim O'Brien")
    assert (found.name, found.given, found.family, found.given_head, found.family_head) == (
        "j obrien", "j", "obrien", "j", "obri",
    )  # fmt: skip


def test_one_part_of_a_western_name_is_no_whole_name():
    assert read(family_name="Bramwell")[1:4] == ("", "bramwell", "")
    assert read(given_name="Byrom")[1:4] == ("", "", "byrom")


@pytest.mark.parametrize("rank", ["Sir Baronet", "1st Bt.", "Lady"])
def test_a_rank_where_a_name_should_be_is_no_name(rank):
    assert read(name=rank)[1:4] == ("", "", "")


@pytest.mark.parametrize(
    "written", ["13912345670", "+86 139-1234-5670", "0086 13912345670", "１３９１２３４５６７０", "139 1234 5670"]
)
def test_ways_to_write_one_mobile_are_one(written):
    assert read(phone=written).phone == "+8613912345670"
    assert read(phone=written).phone_ends == "1395670"


@pytest.mark.parametrize("masked", ["139****5670", "139 **** 5670", "+86139xxxx5670"])
def test_a_masked_mobile_shows_its_ends_alone(masked):
    assert (read(phone=masked).phone, read(phone=masked).phone_ends) == ("", "1395670")


def test_a_second_phone_is_known_and_a_placeholder_is_none():
    found = read(phone="13800138000", phone_2="13912345670", phone_3="13612345671")
    assert (found.phone, found.phone_2) == ("+8613912345670", "+8613612345671")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1990-04-03", ("19900403", "19900304", "0403")),
        ("1990年4月3日", ("19900403", "19900304", "0403")),
        ("19900403", ("19900403", "19900304", "0403")),
        ("1990-04-23", ("19900423", "", "0423")),
        ("1990-04-04", ("19900404", "", "0404")),
        ("农历1990年八月十五", ("19901003", "19900310", "1003")),
        ("4月3日", ("", "", "0403")),
        ("1847-12-18", ("18471218", "", "1218")),
        ("1847-72-18", ("18477218", "", "7218")),
        ("1970-01-01", ("", "", "")),
        ("soon", ("", "", "")),
    ],
)
def test_birthdays(written, expected):
    found = read(birthday=written)
    assert (found.birthday, found.birth_swapped, found.birth_day) == expected


@pytest.mark.parametrize(
    "written",
    [
        "浙江省杭州市西湖区文三路9号翠苑小区12幢3单元402室", "杭州翠苑小区12号楼402",
        "翠苑小区 12-3-402", "翠苑小区十二栋402室",
    ],
)  # fmt: skip
def test_ways_to_write_one_home_are_one(written):
    assert read(address=written).home == "翠苑小区|12|402"
    assert read(address=written)[Features._fields.index("line")] == ""


def test_a_western_address_keeps_its_line_and_its_street():
    found = read(address="12 Kent Street", city="Towradgi", postcode="NE12 9SQ")
    assert (found.line, found.street, found.town, found.city) == ("12 kent street", "kentstreet", "towradgi", "")


@pytest.mark.parametrize(
    ("postcode", "area"), [("NE12 9SQ", "ne12"), ("NE129SQ", "ne12"), ("310012", "3100"), ("4818", "48"), ("", "")]
)
def test_area_of_a_postcode(postcode, area):
    assert read(postcode=postcode).area == area


@pytest.mark.parametrize(
    "name", ["", "*", "**", "·", "👨‍👩‍👧", "王\u200b伟", "1", "'; --", "𠮷田", "a" * 500, "،", "\u0301"]
)
def test_nothing_is_too_odd_to_be_read(name):
    for field in ("name", "phone", "email", "address", "birthday", "gender", "id_number", "postcode", "city", "title"):
        found = features.read({field: name}, region="CN")
        assert all(isinstance(value, (str, int)) for value in found)
