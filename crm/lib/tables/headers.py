"""Which row of a table is its header, and whether it can serve as one."""

import re
from collections import defaultdict

from .checks import cleaned
from .limits import MAX_COLUMNS
from .parts import Notice, Sheet, TableError, shortened

# What stands in data and hardly ever in a header: numbers, money, dates, times, addresses of mail and web.
LIKE_DATA = re.compile(
    r"[-+(]?\s*[¥￥$€£]?\s*[\d,]*\d(\.\d+)?\s*[%元)]?"
    r"|\d{1,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([ T]\d.*)?|\d{1,2}:\d\d(:\d\d)?|\S+@\S+\.\S+|https?://\S+"
)
LONGEST_NAME = 60


Record = tuple[int, list[str]]


def find(name: str, head: list[Record]) -> tuple[Sheet, list[Notice]]:
    """The table whose first records are `head`. Raises TableError where it has no usable header."""
    filled = [record for record in head if used(record[1]) and not names_separator(*record)]
    if not filled:
        raise TableError("no_header" if any(len(cells) > 1 for _, cells in head) else "empty")
    number, cells = chosen(filled)
    if len(head[0][1]) > 1 and not used(head[0][1]) and not stands_out(cells, rows_below(filled, number)):
        raise TableError("no_header")
    names = [cleaned(cell).strip() for cell in cells]
    sheet = Sheet(name, names, number, ends_open=end_open(rows_below(filled, number), len(names)))
    if sheet.needed > MAX_COLUMNS:
        raise TableError("too_many_columns", count=sheet.needed, limit=MAX_COLUMNS)
    del names[max(sheet.needed, MAX_COLUMNS) :]
    refuse_duplicates(names)
    return sheet, notices(filled[0][0], sheet)


def names_separator(number: int, cells: list[str]) -> bool:
    """The line "sep=;" by which a file tells Excel what separates its columns."""
    return number == 1 and cells[0].startswith(("sep=", "\ufeffsep=")) and used(cells) == 1


def used(cells: list[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def chosen(filled: list[Record]) -> Record:
    """The first row, unless it is clearly a title.

    A title fills one cell, or less than half of the columns in use, and has a row of names
    below it that differs from the rows that follow.
    """
    widest = max(used(cells) for _, cells in filled)
    if widest < 3 or not is_title(filled[0][1], widest):
        return filled[0]
    for number, cells in filled[1:20]:
        if not is_title(cells, widest):
            return (number, cells) if stands_out(cells, rows_below(filled, number)) else filled[0]
    return filled[0]


def is_title(cells: list[str], widest: int) -> bool:
    return used(cells) == 1 or used(cells) * 2 < widest


def rows_below(filled: list[Record], number: int) -> list[list[str]]:
    return [cells for below, cells in filled if below > number]


def end_open(below: list[list[str]], width: int) -> bool:
    """Whether most rows have one blank cell more than the header."""
    return 2 * sum(1 for cells in below if len(cells) == width + 1 and not cells[-1]) > len(below)


def stands_out(cells: list[str], below: list[list[str]]) -> bool:
    """Whether the cells read as names while a row below holds a number, a date or an address."""
    return like_names(cells) and any(not like_names(row) for row in below)


def like_names(cells: list[str]) -> bool:
    named = [cell.strip() for cell in cells if cell.strip()]
    return all(len(cell) <= LONGEST_NAME and not LIKE_DATA.fullmatch(cell) for cell in named)


def refuse_duplicates(names: list[str]) -> None:
    places = defaultdict(list)
    for place, name in enumerate(names, 1):
        if name:
            places[name].append(str(place))
    for name, where in places.items():
        if len(where) > 1:
            raise TableError("duplicate_header", column=shortened(name), positions=", ".join(where))


def notices(first: int, sheet: Sheet) -> list[Notice]:
    found = []
    if sheet.header_row > first:
        found.append(Notice("preamble", {"last": sheet.header_row - 1}))
    if not like_names(sheet.header):
        cell = next(name for name in sheet.header if name and not like_names([name]))
        found.append(Notice("header_is_data", {"cell": shortened(cell, 40)}))
    return found
