"""Files of customers as a kind of import."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from crm.lib.tables import words
from customers import custom, golden, identities, registry, tagging
from customers.imports import person_columns, returning
from customers.imports.kinds import Columns, Importer
from customers.imports.person_rows import PersonRows, Told
from customers.imports.runs import note_problems
from customers.imports.surveys import Survey
from customers.models import Customer, ImportRun, Source
from customers.words import Maker
from tenancy import jobs
from tenancy.models import Job, Store, Tenant

MOST_STORES = 2000  # names and codes, so that a wrong column does not become stores


class CustomerFiles(Importer):
    kind = ImportRun.Kind.CUSTOMERS
    preview_template = "imports/_customer_preview.html"
    result_template = "imports/_customer_result.html"
    figures = ("import_id", "rows", "created", "updated", "unchanged", "rejected", "customers")

    def columns(self) -> Columns:
        return person_columns.of_tenant()

    def reader(self, path: str, survey: Survey, source: Source) -> PersonRows:
        tenant = Tenant.objects.get()
        companies = person_columns.of_companies(survey.sheet.header, survey.mapping)
        return PersonRows(
            survey.sheet.header,
            survey.mapping,
            dates=survey.dates(tenant.timezone),
            maker=Maker(tenant.region),
            own={field.key: field for field in custom.fields()},
            whole=survey.whole,
            kind=Customer.Kind.COMPANY.value if companies else "",
            is_text=survey.profile.kind == "csv",
            separators=words.SEPARATOR if source.key == Source.EXPORT else words.ANY,
        )

    def write(self, run: ImportRun, items: list[Told], reader: PersonRows, job: Job) -> None:
        if run.source.key == Source.EXPORT:
            self._write_back(run, items, reader, job)
            return
        stores = named_stores({item.store for item in items if item.store})
        for item in items:
            item.word.store_id = stores.get(item.store)
        done = identities.write([item.word for item in items], maker=reader.maker, source=run.source, run=run)
        created = len(done.new)
        first = {}
        for place, item in enumerate(items):
            first.setdefault(item.word.external_id, place)
        updated = sum(1 for place in done.news if not _is_first(place, items, first, done.new))
        _count(job, created=created, updated=updated, unchanged=len(items) - created - updated)
        reader.is_eager = created * 2 > len(items)
        self._tag(((item, done.known[item.word.external_id].customer_id) for item in items), run)

    def _write_back(self, run: ImportRun, items: list[Told], reader: PersonRows, job: Job) -> None:
        told, unknown = returning.known(items, by=job.created_by)
        note_problems(run, [one.problem(run, "") for one in unknown])
        changed = returning.write(told, maker=reader.maker, run=run)
        self._tag(((item, id) for id, item in told.items()), run)
        unchanged = len(items) - len(unknown) - len(changed)
        _count(job, updated=len(changed), unchanged=unchanged, unknown=len(unknown))
        reader.is_eager = False

    def _tag(self, pairs: Iterable[tuple[Told, UUID]], run: ImportRun) -> None:
        wanted: dict[str, list[UUID]] = defaultdict(list)
        for item, customer_id in pairs:
            for name in item.tags:
                wanted[name].append(customer_id)
        golden.hold({id for ids in wanted.values() for id in ids})
        try:
            for name, customer_ids in sorted(wanted.items()):
                tagging.put(customer_ids, [name], by=None, run=run)
        except (tagging.BadTag, tagging.TooManyTags) as problem:
            raise jobs.JobFailed(str(problem)) from problem

    def renew_statistics(self) -> None:
        identities.renew_statistics()

    def finish(self, run: ImportRun, job: Job, reader: PersonRows, survey: Survey, path: str) -> dict:
        registry.told()
        counted = reader.counted
        return {
            "import_id": str(run.id),
            "rows": counted.rows,
            **{name: job.result.get(name, 0) for name in ("created", "updated", "unchanged")},
            "rejected": counted.rejected + job.result.get("unknown", 0),
            "customers": len(reader.customers),
            "ignored_sheets": survey.ignored,
        }


def _count(job: Job, **counts: int) -> None:
    for name, count in counts.items():
        job.result[name] = job.result.get(name, 0) + count


def _is_first(place: int, items: list[Told], first: dict[str, int], new: set[str]) -> bool:
    """Whether this is the row that made its customer."""
    reference = items[place].word.external_id
    return reference in new and first[reference] == place


def named_stores(names: Iterable[str]) -> dict[str, UUID]:
    """Stores by code or name; one that is not known yet is made."""
    names = set(names)
    if not names:
        return {}
    found = {name: store.id for store in Store.objects.all() for name in (store.name, store.code)}
    new = sorted(names - found.keys())
    if new and len(found) + len(new) > MOST_STORES:
        raise jobs.JobFailed(_("There would be more than %d stores. Is this the column of the store?") % MOST_STORES)
    for name in new:
        store, _made = Store.objects.get_or_create(code=name[:40], defaults={"name": name[:200]})
        found[name] = store.id
    return {name: found[name] for name in names}
