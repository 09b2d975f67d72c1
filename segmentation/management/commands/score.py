import time

from segmentation import scoring
from tenancy.commands import TenantCommand, day


class Command(TenantCommand):
    help = "Compute the RFM thresholds and note whose scores or stage changed."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--as-of", type=day, metavar="DATE", help="default: the company's today")
        parser.add_argument("--full", action="store_true", help="rebuild the figures from the orders first")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, tenant, as_of, full, **options):
        begun = time.monotonic()
        with self.entered(tenant):
            scored = scoring.score(as_of, full=full)
        self.print_json({**scored._asdict(), "seconds": round(time.monotonic() - begun, 2)})
