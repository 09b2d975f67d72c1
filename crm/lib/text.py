"""Names of people as they are compared and searched: cleaned, simplified, spelt in pinyin, split."""

import os
import re
import unicodedata
from typing import NamedTuple

# Characters without width: zero-width spaces, byte order marks, marks and overrides of direction.
# A joiner (U+200C, U+200D) belongs to emoji and to Indic and Arabic scripts; after Latin or Chinese it
# only hides.
JOINED_BEFORE = (
    "\u200b\u200e\u200f\u2060\ufeff\x00-\u024f\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
)
INVISIBLE = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
    f"|(?<=[{JOINED_BEFORE}])[\u200c\u200d]+|^[\u200c\u200d]+"
)
CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
JOINERS = dict.fromkeys((0x200C, 0x200D, 0xFE0F), "")
MIDDLE_DOTS = dict.fromkeys(map(ord, "•‧∙⋅・●．"), "·")
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
BETWEEN_HAN = re.compile(rf"(?<=[{HAN}]) (?=[{HAN}])")
ALL_HAN = re.compile(rf"[{HAN}]+").fullmatch
WORDS = re.compile(rf"[{HAN}]|[^\W{HAN}_]+", re.UNICODE)

SURNAMES_OF_TWO = """
欧阳 上官 皇甫 令狐 司徒 诸葛 司马 宇文 呼延 乐正 鲜于 南荣 赫连 东方 慕容 宗政 濮阳 夏侯 段干 闻人 公孙
谷梁 申屠 亓官 端木 南宫 巫马 公西 南门 公仲 长孙 尉迟 轩辕 钟离 梁丘 第五 公良 司空 仲孙 东里 褚师 左丘
西门 公羊 公冶 漆雕 东郭 子桑 万俟 澹台 司寇 达奚 颛孙 单于 淳于 太叔 闾丘 拓跋 独孤 贺兰 纳兰 完颜 耶律
"""
COMPOUND_SURNAMES = frozenset((*SURNAMES_OF_TWO.split(), "爱新觉罗"))
LONGEST_SURNAME = 4
TITLES = "女士 先生 小姐 太太 老师 师傅 阿姨 叔叔 总 经理 老板 医生 同学 某 某某 女 男"
HONORIFICS = frozenset(TITLES.split())

# Where a surname is read otherwise than the character elsewhere.
SURNAMES_READ = """
单 shan 曾 zeng 解 xie 仇 qiu 朴 piao 查 zha 盖 ge 葛 ge 乐 yue 区 ou 翟 zhai 覃 qin 缪 miao 员 yun 洗 xian
冼 xian 么 yao 折 she 黑 he 种 chong 句 gou 祭 zhai 繁 po 召 shao 秘 bi 郇 xun 郄 qie 郗 xi 阚 kan 隗 wei
蔚 yu 尉 wei 牟 mou 谌 chen 佴 nai 晟 cheng 逄 pang 藏 zang 那 na 都 du 宿 su 车 che 石 shi 盛 sheng
燕 yan 纪 ji 宁 ning 任 ren
"""
COMPOUNDS_READ = {
    "万俟": ("mo", "qi"),
    "尉迟": ("yu", "chi"),
    "长孙": ("zhang", "sun"),
    "澹台": ("tan", "tai"),
    "单于": ("chan", "yu"),
    "乐正": ("yue", "zheng"),
}
# Where a character is mostly read otherwise in given names than in the dictionary's first entry.
GIVEN_NAMES_READ = """
长 chang 長 chang 晟 sheng 骞 qian 騫 qian 隽 jun 珩 heng 琢 zhuo 焘 tao 燾 tao 镐 hao 峤 qiao 鹄 hu 偲 si
泊 bo 靓 liang
"""


def pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


SURNAME_READINGS = pairs(SURNAMES_READ)


class Pinyin(NamedTuple):
    """A name as it is typed: 张三 → ("zhangsan", "zs"); O'Brien, José → ("obrienjose", "oj")."""

    full: str
    initials: str


class Simplified(dict):
    """Code point → simplified character, asked of OpenCC once for each character.

    One by one, since a phrase could be turned otherwise than its characters and the same name
    must always give the same key.
    """

    convert = None

    def __missing__(self, point: int) -> str:
        character = chr(point)
        if point >= 0x2E80:
            if Simplified.convert is None:
                from opencc import OpenCC

                Simplified.convert = OpenCC("t2s").convert
            character = Simplified.convert(Simplified.convert(character))
        self[point] = character
        return character


