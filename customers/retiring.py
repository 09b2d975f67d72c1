"""A tag that very many customers have goes in pieces, as a job: into another tag, or away."""

from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext as _

from customers import vocabulary
from customers.models import CustomerTag, Tag
from tenancy import jobs
from tenancy.models import Job, Membership

KIND = "tags.retired"
PIECE = 2000  # customers
LARGE = 5000  # customers who would keep a request waiting


def is_large(tag: Tag) -> bool:
    return CustomerTag.objects.filter(tag=tag).values("id")[LARGE : LARGE + 1].exists()


def start(tag: Tag, *, into: Tag | None, by: Membership) -> Job:
    """A job that gives whoever has `tag` the other one instead, or none, and removes `tag` at last."""
    title = _("Tag “%(tag)s” becomes “%(into)s”") if into else _("Tag “%(tag)s” is deleted")
    arguments = {"tag": str(tag.id), "into": str(into.id) if into else None}
    job = jobs.create(KIND, title=title % {"tag": tag, "into": into}, arguments=arguments, by=by)
    job.total = vocabulary.count(tag)
    job.save(update_fields=["total"])
    return job


@jobs.runner(KIND)
def run(job: Job) -> Iterator[None]:
    """Some customers in each piece: those who still have the tag are what is left to do."""
    while (tag := Tag.objects.filter(id=job.arguments["tag"]).first()) is not None:
        into = _into(job)
        if ids := vocabulary.wearers_of(tag, most=PIECE):
            vocabulary.hand_on(tag, ids, into=into)
            job.done += len(ids)
        else:
            vocabulary.remove(tag, into=into, customers=job.done, by=job.created_by)
        yield


def _into(job: Job) -> Tag | None:
    if job.arguments["into"] is None:
        return None
    into = Tag.objects.filter(id=UUID(job.arguments["into"])).first()
    if into is None:
        raise jobs.JobFailed(_("The other tag is no longer there."))
    return into
