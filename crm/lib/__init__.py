"""What every app may use and what knows none of them: tables, phones, money, dates and names of people."""

from collections.abc import Mapping
from typing import ClassVar


class Unreadable(ValueError):
    """Something a person wrote that cannot be read.

    `code` is a stable slug for programs, `params` are its figures, str() is a
    sentence in the language that is active when it is asked for.
    """

    messages: ClassVar[Mapping[str, object]] = {}

    def __init__(self, code: str, **params):
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return str(self.messages[self.code]) % self.params
