from django.core.management.base import CommandError

from tenancy import tokens
from tenancy.commands import TenantCommand
from tenancy.models import Membership, User


class Command(TenantCommand):
    help = "Make an API token of a member and print its secret, once."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--member", required=True, metavar="EMAIL")
        parser.add_argument("--name", required=True, help="which program it is for")
        parser.add_argument("--permissions", metavar="A,B", help="what it may do; without it, all that the member may")

    def handle(self, *, tenant, member, name, permissions, **options):
        wanted = None if permissions is None else [one.strip() for one in permissions.split(",") if one.strip()]
        with self.entered(tenant):
            email = User.objects.normalise(member)
            owner = Membership.objects.select_related("role").filter(user__email=email, is_active=True).first()
            if owner is None:
                raise CommandError(f"{member} is not a member of “{tenant}”")
            if not 0 < len(name) <= 100:
                raise CommandError("--name has 1 to 100 characters")
            try:
                _token, secret = tokens.make(owner, name=name, permissions=wanted, by=None)
            except tokens.NotTheirs as problem:
                raise CommandError(f"{member} may not: {problem}") from problem
        self.stdout.write(secret)
