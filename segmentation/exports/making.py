"""The job that makes a file of customers: in pieces of bounded memory, plain only in a nameless file, kept sealed."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.tables.writing import CsvWriter, XlsxWriter
from customers import files
from privacy.models import Erasure
from segmentation import narrowing
from segmentation.exports import asking, rows
from segmentation.models import Export
from tenancy import jobs
from tenancy.jobs import JobFailed
from tenancy.models import Job, Tenant
from tenancy.permissions import Permission

PIECE = 2_000  # customers that are held at once
LARGEST = 1_000_000  # rows of a workbook, whose sheet ends at 1,048,576


@jobs.runner(asking.KIND)
def make(job: Job) -> Iterator[None]:
    """Writes the file anew from its beginning: a worker that died left nothing of it."""
    export = Export.objects.select_related("member__role", "member__user").get(id=job.arguments["export"])
    if export.state != Export.State.MAKING:
        return
    member, tenant = export.member, Tenant.objects.get()
    if not (member.is_active and member.can(Permission.CUSTOMERS_EXPORT)):
        raise JobFailed(_("Who asked for it may not export customers any more."))
    export.has_contact = export.has_contact and member.can(Permission.CUSTOMERS_REVEAL)
    asked = narrowing.read_text(export.query, member=member)
    if asked.lost:  # without a filter it would hold more than was asked for
        raise JobFailed(_("A filter of it means nothing any more: %s") % "; ".join(asked.lost))
    customers = asking.fitting(asked, member=member, tenant=tenant).order_by("id")
    names = rows.headings(export.columns, own=rows.own_keys(), has_contact=export.has_contact)
    with ExitStack() as stack:
        plain = stack.enter_context(tempfile.TemporaryFile(dir=files.scratch()))
        if export.format == Export.Format.CSV:
            writer = CsvWriter(plain)
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=files.scratch()))
            writer = XlsxWriter(plain, folder=folder)
        writer.write([names])
        job.done, job.total, last = 0, export.rows, None
        while ids := list((customers.filter(id__gt=last) if last else customers).values_list("id", flat=True)[:PIECE]):
            writer.write(rows.rows(ids, names, tenant=tenant))
            last, job.done = ids[-1], job.done + len(ids)
            _check(export, job)
            yield
        writer.close()
        if Erasure.objects.filter(at__gte=job.started_at).exists():
            raise JobFailed(_("Somebody was erased while the file was made. Export again."))
        _keep(export, plain, job)


def _check(export: Export, job: Job) -> None:
    """A file that grew while it was made stays within what was agreed to."""
    if job.done > asking.ALONE and not export.needs_approval:
        raise JobFailed(_("There are more customers by now than may be exported without a second person."))
    if job.done > LARGEST and export.format == Export.Format.XLSX:
        raise JobFailed(_("A workbook holds a million rows; choose CSV."))


def _keep(export: Export, plain, job: Job) -> None:
    export.size = plain.tell()
    plain.seek(0)
    export.stored, _digest = files.store(plain)
    export.rows, job.total = job.done, job.done
    job.result = {"rows": job.done, "bytes": export.size}
    export.state, export.expires_at = Export.State.READY, timezone.now() + asking.KEPT
    export.save(update_fields=["size", "stored", "rows", "state", "expires_at", "has_contact"])
