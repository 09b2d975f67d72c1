"""Who entered and who left: the segments compared with their rules, for whoever was touched, and once a night for all.

Touched customers stand in rows that the database wrote with the change itself; a message only says it sooner. One
follower of a company works at a time, so that events stand in the order of their commits.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.uuids import uuid7
from segmentation.models import Segment, SegmentColumns, SegmentEvent, SegmentHead, SegmentTouch
from segmentation.prediction import predicting
from segmentation.segments import counting, moments, sql, vocabulary
from segmentation.segments.columns import keeping, renewing
from segmentation.segments.counting import Asked
from tenancy import context, jobs
from tenancy.database.bulk import fetch
from tenancy.models import Job, Membership
from webhooks import feed, kinds

Cause = SegmentEvent.Cause
ENTERED, LEFT = "segment.entered", "segment.left"
PORTION = 2000  # touched customers of one transaction
BATCH = 100  # customers that one change of the feed tells of
FILL, REFRESH, CLUSTER = "segments.fill", "segments.refresh", "segments.cluster"
PENDING = 5  # seconds for which a message is trusted to arrive
logger = logging.getLogger(__name__)


def soon(tenant_id: UUID) -> None:
    """Tell a worker that customers were touched, unless one was told that has not begun yet."""
    if cache.add(f"segments:{tenant_id}", 1, PENDING):
        current_app.send_task("segmentation.segments.tasks.follow", [str(tenant_id)])


def begun(tenant_id: UUID) -> None:
    """What commits from here on wants a message of its own."""
    cache.delete(f"segments:{tenant_id}")


def follow() -> int:
    """Compare the segments for the customers who were touched first, at most PORTION. Returns how many there were."""
    if not SegmentTouch.objects.filter(followed=False).exists():
        return 0
    head = hold()
    touches = fetch(
        """UPDATE segmentation_segmenttouch SET followed = true
           WHERE NOT followed AND (txid, customer_id) IN (
               SELECT txid, customer_id FROM segmentation_segmenttouch WHERE NOT followed ORDER BY txid LIMIT %s)
           RETURNING customer_id""",
        [PORTION],
    )
    ids = list({id for (id,) in touches})
    if ids:
        predicting.predict(ids)  # a rule may ask for what was said of them
        compare(head, _filled(), only=ids, cause=Cause.CHANGE)
    return len(touches)


def touch(customer_ids: Collection[UUID]) -> None:
    """Something of these customers has changed in a table whose changes the database does not note."""
    fetch(
        """INSERT INTO segmentation_segmenttouch (tenant_id, txid, customer_id, followed)
           SELECT %s, pg_current_xact_id()::text::bigint, id, false FROM unnest(%s::uuid[]) AS id
           ON CONFLICT (tenant_id, txid, customer_id) DO UPDATE SET followed = false""",
        [context.current_tenant_id(), list(customer_ids)],
    )
    _after_commit(context.current_tenant_id())


def look_again() -> None:
    """The same of everybody: all segments are compared with their rules, and the columns made anew, by jobs."""
    Segment.objects.filter(archived_at=None).update(filled_on=None)
    jobs.create(REFRESH, title=_("Fill all segments anew"), arguments={}, by=None)
    if SegmentColumns.objects.exists():
        keeping.remove()
        renewing.ask()


def forget_touches() -> None:
    """Those that are followed go, once the columns tell of them."""
    if not keeping.hold(wait=False):
        return  # columns are being made, from before these touches or after
    row = keeping.current(zone=moments.now().tenant.timezone)
    if row is None:
        SegmentTouch.objects.filter(followed=True).delete()
        return
    fetch(
        """DELETE FROM segmentation_segmenttouch
           WHERE followed AND pg_visible_in_snapshot(txid::text::xid8, %s::pg_snapshot)""",
        [row.snapshot],
    )


def fill(segment: Segment) -> None:
    """Make the members of a segment what its rule says now. The first time nobody enters: all are in it."""
    head = hold()
    for standing in _standing(segment):
        compare(head, [standing], cause=Cause.RULE if standing.filled_at else None)


def refresh(segments: Iterable[Segment]) -> Iterator[None]:
    """The same of all segments for a new day, one after another."""
    for segment in segments:
        head = hold()
        for standing in _standing(segment):
            compare(head, [standing], cause=Cause.DAY if standing.filled_at else None)
        yield


def compare(
    head: SegmentHead,
    segments: Sequence[Segment],
    *,
    only: list[UUID] | None = None,
    cause: Cause | None,
) -> None:
    """Bring the members in step with the rules and write down who moved; without a `cause` it goes unsaid.

    Call with the head held. A segment whose rule cannot be asked (any more) stays as it is, marked as broken; when it
    can be asked again, all its members are made anew.
    """
    if not segments:
        return
    words, moment = vocabulary.standing(), moments.now()
    for segment in segments:
        try:
            with transaction.atomic():
                moved = _moved(
                    segment,
                    counting.asked(counting.node_of(segment, words), words=words, moment=moment),
                    None if segment.broken_at else only,
                )
        except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
            raise  # it is not the rule's fault
        except Exception as problem:
            _break(segment, problem)
            continue
        if segment.broken_at:
            Segment.objects.filter(id=segment.id).update(broken_at=None, broken_by="")
        if moved and cause:
            _write(head, segment, moved, cause)
        if only is None:
            Segment.objects.filter(id=segment.id).update(filled_at=timezone.now(), filled_on=moment.today)


def _break(segment: Segment, problem: Exception) -> None:
    if segment.broken_at is None:
        logger.warning("segment %s cannot be asked", segment.id, exc_info=problem)
        name = type(problem.__cause__ if isinstance(problem, DatabaseError) else problem).__name__
        Segment.objects.filter(id=segment.id).update(broken_at=timezone.now(), broken_by=name[:100])


def _moved(segment: Segment, rule: Asked, only: list[UUID] | None) -> list[tuple[UUID, bool]]:
    """(customer, whether it entered) of those whose row came or went."""
    statement, parameters = sql.select(rule.node, rule.moment, rule.vocabulary, only=only)
    among, chosen = ("AND m.customer_id = ANY(%s)", [only]) if only is not None else ("", [])
    return fetch(
        f"""WITH wanted AS MATERIALIZED ({statement}), gone AS (
                DELETE FROM segmentation_segmentmember m WHERE m.segment_id = %s {among}
                AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = m.customer_id) RETURNING m.customer_id
            ), come AS (
                INSERT INTO segmentation_segmentmember (tenant_id, segment_id, customer_id, since)
                SELECT %s, %s, w.id, now() FROM wanted w WHERE NOT EXISTS (
                    SELECT FROM segmentation_segmentmember m WHERE m.segment_id = %s AND m.customer_id = w.id)
                ON CONFLICT DO NOTHING RETURNING customer_id
            ) SELECT customer_id, true FROM come UNION ALL SELECT customer_id, false FROM gone""",
        [*parameters, segment.id, *chosen, context.current_tenant_id(), segment.id, segment.id],
    )


def _write(head: SegmentHead, segment: Segment, moved: list[tuple[UUID, bool]], cause: Cause) -> None:
    """The events, and a change of the feed for each batch."""
    for entered, kind in ((True, ENTERED), (False, LEFT)):
        ids = sorted(id for id, came in moved if came == entered)
        batches = [uuid7() for _start in range(0, len(ids), BATCH)]
        fetch(
            """INSERT INTO segmentation_segmentevent
                   (id, tenant_id, segment_id, customer_id, entered, cause, position, batch, at)
               SELECT uuidv7(), %s, %s, c.id, %s, %s, %s + c.place, (%s::uuid[])[1 + (c.place - 1) / %s], now()
               FROM unnest(%s::uuid[]) WITH ORDINALITY AS c (id, place)""",
            [context.current_tenant_id(), segment.id, entered, cause, head.position, batches, BATCH, ids],
        )
        head.position += len(ids)
        feed.record((kind, batches))
    SegmentHead.objects.filter(id=head.id).update(position=head.position)


def hold() -> SegmentHead:
    """The head of the events, until the end of the transaction."""
    fetch(
        """INSERT INTO segmentation_segmenthead (id, tenant_id, position) VALUES (uuidv7(), %s, 0)
           ON CONFLICT (tenant_id) DO NOTHING""",
        [context.current_tenant_id()],
    )
    return SegmentHead.objects.select_for_update().get()


def _standing(segment: Segment) -> list[Segment]:
    """The segment as it is now that the head is held: its rule may have changed since it was read. None: archived."""
    return list(Segment.objects.filter(id=segment.id, archived_at=None))


def _filled() -> list[Segment]:
    return list(Segment.objects.filter(archived_at=None, filled_at__isnull=False))


def unfilled() -> list[Segment]:
    """Those whose members are still to be made."""
    rows = Segment.objects.filter(archived_at=None)
    return list(rows.filter(Q(filled_at=None) | Q(filled_at__lt=F("rule_changed_at"))))


# By jobs


def start_fill(segment: Segment, *, by: Membership | None) -> Job:
    title = _("Fill the segment %s") % segment
    return jobs.create(FILL, title=title, arguments={"segment": str(segment.id)}, by=by)


@jobs.runner(FILL)
def fill_by_job(job: Job) -> Iterator[None]:
    segment = Segment.objects.filter(id=job.arguments["segment"], archived_at=None).first()
    if segment is not None:
        fill(segment)
    yield


def ask_by_night() -> Job:
    """The job that goes through all segments for a new day. The caller runs it."""
    return jobs.create(REFRESH, title=_("Fill all segments anew"), arguments={}, by=None, enqueue=False)


@jobs.runner(REFRESH)
def refresh_by_job(job: Job) -> Iterator[None]:
    """Time alone moves members: every segment, once a day. What was refreshed today is not done again."""
    today: date = moments.now().today
    due = [one for one in _filled() if one.filled_on is None or one.filled_on < today] + [
        one for one in unfilled() if one.filled_at is None
    ]
    job.total = len(due)
    for _segment in refresh(due):
        job.done += 1
        yield
    forget_touches()


def start_clustering(*, by: Membership | None) -> Job:
    """The job whose result has `proposals`, as clustering.Proposal."""
    return jobs.create(CLUSTER, title=_("Propose segments"), arguments={}, by=by)


@jobs.runner(CLUSTER)
def cluster_by_job(job: Job) -> Iterator[None]:
    from segmentation.segments import clustering

    job.result = {"proposals": clustering.propose()}
    yield


def declare() -> None:
    """What the change feed tells of segments."""
    kinds.declare(ENTERED, gettext_lazy("Customers entered a segment."), address=MOVES, also=_of_batches)
    kinds.declare(LEFT, gettext_lazy("Customers left a segment."), address=MOVES, also=_of_batches)


MOVES = "/api/v1/segment-moves/{id}/"


def _of_batches(ids: Iterable[UUID]) -> dict[UUID, dict]:
    found: dict[UUID, dict] = {}
    rows = SegmentEvent.objects.filter(batch__in=list(ids)).order_by("position")
    for batch, segment_id, customer_id in rows.values_list("batch", "segment_id", "customer_id"):
        told = found.setdefault(batch, {"segment": str(segment_id), "customers": []})
        told["customers"].append(str(customer_id))
    return found


def listen() -> None:
    """After every commit that told the change feed or the timeline of something, a worker looks for touches."""
    from interactions import timeline

    feed.on_recorded(lambda: _after_commit(context.current_tenant_id()))
    timeline.recorded.connect(_happened, dispatch_uid="segments.following")


def _happened(sender, tenant_id: UUID, **told) -> None:
    soon(tenant_id)


def _after_commit(tenant_id: UUID) -> None:
    transaction.on_commit(lambda: soon(tenant_id), robust=True)
