"""What a file would become, before anything is written."""

from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from customers.models import Source
from sales import columns, order_files
from sales.order_files import Survey
from sales.order_rows import Rejected
from sales.orders import Line

SHOWN = 10
LOOKED_AT = 2000


@dataclass
class Preview:
    """`lines` are the first that can be read; `problems` the first rows that cannot, among the first 2,000."""

    lines: list[tuple[Line, dict]] = field(default_factory=list)
    problems: list[Rejected] = field(default_factory=list)
    rejected: int = 0
    looked_at: int = 0
    obstacles: list[str] = field(default_factory=list)

    @property
    def can_start(self) -> bool:
        return not self.obstacles and bool(self.lines)


def make(path: str, survey: Survey, source: Source) -> Preview:
    """The preview of a surveyed file; its obstacles say what must be answered first."""
    preview = Preview(obstacles=[str(question.message) for question in survey.profile.questions])
    preview.obstacles += [
        _("No column holds: %s. Say which one does.") % columns.LABELS[name] for name in survey.missing
    ]
    if survey.missing:
        return preview
    if problem := order_files.date_problem(survey):
        preview.obstacles.append(problem)
        return preview
    _reader, items = order_files.reading(path, survey, source)
    for item in islice(items, LOOKED_AT):
        preview.looked_at += 1
        if isinstance(item, Rejected):
            preview.rejected += 1
            if len(preview.problems) < SHOWN:
                preview.problems.append(item)
        elif len(preview.lines) < SHOWN:
            preview.lines.append(item)
    return preview
