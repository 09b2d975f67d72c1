from uuid import UUID

from django.core.management.base import CommandError

from customers.imports import undoing
from customers.models import ImportRun
from tenancy import jobs
from tenancy.commands import TenantCommand
from tenancy.models import Job

FIGURES = ("restored", "kept", "conflicts")


class Command(TenantCommand):
    help = "Take an import of customers back. What people have changed since stays. Killed, it goes on where it was."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("id", help="import_id, as import_customers prints it")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *, tenant, id, json, **options):
        try:
            run_id = UUID(id)
        except ValueError as problem:
            raise CommandError(f"“{id}” is not the id of an import") from problem
        with self.entered(tenant):
            job_id = self.job_of(run_id)
        jobs.run(self.tenant_id(tenant), job_id, take_over=True)
        with self.entered(tenant):
            self.report(Job.objects.get(id=job_id), json)

    def job_of(self, run_id: UUID) -> UUID:
        """The undoing that a killed command left behind, else a new one."""
        run = ImportRun.objects.select_related("job", "undoing").filter(id=run_id).first()
        if run is None:
            raise CommandError(f"no import {run_id}")
        if run.undoing and run.undoing.is_open:
            return run.undoing.id
        try:
            return undoing.start(run, by=None, enqueue=False).id
        except undoing.CannotUndo as problem:
            raise CommandError(str(problem)) from problem

    def report(self, job: Job, as_json: bool) -> None:
        if job.state != Job.State.DONE:
            raise CommandError(job.error or f"the undoing is {job.get_state_display()}")
        result = {name: job.result[name] for name in FIGURES}
        if as_json:
            self.print_json(result)
        else:
            for name, value in result.items():
                self.stdout.write(f"{name}: {value}")
