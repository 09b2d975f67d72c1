"""The administrative divisions of China, and which of them a text begins with.

A name is looked for only where it can stand: a city below its province, a district below its city. Alone it
counts where it is the only one of its name in the country. Names without their rank (杭州, 义乌, 延边) count
unless they begin something else (南京路, 杭州师范大学), and names that are gone lead to what took their place.
"""

import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from crm.lib.text import SIMPLIFIED

HERE = Path(__file__).parent
MUNICIPALITIES = ("11", "12", "31", "50")
COUNTRY, PROVINCE, CITY, DISTRICT = range(4)

RANK = re.compile("特别行政区$|自治[区州县旗]$|地区$|林区$|特区$|新区$|[省市区县盟旗]$")
PEOPLES = re.compile(
    "(?:各族|(?:壮|回|苗|维吾尔|蒙古|藏|布依|朝鲜|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土"
    "|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|塔吉克|怒|鄂温克|保安|裕固|独龙|普米|满|彝|蒙)族|维吾尔|哈萨克|蒙古|柯尔克孜"
    "|塔吉克|锡伯)+$"
)
ZONE = re.compile("开发区$|示范区$|管理区$|园区$|[^区]新区$|管委会$|产业园$|度假区$|保税区$|名胜区$")
ZONE_ALIASES = {
    "经济技术开发区": ("经开区", "经济开发区", "开发区"),
    "经济开发区": ("经开区", "开发区"),
    "高新技术产业开发区": ("高新区", "高新技术开发区", "高新开发区"),
}
# What a place's name without its rank may begin that is not the place.
SOMETHING_ELSE = re.compile(
    "[东西南北中]?[一二三四五六七八九十0-9]{0,4}[东西南北中]?大?(?:[街道路巷弄里村镇乡]|胡同)|新[村街路]|小[区学]|花[园苑]|新[城苑]"
    "|大[厦楼学]|广场|公[寓馆园司]|酒店|饭店|宾馆|银行|学[院校]|[中小]学|医院|有限|集团|商[场贸]|职业|师范|理工|科技|机场"
    "|名[苑城都]|家[园苑]|雅[苑居]|[湾府苑园店楼桥门站]|县(?![城前府学后东西南北])"
)
BETWEEN = re.compile(
    r"(?:[\s,，、。.;；:：|/\\_\-—·>]|市辖区|(?:省|自治区)直辖县级行政(?:区划|单位)|(?<=市)县(?![城道政委])|null)+"
)
THE_COUNTRY = re.compile("中华人民共和国|中国")
WITHIN = 60  # characters in which an address may begin after something else
# County cities whose name without 市 is an everyday word.
EVERYDAY = frozenset(
    "东方 新星 双河 白杨 昆玉 北屯 长安 和平 新民 平安 新建 高明 中山 安宁 永安 兴平 集安 同江".split()
)


@dataclass(eq=False)
class Division:
    """`code` has 2, 4 or 6 digits. `names` are those of what lies within it, by their first two characters.

    They are kept as `parse` reads: character by character simplified, so that 乾安县 is found under 干安县.
    """

    code: str
    name: str
    parent: "Division | None" = None
    names: dict[str, list["Name"]] = field(default_factory=dict, repr=False)

    @property
    def level(self) -> int:
        return len(self.code) // 2

    @property
    def adcode(self) -> str:
        return self.code.ljust(6, "0")

    @cached_property
    def path(self) -> tuple[str, str, str]:
        """The official names of province, city and district, "" where there is none.

        A municipality is its own city; the rank that only books know (省直辖县级行政区划) is left out.
        """
        if not self.parent:
            return "", "", ""
        province, city, _ = self.parent.path
        if self.level == PROVINCE:
            return self.name, self.name if self.code in MUNICIPALITIES else "", ""
        return (province, self.name, "") if self.level == CITY else (province, city, self.name)

    def add(self, text: str, division: "Division", *, whole: bool) -> None:
        text = text.translate(SIMPLIFIED)
        known = self.names.setdefault(text[:2], [])
        for name in known:
            if name.text == text and name.whole == whole:
                if division not in name.divisions:
                    name.divisions.append(division)
                return
        known.append(Name(text, [division], whole))

    def sort(self) -> None:
        """The longest names first, as they are tried."""
        for known in self.names.values():
            known.sort(key=lambda name: (-len(name.text), not name.whole))


