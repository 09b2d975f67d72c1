"""What separates, quotes and escapes the cells of a text file, by how evenly each candidate cuts a sample."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, replace

from .parts import TableError

DELIMITERS = (",", "\t", ";", "|", "，", "；")
NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
SAMPLE = 1 << 16  # characters
EVEN = 0.8  # share of records that must have the same width
CLOSE = 0.1


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    quotechar: str = '"'
    escapechar: str | None = None
    skipinitialspace: bool = False


@dataclass(frozen=True)
class Fit:
    """How a dialect cuts the sample: the usual width, how many records have it, whether the first has."""

    width: int
    even: float
    at_once: bool = True

    @property
    def score(self) -> float:
        """Wider is more telling, since by chance few characters stand equally often in every row.

        Decimal commas stand equally often in all rows but the header.
        """
        return self.even * (1 - 1 / self.width) * (1 if self.at_once else 0.8)


def named(delimiter: str) -> str:
    """One character for "tab", ";" and so on. Raises TableError for what cannot separate columns."""
    character = NAMES.get(delimiter.lower(), delimiter)
    if len(character) != 1 or character.isalnum() or character in "\"'\r\n\\ \0":
        raise TableError(
            "unknown_delimiter",
            delimiter=delimiter[:20],
            choices=", ".join([*DELIMITERS[:1], "tab", *DELIMITERS[2:]]),
        )
    return character


def detect(text: str, delimiter: str | None = None) -> tuple[Dialect, tuple[str, ...]]:
    """The dialect of a file that begins with `text`, and the delimiters to choose from where in doubt."""
    sample = text[:SAMPLE]
    if len(text) > SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    if delimiter is None and (said := re.match(r"\ufeff?sep=(.)[\r\n]", sample)):
        delimiter = said[1]
    if delimiter is not None:
        return refined(Dialect(delimiter), sample), ()
    fits = {mark: fit(Dialect(mark), sample) for mark in DELIMITERS if mark in sample}
    ranked = sorted(fits, key=lambda mark: -fits[mark].score)
    if not ranked:
        return Dialect(","), ()
    dialect = refined(Dialect(ranked[0]), sample)
    return dialect, () if clear(dialect, sample, fits, ranked) else tuple(
        ranked + [m for m in DELIMITERS if m not in fits]
    )


def clear(dialect: Dialect, sample: str, fits: dict[str, Fit], ranked: list[str]) -> bool:
    best = fit(dialect, sample)
    if best.width < 2 or len(ranked) == 1:
        return best.width > 1
    return best.even >= EVEN and best.score - fits[ranked[1]].score >= CLOSE


def fit(dialect: Dialect, sample: str) -> Fit:
    """Lines above the first record of the usual width are not counted: they may be a title."""
    widths = [width for width in cut(dialect, sample) if width]
    commonest = Counter(width for width in widths if width > 0).most_common()
    if not commonest:
        return Fit(1, 0)
    usual = max(width for width, n in commonest if n == commonest[0][1])
    body = widths[widths.index(usual) :]
    return Fit(usual, body.count(usual) / len(body), widths[0] == usual)


def cut(dialect: Dialect, sample: str):
    """The width of each record, 0 for a blank one, -1 for one that cannot be read."""
    reader = csv.reader(
        io.StringIO(sample, newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quotechar,
        escapechar=dialect.escapechar,
        skipinitialspace=dialect.skipinitialspace,
        strict=True,
    )
    while True:
        try:
            for cells in reader:
                yield len(cells) if any(cells) else 0
            return
        except csv.Error as error:
            if "end of data" in str(error):  # the sample ends inside a quoted cell
                return
            yield -1


def refined(dialect: Dialect, sample: str) -> Dialect:
    """The dialect with the quote and escape that the sample shows, each only where it cuts more evenly."""
    mark = re.escape(dialect.delimiter)
    candidates = []
    if '\\"' in sample:
        candidates.append(replace(dialect, escapechar="\\"))
    if re.search(f'{mark} +"', sample) and not re.search(f'{mark}"', sample):
        candidates.append(replace(dialect, skipinitialspace=True))
    best, found = dialect, fit(dialect, sample)
    for candidate in candidates:
        other = fit(candidate, sample)
        if (other.even, other.at_once) > (found.even, found.at_once):
            best, found = candidate, other
    if not re.search(f'(?:^|{mark})"', sample, re.MULTILINE) and quoted_singly(sample, mark):
        best = replace(best, quotechar="'")
    return best


def quoted_singly(sample: str, mark: str) -> bool:
    """Whether cells are wrapped in apostrophes: as many cells end with one as begin with one."""
    begin = len(re.findall(f"(?:^|{mark})'(?!')", sample, re.MULTILINE))
    end = len(re.findall(f"(?<!')'(?=$|{mark}|\r)", sample, re.MULTILINE))
    return begin >= 2 and begin == end
