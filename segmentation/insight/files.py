"""The figures of the insight pages as CSV files, as a program reads them: plain numbers, ISO days."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO

from django.http import HttpResponse

from segmentation.insight import pages, reading
from segmentation.recommending import building

Rows = Iterable[Sequence]
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def response(name: str, rows: Rows) -> HttpResponse:
    """UTF-8 with a mark, as the spreadsheets of this world want it."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_plain(cell) for cell in row] for row in rows)
    return HttpResponse(
        out.getvalue().encode("utf-8-sig"),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}.csv"',
        },
    )


def _plain(cell):
    """No text that a spreadsheet would compute."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def overview(days: int, *, as_of: date | None) -> Rows:
    yield "start", "end", "orders", "anonymous_orders", "amount", "customers", "new_customers", "margin", "margin_of"
    if as_of is not None:
        for row in reading.overview(days, as_of=as_of).points:
            yield (
                *pages.span_of(row), row.orders, row.anonymous, row.amount, row.customers, row.newcomers, row.margin,
                row.margin_of,
            )  # fmt: skip


def grid(counts: dict[tuple[int, int], int]) -> Rows:
    yield "r", "f", "customers"
    for (r, f), people in sorted(counts.items()):
        yield r, f, people


def flow(moved) -> Rows:
    yield "from", "to", "customers"
    for (before, after), people in sorted(moved.items()):
        yield before, after, people


def cohorts(*, as_of: date | None) -> Rows:
    yield "first_order", "customers", "months_later", "bought"
    for cohort in reading.cohorts(as_of=as_of, most=24) if as_of else ():
        for later, count in enumerate(cohort.kept):
            if count is not None:
                yield f"{cohort.month:%Y-%m}", cohort.size, later, count


def pairs() -> Rows:
    yield "product", "other", "baskets", "confidence"
    for row in reading.pairs(most=1000) if building.rules().built_at else ():
        yield row.product.code, row.other.code, row.together, row.confidence


def tops(by: str, months: int, *, as_of: date | None) -> Rows:
    yield "name", "amount", "orders", "quantity"
    for row in reading.tops(by, months, as_of=as_of) if as_of else ():
        yield row.label, row.amount, row.orders, row.quantity
