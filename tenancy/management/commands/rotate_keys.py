from tenancy import jobs, rotation
from tenancy.commands import TenantCommand


class Command(TenantCommand):
    help = (
        "Give a company a new data key and re-encrypt its rows; with --master only wrap its keys by the new MASTER_KEY."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--master", action="store_true", help="MASTER_KEY is NEW,OLD: wrap by NEW")

    def handle(self, *, tenant, master, **options):
        if master:
            with self.entered(tenant):
                self.stdout.write(f"{rotation.rewrap()} keys wrapped anew")
            return
        with self.entered(tenant):
            job = rotation.rotate(by=None, enqueue=False)
        jobs.run(self.tenant_id(tenant), job.id, take_over=True)
        self.stdout.write("re-encrypted")
