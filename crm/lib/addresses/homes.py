"""Street, building, unit and room in what an address says below its district."""

import re
from dataclasses import dataclass

NUMBER = "(?:[A-Za-z]{0,2}[0-9]{1,4}[A-Za-z]?|[一二三四五六七八九十]{1,3})"
ROOM = "[A-Za-z]?[0-9]{1,5}[A-Za-z]?"
# 25栋4单元3104室, 25幢3104, 25号楼 3104室, A座3单元8楼802, 25栋4-3104, 25幢4号3104
NAMED = re.compile(
    rf"(?P<building>{NUMBER}|[A-Za-z东西南北])\s*(?:号楼|号院|栋楼?|幢楼?|座|#楼?)\s*"
    rf"(?:(?P<unit>{NUMBER})\s*(?:单元|门(?!口)|梯|[号\-]\s?(?={ROOM}))\s*)?(?:{NUMBER}\s*[层楼Ff]\s*)?"
    rf"(?:(?P<room>{ROOM})\s*(?:号房|房间|[室房号户])?)?(?![0-9A-Za-z])"
)
# 25-4-3104, 25-3104室, and with the building's mark: 5号-2-301
DASHED = re.compile(
    rf"(?<![0-9A-Za-z\-])(?P<building>[A-Za-z]?[0-9]{{1,3}}[A-Za-z]?)(?:号楼?|栋|幢|座)?\s?[\-–—]\s?"
    rf"(?:(?P<unit>[0-9]{{1,2}})(?:单元)?\s?[\-–—]\s?)?(?P<room>{ROOM})[室房]?(?![0-9A-Za-z\-号楼])"
)
# 2号2304室, as in Shanghai, and 14号10单元740室
NUMBERED = re.compile(
    rf"(?P<building>[0-9]{{1,4}}[A-Za-z]?)号\s*(?:(?P<unit>{NUMBER})\s*(?:单元|门(?!口)|梯)\s*)?"
    rf"(?P<room>[A-Za-z]?[0-9]{{3,5}}[A-Za-z]?)[室房]?(?![0-9A-Za-z\-号])"
)
ROOM_ALONE = re.compile(rf"(?P<room>{ROOM})\s*(?:室|号房|房间)")
STREET = re.compile(
    r"(?:[^0-9]{0,30}?(?:路|街(?!道)|大道|公路|胡同|[巷弄])(?:[东西南北中][段侧]?)?"
    r"(?:[0-9]{1,5}(?:-[0-9]{1,4})?(?:号(?!楼|院)|弄|巷)(?:之[0-9一二三四五六七八九十]+)?)?)"
)
DIGITS = {figure: n for n, figure in enumerate("零一二三四五六七八九")}
EDGES = " ,，、。.;；:：|/\\_-—·"


@dataclass(frozen=True, slots=True)
class Home:
    street: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    rest: str = ""


def read(plain: str, shown: str) -> Home:
    """The parts of `plain`, in the characters of `shown`, which says the same character by character.

    `rest` is the estate's or house's name and whatever else there is.
    """
    begin = len(plain) - len(plain.lstrip(EDGES))
    street = STREET.match(plain, begin)
    after = street.end() if street else begin
    patterns = (NAMED, DASHED, NUMBERED, ROOM_ALONE)
    found = next((found for pattern in patterns if (found := pattern.search(plain, after))), None)
    parts = found.groupdict() if found else {}
    before, behind = (found.start(), found.end()) if found else (len(plain), len(plain))
    rest = (shown[after:before].strip(EDGES), shown[behind:].strip(EDGES))
    return Home(
        shown[begin:after].strip(EDGES),
        number(parts.get("building")),
        number(parts.get("unit")),
        number(parts.get("room")),
        " ".join(filter(None, rest)),
    )


def number(written: str | None) -> str:
    """12 of 12, 012 and 十二; letters are capital."""
    if not written:
        return ""
    if written[0] in DIGITS or written[0] == "十":
        return chinese(written)
    return written.upper().lstrip("0") or "0"


def chinese(written: str) -> str:
    if "十" not in written:
        return "".join(str(DIGITS[figure]) for figure in written)
    tens, _, ones = written.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return written
    return str(10 * DIGITS.get(tens, 1) + DIGITS.get(ones, 0))
