"""What reading a table gives: a profile to show, questions to ask, rows, and rows that could not be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crm.lib import Unreadable

from . import messages


class TableError(Unreadable):
    """The whole file is refused."""

    messages = messages.FILE


@dataclass(frozen=True)
class Question:
    """What the reader will not decide alone: a page asks, a command exits 2 and names the option.

    `choices` begin with the best guess, with which the profile and a preview have been made.
    """

    code: str
    choices: tuple[str, ...]

    @property
    def message(self) -> str:
        return str(messages.QUESTION[self.code])


@dataclass(frozen=True)
class Notice:
    """Something a person should know before going on; nothing is refused."""

    code: str
    params: dict = field(default_factory=dict)

    def __str__(self) -> str:
        return str(messages.NOTICE[self.code]) % self.params


@dataclass
class Sheet:
    """One table. A text file has one, named "".

    `header` holds the cleaned names, "" for a column without one. `header_row` counts from 1.
    `rows` is how many data rows follow: exact for text, about that many for a workbook,
    None where it is not known before reading.
    """

    name: str
    header: list[str]
    header_row: int
    rows: int | None = None
    part: str = ""
    ends_open: bool = False  # data rows end with a separator that the header does not have

    @property
    def needed(self) -> int:
        """Cells a row must have: columns without a name at the right end may be missing."""
        return max((i for i, name in enumerate(self.header, 1) if name), default=0)


@dataclass
class Profile:
    """How a file is read: made once by `profile`, then given to `rows`."""

    kind: str  # "csv", "vcard", "xlsx" or "xls"
    sheets: list[Sheet]
    encoding: str | None = None
    delimiter: str | None = None
    quotechar: str = '"'
    escapechar: str | None = None
    skipinitialspace: bool = False
    questions: list[Question] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)

    def sheet(self, name: str | None = None) -> Sheet:
        """The sheet of that name, or the first. Raises TableError where there is none."""
        for sheet in self.sheets:
            if name is None or sheet.name == name:
                return sheet
        raise TableError("no_sheet", sheet=name, sheets=", ".join(sheet.name for sheet in self.sheets))


@dataclass(slots=True)
class Row:
    """A data row. `number` is the row a spreadsheet program shows, from 1, the header and blank rows counted.

    `cells` are as many as the sheet's header has. `flags` name what was mended or looks wrong.
    """

    number: int
    cells: list[str]
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class BadRow:
    """A row that cannot be read and is left out; the rows after it are not affected."""

    number: int
    column: str | None
    cell: str
    code: str
    params: dict = field(default_factory=dict)

    @property
    def message(self) -> str:
        return str(messages.ROW[self.code]) % self.params

    def __str__(self) -> str:
        sentence = messages.IN_CELL if self.column else messages.IN_ROW
        return str(sentence) % {"row": self.number, "column": self.column, "message": self.message}


def shortened(cell: str, limit: int = 80) -> str:
    return cell if len(cell) <= limit else cell[: limit - 1] + "…"


def flag_texts(flags: Iterable[str]) -> list[str]:
    """The flags of a row as sentences."""
    return [str(messages.FLAG[flag]) for flag in flags]
