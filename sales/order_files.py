"""Files of order lines as a kind of import."""

import re
from collections.abc import Iterator

from crm.lib import tables
from customers import identities
from customers.imports.kinds import Columns, Importer
from customers.imports.surveys import Survey
from customers.models import ImportRun, Source
from sales import columns, orders, registry, staging
from sales.order_rows import OrderRows
from tenancy.models import Job, Tenant

COLUMNS = Columns(
    labels=columns.LABELS,
    synonyms=columns.SYNONYMS,
    lacking=columns.missing,
    dated="time",
    ids=("order", "line", "customer", "product"),
    belongs=columns.is_returns,
)


class OrderFiles(Importer):
    kind = ImportRun.Kind.ORDERS
    preview_template = "imports/_order_preview.html"
    result_template = "imports/_order_result.html"
    figures = (
        "rows", "lines", "refund_lines", "anonymous_lines", "created", "updated", "unchanged", "rejected", "import_id",
        "orders", "refunds", "return_rows", "customers",
    )  # fmt: skip

    def columns(self) -> Columns:
        return COLUMNS

    def reader(self, path: str, survey: Survey, source: Source) -> OrderRows:
        tenant = Tenant.objects.get()
        return OrderRows(
            survey.sheet.header,
            survey.mapping,
            dates=survey.dates(tenant.timezone),
            region=tenant.region,
            cancelled=re.compile(source.cancel_pattern),
            whole=frozenset(survey.whole),
            returned=frozenset(returned_numbers(path, survey)),
        )

    def write(self, run: ImportRun, items: list, reader: OrderRows, job: Job) -> None:
        people: dict[str, identities.Person] = {}
        for line, told in items:
            if any(told.values()):
                former = people.get(line.customer)
                if former is None or line.at >= former.at:
                    people[line.customer] = identities.Person(line.customer, told, line.at)
        outcome = orders.record([line for line, _told in items], source=run.source, people=people)
        for name in ("created", "updated", "unchanged"):
            job.result[name] = job.result.get(name, 0) + getattr(outcome, name)

    def renew_statistics(self) -> None:
        staging.renew_statistics()

    def finish(self, run: ImportRun, job: Job, reader: OrderRows, survey: Survey, path: str) -> dict:
        returned = returned_numbers(path, survey)
        if returned:
            orders.refund_in_full(sorted(set(returned)), source=run.source, key="returns", reason=survey.beside.name)
        registry.orders_imported()
        counted = reader.counted
        return {
            "rows": counted.rows,
            "lines": counted.lines,
            "refund_lines": counted.refund_lines,
            "anonymous_lines": counted.anonymous_lines,
            "created": job.result.get("created", 0),
            "updated": job.result.get("updated", 0),
            "unchanged": job.result.get("unchanged", 0),
            "rejected": counted.rejected,
            "import_id": str(run.id),
            "orders": len(counted.orders),
            "refunds": len(counted.refunds),
            "return_rows": len(returned),
            "customers": len(counted.customers),
            "ignored_sheets": survey.ignored,
        }


def returned_numbers(path: str, survey: Survey) -> list[str]:
    """Order numbers in the returns sheet, a row each."""
    if survey.beside is None:
        return []
    heading = next(h for h, name in columns.propose(survey.beside.header).items() if name == "order")
    column = survey.beside.header.index(heading)
    rows: Iterator = tables.rows(path, survey.profile, survey.beside.name)
    return [row.cells[column].strip() for row in rows if isinstance(row, tables.Row) and row.cells[column].strip()]
