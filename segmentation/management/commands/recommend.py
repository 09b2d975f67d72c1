from django.core.management.base import CommandError

from customers.models import Customer
from segmentation.recommending import offers
from tenancy.commands import TenantCommand
from tenancy.models import Tenant


class Command(TenantCommand):
    help = "Print what to offer to a customer, each product with its reason."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("record", metavar="SOURCE:ID")
        parser.add_argument("--n", type=int, default=10, help=f"how many, 1 to {offers.MOST}")
        parser.add_argument("--only", choices=[one.value for one in offers.Only], help="one part of the ranking")
        parser.add_argument("--json", action="store_true", help="the output is JSON in any case")

    def handle(self, *, tenant, record, n, only, **options):
        if not 1 <= n <= offers.MOST:
            raise CommandError(f"--n: 1 to {offers.MOST}")
        source, colon, external_id = record.partition(":")
        if not colon:
            raise CommandError(f"{record}: write SOURCE:ID")
        with self.entered(tenant):
            customer = Customer.objects.filter(records__source__key=source, records__external_id=external_id).first()
            if customer is None:
                raise CommandError(f"{record}: there is no such record")
            told = offers.recommend(customer, n, tenant=Tenant.objects.get(), only=only and offers.Only(only))
        self.print_json(
            {
                "customer_id": customer.id,
                "as_of": told.as_of,
                "items": [
                    {"product": item.code, "name": item.name, "kind": str(item.kind), "reason": item.reason}
                    for item in told.items
                ],
            }
        )
