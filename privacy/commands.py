"""What the commands about one customer share."""

from django.core.management.base import CommandError, CommandParser

from customers.models import Customer, SourceRecord
from tenancy.commands import TenantCommand
from tenancy.models import Membership, User


class CustomerCommand(TenantCommand):
    """A command about the customer of --source and an external id."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("external_id", help="the customer's id in the source")
        parser.add_argument("--source", required=True, metavar="NAME")
        parser.add_argument("--by", metavar="EMAIL", help="the member who asks for it; without, the system")

    def customer(self, source: str, external_id: str) -> Customer:
        record = SourceRecord.objects.filter(source__key=source, external_id=external_id).first()
        if record is None:
            raise CommandError(f"source “{source}” has no “{external_id}”")
        return record.customer

    def member(self, email: str | None) -> Membership | None:
        if not email:
            return None
        found = Membership.objects.filter(user__email=User.objects.normalise(email), is_active=True).first()
        if found is None:
            raise CommandError(f"{email} is not a member of this company")
        return found
