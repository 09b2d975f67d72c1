"""Two records side by side: which fields differ, and where within a value. No database."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

from crm.lib import Unreadable, birthdays, emails, names, phones, text
from customers import projection
from customers.profiles import LABELS, MASKED, shown

FIELDS = (
    "name", "family_name", "given_name", "gender", "birthday", "phone", "phone_2", "phone_3", "email", "email_2",
    "email_3", "openid", "unionid", "card", "id_number", "address", "province", "city", "district", "company",
    "title", "note",
)  # fmt: skip
ALIKE = 0.4  # of two values with less in common no part is marked, but the whole
HIDDEN = "****"
CHINA = "+86"


class State(StrEnum):
    SAME = "same"
    DIFFERS = "differs"
    ALONE = "alone"


@dataclass(frozen=True)
class Piece:
    """A stretch of a value; `differs` where the other value has something else."""

    text: str
    differs: bool


@dataclass(frozen=True)
class Line:
    """A field of both. A value that is not known has no pieces."""

    key: str
    label: str
    left: list[Piece]
    right: list[Piece]
    state: State


def lines(left: Mapping[str, str], right: Mapping[str, str], *, region: str, revealed: bool = False) -> list[Line]:
    """A line for each field that either knows. Contact data is masked unless it is revealed; what differs is marked
    there too, so that one sees that it does and not what it is."""
    return [
        _line(key, _standard(key, left.get(key) or "", region), _standard(key, right.get(key) or "", region), revealed)
        for key in _told(left, right)
    ]


def _told(left: Mapping[str, str], right: Mapping[str, str]) -> list[str]:
    named = bool(left.get("name") and right.get("name"))
    parts = {"family_name", "given_name"} if named else set()
    return [key for key in FIELDS if key not in parts and (left.get(key) or right.get(key))]


def _line(key: str, left: str, right: str, revealed: bool) -> Line:
    marks = _differing(left, right) if left and right else ([False] * len(left), [False] * len(right))
    same = bool(left and right) and _folded(left) == _folded(right)
    state = State.ALONE if not (left and right) else State.SAME if same else State.DIFFERS
    if same:
        marks = [False] * len(left), [False] * len(right)
    is_masked = key in MASKED and not revealed
    told = [
        _masked(key, value, flags) if is_masked else _pieces(zip(value, flags, strict=True))
        for value, flags in zip((left, right), marks, strict=True)
    ]
    return Line(key, str(LABELS[key]), told[0], told[1], state)


def _standard(key: str, value: str, region: str) -> str:
    """The value in the one form that two records can be compared in; as it came where it cannot be read."""
    if not value:
        return ""
    kind = key.partition("_")[0]
    try:
        if kind == "phone":
            number = phones.standard(value, region)
            return number.e164.removeprefix(CHINA) if number else value
        if kind == "email":
            return emails.standard(value) or value
        if key == "birthday":
            return str(birthdays.parse(value) or value)
    except (Unreadable, ValueError):
        return text.clean(value)
    if key == "name":
        return names.standard(value) or value
    if key == "gender" and value.strip().casefold() in projection.GENDERS:
        return shown("gender", value)
    return text.clean(value)


def _folded(value: str) -> str:
    return text.name_key(value) or value


def _differing(left: str, right: str) -> tuple[list[bool], list[bool]]:
    """For each character whether the other value has something else there."""
    if len(left) == len(right) and sum(a == b for a, b in zip(left, right, strict=True)) >= len(left) * ALIKE:
        flags = [a != b for a, b in zip(left, right, strict=True)]
        return flags, flags
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < ALIKE:
        return [True] * len(left), [True] * len(right)
    marks = [True] * len(left), [True] * len(right)
    for block in matcher.get_matching_blocks():
        for place in range(block.size):
            marks[0][block.a + place] = marks[1][block.b + place] = False
    return marks


def _pieces(characters) -> list[Piece]:
    return [
        Piece("".join(one for one, _flag in run), flag) for flag, run in groupby(characters, key=lambda one: one[1])
    ]


def _masked(key: str, value: str, flags: list[bool]) -> list[Piece]:
    """The value with its middle hidden. Of a phone each hidden digit stands for itself, of the rest only whether
    what is hidden differs: how long it is says too much."""
    begin, end = _shown_ends(key, value)
    head, middle, tail = (list(zip(value, flags, strict=True))[a:b] for a, b in ((0, begin), (begin, end), (end, None)))
    if key.startswith("phone"):
        return _pieces([*head, *(("*", flag) for _one, flag in middle), *tail])
    hidden = [Piece(HIDDEN, any(flag for _one, flag in middle))] if middle else []
    return [*_pieces(head), *hidden, *_pieces(tail)]


def _shown_ends(key: str, value: str) -> tuple[int, int]:
    """Where the hidden middle begins and ends."""
    if key.startswith("email") and "@" in value:
        return min(1, value.index("@")), value.index("@")
    if len(value) <= 7:
        return 0, len(value)
    return 3, len(value) - 4