@dataclass(eq=False)
class Name:
    """`whole` names have their rank: 杭州市 has, 杭州 has not."""

    text: str
    divisions: list[Division]
    whole: bool


@dataclass
class Place:
    """What a text begins with: the deepest division that is certain, and a district's name that several bear."""

    division: Division | None
    ambiguous: str
    end: int


def stem(name: str) -> str:
    """The name without its rank and its peoples: 延边朝鲜族自治州 is 延边."""
    bare = RANK.sub("", name)
    without_peoples = PEOPLES.sub("", bare) if "自治" in name else bare
    return without_peoples if len(without_peoples) > 1 else bare


@cache
def country() -> Division:
    """All divisions, read once. What is 市辖区 in the books has no name here and hands on what is in it."""
    root = Division("", "")
    known = {"": root}
    for line in (HERE / "divisions.tsv").read_text("utf-8").splitlines():
        code, name = line.split("\t")
        parent = known[code[: len(code) - 2]]
        if name == parent.name:  # a city without districts is listed as its own
            continue
        if name in ("市辖区", "县") or "直辖县级" in name:
            name = parent.name if code[:2] in MUNICIPALITIES else ""
        known[code] = Division(code, name, parent)
    named = [division for division in known.values() if division.name and not is_double(division)]
    for division in named:
        for text in {division.name, *other_whole_names(division)}:
            enter(division, text, whole=True)
    former = [line.split("\t") for line in (HERE / "former.tsv").read_text("utf-8").splitlines()]
    for text, code in former:
        enter(known[code], text, whole=True)
    enter_counties(root, named)
    enter_short_names(root, named, {text: known[code] for text, code in former})
    for division in known.values():
        division.sort()
    return root


def is_double(division: Division) -> bool:
    return division.level == CITY and division.code[:2] in MUNICIPALITIES


def enter(division: Division, text: str, *, whole: bool) -> None:
    """Make the name known in each division above; 东区 and 城区 only in their city."""
    above = division.parent
    while above:
        if len(text) > 2 or above.level == CITY or text[-1] != "区":
            above.add(text, division, whole=whole)
        above = above.parent


def enter_counties(root: Division, named: list[Division]) -> None:
    """Most county cities were counties, and old addresses say so: 永康县 is 永康市 where there is no such county."""
    for division in named:
        text = f"{stem(division.name)}县".translate(SIMPLIFIED)
        if (
            division.level == DISTRICT
            and division.name.endswith("市")
            and not begins_whole(text.translate(SIMPLIFIED), 0, root)
        ):
            enter(division, text, whole=True)


def other_whole_names(division: Division) -> list[str]:
    name, short = division.name, stem(division.name)
    if "自治" in name and len(short) > 1:
        rank = {"自治区": "省", "自治州": "州", "自治县": "县", "自治旗": "旗"}[name[-3:]]
        return [short + rank, short + name[-3:]]
    if name.endswith("特别行政区"):
        return [short + "特区", short + "市"]
    return []


def enter_short_names(root: Division, named: list[Division], former: dict[str, Division]) -> None:
    """Names without rank: provinces, cities and county cities everywhere, counties in their province.

    District names (和平, 新城) are everybody's: without 区 they count in their city, or where they were a
    city's before (奉化市 is 奉化区).
    """
    once_cities = {stem(text): division for text, division in former.items() if text.endswith("市")}
    bearers: dict[str, list[Division]] = {}
    for division in named:
        short = stem(division.name)
        if division.level == DISTRICT and ZONE.search(division.name) and short != "浦东":
            enter_zone(division)
        elif len(short) > 1:
            bearers.setdefault(short, []).append(division)
    bearers["内蒙"] = bearers["内蒙古"]
    for short, divisions in bearers.items():
        for division in divisions:
            above = division.parent
            while above:
                within = [other for other in divisions if other.code.startswith(above.code) and counts(other, division)]
                if above.level == CITY or may_be_short(division, short, within, above, once_cities):
                    above.add(short, division, whole=False)
                above = above.parent


