"""When columns are made anew: by night, by day where much has changed, and as soon as a person is forgotten."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from customers.models import Customer
from privacy.persons import Known
from segmentation.models import SegmentColumns
from segmentation.segments.columns import building, keeping
from tenancy import jobs
from tenancy.models import Job, Tenant

KIND = "segments.columns"
SMALL = 20_000  # customers up to whom the database counts fast enough without columns


def renew() -> None:
    """New columns where anything has changed since the last."""
    row = keeping.current(zone=Tenant.objects.get().timezone)
    if row is None or keeping.touched(row) != []:
        make()


def make() -> None:
    """New columns of a company that is large enough to want them, else none."""
    if Customer.objects.unmerged().count() < SMALL:
        keeping.remove()
    else:
        building.build()


def forget_person(known: Known) -> int:
    """The files hold the person's figures until others take their place. Nothing is emptied by then."""
    if SegmentColumns.objects.exists():
        ask()
    return 0


def ask() -> None:
    """A job makes columns of how things stand at the commit."""
    waiting = Job.objects.select_for_update().filter(kind=KIND, state=Job.State.WAITING)  # it waits for this commit
    if not waiting:
        jobs.create(KIND, title=_("Make the figures for counting segments anew"), arguments={}, by=None)


@jobs.runner(KIND)
def work(job: Job) -> Iterator[None]:
    make()
    yield
