import time

from django.core.management.base import CommandError

from customers.matching import full, incremental, keeping, starting
from customers.models import Match
from tenancy import jobs
from tenancy.commands import TenantCommand
from tenancy.models import Job


class Command(TenantCommand):
    help = "Find records that are one person's: merge what is sure, lay what is doubtful before people."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--full", action="store_true", help="compare all records, not only those that are new")
        parser.add_argument("--learn", action="store_true", help="learn the model anew from all records, then --full")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *, tenant, full, learn, json, **options):
        with self.entered(tenant):
            is_first = keeping.active() is None
        result = self.full(tenant, learn or is_first) if full or learn or is_first else self.new(tenant)
        if json:
            self.print_json(result)
        else:
            for name, value in result.items():
                self.stdout.write(f"{name}: {value}")

    def full(self, tenant: str, learn: bool) -> dict:
        with self.entered(tenant):
            job_id = starting.start(by=None, learn=learn, enqueue=False).id
        jobs.run(self.tenant_id(tenant), job_id, take_over=True)
        with self.entered(tenant):
            job = Job.objects.get(id=job_id)
        if job.state != Job.State.DONE:
            raise CommandError(job.error)
        return job.result

    def new(self, tenant: str) -> dict:
        """Only the records that said something new since the last run."""
        begun, cpu = time.monotonic(), time.process_time()
        result = {"records": 0, "pairs": 0, "merged": 0}
        while True:
            with self.entered(tenant):
                told = incremental.match_new()
            for name in result:
                result[name] += told[name]
            if not told["records"]:
                break
        with self.entered(tenant):
            result["review"] = Match.objects.filter(state=Match.State.OPEN).count()
        seconds, cpu_seconds = time.monotonic() - begun, time.process_time() - cpu
        return result | {
            "seconds": round(seconds, 2), "cpu_seconds": round(cpu_seconds, 2), "peak_mb": full.peak_mb(),
        }  # fmt: skip
