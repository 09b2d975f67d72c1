"""Rows of a file of customers, one by one, to what their source says of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from django.utils.translation import gettext as _

from crm.lib import Unreadable, phones, tables, text
from crm.lib.dates import DateReader
from crm.lib.tables import formulas, words
from customers import custom, projection, quality, tagging
from customers.imports.kinds import CellError, Reader, Rejected
from customers.models import Customer, CustomField
from customers.words import Maker, Person, Word

LONGEST = {
    "external_id": 200, "name": 200, "family_name": 100, "given_name": 100, "address": 300, "note": 2000,
    "website": 300, "title": 200, "company": 200, "email": 254, "email_2": 254, "email_3": 254, "tags": 1000,
}  # fmt: skip
LONGEST_OTHER = 100
PHONES, EMAILS = ("phone", "phone_2", "phone_3"), ("email", "email_2", "email_3")
KINDS = {
    "person": "person", "个人": "person", "contact": "person", "individual": "person",
    "company": "company", "企业": "company", "公司": "company", "organization": "company", "business": "company",
}  # fmt: skip
WHO = ("email", "openid", "unionid", "card")


class Told(NamedTuple):
    """A row that can be read: what it says, the store it names and its tags."""

    row: int
    word: Word
    store: str
    tags: tuple[str, ...]
    region: str

    @property
    def seen(self) -> projection.Golden:
        """What a customer of this row alone would be."""
        return projection.golden(projection.survive_alone(self.word.content), region=self.region)

    @property
    def faults(self) -> list[quality.Fault]:
        """What somebody will have to mend."""
        return quality.reasons(self.seen.faults & quality.DUE)


@dataclass(slots=True)
class Counted:
    rows: int = 0
    rejected: int = 0


class PersonRows(Reader):
    """`mapping` is heading → field, `whole` names fields whose cells all end in `.0` and lose it; `own` are the
    company's fields by key. Cells of a text file (`is_text`) may carry an apostrophe that keeps a spreadsheet from
    running them. `is_eager` makes new customers' rows ahead: it does not pay where few are new.
    """

    def __init__(
        self,
        header: Sequence[str],
        mapping: Mapping[str, str],
        *,
        dates: DateReader,
        maker: Maker,
        own: Mapping[str, CustomField],
        whole: Sequence[str] = (),
        kind: str = "",
        is_text: bool = False,
        separators: str = words.ANY,
    ):
        self.heading = {name: heading for heading, name in mapping.items()}
        self.column = {name: header.index(heading) for name, heading in self.heading.items()}
        content = [name for name in self.column if name in projection.FIELDS]
        self.plain = [(name, self.column[name], LONGEST.get(name, LONGEST_OTHER)) for name in content]
        self.own = [(field, self.column[key]) for key, field in own.items() if key in self.column]
        self.dates, self.maker, self.kind, self.whole = dates, maker, kind, [n for n in whole if n in self.column]
        self.phones = [name for name in PHONES if name in self.column]
        self.emails = [name for name in EMAILS if name in self.column]
        self.counted = Counted()
        self.customers: set[bytes] = set()
        self.is_eager = True
        self.is_text, self.separators = is_text, separators

    def read(self, rows: Iterator[tables.Row | tables.BadRow]) -> Iterator[Told | Rejected]:
        for row in rows:
            self.counted.rows += 1
            if isinstance(row, tables.BadRow):
                item = Rejected(row.number, row.column or "", row.cell, row.message)
            else:
                cells = list(map(formulas.restored, row.cells)) if self.is_text else row.cells
                try:
                    item = self._told(row.number, cells)
                except CellError as problem:
                    column = self.column.get(problem.name)
                    cell = "" if column is None else cells[column][:200]
                    item = Rejected(row.number, self.heading.get(problem.name, ""), cell, problem.reason)
            self.counted.rejected += isinstance(item, Rejected)
            yield item

    def prepare(self, items: list) -> None:
        if self.is_eager:
            for item in items:
                if isinstance(item, Told):
                    self.maker.prepare(item.word)

    def _told(self, row: int, cells: Sequence[str]) -> Told:
        content = self._content(cells)
        reference = self._cell(cells, "external_id", LONGEST["external_id"]) or _reference(content)
        if not reference or not content:
            raise CellError("name", _("nothing here says who it is"))
        if self.kind:
            content.setdefault("kind", self.kind)
            content["name"] = content.get("name") or content.get("company", "")
        self.customers.add(blake2b(reference.encode("utf-8", "surrogatepass"), digest_size=16).digest())
        if store := self._cell(cells, "store", LONGEST_OTHER):
            content["store"] = store  # where one was seen says something of who one is
        tags = tuple(words.parted(self._cell(cells, "tags", LONGEST["tags"]), self.separators))
        try:
            tags = tuple(map(tagging.cleaned, tags))
        except tagging.BadTag as problem:
            raise CellError("tags", str(problem)) from problem
        return Told(row, self.maker.word(Person(reference, content)), store, tags, self.maker.region)

    def _content(self, cells: Sequence[str]) -> dict[str, str]:
        """The fields that say something, as they came."""
        content = {}
        for name, column, longest in self.plain:
            if value := cells[column].strip():
                if len(value) > longest:
                    raise _too_long(name, value, longest)
                content[name] = value
        for name in self.whole:
            if name in content:
                content[name] = content[name].removesuffix(".0")
        if "birthday" in content:
            content["birthday"] = self._birthday(content["birthday"])
        if "kind" in content:
            content["kind"] = KINDS.get(text.clean(content["kind"]).casefold(), Customer.Kind.PERSON.value)
        for name in self.phones:
            self._check_phone(name, content.get(name, ""))
        _close_ranks(content, self.phones)
        _close_ranks(content, self.emails)
        for field, column in self.own:
            if value := cells[column].strip():
                content[field.key] = self._own(field, value)
        return content

    def _own(self, field: CustomField, raw: str) -> str:
        try:
            value = custom.parse(field, raw)
        except Unreadable as problem:
            raise CellError(field.key, str(problem)) from problem
        return "" if value is None else custom.text_of(field, value)

    def _birthday(self, raw: str) -> str:
        try:
            return projection.birthday_as_told(raw, self.dates)
        except Unreadable as problem:
            raise CellError("birthday", str(problem)) from problem

    def _check_phone(self, name: str, raw: str) -> None:
        """A phone whose digits Excel has lost is refused, not guessed; any other text is kept as it came."""
        if "e" not in raw and "E" not in raw:
            return
        try:
            phones.standard(raw, self.maker.region)
        except phones.PhoneError as problem:
            if problem.code == "excel":
                raise CellError(name, str(problem)) from problem

    def _cell(self, cells: Sequence[str], name: str, longest: int) -> str:
        column = self.column.get(name)
        value = "" if column is None else cells[column].strip()
        if len(value) > longest:
            raise _too_long(name, value, longest)
        return value.removesuffix(".0") if name in self.whole else value


def _too_long(name: str, value: str, longest: int) -> CellError:
    return CellError(name, _("%(length)s characters, at most %(limit)s") % {"length": len(value), "limit": longest})


def _close_ranks(content: dict[str, str], names: Sequence[str]) -> None:
    """The first of several phones or e-mails is the one that is filled."""
    if len(names) < 2:
        return
    values = list(dict.fromkeys(content.pop(name) for name in names if name in content))
    content.update(zip(names, values, strict=False))


def _reference(content: Mapping[str, str]) -> str:
    """A name for a row of a file without ids: the same person in a later file has the same."""
    for name in WHO:
        if value := content.get(name):
            return _hashed(name, text.clean(value).casefold())
    who = [content.get(name, "") for name in ("name", "family_name", "given_name", "company", "phone")]
    return _hashed("who", *who) if any(who) else ""


def _hashed(*parts: str) -> str:
    told = "\0".join(parts).encode("utf-8", "surrogatepass")
    return "~" + blake2b(told, digest_size=12).hexdigest()
