"""The two doors: `profile` a file, then read its `rows`."""

from collections.abc import Iterator
from pathlib import PurePath

from . import cards, delimited, dialects, encodings, headers, workbook, xls
from .parts import BadRow, Notice, Profile, Question, Row, TableError
from .sniffing import WORKBOOK_NAMES, kind_of

READERS = {"csv": delimited, "vcard": cards, "xlsx": workbook, "xls": xls}


def profile(path, *, filename: str, encoding: str | None = None, delimiter: str | None = None) -> Profile:
    """What the file at `path` is, that a person named `filename`, and how to read it.

    Reads all of it once, so that a damaged file or a quote that swallows the rest is refused
    before anything is done. `encoding` and `delimiter` are the answers to the profile's
    questions and win over what is found. Raises TableError.
    """
    kind = kind_of(path, filename)
    if kind == "vcard":
        return cards.profile(path, encoding)
    if kind != "csv":
        return READERS[kind].profile(path)
    found = profile_text(path, encoding, delimiter)
    if PurePath(filename.lower()).suffix in WORKBOOK_NAMES:
        found.warnings.append(Notice("text_named_xls"))
    return found


def profile_text(path, encoding: str | None, delimiter: str | None) -> Profile:
    found = Profile("csv", [])
    finding = encodings.detect(path)
    found.encoding = encodings.named(encoding) if encoding else finding.choices[0]
    if not encoding and not finding.certain:
        found.questions.append(Question("encoding", finding.choices))
    if finding.broken and found.encoding == "UTF-8":
        found.warnings.append(Notice("broken_rows", {"encoding": found.encoding}))
    ask_dialect(path, found, dialects.named(delimiter) if delimiter else None)
    sheet, notices = headers.find("", delimited.head(path, found))
    sheet.rows = delimited.count(path, found, sheet)
    if not sheet.rows:
        raise TableError("no_rows")
    found.sheets = [sheet]
    found.warnings += notices
    return found


def ask_dialect(path, found: Profile, delimiter: str | None) -> None:
    dialect, choices = dialects.detect(delimited.beginning(path, found.encoding), delimiter)
    found.delimiter, found.quotechar = dialect.delimiter, dialect.quotechar
    found.escapechar, found.skipinitialspace = dialect.escapechar, dialect.skipinitialspace
    if choices:
        found.questions.append(Question("delimiter", choices))


def rows(path, profile: Profile, sheet_name: str | None = None) -> Iterator[Row | BadRow]:
    """The data rows below the header of the named sheet, or of the first, in the order of the file.

    Blank rows are passed over, but counted in the numbers. Raises TableError where the sheet
    does not exist or the file is not the one that was profiled any more.
    """
    return READERS[profile.kind].rows(path, profile, profile.sheet(sheet_name))
