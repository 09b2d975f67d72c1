"""One thing done to many customers: asked for with a count, confirmed, done by a job where they are many, undone.

Each customer's row remembers what stood there before. An undo puts that back where nobody has changed it since, and
says where somebody has.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import changes, golden, tagging
from customers.models import Customer, Tag
from segmentation import narrowing
from segmentation.models import BulkChange, BulkRow, Segment
from segmentation.models.bulk import UNDOABLE
from segmentation.segments import editing
from tenancy import audit, context, jobs
from tenancy.database.bulk import fetch
from tenancy.jobs import JobFailed
from tenancy.models import Job, Membership, Store, Tenant
from webhooks import feed

Act, State = BulkChange.Act, BulkChange.State
AT_ONCE = 200  # customers that are changed while one waits
PIECE = 2_000
MOST_CHOSEN = 1_000
DO, UNDO = "customers.change", "customers.undo"
PICKED = {Act.PICK: editing.pick, Act.UNPICK: editing.unpick}
COLUMNS = {Act.SET_OWNER: ("owner_id", "tenancy_membership"), Act.SET_STORE: ("store_id", "tenancy_store")}


class NotPossible(Exception):
    """It was confirmed already, is undone, or cannot be; the message says which."""


def ask(
    act: Act, *, chosen: Sequence[UUID] = (), parameters: QueryDict, is_whole: bool, member: Membership, tenant: Tenant
) -> BulkChange:
    """A change that waits to be confirmed, with how many it would meet and how many of them it leaves alone."""
    asked = narrowing.read(parameters, member=member)
    change = BulkChange(
        act=act,
        chosen=[] if is_whole else list(dict.fromkeys(chosen))[:MOST_CHOSEN],
        query=narrowing.written(asked.parameters),
        is_whole=is_whole,
        member=member,
    )
    _count(change, tenant)
    change.save()
    return change


def confirm(change: BulkChange, value: Tag | Membership | Store | Segment | None, *, tenant: Tenant) -> None:
    """Do it: at once up to AT_ONCE customers, else by a job. Raises NotPossible."""
    change = _held(change)
    if change.state != State.ASKED:
        raise NotPossible(_("This was confirmed already."))
    _count(change, tenant)
    change.value, change.label = value and value.id, str(value) if value else ""
    change.state = State.DOING
    change.save()
    _plan(change, tenant)
    if change.fits - change.left_alone <= AT_ONCE:
        for _piece in _doing(change):
            pass
    else:
        _enqueue(change, DO)


def undo(change: BulkChange) -> None:
    """Put back what stood there before. A second time does nothing more. Raises NotPossible."""
    change = _held(change)
    if not (change.can_be_undone or is_interrupted(change)):
        raise NotPossible(_("This cannot be undone (any more)."))
    change.state = State.UNDOING
    change.save(update_fields=["state"])
    if change.changed <= AT_ONCE:
        for _piece in _undoing(change):
            pass
    else:
        _enqueue(change, UNDO)


def conflicts(change: BulkChange, *, member: Membership, most: int = 50) -> list[Customer]:
    """The first customers that an undo left as somebody has made them since, of those the member sees."""
    rows = change.rows.filter(state=BulkRow.State.CONFLICT)
    return list(Customer.objects.visible_to(member).filter(id__in=rows.values("customer_id")).order_by("id")[:most])


@jobs.runner(DO)
def do(job: Job) -> Iterator[None]:
    yield from _by_job(job, _doing)


@jobs.runner(UNDO)
def take_back(job: Job) -> Iterator[None]:
    yield from _by_job(job, _undoing)


def _by_job(job: Job, work) -> Iterator[None]:
    change = BulkChange.objects.select_related("member__user", "member__role").get(id=job.arguments["change"])
    for done in work(change):
        job.done += done
        job.result = {"changed": change.changed, "restored": change.restored, "conflicts": change.conflicts}
        yield


def is_interrupted(change: BulkChange) -> bool:
    """Whether a job was stopped or failed on the way: what it had done until then can be undone."""
    return change.state in (State.DOING, State.UNDOING) and change.job is not None and not change.job.is_open


def _held(change: BulkChange) -> BulkChange:
    rows = BulkChange.objects.select_for_update(of=["self"]).select_related("member__user", "member__role", "job")
    return rows.get(id=change.id)


def _enqueue(change: BulkChange, kind: str) -> None:
    arguments = {"change": str(change.id)}
    job = jobs.create(kind, title=str(change), arguments=arguments, by=change.member, enqueue=False)
    job.total = change.fits - change.left_alone if kind == DO else change.changed
    job.lease_until = timezone.now() + jobs.GRACE
    job.save(update_fields=["total", "lease_until"])
    jobs.send(job)
    change.job = job
    change.save(update_fields=["job"])


# Whom it meets


def met(change: BulkChange, tenant: Tenant) -> QuerySet[Customer]:
    """The customers that fit and that the member sees."""
    visible = Customer.objects.visible_to(change.member).filter(erased_at=None)
    if not change.is_whole:
        return visible.filter(id__in=change.chosen)
    asked = narrowing.read_text(change.query, member=change.member)
    if asked.lost:  # without a filter it would meet more than was counted
        raise NotPossible(_("A filter of it means nothing any more: %s") % "; ".join(asked.lost))
    return asked.customers(visible, tenant=tenant)


def _count(change: BulkChange, tenant: Tenant) -> None:
    fitting = met(change, tenant)
    change.fits = fitting.count()
    change.left_alone = change.fits - fitting.filter(id__in=_editable(change)).count()


def _editable(change: BulkChange):
    return Customer.objects.editable_by(change.member).values("id")


def _plan(change: BulkChange, tenant: Tenant) -> None:
    """A waiting row for each customer, in one statement."""
    sql, parameters = met(change, tenant).filter(id__in=_editable(change)).values("id").query.sql_with_params()
    fetch(
        f"""INSERT INTO segmentation_bulkrow (id, tenant_id, change_id, customer_id, state)
            SELECT uuidv7(), %s, %s, fitting.id, 'waiting' FROM ({sql}) AS fitting ORDER BY fitting.id""",
        [context.current_tenant_id(), change.id, *parameters],
    )


# Doing


def _doing(change: BulkChange) -> Iterator[int]:
    """Piece by piece; gives how many customers each had."""
    while rows := _portion(change, BulkRow.State.WAITING):
        moved = _apply(change, rows)
        _mark(rows, moved, BulkRow.State.CHANGED, BulkRow.State.SAME)
        change.changed += len(moved)
        change.save(update_fields=["changed"])
        yield len(rows)
    change.state, change.done_at = State.DONE, timezone.now()
    change.save(update_fields=["state", "done_at"])
    told = {"act": change.act, "value": str(change.value or ""), "changed": change.changed}
    told["left_alone"] = change.left_alone
    audit.record("customers.bulk_changed", change, by=change.member, changes=told)


def _portion(change: BulkChange, state: BulkRow.State) -> dict[UUID, UUID]:
    """Customer → row, of the next ones; the customers are held, in one order for all writers."""
    rows = dict(change.rows.filter(state=state).order_by("id").values_list("customer_id", "id")[:PIECE])
    golden.hold(rows)
    return rows


def _mark(rows: dict[UUID, UUID], moved: set[UUID], done: BulkRow.State, others: BulkRow.State) -> None:
    fetch(
        """UPDATE segmentation_bulkrow SET state = CASE WHEN customer_id = ANY(%s) THEN %s ELSE %s END
           WHERE id = ANY(%s)""",
        [list(moved), str(done), str(others), list(rows.values())],
    )


def _apply(change: BulkChange, rows: dict[UUID, UUID]) -> set[UUID]:
    """Returns the customers that are another by it."""
    if change.act in COLUMNS:
        column, table = COLUMNS[change.act]
        return _told(
            f"""WITH moved AS (
                    UPDATE customers_customer c SET {column} = %(value)s, updated_at = now()
                    FROM segmentation_bulkrow r
                    WHERE r.id = ANY(%(rows)s) AND c.id = r.customer_id AND c.{column} IS DISTINCT FROM %(value)s
                        AND (%(value)s::uuid IS NULL OR EXISTS (SELECT FROM {table} t WHERE t.id = %(value)s))
                    RETURNING r.id AS row_id, old.{column} AS before
                ) UPDATE segmentation_bulkrow r SET before = moved.before FROM moved WHERE r.id = moved.row_id
                RETURNING r.customer_id""",
            {"value": change.value, "rows": list(rows.values())},
        )
    if change.act in PICKED:
        if (segment := _segment(change)) is None:
            raise JobFailed(_("The segment was archived meanwhile."))
        return PICKED[change.act](segment, list(rows), by=change.member)
    tag = Tag.objects.filter(id=change.value).first()
    if tag is None:
        raise JobFailed(_("The tag was deleted meanwhile."))
    if change.act == Act.ADD_TAG:
        return _with_tag(rows, tag, change.member)
    return {customer for customer, _tag in tagging.take(list(rows), [tag], by=change.member)}


def _segment(change: BulkChange) -> Segment | None:
    return Segment.objects.editable_by(change.member).filter(id=change.value).first()


def _with_tag(ids, tag: Tag, by: Membership) -> set[UUID]:
    """Those that have no room for another tag stay as they are."""
    full = fetch(
        """SELECT customer_id FROM customers_customertag WHERE customer_id = ANY(%s) AND tag_id IS NOT NULL
           GROUP BY customer_id HAVING count(*) >= %s""",
        [list(ids), tagging.MOST_EACH],
    )
    room = set(ids) - {id for (id,) in full}
    return {customer for customer, _tag in tagging.put(room, [tag], by=by)}


def _told(sql: str, parameters: dict) -> set[UUID]:
    moved = {id for (id,) in fetch(sql, parameters)}
    feed.record((changes.CHANGED, sorted(moved)))
    return moved


# Undoing


def _undoing(change: BulkChange) -> Iterator[int]:
    while rows := _portion(change, BulkRow.State.CHANGED):
        restored = _restore(change, rows)
        _mark(rows, restored, BulkRow.State.RESTORED, BulkRow.State.CONFLICT)
        change.restored += len(restored)
        change.conflicts += len(rows) - len(restored)
        change.save(update_fields=["restored", "conflicts"])
        yield len(rows)
    change.state = State.UNDONE
    change.save(update_fields=["state"])
    told = {"act": change.act, "restored": change.restored, "conflicts": change.conflicts}
    audit.record("customers.bulk_undone", change, by=change.member, changes=told)


def _restore(change: BulkChange, rows: dict[UUID, UUID]) -> set[UUID]:
    """Returns the customers that are as before; the others were changed since, or what stood there is gone."""
    if change.act in COLUMNS:
        column, table = COLUMNS[change.act]
        return _told(
            f"""UPDATE customers_customer c SET {column} = r.before, updated_at = now()
                FROM segmentation_bulkrow r
                WHERE r.id = ANY(%(rows)s) AND c.id = r.customer_id AND c.{column} IS NOT DISTINCT FROM %(value)s
                    AND c.erased_at IS NULL
                    AND (r.before IS NULL OR EXISTS (SELECT FROM {table} t WHERE t.id = r.before))
                RETURNING c.id""",
            {"value": change.value, "rows": list(rows.values())},
        )
    if change.act in PICKED:
        back = editing.unpick if change.act == Act.PICK else editing.pick
        return back(segment, list(rows), by=change.member) if (segment := _segment(change)) else set()
    tag = Tag.objects.filter(id=change.value).first()
    living = set(Customer.objects.filter(id__in=list(rows), erased_at=None).values_list("id", flat=True))
    if tag is None:
        return set()
    if change.act == Act.ADD_TAG:
        return {customer for customer, _tag in tagging.take(living, [tag], by=change.member)}
    return _with_tag(living, tag, change.member)


def forget() -> None:
    """What was not confirmed for a day goes, and the rows of what can no longer be undone."""
    now = timezone.now()
    BulkChange.objects.filter(state=State.ASKED, created_at__lt=now - timedelta(days=1)).delete()
    fetch(
        """DELETE FROM segmentation_bulkrow r USING segmentation_bulkchange c
           WHERE c.id = r.change_id AND c.done_at < %s""",
        [now - UNDOABLE],
    )


def having(change: BulkChange) -> int:
    """How many had it already."""
    return change.rows.filter(state=BulkRow.State.SAME).count()


def newest(member: Membership, most: int = 50) -> list[BulkChange]:
    """What the member did to many at once, newest first."""
    rows = BulkChange.objects.visible_to(member).exclude(state=State.ASKED)
    return list(rows.select_related("job").order_by("-created_at")[:most])
