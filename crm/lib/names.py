"""Names of people taken apart: family and given name, form of address, hidden characters, script.

What a name shows of itself decides: its script, a comma, capitals, particles, well-known surnames of China,
Japan, Korea and Vietnam. Where nothing does, the family name is the last word of a Latin name and the first
characters of a Chinese one. Some names have no family name, and none is made up for them.
"""

import re
from dataclasses import dataclass

from crm.lib import surnames, text
from crm.lib.text import HAN, SIMPLIFIED


@dataclass(frozen=True, slots=True)
class PersonName:
    """`honorific` is 女士 or Dr., `suffix` Jr. or PhD. A `masked` name hides characters: 王**, 王某某, *明."""

    family: str = ""
    given: str = ""
    honorific: str = ""
    suffix: str = ""
    masked: bool = False
    script: str = ""  # "han", "kana", "hangul", "latin", "cyrillic" or "other"; "" where no letter is

    @property
    def key(self) -> str:
        """The whole name for comparing, however it is ordered; "" where a part is hidden or missing."""
        return "" if self.masked or not self.given else text.name_key(f"{self.family} {self.given}".strip())


LONGEST = 200
MASKS = "*＊×某"
SCRIPTS = (
    ("kana", re.compile("[\u3040-\u30fa\u30fc-\u30ff]")),
    ("hangul", re.compile("[\uac00-\ud7a3]")),
    ("han", re.compile(f"[{HAN}]")),
    ("cyrillic", re.compile("[\u0400-\u052f]")),
    ("latin", re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")),
    ("other", re.compile(r"[^\W\d_]")),
)
SPACED_DOT = re.compile(" ?[·•‧∙⋅・●．] ?")
EDGES = ' ,，、;；"“”'

TITLES = """
女士 先生 小姐 太太 夫人 同志 老师 教授 博士 医生 大夫 护士 律师 师傅 阿姨 叔叔 大哥 大姐 同学 经理
总经理 总监 总裁 主任 主管 店长 会长 院长 校长 局长 处长 科长 部长 董事长 老板 老板娘 老先生 老太太
妈妈 爸爸 奶奶 爷爷 様 さん 씨 님
"""
TITLE = re.compile(f"(?:{'|'.join(sorted(TITLES.split(), key=len, reverse=True))})$")
SHORT_TITLES = frozenset("总哥姐嫂叔姨董工导师女男")  # behind a surname and nothing else
FAMILIAR = frozenset("小老阿")  # before a surname and nothing else
NOT_PLAIN = re.compile(f"^[小老阿某]|某|[{''.join(SHORT_TITLES)}]$|{TITLE.pattern}|[々\uf900-\ufaff]")
SYLLABLES = re.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|van|ai|an|ao|ei|en|er|ia|ie|in|iu"
    r"|ou|ua|ue|ui|un|uo|ve|[aoeiuv])['-]?){1,3}"
)

BEFORE = frozenset(
    "mr mrs ms miss mx dr prof sir madam mme mlle herr frau ing dipl-ing rev sra sr srta datuk dato encik puan".split()
)
BURMESE = frozenset(("u", "daw"))  # who have no family name
BEHIND = frozenset("jr sr ii iii iv phd md esq mba cpa dds msc ma".split())
PARTICLES = frozenset(
    """
    van von der den de del della di da do dos das du la las los le el al bin binti binte ibn ben ter ten zu
    zum zur
    """.split()
)
PATRONYMIC = re.compile("(?:ович|евич|ьич|овна|евна|ична|інічна|івна|ұлы|қызы)$", re.IGNORECASE)
FAMILY_FIRST = frozenset(("HU", "VN", "KR", "KP", "JP", "CN", "TW", "MO"))


def standard(raw: str) -> str:
    """The name as it is shown: compatibility forms plain, nothing invisible, single spaces, none in hanzi.

    The characters stay those that the person uses. The form of a form is itself.
    """
    shown = text.clean(raw)
    while True:
        plain = SPACED_DOT.sub(dot, text.BETWEEN_HAN.sub("", shown)).strip(EDGES)
        if plain == shown:
            return shown
        shown = text.clean(plain)