def counts(other: Division, division: Division) -> bool:
    """西安 is the city, though other cities have a 西安区; 朝阳 is first of all a district of Beijing."""
    return division.level == DISTRICT or not other.name.endswith("区") or other.name == "朝阳区"


def may_be_short(
    division: Division, short: str, within: list[Division], above: Division, once_cities: dict[str, Division]
) -> bool:
    """Whether in `above` the short name means this one of those `within` that bear it."""
    if division.level == PROVINCE:
        return True
    if division.level == DISTRICT:
        is_city = division.name.endswith("市") or once_cities.get(short) is division
        if above.level == COUNTRY and (not is_city or short in EVERYDAY):
            return False
        if division.name.endswith("区") and not is_city:
            return False
    return all(other.code.startswith(division.code) for other in within)


def enter_zone(division: Division) -> None:
    """A development zone is written in its city without the city's name, and often short."""
    city = division.parent
    name = division.name
    for begin in (city.parent.name, stem(city.parent.name), city.name, stem(city.name)):
        name = name.removeprefix(begin) if begin else name
    for text in (name, *ZONE_ALIASES.get(name, ())):
        if len(text) > 2 and all(known.text != text for known in city.names.get(text[:2], ())):
            city.add(text, division, whole=True)


def begins(text: str, at: int, within: Division) -> Name | None:
    """The longest name of something in `within` that stands at `at`."""
    for name in within.names.get(text[at : at + 2], ()):
        if text.startswith(name.text, at):
            end = at + len(name.text)
            if name.whole:
                if not (text.startswith("场", end) and name.text[-1] == "市"):
                    return name
            elif not SOMETHING_ELSE.match(text, end) or begins_whole(text, end, name.divisions[0]):
                return name
    return None


def begins_whole(text: str, at: int, within: Division) -> Name | None:
    for name in within.names.get(text[at : at + 2], ()):
        if name.whole and text.startswith(name.text, at):
            return name
    return None


def locate(text: str) -> Place:
    """Which division the text begins with; a name said twice is passed over.

    Shops put the region a customer clicked before the address they typed: where a second address begins right
    behind the first, it is the one. Where the text begins with something else (a village, a note), a province
    or city written with its rank is looked for behind it.
    """
    root = country()
    place = descend(text, THE_COUNTRY.match(text).end() if THE_COUNTRY.match(text) else 0, root)
    if not place.division and not place.ambiguous:
        at = later(text, root)
        return descend(text, at, root) if at else place
    again = THE_COUNTRY.match(text, place.end)
    at = again.end() if again else place.end
    name = begins_whole(text, at, root)
    if name and name.divisions[0].level == PROVINCE and place.division:
        second = descend(text, at, root)
        if second.division.level >= place.division.level or second.division.code[:2] != place.division.code[:2]:
            return second
    return place


def later(text: str, root: Division) -> int:
    for at in range(1, min(len(text), WITHIN)):
        name = begins_whole(text, at, root) if text[at : at + 2] in root.names else None
        if name and len(name.divisions) == 1 and name.divisions[0].level < DISTRICT:
            return at
    return 0


def descend(text: str, at: int, root: Division) -> Place:
    here = root
    while True:
        if found := BETWEEN.match(text, at):
            at = found.end()
        name = begins(text, at, here)
        if name and len(name.divisions) == 1:
            here = name.divisions[0]
        elif name:
            return Place(here if here is not root else None, name.text, at + len(name.text))
        else:
            name = begins(text, at, root) if here is not root else None
            if not name or not any(here.code.startswith(division.code) for division in name.divisions):
                return Place(here if here is not root else None, "", at)
        at += len(name.text)
        if name.text[-1] == "市" and begins_whole(text, at - 1, here) and not begins(text, at, here):
            at -= 1  # 青岛市南区 has 青岛 and 市南区
