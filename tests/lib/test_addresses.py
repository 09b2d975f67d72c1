import csv
import gzip
import random
import time
from collections import Counter, defaultdict
from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib import addresses
from crm.lib.addresses import Address, divisions, parse, standard
from crm.lib.text import SIMPLIFIED

from .samples import shared


def division(raw: str) -> tuple[str, str, str, str]:
    return astuple(parse(raw))[:4]


@pytest.mark.parametrize(
    ("raw", "province", "city", "district", "code"),
    [
        ("浙江省杭州市余杭区五常街道文一西路969号", "浙江省", "杭州市", "余杭区", "330110"),
        ("浙江杭州余杭区文一西路969号", "浙江省", "杭州市", "余杭区", "330110"),
        ("浙江省 - 杭州市 / 余杭区", "浙江省", "杭州市", "余杭区", "330110"),
        ("浙江省余姚市马渚镇", "浙江省", "宁波市", "余姚市", "330281"),
        ("金华 义乌江南四小区133", "浙江省", "金华市", "义乌市", "330782"),
        ("义乌青口镇下湾一区", "浙江省", "金华市", "义乌市", "330782"),
        ("奉化东郊开发区云峰路119号", "浙江省", "宁波市", "奉化区", "330213"),
        ("北京市朝阳区建国路88号", "北京市", "北京市", "朝阳区", "110105"),
        ("北京朝阳区建国路88号", "北京市", "北京市", "朝阳区", "110105"),
        ("北京市市辖区朝阳区建国路88号", "北京市", "北京市", "朝阳区", "110105"),
        ("重庆市县忠县石子乡", "重庆市", "重庆市", "忠县", "500233"),
        ("上海市浦东新区世纪大道100号", "上海市", "上海市", "浦东新区", "310115"),
        ("湖北省仙桃市沙嘴街道", "湖北省", "", "仙桃市", "429004"),
        ("海南省琼海市嘉积镇", "海南省", "", "琼海市", "469002"),
        ("新疆石河子市北三路", "新疆维吾尔自治区", "", "石河子市", "659001"),
        ("广东省东莞市虎门镇", "广东省", "东莞市", "", "441900"),
        ("内蒙古呼和浩特市赛罕区", "内蒙古自治区", "呼和浩特市", "赛罕区", "150105"),
        ("云南大理州大理市", "云南省", "大理白族自治州", "大理市", "532901"),
        ("吉林省延边朝鲜族自治州和龙市", "吉林省", "延边朝鲜族自治州", "和龙市", "222406"),
        ("吉林吉林市昌邑区", "吉林省", "吉林市", "昌邑区", "220202"),
        ("景宁县红星街道", "浙江省", "丽水市", "景宁畲族自治县", "331127"),
        ("香港特别行政区中环", "香港特别行政区", "", "", "810000"),
        ("中国广东省广州市天河区", "广东省", "广州市", "天河区", "440106"),
        ("河南省鄭州市中原區和平路387號", "河南省", "郑州市", "中原区", "410102"),
        ("安徽省合肥市高新区望江西路", "安徽省", "合肥市", "合肥高新技术产业开发区", "340176"),
        ("青岛市南区翠湖华庭5栋3单元2401", "山东省", "青岛市", "市南区", "370202"),
        ("青岛市市南区翠湖华庭5栋3单元2401", "山东省", "青岛市", "市南区", "370202"),
    ],
)
def test_divisions_are_found_under_their_official_names(raw, province, city, district, code):
    assert division(raw) == (province, city, district, code)


@pytest.mark.parametrize(
    ("raw", "district", "code"),
    [
        ("浙江省杭州市下城区", "拱墅区", "330105"),
        ("玉环县坎门", "玉环市", "331083"),
        ("金华永康县丽州北路102弄", "永康市", "330784"),
        ("贵州省遵义县南白镇", "播州区", "520304"),
        ("宁波市江东区", "鄞州区", "330212"),
    ],
)
def test_a_name_that_is_gone_leads_to_what_took_its_place(raw, district, code):
    assert (parse(raw).district, parse(raw).code) == (district, code)


def test_every_division_is_found_by_its_path():
    """All 3,300, each after its province and city; and those whose name is alone in the country, by it alone."""
    waiting, found, alone = [divisions.country()], {}, 0
    while waiting:
        for names in waiting.pop().names.values():
            for name in names:
                for one in name.divisions:
                    if one.code not in found:
                        found[one.code] = one
                        waiting.append(one)
    for one in found.values():
        province, city, district = one.path
        path = "".join((province, "" if city == province else city, district))
        assert parse(path + "人民路1号").code == one.adcode, path
        name = one.name.translate(SIMPLIFIED)
        bearer = divisions.begins_whole(name, 0, divisions.country())
        if bearer and bearer.text == name and bearer.divisions == [one]:
            assert parse(one.name + "人民路1号").code == one.adcode, one.name
            alone += 1
    assert len(found) > 3_300 and alone > 2_500


