"""Cards of people as phones and mail programs write them: vCard 2.1, 3.0 and 4.0 (RFC 2426, 6350).

Lines in, cards out, one at a time. What does not concern a customer (photos, sounds, keys) is passed over where
it stands, so that it takes no memory. A card that cannot be read is given as broken; those after it are not
affected.
"""

import hashlib
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from crm.lib.text import HAN

MOST_KEPT = 200_000  # characters of one card
BEGIN, END = re.compile(r"\s*begin\s*:\s*vcard\s*", re.I), re.compile(r"\s*end\s*:\s*vcard\s*", re.I)
AGENT = re.compile(r"agent[^:]*:\s*", re.I)
LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:\"[^\"]*\"|[^\":;])*)*):(.*)", re.S)
LOOSE_LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;[^:]*)?):(.*)", re.S)
PARAMETER = re.compile(r";((?:\"[^\"]*\"|[^\";])*)")
KEPT = frozenset(
    "UID FN N TEL EMAIL ORG TITLE ROLE BDAY GENDER X-GENDER X-WAB-GENDER ADR LABEL NOTE CATEGORIES NICKNAME".split()
)
PACKED = re.compile(r"encoding=b(?:ase64)?(?:[;:]|$)|;b(?:ase64)?(?=[;:]|$)", re.I)
UNESCAPED = re.compile(r"\\([\\,;:nN])")
GENDERS = {"m": "M", "male": "M", "男": "M", "2": "M", "f": "F", "female": "F", "女": "F", "1": "F"}  # 1, 2: Outlook
NOT_FOR_CALLS = frozenset(("fax", "pager", "modem", "telex", "x-fax"))


@dataclass
class Property:
    """One line of a card: TEL;TYPE=CELL:138… `types` are in small letters, `value` is decoded but not unescaped."""

    name: str
    value: str
    types: frozenset[str] = frozenset()
    preferred: bool = False
    parameters: dict[str, str] = field(default_factory=dict)

    def parts(self) -> list[str]:
        """The value at its semicolons, unescaped."""
        return [unescaped(part).strip() for part in re.split(r"(?<!\\)(?:\\\\)*;", self.value)]

    def plain(self) -> str:
        return unescaped(self.value).replace("\r\n", "\n").strip()


@dataclass
class Card:
    """`problem` is why it cannot be read: "open" (no END), "long", or None. `strange` says that lines were left out."""

    properties: list[Property] = field(default_factory=list)
    problem: str | None = None
    strange: bool = False
    kept: int = 0

    def add(self, line: str, encoding: str) -> None:
        """Read one unfolded line into the card."""
        if not line.strip():
            return
        match = LINE.fullmatch(line) or LOOSE_LINE.fullmatch(line)
        if not match:
            self.strange = True
        elif match[1].upper() in KEPT:
            self.kept += len(line)
            if self.kept > MOST_KEPT:
                self.problem = "long"
            else:
                self.properties.append(read_property(match[1].upper(), match[2], match[3], encoding))

    def all(self, name: str) -> list[Property]:
        """The properties of that name, the preferred first."""
        return sorted((one for one in self.properties if one.name == name), key=lambda one: not one.preferred)

    def first(self, name: str) -> Property | None:
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> str:
        found = self.first(name)
        return found.plain() if found else ""


def cards(lines: Iterable[str], encoding: str) -> Iterator[Card]:
    """The cards in the lines of a file that was decoded by `encoding`; what is between cards is left out."""
    card, agent, nested = None, False, 0  # AGENT holds a card of its own within a card
    for line in unfolded(lines):
        if BEGIN.fullmatch(line):
            if card and (agent or nested):
                nested += 1
                continue
            if card:
                yield broken(card)
            card = Card()
        elif card and END.fullmatch(line):
            if nested:
                nested -= 1
            else:
                yield card
                card = None
        elif card and not nested:
            card.add(line, encoding)
            agent = AGENT.fullmatch(line) is not None
    if card:
        yield broken(card)


def broken(card: Card) -> Card:
    card.problem = card.problem or "open"
    return card


def unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Lines put together again: RFC 6350 begins the rest with a blank, vCard 2.1 ends the first part with =.

    The body of a photo or key is left out, also where programs do not indent it.
    """
    held, size, quoted, packed = [], 0, False, False
    for raw in lines:
        line = raw.rstrip("\r\n")
        if held and quoted:
            held[-1] = held[-1][:-1]
            held.append(line)
            quoted = line.endswith("=")
            size += len(line)
        elif held and line[:1] in (" ", "\t"):
            size += len(line)
            if not packed:
                held.append(line[1:])
        elif packed and not re.match(r"[\w.;=-]+:", line) and not BEGIN.fullmatch(line):
            continue
        else:
            if held:
                yield "".join(held)
            packed = bool(PACKED.search(line.partition(":")[0]))
            held, size = [line.partition(":")[0] + ":" if packed else line], len(line)
            quoted = line.endswith("=") and "quoted-printable" in line.partition(":")[0].lower()
        if size > MOST_KEPT:
            held, packed = [held[0][:200]], True
    if held:
        yield "".join(held)


def read_property(name: str, written: str, value: str, encoding: str) -> Property:
    types, parameters = set(), {}
    for parameter in PARAMETER.findall(written):
        key, equals, setting = parameter.partition("=")
        key, setting = key.strip().upper(), setting.strip().strip('"')
        if not equals:
            bare = key.lower()
            if bare == "quoted-printable":
                parameters["ENCODING"] = bare
            else:
                types.add(bare)
        elif key == "TYPE":
            types.update(part.strip().lower() for part in setting.strip('"').split(","))
        else:
            parameters[key] = setting
    if parameters.get("ENCODING", "").lower() == "quoted-printable":
        value = decoded(value, parameters.get("CHARSET", ""), encoding)
    preferred = "pref" in types or parameters.get("PREF") == "1"
    return Property(name, value, frozenset(types), preferred, parameters)


def decoded(value: str, charset: str, encoding: str) -> str:
    """Quoted-printable as text. Phones of China name no charset and mean UTF-8 or GBK."""
    octets = quopri.decodestring(value.encode("utf-8", "surrogateescape"))
    for codec in (charset, "utf-8", encoding, "gb18030"):
        try:
            return octets.decode(codec)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return octets.decode("utf-8", "replace")


def unescaped(value: str) -> str:
    return UNESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


HEADER = [
    "UID", "Full name", "Family name", "Given name", "Phone", "Phone 2", "E-mail", "E-mail 2", "Company", "Title",
    "Birthday", "Gender", "Address", "City", "Postcode", "Country", "Note", "Categories",
]  # fmt: skip


def cells(card: Card) -> list[str]:
    """The card as a row under HEADER; without a UID of its own it gets one from name, phone and e-mail."""
    family, given, full = names(card)
    phones = (distinct(map(phone, telephones(card))) + ["", ""])[:2]
    emails = (distinct(email.plain().removeprefix("mailto:") for email in card.all("EMAIL")) + ["", ""])[:2]
    organisation = card.first("ORG")
    company = organisation.parts()[0] if organisation else ""
    where = address(card)
    uid = card.text("UID").removeprefix("urn:uuid:")
    if not uid:
        known = "\0".join((full, phones[0], emails[0])).encode("utf-8", "replace")
        uid = "vcard-" + hashlib.sha256(known).hexdigest()[:32]
    return [
        uid, full, family, given, *phones, *emails, company, card.text("TITLE") or card.text("ROLE"),
        birthday(card), gender(card), *where, card.text("NOTE"), ", ".join(categories(card)),
    ]  # fmt: skip


def is_empty(row: list[str]) -> bool:
    """Whether the card names nobody: no name, phone, e-mail or company."""
    return not any(row[1:9])


def names(card: Card) -> tuple[str, str, str]:
    """(family, given, full). Where only the parts are there, the full name is put together from them."""
    parts = [" ".join(part.split(",")) for part in name.parts()] if (name := card.first("N")) else []
    family, given, more, before, after = ([" ".join(part.split()) for part in parts] + [""] * 5)[:5]
    given = " ".join(filter(None, (given, more)))
    full = card.text("FN")
    if not full and re.search(f"[{HAN}]", family + given):
        full = family + given
    full = full or " ".join(filter(None, (before, given, family, after))) or card.text("NICKNAME")
    return family, given, full


def telephones(card: Card) -> list[Property]:
    """Numbers one can call, mobiles before others of the same preference."""
    found = [one for one in card.all("TEL") if not one.types & NOT_FOR_CALLS]
    return sorted(found, key=lambda one: (not one.preferred, "cell" not in one.types))


def phone(telephone: Property) -> str:
    value = telephone.plain()
    if not value.lower().startswith("tel:"):
        return value
    number, *parameters = value[4:].split(";")
    extension = next((part[4:] for part in parameters if part.lower().startswith("ext=")), "")
    return f"{number} ext. {extension}" if extension else number


def distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def birthday(card: Card) -> str:
    born = card.first("BDAY")
    if not born:
        return ""
    value = born.plain()
    unsaid = born.parameters.get("X-APPLE-OMIT-YEAR")
    return f"--{value.removeprefix(unsaid).lstrip('-')}" if unsaid and value.startswith(unsaid) else value


def gender(card: Card) -> str:
    said = card.text("GENDER").partition(";")[0] or card.text("X-GENDER") or card.text("X-WAB-GENDER")
    return GENDERS.get(said.lower(), "")


def address(card: Card) -> tuple[str, str, str, str]:
    """(address, city, postcode, country); a Chinese address is written from province to room."""
    found = card.first("ADR")
    if not found:
        return lines_of(card.text("LABEL")), "", "", ""
    parts = [lines_of(part) for part in found.parts()] + [""] * 7
    box, extended, street, city, region, postcode, country = parts[:7]
    if re.search(f"[{HAN}]", street + city + region):
        begin = "".join(part for part in (region, city) if part and not street.startswith((region or part, part)))
        return begin + street + extended, city, postcode, country
    return ", ".join(filter(None, (box, street, extended, region))), city, postcode, country


def lines_of(text: str) -> str:
    return ", ".join(part.strip(" ,") for part in text.splitlines() if part.strip(" ,"))


def categories(card: Card) -> list[str]:
    said = [part for found in card.all("CATEGORIES") for part in re.split(r"(?<!\\)[,;]", found.value)]
    return distinct(unescaped(part).strip() for part in said)
