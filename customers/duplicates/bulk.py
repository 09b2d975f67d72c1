"""All pairs above a bar merged at once: looked at first, confirmed by their number, done and undone by a job.

The job is the record of it: its merges name it. Each piece takes the next pairs in the order of their ids, groups
those that hang together, and leaves alone what somebody has held apart, what may not be changed, and what would
come together in too large a group.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import merging
from customers.duplicates import queue
from customers.matching import decisions
from customers.models import Customer, Match, Merge
from tenancy import audit, jobs
from tenancy.models import Job, Membership

DO, UNDO = "duplicates.merge", "duplicates.unmerge"
PIECE = 200
UNDO_PIECE = 20
SAMPLE = 20
MOST = 20_000  # pairs of one job
LARGEST = 10  # customers that become one
State = Match.State


class Changed(Exception):
    """There are more or fewer pairs than were looked at."""


@dataclass(frozen=True)
class Preview:
    """What a merge of all above `bits` would do. `pairs` is at most MOST."""

    bits: float
    pairs: int
    customers: int
    groups: int
    stake: Decimal
    sample: list[Match]


def above(bits: float, *, member: Membership) -> QuerySet[Match]:
    """The pairs it takes: open, with no contradiction, both customers the member's to change."""
    mine = Customer.objects.editable_by(member).values("id")
    rows = queue.to_decide(member).filter(bits__gte=bits, vetoes=[])
    return rows.filter(left__customer__in=mine, right__customer__in=mine)


def preview(bits: float, *, member: Membership) -> Preview:
    rows = above(bits, member=member)
    pairs = list(rows.values_list("left__customer", "right__customer")[:MOST])
    groups = [group for group in _groups(pairs) if len(group) <= LARGEST]
    return Preview(
        bits=bits,
        pairs=len(pairs),
        customers=sum(map(len, groups)),
        groups=len(groups),
        stake=rows.aggregate(stake=Sum("stake"))["stake"] or Decimal(0),
        sample=list(queue.whole(rows)[:SAMPLE]),
    )


def start(bits: float, *, pairs: int, by: Membership) -> Job:
    """`pairs` is the number that was confirmed. Raises Changed."""
    there = above(bits, member=by).order_by()[:MOST].count()
    if there != pairs:
        told = ngettext(
            "It is %(there)d pair now. Look again.", "It is %(there)d pairs now. Look at them again.", there
        )
        raise Changed(told % {"there": there})
    audit.record("duplicates.merged_many", by=by, changes={"bits": bits, "pairs": pairs})
    title = _("Merge pairs above %(bits)s bits") % {"bits": f"{bits:g}"}
    return jobs.create(DO, title=title, arguments={"bits": bits, "pairs": pairs}, by=by)


def undo(job: Job, *, by: Membership) -> Job:
    """All that the job has merged and that still stands comes apart again; a second press leads to the first."""
    Job.objects.select_for_update().get(id=job.id)
    at_work = Job.objects.filter(kind=UNDO, arguments__job=str(job.id))
    if there := at_work.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).first():
        return there
    audit.record("duplicates.unmerged_many", job, by=by)
    title = _("Undo: %(title)s") % {"title": job.title}
    return jobs.create(UNDO, title=title[:200], arguments={"job": str(job.id)}, by=by)


@jobs.runner(DO)
def do(job: Job) -> Iterator[None]:
    """The pairs in the order of their ids; those that come while it runs are not taken."""
    member = _member(job)
    bits, until = job.arguments["bits"], job.created_at
    job.total = job.arguments["pairs"]
    while rows := _next(above(bits, member=member).filter(found_at__lte=until), job):
        with jobs.failing_on(merging.Busy):
            merged, left = _merge(rows, member, job)
        job.done += len(rows)
        job.cursor = {**job.cursor, "after": str(rows[-1].id)}
        job.result = {
            "merges": job.result.get("merges", 0) + merged,
            "left": job.result.get("left", 0) + left,
        }
        yield


@jobs.runner(UNDO)
def take_back(job: Job) -> Iterator[None]:
    """The latest first, for a later merge may hold an earlier one's survivor."""
    member = _member(job)
    standing = Merge.objects.filter(job=job.arguments["job"], undone_at=None).order_by("-at", "-id")
    job.total = job.done + standing.count()
    left = job.cursor.get("left", [])
    while rows := list(standing.exclude(id__in=left)[:UNDO_PIECE]):
        with jobs.failing_on(merging.Busy):
            for merge in rows:
                try:
                    decisions.withdraw_merge(merge, by=member)
                except merging.CannotUnmerge:  # erased meanwhile
                    left.append(str(merge.id))
        job.done += len(rows)
        job.cursor = {**job.cursor, "left": left}
        job.result = {"undone": job.done - len(left), "left": len(left)}
        yield


def _member(job: Job) -> Membership:
    return Membership.objects.select_related("user", "role").get(id=job.created_by_id)


def _next(rows: QuerySet[Match], job: Job) -> list[Match]:
    """Held, so that nobody decides on them meanwhile; without a cursor from the beginning."""
    after = job.cursor.get("after")
    rows = rows.filter(id__gt=after) if after else rows
    return list(rows.select_related("left", "right").order_by("id").select_for_update(of=["self"])[:PIECE])


def _merge(rows: list[Match], member: Membership, job: Job) -> tuple[int, int]:
    """Merge what hangs together. Returns how many merges there were, and how many pairs were left alone."""
    groups, left = [], 0
    for ids in _groups((row.left.customer_id, row.right.customer_id) for row in rows):
        if len(ids) > LARGEST or _held_apart(ids) or decisions.contradict(ids):
            continue
        customers = list(Customer.objects.filter(id__in=ids))
        survivor = merging.choose_survivor(customers)
        groups.append(merging.Group(survivor.id, [one.id for one in customers if one.id != survivor.id]))
    done = merging.merge_many(groups, origin=Merge.Origin.BULK, by=member, job=job, passing_over=True)
    merge_of = {merge.survivor_id: merge for merge in done}
    by_customer = {
        id: merge
        for group in groups
        if (merge := merge_of.get(group.survivor_id))
        for id in (group.survivor_id, *group.absorbed_ids)
    }
    now = timezone.now()
    for row in rows:
        if merge := by_customer.get(row.left.customer_id):
            row.state, row.merge, row.job = State.SAME, merge, job
            row.decided_by, row.decided_at = member, now
        else:
            left += 1
    Match.objects.bulk_update(
        [row for row in rows if row.state == State.SAME], ["state", "merge", "job", "decided_by", "decided_at"]
    )
    return len(done), left


def _groups(pairs: Iterable[tuple[UUID, UUID]]) -> list[set[UUID]]:
    """Customers that hang together by these pairs."""
    above: dict[UUID, UUID] = {}

    def top(one: UUID) -> UUID:
        while above.setdefault(one, one) != one:
            above[one] = one = above[above[one]]
        return one

    for left, right in pairs:
        above[top(left)] = top(right)
    groups: dict[UUID, set[UUID]] = defaultdict(set)
    for one in above:
        groups[top(one)].add(one)
    return list(groups.values())


def _held_apart(ids: set[UUID]) -> bool:
    """Whether somebody has said of two of them that they are not the same, or a contradiction stands between them."""
    if len(ids) < 3:
        return Match.objects.filter(left__customer__in=ids, right__customer__in=ids, state=State.DIFFERENT).exists()
    between = Match.objects.filter(left__customer__in=ids, right__customer__in=ids)
    return between.filter(state=State.DIFFERENT).exists() or between.exclude(vetoes=[]).exists()
