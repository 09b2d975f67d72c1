"""Telling the workers that there is something to match. What does it is loaded by them alone: it is heavy."""

from collections.abc import Iterator

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from tenancy import context, jobs
from tenancy.models import Job, Membership

FULL, TRAIN = "match.full", "match.train"
SOON = 1  # seconds that writes are gathered for


def start(*, by: Membership | None, learn: bool = False, enqueue: bool = True) -> Job:
    """The job that compares all records; with `learn` the model is learned anew before."""
    title = _("Learn to match") if learn else _("Match all customers")
    return jobs.create(TRAIN if learn else FULL, title=title, arguments={}, by=by, enqueue=enqueue)


@jobs.runner(FULL)
def match(job: Job) -> Iterator[None]:
    from customers.matching import keeping, running

    yield from running.match(job, keeping.active())


@jobs.runner(TRAIN)
def train(job: Job) -> Iterator[None]:
    from customers.matching import running

    yield from running.match(job, None)


def soon() -> None:
    """Tell a worker on commit that records have said something new, once for all writes of this second."""
    tenant_id = str(context.current_tenant_id())

    def tell() -> None:
        if cache.add(f"match:{tenant_id}", 1, SOON):
            current_app.send_task("customers.tasks.match_new", [tenant_id], countdown=SOON)

    transaction.on_commit(tell, robust=True)
