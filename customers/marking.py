"""Which part of a name a query fitted, for showing it: by its own characters, by pinyin, by initials."""

from collections.abc import Iterator
from typing import NamedTuple

from crm.lib import text

Span = tuple[int, int]


class Spoken(NamedTuple):
    """A character or word of a name, where it stands and how it is typed."""

    begin: int
    end: int
    letters: str


def spans(name: str, query: str) -> list[Span]:
    """The parts of `name` that `query` fitted, as (begin, end), in order and apart; none where it fitted otherwise.

    The hanzi that a piece of pinyin or an initial stands for count as fitting.
    """
    needle = text.name_key(text.clean(query)).strip()
    if not needle or not name:
        return []
    written = list(_written(name))
    if found := _covered(written, needle, "".join(part.letters for part in written).find(needle)):
        return found
    if not needle.isascii() or not (spelt := text.pinyin(needle).full):
        return []
    spoken = list(_spoken(name))
    if "".join(part.letters[:1] for part in spoken).startswith(spelt):
        return _joined((part.begin, part.begin + 1) for part in spoken[: len(spelt)])
    return _covered(spoken, spelt, "".join(part.letters for part in spoken).find(spelt))


def _written(name: str) -> Iterator[Spoken]:
    """Each character as names are compared: plain, simplified, lower case."""
    for place, character in enumerate(name):
        yield Spoken(place, place + 1, " " if character.isspace() else text.name_key(character))


def _spoken(name: str) -> Iterator[Spoken]:
    if text.ALL_HAN(name):
        for place, syllable in enumerate(text.read_name(name)):
            yield Spoken(place, place + 1, syllable)
        return
    for word in text.WORDS.finditer(name):
        letters = text.READINGS[word[0]] if text.ALL_HAN(word[0]) else text.without_accents(word[0].casefold())
        yield Spoken(word.start(), word.end(), letters)


def _covered(parts: list[Spoken], needle: str, start: int) -> list[Span]:
    """Where those parts stand whose letters hold some of the needle, which begins at the letter `start`."""
    if start < 0:
        return []
    found, place = [], 0
    for part in parts:
        if place < start + len(needle) and place + len(part.letters) > start:
            found.append(_within(part, start - place, start + len(needle) - place))
        place += len(part.letters)
    return _joined(found)


def _within(part: Spoken, first: int, last: int) -> Span:
    """Of a Latin word only the letters, of a character all of it."""
    if part.end - part.begin != len(part.letters):
        return part.begin, part.end
    return part.begin + max(first, 0), part.begin + min(last, len(part.letters))


def _joined(found) -> list[Span]:
    joined: list[Span] = []
    for begin, end in found:
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined
