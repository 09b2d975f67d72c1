"""How a model declares what becomes of each field when its person asks to be forgotten.

class Privacy:
    fields = {**erase("why", "name"), **anonymise("why", "city"), **keep("why", "amount")}

`id` and `tenant` need no declaration. A field without one fails the tests. `secret` names those that are never handed
out with what is held of a person, since they are the company's own business and say nothing of them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    ERASE = "erase"
    ANONYMISE = "anonymise"
    KEEP = "keep"


@dataclass(frozen=True)
class Declaration:
    fate: Fate
    why: str


def erase(why: str, *fields: str) -> dict[str, Declaration]:
    """The value is destroyed."""
    return dict.fromkeys(fields, Declaration(Fate.ERASE, why))


def anonymise(why: str, *fields: str) -> dict[str, Declaration]:
    """The value is replaced by one that points at nobody."""
    return dict.fromkeys(fields, Declaration(Fate.ANONYMISE, why))


def keep(why: str, *fields: str) -> dict[str, Declaration]:
    """The value stays, because it says nothing about the person or because the law wants it."""
    return dict.fromkeys(fields, Declaration(Fate.KEEP, why))