def test_a_district_of_several_cities_gives_no_city():
    assert division("鼓楼区中山路1号") == ("", "", "鼓楼区", "")
    assert division("江苏省鼓楼区中山路1号") == ("江苏省", "", "鼓楼区", "320000")
    assert division("南京市鼓楼区中山路1号") == ("江苏省", "南京市", "鼓楼区", "320106")
    assert division("朝阳建国路88号") == ("", "", "", "")


@pytest.mark.parametrize("raw", ["南京路100号", "北京东路5号", "杭州师范大学", "宁波银行", "海南大道", "东方花园3栋"])
def test_a_place_in_the_name_of_something_else_is_not_a_division(raw):
    assert division(raw) == ("", "", "", "")


def test_the_address_is_found_behind_a_village_or_another_region():
    assert parse("陆家镇江苏省苏州市昆山市陆家镇东景苑12号楼").district == "昆山市"
    assert parse("四川省达州市宣汉县中国浙江省嘉兴市秀洲区龙源路827").district == "秀洲区"
    assert parse("浙江省温州市null浙江省温州市瓯海区潘桥镇").district == "瓯海区"


@pytest.mark.parametrize(
    "raw",
    [
        "湖滨路623号银杏花园25-4-3104",
        "湖滨路623号银杏花园25栋4单元3104室",
        "江苏省南京市江宁区湖滨路623号银杏花园25号楼4单元3104",
        "南京江宁区银杏花园25幢3104室",
        "湖滨路６２３号银杏花园２５-４-３１０４",
        "湖濱路623號銀杏花園25號樓4單元3104室",
        "湖滨路623号 银杏花园 25栋 4单元 3104室",
        "湖滨路623号银杏花园二十五栋四单元3104室",
    ],
)
def test_all_ways_to_write_a_home_have_one_key(raw):
    assert parse(raw).key == "银杏花园|25|3104"


def test_parts_of_a_home():
    assert parse("四川省成都市锦江区世纪西路191号星河华庭35-3-2402") == Address(
        "四川省", "成都市", "锦江区", "510104", "世纪西路191号", "35", "3", "2402", "星河华庭"
    )
    assert parse("文一西路969号3幢5楼501").key == "文一西路969号|3|501"
    assert parse("上海市普陀区古浪路375弄2号2304室").key == "古浪路375弄|2|2304"
    assert parse("古荡新村西109栋5-1110").key == parse("古荡新村西109-5-1110").key == "古荡新村西|109|1110"
    assert parse("东和路39-5号").key == ""


def test_parts_keep_the_characters_and_keys_do_not():
    found, plain = parse("臺北路3號乾隆花園25號樓4單元3104室"), parse("台北路3号乾隆花园25号楼4单元3104室")
    assert (found.street, found.rest, plain.rest) == ("臺北路3號", "乾隆花園", "乾隆花园")
    assert found.key == plain.key


@pytest.mark.parametrize("raw", ["银杏花园", "湖滨路623号", "银杏花园3104室", "银杏花园25栋", ""])
def test_without_building_and_room_there_is_no_key(raw):
    assert parse(raw).key == ""


def test_latin_addresses_pass_through():
    assert parse("1600 Pennsylvania Ave NW,  Washington") == Address(rest="1600 Pennsylvania Ave NW, Washington")
    assert standard("１２ Rue de  la Paix") == "12 Rue de la Paix"


def test_the_shown_form_keeps_the_characters_and_loses_the_spaces_in_between():
    assert standard("　浙江省 杭州市　余杭區 文一西路 ９６９號\u200b") == "浙江省杭州市余杭區文一西路969號"


PIECES = [
    "浙江省",
    "杭州",
    "鼓楼区",
    "开发区",
    "路",
    "25-4-301",
    "号楼",
    "单元",
    "室",
    "中国",
    "null",
    "县",
    "1",
    "A座",
    " ",
    "-",
]


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=600) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_nothing_crashes_and_standard_forms_stay(raw):
    assert standard(standard(raw)) == standard(raw)
    found = parse(raw)
    assert parse(standard(raw[: addresses.LONGEST])) == found
    names = (found.province, "" if found.city == found.province else found.city, found.district)
    assert division("".join(names)) == astuple(found)[:4]


