"""The figures held against the orders themselves, a part of the customers every night; what is wrong is mended.

They move in the order's own transaction, so nothing should ever be: a figure above 0 means a mistake in this program or
a hand in the database.
"""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from customers.models import Customer
from segmentation import scoring, stats
from segmentation.insight import renewing
from segmentation.models import StatsCheck
from segmentation.segments import following
from tenancy import context, jobs
from tenancy.database.bulk import fetch
from tenancy.models import Job, Membership

REBUILD = "stats.rebuild"
PARTS = 28  # so many nights until everybody was looked at
CHUNK = 5000


def follow_company(changed: set[str], *, by: Membership) -> None:
    """In another time zone the days begin at other moments: all figures are made anew."""
    if "timezone" in changed:
        jobs.create(REBUILD, title=_("Make all figures anew"), arguments={}, by=by)


@jobs.runner(REBUILD)
def rebuild(job: Job) -> Iterator[None]:
    """Everybody's figures from their orders, a chunk of customers at a time; then the scores, the insight pages and the
    segments."""
    job.total = Customer.objects.count()
    while True:
        ids = list(
            Customer.objects.filter(id__gt=job.cursor.get("after", str(UUID(int=0))))
            .order_by("id").values_list("id", flat=True)[:CHUNK]
        )  # fmt: skip
        if not ids:
            break
        stats.refresh(ids)
        job.cursor, job.done = {"after": str(ids[-1])}, job.done + len(ids)
        yield
    scoring.score()
    yield
    if renewing.state():
        renewing.renew(full=True)
        yield
    following.look_again()
    yield


def check(tenant_id: UUID, day: date) -> StatsCheck:
    """Look at this day's part, a transaction per chunk. Again on the same day only counts again."""
    part = day.toordinal() % PARTS
    checked, wrong, after = 0, 0, UUID(int=0)
    while True:
        with context.entered(tenant_id):
            ids = [id for (id,) in fetch(
                """SELECT id FROM customers_customer
                   WHERE id > %s AND get_byte(uuid_send(id), 15) %% %s = %s ORDER BY id LIMIT %s""",
                [after, PARTS, part, CHUNK],
            )]  # fmt: skip
            if moved := stats.refresh(ids):
                following.touch(ids)
                wrong += moved
        checked += len(ids)
        if len(ids) < CHUNK:
            break
        after = ids[-1]
    with context.entered(tenant_id):
        row, _made = StatsCheck.objects.update_or_create(day=day, defaults={"checked": checked, "wrong": wrong})
    return row
