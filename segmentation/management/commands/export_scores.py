import csv

from segmentation import scoring
from tenancy.commands import TenantCommand, day


class Command(TenantCommand):
    help = "Scores of every source record as CSV."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--as-of", type=day, metavar="DATE", help="default: the company's today")

    def handle(self, *, tenant, as_of, **options):
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(scoring.ScoreRow._fields)
        with self.entered(tenant):
            writer.writerows(scoring.export(as_of))
