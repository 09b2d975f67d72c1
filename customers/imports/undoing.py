"""Taking an import of customers back: what it made goes, what it changed is as before. What people have changed since
stays, and is told."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Field, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import changes, identifiers, identities, projection, roots, tagging
from customers.identifiers import Reader
from customers.matching import records
from customers.merging import uncovering
from customers.models import (
    Customer,
    CustomerTag,
    CustomValue,
    Identifier,
    ImportConflict,
    ImportRun,
    Match,
    MatchRecord,
    Merge,
    Source,
    SourceRecord,
    SourceVersion,
)
from customers.words import Maker
from tenancy import audit, jobs
from tenancy.database.bulk import fetch
from tenancy.encryption import Sealed
from tenancy.models import Job, Membership, Tenant
from webhooks import feed

JOB_KIND = "import.undo"
CHUNK = 5000
Reason = ImportConflict.Reason
# What comes and goes with a record; anything else that points at its customer has happened since.
OWN = {SourceRecord, SourceVersion, Identifier, CustomValue, CustomerTag, ImportConflict, Match, MatchRecord}


class CannotUndo(Exception):
    """This import cannot be undone; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A record that the import has told of. One that it made, or that an import made which is undone, goes with it
    where nobody else has a word of it."""

    record_id: UUID
    customer_id: UUID
    is_made: bool
    is_superseded: bool
    is_edited: bool


def why_not(run: ImportRun) -> str:
    """Why the import cannot be undone; empty where it can."""
    if run.kind != ImportRun.Kind.CUSTOMERS:
        return _("Orders cannot be taken back with their import.")
    if run.job is None:
        return _("This file was not imported.")
    if run.job.is_open:
        return _("The import is still at work. Cancel it first.")
    return _("This import was undone.") if run.undoing else ""


def start(run: ImportRun, *, by: Membership | None, enqueue: bool = True) -> Job:
    """The job that undoes the import. Raises CannotUndo."""
    run = ImportRun.objects.select_for_update(of=["self"]).select_related("job", "undoing").get(id=run.id)
    if problem := why_not(run):
        raise CannotUndo(problem)
    title = _("Undo %s") % run.filename
    run.undoing = jobs.create(JOB_KIND, title=title, arguments={"undo": str(run.id)}, by=by, enqueue=enqueue)
    run.save(update_fields=["undoing"])
    audit.record("import.undone", run, by=by)
    return run.undoing


@jobs.runner(JOB_KIND)
def undo(job: Job) -> Iterator[None]:
    run = ImportRun.objects.select_related("job").get(id=UUID(job.arguments["undo"]))
    job.total = sum(run.job.result.get(name, 0) for name in ("created", "updated"))
    job.result = {"restored": 0, "kept": 0, "conflicts": 0, **job.result}
    yield
    while places := _places(run, job.cursor.get("after")):
        _put_back(run, places, job)
        job.cursor = {"after": str(places[-1].record_id)}
        job.done += len(places)
        yield
    job.total = job.done
    while _take_tags_off(run):
        yield


def _places(run: ImportRun, after: str | None) -> list[Place]:
    """The next records that the import has told of, in the order of their ids."""
    staff = Source.objects.filter(key=Source.STAFF).values_list("id", flat=True).first()
    rows = fetch(
        """
        WITH told AS (
            SELECT record_id, min(at) AS at, max(at) AS last FROM customers_sourceversion
            WHERE run_id = %(run)s AND retracted_at IS NULL AND (%(after)s::uuid IS NULL OR record_id > %(after)s)
            GROUP BY record_id ORDER BY record_id LIMIT %(most)s
        )
        SELECT t.record_id, r.customer_id,
            EXISTS (SELECT FROM customers_importrun m WHERE m.id = r.run_id
                    AND (m.id = %(run)s OR m.undoing_id IS NOT NULL))
                AND NOT EXISTS (SELECT FROM customers_sourceversion o WHERE o.record_id = t.record_id
                                AND o.retracted_at IS NULL AND o.run_id IS DISTINCT FROM %(run)s),
            EXISTS (SELECT FROM customers_sourceversion o WHERE o.record_id = t.record_id AND o.retracted_at IS NULL
                    AND o.run_id IS DISTINCT FROM %(run)s AND o.at > t.last),
            EXISTS (SELECT FROM customers_sourceversion o JOIN customers_sourcerecord s ON s.id = o.record_id
                    WHERE s.customer_id = r.customer_id AND s.source_id = %(staff)s AND o.at > t.at
                    AND o.retracted_at IS NULL AND o.run_id IS DISTINCT FROM %(run)s)
        FROM told t JOIN customers_sourcerecord r ON r.id = t.record_id ORDER BY t.record_id
        """,
        {"run": run.id, "after": after, "most": CHUNK, "staff": staff},
    )
    return [Place(*row) for row in rows]


def _put_back(run: ImportRun, places: list[Place], job: Job) -> None:
    left: dict[UUID, str] = {}
    for place in places:
        if place.is_edited:
            left[place.customer_id] = Reason.EDITED
        elif place.is_superseded:
            left.setdefault(place.customer_id, Reason.SUPERSEDED)
    made = [place for place in places if place.is_made and place.customer_id not in left]
    for customer_id in _in_use({place.customer_id for place in made}, {place.record_id for place in made}, run):
        left[customer_id] = Reason.IN_USE
    back = [place for place in places if left.get(place.customer_id, Reason.SUPERSEDED) == Reason.SUPERSEDED]
    _retract(run, [place.record_id for place in back])
    restored = [place for place in back if place.customer_id not in left]
    _restore(run, restored)
    ImportConflict.objects.bulk_create(
        [ImportConflict(run=run, customer_id=id, reason=reason) for id, reason in sorted(left.items())],
        ignore_conflicts=True,
        batch_size=1000,
    )
    job.result["restored"] += len(restored)
    job.result["kept"] += len(places) - len(restored)
    job.result["conflicts"] += sum(1 for place in places if left.get(place.customer_id) == Reason.EDITED)


def _in_use(customer_ids: Collection[UUID], record_ids: Collection[UUID], run: ImportRun) -> set[UUID]:
    """Those of the customers that would go and that other apps' rows, people's tags or an owner point at, and those of
    whose records such rows speak; and whoever holds what was merged."""
    going = _going(customer_ids, record_ids, run)
    used: set[UUID] = set()
    for field in _pointing_at(Customer):
        rows = field.model._base_manager.filter(**{f"{field.attname}__in": going})
        used |= set(rows.values_list(field.attname, flat=True).distinct())
    for field in _pointing_at(SourceRecord):
        rows = field.model._base_manager.filter(**{f"{field.attname}__in": record_ids})
        used |= set(rows.values_list(f"{field.name}__customer_id", flat=True).distinct())
    used |= set(Customer.objects.filter(id__in=going, owner__isnull=False).values_list("id", flat=True))
    tagged = fetch(
        """SELECT DISTINCT customer_id FROM customers_customertag
           WHERE customer_id = ANY(%s) AND run_id IS DISTINCT FROM %s""",
        [list(going), run.id],
    )
    merged = Merge.objects.filter(survivor_id__in=list(customer_ids), undone_at=None)
    return used | {id for (id,) in tagged} | set(merged.values_list("survivor_id", flat=True))


def _going(customer_ids: Collection[UUID], record_ids: Collection[UUID], run: ImportRun) -> set[UUID]:
    """Those of the customers who have no record but these and others that the import has made."""
    rows = fetch(
        """SELECT id FROM unnest(%s::uuid[]) AS c (id)
           WHERE NOT EXISTS (SELECT FROM customers_sourcerecord r WHERE r.customer_id = c.id
                             AND r.run_id IS DISTINCT FROM %s AND r.id <> ALL(%s))""",
        [list(customer_ids), run.id, list(record_ids)],
    )
    return {id for (id,) in rows}


def _pointing_at(model: type[Model]) -> list[Field]:
    """The references of other apps' rows to the model, those that cannot be walked back among them."""
    relations = model._meta.get_fields(include_hidden=True)
    return [one.field for one in relations if one.auto_created and not one.concrete and one.related_model not in OWN]


