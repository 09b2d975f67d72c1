import time

from django.core.management.base import CommandError

from segmentation.prediction import backtest, making, reading
from segmentation.prediction.looks import Looks
from tenancy.commands import TenantCommand


class Command(TenantCommand):
    help = "Test on past days how well it was said who buys, beside the recency rule and the plain MBG/NBD."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--horizon", type=int, default=making.HORIZON, metavar="DAYS")
        parser.add_argument("--cuts", type=int, default=backtest.CUTS, metavar="N")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, tenant, horizon, cuts, **options):
        if not making.LEAST_HORIZON <= horizon <= making.MOST_HORIZON:
            raise CommandError(f"--horizon is between {making.LEAST_HORIZON} and {making.MOST_HORIZON} days")
        if not 1 <= cuts <= backtest.MOST_CUTS:
            raise CommandError(f"--cuts is between 1 and {backtest.MOST_CUTS}")
        begun = time.monotonic()
        with self.entered(tenant):
            daily = reading.sampled()
        found = backtest.backtest(Looks(daily, horizon), cuts=cuts)
        self.print_json({**found, "seconds": round(time.monotonic() - begun, 2)})
