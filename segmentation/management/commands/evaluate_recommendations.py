import math

from django.core.management.base import CommandError

from segmentation import stats
from segmentation.recommending import building
from tenancy.commands import TenantCommand, day
from tenancy.models import Tenant


class Command(TenantCommand):
    help = (
        "Try the recommendations on days that have passed: everything is learned from the orders up to the cut, and "
        "held against what each known customer bought on their first day after it."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--cut", type=day, required=True, metavar="DATE", help="the last day that is learned from")
        parser.add_argument("--json", action="store_true", help="the output is JSON in any case")

    def handle(self, *, tenant, cut, **options):
        from segmentation.recommending import purchases, trying

        with self.entered(tenant):
            company = Tenant.objects.get()
            left_out = building.rules().left_out
            found = purchases.read(company, until=stats.today(company.zone), left_out=left_out)
        figures = trying.evaluate(found.purchases, purchases.number_of(cut))
        if not figures.users:
            raise CommandError(f"nobody bought both up to {cut} and after it")
        told = {name: _shown(value) for name, value in figures._asdict().items()}
        self.print_json({**told, "cut": cut, "left_out": left_out})


def _shown(value):
    return None if isinstance(value, float) and math.isnan(value) else value
