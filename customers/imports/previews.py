"""What a file would become, before anything is written."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.utils.translation import gettext as _

from crm.lib import tables
from crm.lib.dates import DateError, DateReader
from customers.imports import surveys
from customers.imports.kinds import Importer, Rejected
from customers.imports.surveys import Survey
from customers.models import Source

SHOWN = 10
LOOKED_AT = 2000
SAMPLES = 3
SAMPLED_ROWS = 50
GARBLED = re.compile("[\ud800-\udfff]")  # what bytes become that the encoding does not know


@dataclass
class Preview:
    """`items` are the first that can be read; `problems` the first rows that cannot, among the first 2,000."""

    items: list = field(default_factory=list)
    problems: list[Rejected] = field(default_factory=list)
    rejected: int = 0
    looked_at: int = 0
    obstacles: list[str] = field(default_factory=list)

    @property
    def can_start(self) -> bool:
        return not self.obstacles and bool(self.items)


def make(path: str, survey: Survey, source: Source, importer: Importer) -> Preview:
    """The preview of a surveyed file; its obstacles say what must be answered first."""
    preview = Preview(obstacles=[str(question.message) for question in survey.profile.questions])
    if any(map(GARBLED.search, survey.sheet.header)):
        preview.obstacles.append(_("In this encoding the header cannot be read; choose another one."))
    preview.obstacles += [
        _("No column holds: %s. Say which one does.") % survey.columns.labels[name] for name in survey.missing
    ]
    if survey.missing:
        return preview
    if problem := surveys.date_problem(survey):
        preview.obstacles.append(problem)
        return preview
    rows = tables.rows(path, survey.profile, survey.sheet.name)
    for item in islice(importer.reader(path, survey, source).read(rows), LOOKED_AT):
        preview.looked_at += 1
        if isinstance(item, Rejected):
            preview.rejected += 1
            if len(preview.problems) < SHOWN:
                preview.problems.append(item)
        elif len(preview.items) < SHOWN:
            preview.items.append(item)
    return preview


def headings(survey: Survey) -> list[str]:
    """The columns that have a name one can read."""
    return [heading for heading in survey.sheet.header if heading and not GARBLED.search(heading)]


def legible(text: object) -> str:
    """A sentence that may quote a garbled cell, as a page can show it."""
    return GARBLED.sub("\ufffd", str(text))


def samples(path: str, survey: Survey) -> dict[str, list[str]]:
    """Heading → the first different values of the column, as they stand in the file."""
    found: dict[str, dict[str, None]] = {heading: {} for heading in headings(survey)}
    for row in islice(tables.rows(path, survey.profile, survey.sheet.name), SAMPLED_ROWS):
        if isinstance(row, tables.BadRow):
            continue
        for heading, cell in zip(survey.sheet.header, row.cells, strict=False):
            if heading in found and cell.strip() and len(found[heading]) < SAMPLES:
                found[heading].setdefault(cell.strip())
    return {heading: list(values) for heading, values in found.items()}


def date_formats(survey: Survey) -> list[tuple[str, str]]:
    """(format, what it makes of one of the file's dates), where the file alone does not tell how to read them."""
    try:
        DateReader(survey.samples)
    except DateError as problem:
        return [(format, _as_read(survey.samples, format)) for format in problem.params.get("choices", ())]
    return []


def _as_read(samples: list[str], format: str) -> str:
    for sample in samples:
        try:
            return f"{sample} → {datetime.strptime(sample, format):%Y-%m-%d}"
        except ValueError:
            continue
    return format