class Readings(dict):
    """Character → pinyin without tone ("lv" for 吕), asked of pypinyin once for each character."""

    def __missing__(self, character: str) -> str:
        # Its phrases would take 40 MB and know no names.
        os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
        from pypinyin import lazy_pinyin

        self[character] = found = "".join(lazy_pinyin(character, errors="ignore")) or character
        return found


SIMPLIFIED = Simplified()
READINGS = Readings(pairs(GIVEN_NAMES_READ))


def clean(text: str) -> str:
    """Compatibility forms made plain (NFKC: full-width, ligatures), nothing invisible, single spaces.

    Cleaning again changes nothing.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    while True:
        plain = unicodedata.normalize("NFKC", CONTROL.sub("", INVISIBLE.sub("", text)))
        plain = " ".join(plain.split())
        if plain == text:
            return text
        text = plain


def name_key(name: str) -> str:
    """What two spellings of one name have in common: clean, simplified, lower case, hanzi without spaces.

    For comparing, never for showing. The key of a key is itself.
    """
    key = clean(name)
    while True:
        folded = clean(key.translate(JOINERS).translate(MIDDLE_DOTS).translate(SIMPLIFIED).casefold())
        folded = BETWEEN_HAN.sub("", folded)
        if folded == key:
            return key
        key = folded


def pinyin(name: str) -> Pinyin:
    """How the name is typed on a Latin keyboard: all of it without spaces, and its initials.

    The surname is read as a surname (单 shan, 尉迟 yuchi). Latin words keep their letters without
    accents, so that the pinyin a person types goes through here too and meets the name.
    """
    text = name if ALL_HAN(name) else BETWEEN_HAN.sub("", clean(name))
    syllables = read_name(text) if ALL_HAN(text) else list(words(text))
    return Pinyin("".join(syllables), "".join([syllable[:1] for syllable in syllables]))


def read_name(hanzi: str) -> list[str]:
    syllables = [READINGS[character] for character in hanzi]
    plain = hanzi.translate(SIMPLIFIED)
    if len(plain) > 2 and plain[:2] in COMPOUNDS_READ:
        syllables[:2] = COMPOUNDS_READ[plain[:2]]
    elif plain[0] in SURNAME_READINGS and plain[:2] not in COMPOUND_SURNAMES:
        syllables[0] = SURNAME_READINGS[plain[0]]
    return syllables


def words(text: str):
    """The syllables and words of a mixed name; a surname at its beginning is read as one."""
    text = text.replace("'", "").replace("’", "")
    begin = re.match(rf"[{HAN}]+", text)
    if begin:
        yield from read_name(begin[0])
        text = text[begin.end() :]
    for word in WORDS.findall(text):
        yield READINGS[word] if ALL_HAN(word) else without_accents(word.casefold())


def without_accents(word: str) -> str:
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", word)))


def split_name(full: str) -> tuple[str, str]:
    """(family, given). Hanzi and hangul have the family name first, compound surnames included.

    王女士 and 王** have no given name. Latin names have it last, or before a comma. A name with a
    middle dot (买买提·阿不都) and a single Latin word are given names only.
    """
    name = clean(full)
    if ALL_HAN(name.replace(" ", "")) or re.match(rf"[{HAN}][{HAN} ]*[*＊某]+$", name):
        return split_hanzi(name)
    if re.fullmatch("[\uac00-\ud7a3]{2,4}", name):
        n = 2 if name[:2] in ("남궁", "황보", "제갈", "선우", "독고", "사공", "서문") and len(name) > 2 else 1
        return name[:n], name[n:]
    if "," in name:
        family, _, given = name.partition(",")
        return family.strip(), given.strip()
    if re.search("[·•・]", name) or " " not in name:
        return "", name
    given, _, family = name.rpartition(" ")
    return family, given


def split_hanzi(name: str) -> tuple[str, str]:
    if " " in name:
        family, _, given = name.partition(" ")
        given = given.replace(" ", "")
    else:
        n = surname_length(name)
        family, given = name[:n], name[n:]
    return family, "" if given in HONORIFICS or not given.strip("*＊") else given


def surname_length(name: str) -> int:
    """Two for a compound surname with something after it: 欧阳 alone is Mr Ou."""
    plain = name.translate(SIMPLIFIED)
    for n in (LONGEST_SURNAME, 2):
        if len(plain) > n and plain[:n] in COMPOUND_SURNAMES:
            return n
    return 1
