"""Names, streets and postcodes that are written in letters, made plain for comparing. Strings in, strings out."""

import re
from typing import NamedTuple

from crm.lib import names, surnames, text
from crm.lib.names import PersonName

SCRIPTS = frozenset(("latin", "cyrillic", "other"))
NOT_LETTER = re.compile(r"[\W\d_]+")
# Ranks that stand beside a name or where one should be: Sir Baronet, 1st Bt., John Smith, 3rd Earl of Leicester.
RANKS = names.BEFORE | frozenset(
    """
    sir dame lord lady baron baroness baronet bart bt earl count countess viscount viscountess marquess marquis duke
    duchess prince princess reverend captain capt major colonel general admiral saint esq esquire
    """.split()
)
ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
HEAD_OF_GIVEN, HEAD_OF_FAMILY = 3, 4


def is_western(parsed: PersonName) -> bool:
    """Whether the name is written in letters and is none of China's: Wang Xiaoming is compared with 王小明."""
    if parsed.script not in SCRIPTS or parsed.masked:
        return False
    spoken = text.name_key(f"{parsed.family} {parsed.given}").split()
    is_chinese = parsed.family.casefold() in surnames.PINYIN_RANKS and all(map(names.SYLLABLES.fullmatch, spoken))
    return not is_chinese


class Words(NamedTuple):
    """The given and the family name without marks, ranks and accents."""

    given: str
    family: str


def words(parsed: PersonName) -> Words:
    return Words(_plain(parsed.given), _plain(parsed.family))


def without_rank(name: str) -> str:
    """John Smith of John Smith, 3rd Earl of Leicester."""
    before, comma, behind = name.partition(",")
    return before if comma and any(map(_is_rank, behind.casefold().split())) else name


def _plain(part: str) -> str:
    spoken = text.without_accents(text.name_key(part)).replace("'", "").replace("’", "")
    return " ".join(word for each in spoken.split() if not _is_rank(each) for word in NOT_LETTER.split(each) if word)


def _is_rank(word: str) -> bool:
    bare = word.strip(".,")
    return bare in RANKS or bool(ORDINAL.fullmatch(bare))


def street(line: str) -> str:
    """The letters of an address: what stays where the number is missing or wrong."""
    return "" if re.search(f"[{text.HAN}]", line) else NOT_LETTER.sub("", text.without_accents(line))


def area(postcode: str) -> str:
    """The part of a postcode that means a district: ne12 of ne12 9sq, 48 of 4818, 3100 of 310012."""
    first, space, _last = postcode.partition(" ")
    if space:
        return first
    return postcode[:-3] if not postcode.isdigit() and len(postcode) > 4 else postcode[:-2]
