import csv
import sys

from customers.matching import exporting
from tenancy.commands import TenantCommand


class Command(TenantCommand):
    help = "Print which source records are one person's, as CSV."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--band", choices=("auto", "review"), default="auto",
            help="auto: as they are merged; review: also those joined that wait for a decision",
        )  # fmt: skip

    def handle(self, *, tenant, band, **options):
        writer = csv.writer(sys.stdout if self.stdout._out is sys.stdout else self.stdout, lineterminator="\n")
        writer.writerow(["source", "external_id", "customer_id"])
        with self.entered(tenant):
            writer.writerows(exporting.clusters(with_doubtful=band == "review"))
