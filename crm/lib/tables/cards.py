"""Cards of people as a table: one row a card, under fixed headings."""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from crm.lib import vcards

from . import encodings, xml
from .checks import checked
from .delimited import Blocks
from .limits import MAX_CARDS, MAX_LINE
from .parts import BadRow, Profile, Question, Row, Sheet, TableError, shortened
from .sniffing import XCARD, opened

PARTS = {
    "n": ("surname", "given", "additional", "prefix", "suffix"),
    "adr": ("pobox", "ext", "street", "locality", "region", "code", "country"),
}


def profile(path, encoding: str | None = None) -> Profile:
    """How the cards of a file are read; all of them are looked at once. Raises TableError where there is none."""
    found = Profile("vcard", [])
    if is_xml(path):
        found.encoding = "UTF-8"
    else:
        finding = encodings.detect(path)
        found.encoding = encodings.named(encoding) if encoding else finding.choices[0]
        if not encoding and not finding.certain:
            found.questions.append(Question("encoding", finding.choices))
    sheet = Sheet("", list(vcards.HEADER), 0)
    sheet.rows = sum(1 for _ in numbered(path, found))
    if not sheet.rows:
        raise TableError("no_cards")
    found.sheets = [sheet]
    return found


def is_xml(path) -> bool:
    with opened(path) as file:
        return XCARD in file.read(4096)


def rows(path, profile: Profile, sheet: Sheet) -> Iterator[Row | BadRow]:
    """Each card's row; its number is its place among the cards, from 1."""
    for number, card in numbered(path, profile):
        yield row(number, card, sheet)


def numbered(path, profile: Profile) -> Iterator[tuple[int, vcards.Card]]:
    found = xml_cards(opened(path)) if is_xml(path) else vcards.cards(lines(path, profile.encoding), profile.encoding)
    for number, card in enumerate(found, 1):
        if number > MAX_CARDS:
            raise TableError("too_many_cards", limit=f"{MAX_CARDS:,}")
        yield number, card


def row(number: int, card: vcards.Card, sheet: Sheet) -> Row | BadRow:
    cells = vcards.cells(card)
    if card.problem or vcards.is_empty(cells):
        shown = cells[1] or cells[4] or cells[6]
        return BadRow(number, None, shortened(shown), f"card_{card.problem or 'empty'}")
    found = checked(number, cells, sheet)
    if isinstance(found, Row) and card.strange:
        found.flags += ("card_line",)
    return found


def lines(path, encoding: str) -> Iterator[str]:
    """The lines of a text file. Raises TableError for one beyond reason."""
    stream = Blocks(path, encoding, "").stream()
    stream.reconfigure(newline=None)
    with stream:
        number = 0
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise TableError("line_too_long", row=number, limit=MAX_LINE)
            yield line


def xml_cards(stream: BinaryIO) -> Iterator[vcards.Card]:
    """The cards of an xCard file (RFC 6351)."""
    reader = XmlCards()
    for _ in xml.feed(stream, reader):
        yield from reader.taken()


class XmlCards(xml.Handler):
    """Gathers <vcard> elements: a property's types, its named parts, or its one value."""

    def __init__(self):
        self.cards: list[vcards.Card] = []
        self.card: vcards.Card | None = None
        self.path: list[str] = []
        self.texts: list[str] = []
        self.types: set[str] = set()
        self.preferred = False
        self.values: list[tuple[str, str]] = []

    def taken(self) -> Iterable[vcards.Card]:
        cards, self.cards = self.cards, []
        return cards

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "vcard":
            self.card, self.path = vcards.Card(), []
        elif self.card:
            if not self.path:
                self.types, self.values, self.preferred = set(), [], False
            self.path.append(name)
            self.texts = []

    def text(self, text: str) -> None:
        if self.card and self.card.kept <= vcards.MOST_KEPT:
            self.card.kept += len(text)
            self.texts.append(text)

    def end(self, name: str) -> None:
        if not self.card:
            return
        if name == "vcard":
            if self.card.kept > vcards.MOST_KEPT:
                self.card.problem = "long"
            self.cards.append(self.card)
            self.card = None
            return
        self.take(name, "".join(self.texts).strip())
        self.texts = []
        if self.path:
            self.path.pop()

    def take(self, name: str, value: str) -> None:
        if len(self.path) > 1 and self.path[1] == "parameters":
            if "type" in self.path and value:
                self.types.add(value.lower())
            self.preferred |= "pref" in self.path and value == "1"
        elif len(self.path) == 2:
            self.values.append((name, value))
        elif len(self.path) == 1 and name.upper() in vcards.KEPT:
            self.card.properties.append(self.property(name))

    def property(self, name: str) -> vcards.Property:
        if name in PARTS:
            parts = (" ".join(value for part, value in self.values if part == wanted) for wanted in PARTS[name])
            value = ";".join(escaped(part) for part in parts)
        else:
            value = (", " if name == "categories" else ";").join(escaped(value) for _, value in self.values[:20])
        return vcards.Property(name.upper(), value, frozenset(self.types), self.preferred)


def escaped(value: str) -> str:
    return re.sub(r"([\\,;])", r"\\\1", value).replace("\n", "\\n")