def _retract(run: ImportRun, record_ids: list[UUID]) -> None:
    """The import's words of these records count no more."""
    fetch(
        "UPDATE customers_sourceversion SET retracted_at = %s WHERE run_id = %s AND record_id = ANY(%s)",
        [timezone.now(), run.id, record_ids],
    )
    known = MatchRecord.objects.filter(record__in=record_ids).values_list("record_id", flat=True)
    if ready := list(known):
        records.prepare(ready)


def _restore(run: ImportRun, places: list[Place]) -> None:
    made = [place.record_id for place in places if place.is_made]
    _forget_identifiers([place.record_id for place in places])
    fetch("DELETE FROM customers_match WHERE left_id = ANY(%s) OR right_id = ANY(%s)", [made, made])
    for table in ("sourceversion", "identifier", "matchrecord"):
        fetch(f"DELETE FROM customers_{table} WHERE record_id = ANY(%s)", [made])
    fetch("DELETE FROM customers_sourcerecord WHERE id = ANY(%s)", [made])
    customer_ids = {place.customer_id for place in places}
    fetch("DELETE FROM customers_customertag WHERE run_id = %s AND customer_id = ANY(%s)", [run.id, list(customer_ids)])
    removed = _remove({place.customer_id for place in places if place.is_made})
    uncovering.uncover(customer_ids - removed)
    changed = identities.refresh(customer_ids - removed)
    feed.record((changes.REMOVED, sorted(removed)), (changes.CHANGED, sorted(changed)))


