"""What makes a row unfit, and what is mended in its cells."""

import re

from crm.lib.text import INVISIBLE

from .encodings import CODECS
from .limits import MAX_CELL
from .parts import BadRow, Row, Sheet, shortened

# What may not be stored or should not be: NUL, undecodable bytes and lone surrogates, the replacement
# character, and characters without width that hide differences or turn the direction of the text.
SUSPECT = re.compile("[\x00\ud800-\udfff\ufffd\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
BROKEN = re.compile("[\x00\ud800-\udfff]")
# A surrogate written out in UTF-8, as our decoder's error handler leaves it.
WRITTEN_SURROGATE = re.compile("\udced[\udca0-\udcbf]")


def unclean(text: str) -> bool:
    return "\0" in text if text.isascii() else SUSPECT.search(text) is not None


def cleaned(cell: str) -> str:
    return INVISIBLE.sub("", cell)


def checked(number: int, cells: list[str], sheet: Sheet) -> Row | BadRow:
    """The row with invisible characters removed, or why it cannot be taken. `cells` fit the header."""
    flags = ()
    for place, cell in enumerate(cells):
        if len(cell) > MAX_CELL:
            return bad(number, sheet, place, cell, "too_long", length=f"{len(cell):,}", limit=f"{MAX_CELL:,}")
        if not unclean(cell):
            continue
        if broken := BROKEN.search(cell):
            return bad(number, sheet, place, cell, "nul" if broken[0] == "\0" else "damaged")
        if "\ufffd" in cell:
            flags += ("damaged",)
        if (mended := cleaned(cell)) != cell:
            cells[place] = mended
            flags += ("invisible",)
    return Row(number, cells, tuple(dict.fromkeys(flags)))


def bad(number: int, sheet: Sheet, place: int | None, cell: str, code: str, **params) -> BadRow:
    column = None if place is None or place >= len(sheet.header) else sheet.header[place] or f"#{place + 1}"
    return BadRow(number, column, shortened(cell.replace("\0", "␀")), code, params)


def undecoded(number: int, line: str, encoding: str, sheet: Sheet) -> BadRow | None:
    """The row whose line holds bytes that are not in `encoding`; the place of the first counts from 1."""
    found = re.search("[\udc00-\udcff]", line)
    if not found:
        return None
    at = found.start()
    shown = re.sub("[\udc00-\udcff]", "\ufffd", line[max(0, at - 10) : at + 20])
    if encoding.startswith("UTF-16") or WRITTEN_SURROGATE.match(line, at):
        return BadRow(number, None, shown, "damaged")
    place = len(line[:at].encode(CODECS[encoding].removesuffix("-sig"))) + 1
    return BadRow(number, None, shown, "not_encoded", {"byte": place, "encoding": encoding})
