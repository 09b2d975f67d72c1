"""What sources say of people, made ready to be written: standardised, hashed, encrypted. Nothing here asks the
database, so that it can be done ahead in another thread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from customers import identifiers, projection
from customers.identifiers import Found
from customers.models import Customer, Identifier, SourceVersion
from tenancy import encryption
from tenancy.encryption import Sealed


@dataclass(slots=True)
class Person:
    """What a source says of a person: `content` by the names in projection.FIELDS, as it came.

    `at` is the moment it speaks of (an order's time); an older word never replaces a newer one.
    """

    external_id: str
    content: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(slots=True)
class Word:
    """A person's content with its digest and identifiers. `golden` is the customer's row where nobody else has a
    say, made ahead or not at all; `store_id` is where a new customer belongs."""

    external_id: str
    content: Mapping[str, str]
    at: datetime | None
    text: str = ""
    digest: bytes | None = None
    found: list[Found] = field(default_factory=list)
    sealed: bytes | None = None
    golden: tuple | None = None
    store_id: UUID | None = None

    @property
    def tells(self) -> bool:
        """Whether it says more than that there is such an id."""
        return self.digest is not None


class Maker:
    """Makes the words of the entered tenant; `region` is where a phone without a country is from."""

    def __init__(self, region: str):
        self.region = region
        self._reader = identifiers.Reader(region)
        self._digest = encryption.hasher("content")
        self._content_field = SourceVersion._meta.get_field("content")
        self._seal_content = _sealer(SourceVersion, "content")
        self._seal_identifier = _sealer(Identifier, "value")
        self._sealers = [(place, _sealer(Customer, name)) for place, name in projection.ENCRYPTED]

    def word(self, person: Person) -> Word:
        word = Word(person.external_id, person.content, person.at)
        if any(value or value is None for value in person.content.values()):
            word.text = projection.digestible(person.content)
            word.digest = self._digest(word.text)
            word.found = self._reader.read(person.content)
        return word

    def prepare(self, word: Word) -> Word:
        """All that a new customer of this word alone needs, encrypted."""
        if word.tells:
            self.content(word)
            word.found = [self.sealed(one) for one in word.found]
            word.golden = self.golden(projection.survive_alone(word.content))
        return word

    def content(self, word: Word) -> bytes:
        if word.sealed is None:
            word.sealed = self._seal_content(word.text)
        return word.sealed

    def opened(self, content: bytes) -> str:
        """The text that `content` made."""
        return self._content_field.open(Sealed(content)) if content else ""

    def sealed(self, found: Found) -> Found:
        return found if found.sealed is not None else found._replace(sealed=self._seal_identifier(found.value))

    def golden(self, surviving: Mapping[str, str]) -> tuple:
        """The customer's columns in the order of projection.COLUMNS, those that are encrypted as they are stored."""
        row = list(projection.golden(surviving, region=self.region))
        for place, seal in self._sealers:
            row[place] = seal(row[place])
        return tuple(row)


def last(words: Iterable[Word]) -> dict[str, Word]:
    """External id → the word that counts: the latest, among equals the one that came last."""
    counting: dict[str, Word] = {}
    for word in words:
        former = counting.get(word.external_id)
        if former is None or not former.at or not word.at or word.at >= former.at:
            counting[word.external_id] = word
    return counting


def _sealer(model, name: str):
    return encryption.sealer(model._meta.get_field(name).place)
