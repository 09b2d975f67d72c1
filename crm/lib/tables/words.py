"""Several words in one cell: joined by semicolons, a semicolon or backslash inside a word behind a backslash."""

import re
from collections.abc import Iterable

SEPARATOR = ";"
SPECIAL = re.compile(r"([\\;])")
WORD = re.compile(r"(?:\\.|[^\\;])*", re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def joined(words: Iterable[str]) -> str:
    return SEPARATOR.join(SPECIAL.sub(r"\\\1", word) for word in words)


def parted(cell: str) -> list[str]:
    """The words of a cell, without space around them; empty ones are none."""
    words, place = [], 0
    while place <= len(cell):
        match = WORD.match(cell, place)
        words.append(ESCAPED.sub(r"\1", match[0]))
        place = max(match.end(), place) + 1
    return [word for word in (word.strip() for word in words) if word]