def dot(found: re.Match) -> str:
    return "・" if found[0].strip() == "・" else "·"


def parse(raw: str, *, region: str | None = None) -> PersonName:
    """The parts of a person's name. Never raises.

    `region` is the country the name is from, where one knows it: it orders Latin names that do not say
    themselves which part is the family's (Nagy Anna in HU).
    """
    if len(raw) < 4 and text.ALL_HAN(raw) and not NOT_PLAIN.search(raw):
        n = text.surname_length(raw)
        return PersonName(raw[:n], raw[n:], script="han")
    spaced = text.clean(raw[:LONGEST]).strip(EDGES)
    written = standard(spaced)
    script = next((name for name, letters in SCRIPTS if letters.search(written)), "")
    if not script:
        return PersonName(given=written, masked=bool(written) and not written.strip(MASKS))
    if script in ("han", "kana", "hangul"):
        return eastern(spaced, written, script)
    return western(written.split(), script, region)


def eastern(spaced: str, written: str, script: str) -> PersonName:
    """A name of characters. A single space in it parts family from given name."""
    bare, honorific = without_title(written)
    if not bare:
        return PersonName(honorific=honorific, script=script)
    masked = any(mask in bare[1:] if mask == "某" else mask in bare for mask in MASKS)
    words = without_title(spaced)[0].split()
    if re.search("[·・]", bare) or (re.search("[A-Za-z]", bare) and len(words) != 2):
        return PersonName("", bare, honorific, "", masked, script)
    if len(words) == 2 and not masked:
        family, given = by_space(words)
    else:
        n = family_length(bare, script, honorific)
        family, given = bare[:n], bare[n:]
    if masked and not given.strip(MASKS):
        given = ""
    return PersonName(family, given, honorific, "", masked, script)


def by_space(words: list[str]) -> tuple[str, str]:
    """王 小明, 山田 太郎; and of 陈 Jack and Jack 陈 the hanzi are the family's."""
    first, second = words
    return (second, first) if first.isascii() and not second.isascii() else (first, second)


def without_title(written: str) -> tuple[str, str]:
    """王女士 → 王, 女士; 小王 → 王, 小; 王伟(先生) → 王伟, 先生."""
    name = re.sub(r" ?[(（]([^()（）]*)[)）]$", r"\1", written) if written.endswith((")", "）")) else written
    if title := TITLE.search(name):
        return name[: title.start()].strip(), title[0]
    plain = name.translate(SIMPLIFIED)
    if len(plain) in (2, 3) and plain[-1] in SHORT_TITLES and is_surname(plain[:-1]):
        return name[:-1], name[-1]
    if len(plain) in (2, 3) and plain[0] in FAMILIAR and is_surname(plain[1:]) and plain not in text.COMPOUND_SURNAMES:
        return name[1:], name[0]
    return written, ""


def is_surname(plain: str) -> bool:
    return plain in surnames.SURNAMES or plain in text.COMPOUND_SURNAMES


def family_length(bare: str, script: str, honorific: str) -> int:
    if script == "kana" or bare[0] in MASKS:
        return japanese_length(bare)
    if script == "hangul":
        letters = len(bare)
        return 0 if letters > 4 else 2 if bare[:2] in surnames.KOREAN_OF_TWO and letters > 2 else 1
    plain = bare.translate(SIMPLIFIED)
    if honorific and plain in text.COMPOUND_SURNAMES:
        return len(plain)
    if (len(bare) > 3 or "々" in bare) and (known := japanese_length(bare)):
        return known
    masks = len(bare) - len(bare.rstrip(MASKS))
    if masks and plain[: len(plain) - masks] in text.COMPOUND_SURNAMES:
        return len(plain) - masks
    return text.surname_length(bare) if len(bare) <= 6 else 0


