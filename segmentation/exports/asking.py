"""Who may take customers out, and who has to agree: from asking for a file to fetching it."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import files
from customers.models import Customer
from privacy.models import Erasure
from privacy.persons import Known
from segmentation import narrowing
from segmentation.models import Export
from segmentation.narrowing import Narrowing
from tenancy import audit, jobs
from tenancy.models import Membership, Tenant
from tenancy.permissions import Permission

KIND = "export.customers"
AT_ONCE = 2_000  # rows that are made while one waits
ALONE = 10_000  # rows above which a second person has to agree
KEPT = timedelta(days=7)
DECIDING = [str(Permission.CUSTOMERS_EXPORT), str(Permission.EXPORTS_APPROVE)]


class OwnExport(Exception):
    """Nobody agrees to what they asked for themselves."""

    def __str__(self):
        return _("You asked for this export yourself; somebody else has to decide.")


class Decided(Exception):
    """It was decided already."""

    def __str__(self):
        return _("This export has been decided on already.")


class NotThere(Exception):
    """There is no file (any more)."""

    def __str__(self):
        return _("The file is gone. Ask for it again to have one of today.")


def fitting(asked: Narrowing, *, member: Membership, tenant: Tenant) -> QuerySet[Customer]:
    """The customers of such a file: the member's, narrowed. Erased ones are none."""
    return asked.customers(Customer.objects.visible_to(member).filter(erased_at=None), tenant=tenant)


def ask(
    parameters: QueryDict,
    *,
    columns: Sequence[str] = (),
    format: Export.Format,
    with_contact: bool = True,
    member: Membership,
    tenant: Tenant,
    enqueue: bool = True,
) -> Export:
    """A file of the customers that these parameters leave. Up to ALONE rows it is made, at once or by a worker; a
    larger one waits until a second person agrees. `with_contact` asks for phones and the like, for who may reveal
    them. With enqueue=False the caller does the job."""
    asked = narrowing.read(parameters, member=member)
    count = fitting(asked, member=member, tenant=tenant).count()
    export = Export.objects.create(
        member=member,
        query=narrowing.written(asked.parameters),
        columns=list(columns),
        format=format,
        has_contact=with_contact and member.can(Permission.CUSTOMERS_REVEAL),
        rows=count,
        needs_approval=count > ALONE,
    )
    told = {"rows": count, "format": str(format), "columns": export.columns, "contact": export.has_contact}
    audit.record("export.asked", export, by=member, changes=told)
    if not export.needs_approval:
        _create_job(export, enqueue=enqueue and count > AT_ONCE)
        if enqueue and count <= AT_ONCE:
            _make(export)
    return export


def approve(export: Export, *, by: Membership) -> None:
    """The file is made. Raises OwnExport, Decided."""
    _decide(export, by=by)
    audit.record("export.approved", export, by=by, changes={"rows": export.rows})
    _create_job(export, enqueue=True)


def refuse(export: Export, *, by: Membership) -> None:
    """It is not made. Raises OwnExport, Decided."""
    _decide(export, by=by)
    export.state = Export.State.REFUSED
    export.save(update_fields=["state"])
    audit.record("export.refused", export, by=by, changes={"rows": export.rows})


def deciders(export: Export) -> list[Membership]:
    """Who could agree: whoever has the right, but for the one who asked."""
    able = Membership.objects.filter(is_active=True, user__is_active=True, role__permissions__contains=DECIDING)
    return list(able.exclude(id=export.member_id).select_related("user").order_by("user__name", "id")[:20])


def fetch(export: Export, *, by: Membership):
    """The file, open to be read; that it was fetched is counted and kept. Raises NotThere."""
    held = Export.objects.select_for_update().get(id=export.id)
    if held.state != Export.State.READY or held.expires_at <= timezone.now() or _is_outdated(held):
        raise NotThere
    try:
        with files.opened(held.stored) as path:
            content = open(path, "rb")  # noqa: SIM115 - it is sent after this
    except FileNotFoundError as problem:
        raise NotThere from problem
    Export.objects.filter(id=export.id).update(downloads=F("downloads") + 1)
    audit.record("export.downloaded", export, by=by, changes={"rows": held.rows, "time": held.downloads + 1})
    return content


def forget_files() -> int:
    """The files whose week is over go. Returns how many went."""
    old = Export.objects.filter(expires_at__lte=timezone.now()).exclude(stored="")
    gone = 0
    for export in old.select_for_update():
        _discard(export)
        gone += 1
    return gone


def forget_person(known: Known) -> int:
    """Finished files are thrown away when somebody is erased: each may hold the person. Returns how many went."""
    ready = list(Export.objects.exclude(stored=""))
    for export in ready:
        _discard(export)
    return len(ready)


def _discard(export: Export) -> None:
    name, export.stored, export.state = export.stored, "", Export.State.EXPIRED
    export.save(update_fields=["stored", "state"])
    transaction.on_commit(lambda: files.remove(name))


def _is_outdated(export: Export) -> bool:
    """Whether somebody was erased since the file was made: it may still hold them."""
    return Erasure.objects.filter(at__gt=export.expires_at - KEPT).exists()


def _decide(export: Export, *, by: Membership) -> None:
    held = Export.objects.select_for_update().get(id=export.id)
    if held.member_id == by.id or (by.user_id and held.member.user_id == by.user_id):
        raise OwnExport
    if held.state != Export.State.ASKED:
        raise Decided
    export.decided_by, export.decided_at = by, timezone.now()
    export.save(update_fields=["decided_by", "decided_at"])


def _create_job(export: Export, *, enqueue: bool) -> None:
    title = _("Export of customers")
    export.state = Export.State.MAKING
    export.job = jobs.create(KIND, title=title, arguments={"export": str(export.id)}, by=export.member, enqueue=enqueue)
    export.save(update_fields=["state", "job"])


def _make(export: Export) -> None:
    jobs.run(export.tenant_id, export.job_id, take_over=True)
    export.refresh_from_db()
