"""Several words in one cell: joined by semicolons, a semicolon or backslash inside a word behind a backslash."""

import re
from collections.abc import Iterable
from functools import lru_cache

SEPARATOR = ";"
ANY = ";,|；，、"  # what others put between words
SPECIAL = re.compile(r"([\\;])")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def joined(words: Iterable[str]) -> str:
    return SEPARATOR.join(SPECIAL.sub(r"\\\1", word) for word in words)


def parted(cell: str, separators: str = SEPARATOR) -> list[str]:
    """The words of a cell, without space around them; empty ones are none."""
    word, words, place = _word(separators), [], 0
    while place <= len(cell):
        match = word.match(cell, place)
        words.append(ESCAPED.sub(r"\1", match[0]))
        place = max(match.end(), place) + 1
    return [word for word in (word.strip() for word in words) if word]


@lru_cache
def _word(separators: str) -> re.Pattern:
    return re.compile(rf"(?:\\.|[^\\{re.escape(separators)}])*", re.DOTALL)