def japanese_length(bare: str) -> int:
    plain = bare[:3].translate(SIMPLIFIED)
    return next((n for n in (3, 2) if plain[:n] in surnames.JAPANESE), 0)


def western(words: list[str], script: str, region: str | None) -> PersonName:
    written = " ".join(words)
    masked = "**" in written or written.startswith("*") or written.endswith("*")
    before, words, behind = without_affixes(words)
    comma = next((n for n, word in enumerate(words) if word.endswith(",")), None)
    if comma is not None and comma + 1 < len(words):
        family, given = " ".join(words[: comma + 1]).strip(EDGES), " ".join(words[comma + 1 :])
        first, given_words, _ = without_affixes(given.split())
        before, given = before or first, " ".join(given_words)
    elif len(words) < 2 or before.lower().strip(".") in BURMESE:
        family, given = "", " ".join(words)
    else:
        begin, end = family_place([word.strip(",") for word in words], script, region)
        family, given = " ".join(words[begin:end]), " ".join(words[:begin] + words[end:])
    return PersonName(family.strip(EDGES), given.strip(EDGES), before, behind, masked, script)


def without_affixes(words: list[str]) -> tuple[str, list[str], str]:
    """Forms of address before the name and degrees behind it, taken off; one word of name stays."""
    before, behind = [], []
    while len(words) > 1 and bare_word(words[0]) in BEFORE | BURMESE and not words[0].endswith(","):
        if bare_word(words[0]) == "u" and words[0] != "U":
            break
        before.append(words[0])
        words = words[1:]
    while len(words) > 1 and bare_word(words[-1]) in BEHIND and (words[-1] not in ("Ma", "ma")):
        behind.insert(0, words[-1])
        words = [*words[:-2], words[-2].removesuffix(",")]
    return " ".join(before), words, " ".join(behind)


def bare_word(word: str) -> str:
    return word.replace(".", "").strip(",").lower()


def family_place(words: list[str], script: str, region: str | None) -> tuple[int, int]:
    """Which of the words are the family name, as a slice."""
    count = len(words)
    capitals = [len(word) > 1 and word.isupper() for word in words]
    if any(capitals) and not all(capitals):
        first = capitals.index(True)
        last = count - capitals[::-1].index(True)
        if (first == 0 or last == count) and all(capitals[first:last]):
            return first, last
    plain = [text.without_accents(word.casefold()).replace("đ", "d") for word in words]
    if is_vietnamese(words, plain):
        return 0, 1
    for place in range(1, count - 1):
        if words[place].lower() in PARTICLES:
            return place, count
    if words[0].lower() in PARTICLES and count > 2 and region in FAMILY_FIRST:
        return 0, 2
    if script == "cyrillic":
        return (0, 1) if PATRONYMIC.search(words[-1]) and count > 2 else (count - 1, count)
    return (0, 1) if begins_with_family(plain, region) else (count - 1, count)


def is_vietnamese(words: list[str], plain: list[str]) -> bool:
    """Nguyễn Văn An, and without its marks where the surname is nobody else's and a middle name follows."""
    if surnames.VIETNAMESE_LETTERS.search(" ".join(words)):
        return plain[0] in surnames.VIETNAMESE
    return plain[0] in surnames.VIETNAMESE_ALONE and len(plain) > 2


def begins_with_family(plain: list[str], region: str | None) -> bool:
    first, last = plain[0], plain[-1]
    if first in surnames.KOREAN_LATIN and "-" in last:
        return True
    syllables = all(SYLLABLES.fullmatch(word) for word in plain[1:])
    if syllables and first in surnames.CANTONESE and last not in surnames.CANTONESE:
        return True
    if syllables and SYLLABLES.fullmatch(first):
        ranks = surnames.PINYIN_RANKS
        if ranks.get(first, len(ranks)) != ranks.get(last, len(ranks)):
            return ranks.get(first, len(ranks)) < ranks.get(last, len(ranks))
    return region in FAMILY_FIRST
