"""Cells that a spreadsheet program would run as a formula, and how a text file keeps them text.

A spreadsheet takes a cell of a CSV for a formula when it begins with = + - @ (also in full width, which some fold), or
with a tab or a line break before such a sign. An apostrophe in front makes it text. So that nothing is lost on the way
back, a cell that begins with apostrophes and then such a character gets one more: what `neutral` adds, `restored`
takes away, and every text survives the two. A workbook needs neither: its cells say themselves that they are text.
"""

import re

RUN = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def neutral(cell: str) -> str:
    """The cell as a CSV may hold it: nothing a spreadsheet would run."""
    return f"'{cell}" if RUN.match(cell) else cell


def restored(cell: str) -> str:
    """What `neutral` was given, for every text; also what others meant who put an apostrophe before a formula."""
    return cell[1:] if cell.startswith("'") and RUN.match(cell) else cell
