import time

from django.core.management.base import CommandError

from customers.quality import standardising
from tenancy import jobs
from tenancy.commands import TenantCommand
from tenancy.models import Job


class Command(TenantCommand):
    help = "Project all customers anew from what their sources say, by the rules of today."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *, tenant, json, **options):
        begun = time.monotonic()
        with self.entered(tenant):
            job_id = standardising.start(title="standardise", by=None, enqueue=False).id
        jobs.run(self.tenant_id(tenant), job_id, take_over=True)
        with self.entered(tenant):
            job = Job.objects.get(id=job_id)
        if job.state != Job.State.DONE:
            raise CommandError(job.error)
        result = {**job.result, "seconds": round(time.monotonic() - begun, 2)}
        if json:
            self.print_json(result)
        else:
            for name, value in result.items():
                self.stdout.write(f"{name}: {value}")
