import os
import shutil
from pathlib import Path

from django.core.management.base import CommandError
from django.http import QueryDict

from segmentation import narrowing
from segmentation.exports import asking
from segmentation.models import Export
from tenancy import jobs
from tenancy.commands import TenantCommand
from tenancy.models import Job, Membership
from tenancy.permissions import Permission


class Command(TenantCommand):
    help = "Write the customers that a member sees to a file; the member's rights and the limits of the page hold."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the member whose rights hold")
        parser.add_argument("--format", default=Export.Format.CSV, choices=Export.Format.values)
        parser.add_argument("--query", default="", help="filters as in the list's address: 'stage=lost&tag=VIP'")

    def handle(self, *, tenant, file, by, query, **options):
        tenant_id = self.tenant_id(tenant)
        path = writable(file)
        with self.entered(tenant):
            member = self.member(by)
            if lost := narrowing.read(QueryDict(query), member=member).lost:
                raise CommandError(f"--query: {'; '.join(lost)}")
            export = asking.ask(
                QueryDict(query), format=options["format"], member=member, tenant=member.tenant, enqueue=False
            )
            if export.state == Export.State.ASKED:
                raise CommandError(f"{export.rows} customers are more than {asking.ALONE}: somebody has to approve it")
        jobs.run(tenant_id, export.job_id, take_over=True)
        with self.entered(tenant):
            job = Job.objects.get(id=export.job_id)
            if job.state != Job.State.DONE:
                raise CommandError(job.error or f"the export is {job.get_state_display()}")
            with asking.fetch(export, by=member) as content, path.open("wb") as out:
                path.chmod(0o600)
                shutil.copyfileobj(content, out)
        self.print_json({"export_id": str(export.id), **job.result})

    def member(self, email: str) -> Membership:
        rows = Membership.objects.select_related("role", "user", "tenant").filter(is_active=True)
        member = rows.filter(user__email=email.strip().casefold(), user__is_active=True).first()
        if member is None or not member.can(Permission.CUSTOMERS_EXPORT):
            raise CommandError(f"--by: no member {email} who may export customers")
        return member


def writable(file: str) -> Path:
    """The path of a file that can be written, before anybody waits for it. Raises CommandError."""
    path = Path(file)
    if path.is_dir():
        raise CommandError(f"{file} is a folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise CommandError(f"{file} cannot be written")
    return path
