"""Which encoding a text file is in. Only a mark or valid UTF-8 is certain; all else is a guess to confirm."""

import codecs
import re
from dataclasses import dataclass

from .limits import MAX_LINE
from .parts import TableError
from .sniffing import opened, wide_order

# What a person can choose, in the order in which Chinese retailers meet it. The key is what we show.
CODECS = {
    "UTF-8": "utf-8-sig",
    "GB18030": "gb18030",
    "Big5": "cp950",
    "UTF-16": "utf-16",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
    "Shift_JIS": "cp932",
    "EUC-JP": "euc_jp",
    "EUC-KR": "cp949",
    "windows-1252": "cp1252",
    "windows-1251": "cp1251",
    "windows-1250": "cp1250",
    "UTF-32": "utf-32",
}
OTHER_NAMES = {
    "utf8": "UTF-8",
    "utf8bom": "UTF-8",
    "utf8sig": "UTF-8",
    "ascii": "UTF-8",
    "gbk": "GB18030",
    "gb2312": "GB18030",
    "cp936": "GB18030",
    "cp950": "Big5",
    "big5hkscs": "Big5",
    "sjis": "Shift_JIS",
    "shiftjis": "Shift_JIS",
    "shiftjis2004": "Shift_JIS",
    "shiftjisx0213": "Shift_JIS",
    "cp932": "Shift_JIS",
    "eucjp": "EUC-JP",
    "eucjis2004": "EUC-JP",
    "eucjisx0213": "EUC-JP",
    "cp949": "EUC-KR",
    "euckr": "EUC-KR",
    "johab": "EUC-KR",
    "latin1": "windows-1252",
    "iso88591": "windows-1252",
    "iso885915": "windows-1252",
    "cp1252": "windows-1252",
    "cp1251": "windows-1251",
    "cp1250": "windows-1250",
}
MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
CHUNK = 1 << 20
SAMPLE = 1 << 15
ENOUGH = 2_000  # broken lines after which there is nothing more to learn
ESCAPES = "tongke.escape"


def escape(error: UnicodeDecodeError):
    """Each byte that cannot be decoded becomes U+DC00 + byte, so that its row can be found and named."""
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(ESCAPES, escape)


def named(encoding: str) -> str:
    """Our name of an encoding however it is spelt. Raises TableError where we do not read it."""
    plain = re.sub(r"[^a-z0-9]", "", encoding.lower())
    for name in CODECS:
        if plain == re.sub(r"[^a-z0-9]", "", name.lower()):
            return name
    if plain in OTHER_NAMES:
        return OTHER_NAMES[plain]
    raise TableError("unknown_encoding", encoding=encoding[:40], choices=", ".join(CODECS))


@dataclass
class Finding:
    """`choices` begin with the best guess; `broken` says that some lines are not in that encoding."""

    choices: tuple[str, ...]
    certain: bool
    broken: bool = False


@dataclass
class Evidence:
    """What one pass over the bytes found."""

    mark: str | None = None
    wide: str | None = None
    valid: int = 0  # lines beyond ASCII that are UTF-8
    broken: int = 0
    beyond: bytes = b""  # some of the lines beyond ASCII


def detect(path) -> Finding:
    """The encoding of a text file, from all of it."""
    seen = gather(path)
    if seen.mark:
        return Finding((seen.mark,), True, seen.mark == "UTF-8" and seen.broken > 0)
    if seen.wide:
        return Finding(ordered("UTF-16" + seen.wide), False)
    if not seen.broken:
        return Finding(("UTF-8",), True)
    if seen.valid >= 2 * seen.broken:
        return Finding(("UTF-8",), True, broken=True)
    return Finding(ordered(guess(seen.beyond)), False)


def ordered(best: str) -> tuple[str, ...]:
    return (best, *(name for name in CODECS if name != best))


def gather(path) -> Evidence:
    """Read the whole file once: cheap where it is ASCII, line by line where it is not."""
    seen = Evidence()
    tail, first = b"", True
    with opened(path) as file:
        while chunk := file.read(CHUNK):
            if first:
                seen.mark = next((name for mark, name in MARKS if chunk.startswith(mark)), None)
                seen.wide = wide_order(chunk[:4096])
                first = False
            if chunk.isascii() and not tail:
                continue
            text = tail + chunk
            cut = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
            if not cut and len(text) > MAX_LINE:
                cut = len(text)
            text, tail = text[:cut], text[cut:]
            if seen.broken < ENOUGH:
                weigh(text, seen)
    weigh(tail, seen)
    return seen


def weigh(text: bytes, seen: Evidence) -> None:
    """Count the lines that are and are not UTF-8, and keep some of those beyond ASCII."""
    if text.isascii():
        return
    try:
        text.decode()
        seen.valid += 1 + text.count(b"\n") // 2
        return
    except UnicodeDecodeError:
        pass
    for line in text.splitlines(True):
        if line.isascii():
            continue
        if len(seen.beyond) < SAMPLE:
            seen.beyond += line[:SAMPLE]
        try:
            line.decode()
            seen.valid += 1
        except UnicodeDecodeError:
            seen.broken += 1


def guess(sample: bytes) -> str:
    """The likeliest encoding of bytes that are not UTF-8; GB18030 where charset-normalizer cannot tell."""
    from charset_normalizer import from_bytes

    if not re.search(rb"[\x80-\xff]{2}", sample):  # characters of East Asia take two bytes and more
        return "windows-1252"
    for match in from_bytes(sample):
        for name in (match.encoding, *match.could_be_from_charset):
            known = OTHER_NAMES.get(re.sub(r"[^a-z0-9]", "", name.lower()))
            if known and known != "UTF-8":
                return known
    return "GB18030"