def homes() -> list[dict]:
    with gzip.open(shared("linkage/cn_retail/customers.csv.gz"), "rt", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["address"]]


def test_invented_customers_have_keys_that_meet_within_their_households():
    rows = homes()
    with gzip.open(shared("linkage/cn_retail/truth.csv.gz"), "rt", encoding="utf-8") as file:
        household = {row["record_id"]: row["household_id"] for row in csv.DictReader(file)}
    begun = time.perf_counter()
    found = [parse(row["address"]) for row in rows]
    each = (time.perf_counter() - begun) / len(rows)
    assert all(address.key for address in found)
    assert all(parse(str(address)) == address for address in found[::7])
    estates = defaultdict(set)
    for row, address in zip(rows, found, strict=True):
        estate, building, room = address.key.split("|")
        estates[household[row["record_id"]], building, room].add(estate)
    split = sum(len(names) > 1 for names in estates.values())
    print(f"\naddresses: {len(rows):,} at {each * 1e6:.1f} µs; homes {len(estates):,}, with two keys {split}")
    assert split <= len(estates) / 1000
    assert each < 200e-6


def labelled(path: str):
    """(text, {label: [texts]}) of a file with one character and its BIO label a line."""
    content = shared(f"zh_text/address_parsing/{path}").read_bytes()
    lines = (gzip.decompress(content) if path.endswith("gz") else content).decode()
    for block in lines.split("\n\n"):
        text, labels = "", []
        for line in filter(None, block.split("\n")):
            character, _, tag = line.rpartition(" ")
            begin, _, label = tag.partition("-")
            text += character
            if begin in ("B", "S") or not labels or labels[-1][0] != label:
                labels.append([label, ""])
            labels[-1][1] += character
        if text:
            yield text, labels


def bearers() -> dict[str, set[str]]:
    """Every name, short or long, that a division has anywhere, and the official names it stands for."""
    found = defaultdict(set)
    waiting = [divisions.country()]
    seen = set()
    while waiting:
        above = waiting.pop()
        for names in above.names.values():
            for name in names:
                for division in name.divisions:
                    found[name.text].add(division.name)
                    if division not in seen:
                        seen.add(division)
                        waiting.append(division)
    return found


@pytest.mark.parametrize("path", ["dev.txt", "train.txt.gz"])
def test_labelled_addresses_agree(path):
    """Agreement: the last text labelled so is a name of the division of 2023 that we found, at that rank.

    A county city may be labelled as a city. Where the label has none and we find one it is false, unless it
    follows from a labelled place below it. Labels that name no division of 2023 are counted apart.
    """
    names, seen = bearers(), defaultdict(Counter)
    for text, labels in labelled(path):
        address = parse(text)
        ranks = {"prov": address.province, "city": address.city, "district": address.district}
        results = {}
        for rank, found in ranks.items():
            said = [part for label, part in labels if label == rank]
            below = any(label in ("prov", "city", "district", "devZone") for label, _ in labels)
            official = names.get(said[-1], set()) if said else set()
            if not said:
                results[rank] = "false" if found and (rank == "district" or not below) else "none"
            elif not official:
                results[rank] = "no division of 2023"
            elif found in official or (rank == "city" and address.district in official):
                results[rank] = "right"
            else:
                results[rank] = "wrong" if found else "missed"
            seen[rank][results[rank]] += 1
        seen["all"]["right" if not set(results.values()) & {"false", "wrong", "missed"} else "not"] += 1
    for rank, counts in seen.items():
        share = counts["right"] / (counts["right"] + counts["wrong"] + counts["missed"] + counts["not"])
        print(f"\naddresses {path} {rank}: {share:.2%} {dict(counts)}", end="")
        assert share >= 0.95, (rank, counts)


def test_mutations_of_real_addresses_do_not_crash():
    rng = random.Random(4)
    for row in rng.sample(homes(), 2_000):
        characters = list(row["address"])
        for _ in range(rng.randrange(1, 6)):
            place = rng.randrange(len(characters))
            characters[place : place + rng.randrange(3)] = rng.choice(["", " ", "号", "-", "\u200b", "9", "区", "ﬁ"])
            characters = characters or [""]
        mutated = "".join(characters)
        assert standard(standard(mutated)) == standard(mutated)
        assert len(parse(mutated).code) in (0, 6)


def test_long_input_is_cut_and_takes_no_time():
    begun = time.perf_counter()
    for text in ("路" * 100_000, "1-" * 50_000, "一" * 100_000, "浙江省杭州市" * 20_000, "A1栋" * 30_000):
        parse(text)
    assert time.perf_counter() - begun < 5