def _take_tags_off(run: ImportRun) -> bool:
    """The next tags that came with rows that said nothing else; customers that were left as they are keep theirs.
    False where there are no more."""
    rows = fetch(
        """WITH next AS (
               SELECT t.id FROM customers_customertag t WHERE t.run_id = %(run)s AND NOT EXISTS (
                   SELECT FROM customers_importconflict c WHERE c.run_id = %(run)s AND c.customer_id = t.customer_id
                   AND c.reason <> %(superseded)s)
               ORDER BY t.customer_id LIMIT %(most)s
           ) DELETE FROM customers_customertag t USING next WHERE t.id = next.id RETURNING t.customer_id""",
        {"run": run.id, "most": CHUNK, "superseded": Reason.SUPERSEDED},
    )
    customer_ids = {id for (id,) in rows}
    uncovering.uncover(roots.roots(customer_ids).values())
    tagging.tell_changed(sorted(customer_ids))
    return bool(rows)


def _remove(customer_ids: set[UUID]) -> set[UUID]:
    """Customers of whom no record is left go."""
    rows = fetch(
        """SELECT id FROM unnest(%s::uuid[]) AS c (id)
           WHERE NOT EXISTS (SELECT FROM customers_sourcerecord r WHERE r.customer_id = c.id)""",
        [list(customer_ids)],
    )
    gone = [id for (id,) in rows]
    for table in ("customvalue", "customertag", "importconflict"):
        fetch(f"DELETE FROM customers_{table} WHERE customer_id = ANY(%s)", [gone])
    fetch("DELETE FROM customers_customer WHERE id = ANY(%s)", [gone])
    return set(gone)


def _forget_identifiers(record_ids: list[UUID]) -> None:
    """Identifiers that no standing word of their record holds; a claim passes to the next oldest holder."""
    region = Tenant.objects.get().region
    reader, maker = Reader(region), Maker(region)
    rows = fetch(
        "SELECT record_id, content FROM customers_sourceversion WHERE record_id = ANY(%s) AND retracted_at IS NULL",
        [record_ids],
    )
    held = {
        (record_id, found.kind, found.digest)
        for record_id, content in rows
        for found in reader.read(projection.opened(maker.opened(Sealed(content))))
    }
    identifiers.drop(record_ids, except_for=held)
