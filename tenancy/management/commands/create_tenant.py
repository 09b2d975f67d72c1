from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenancy import companies, lookups


class Command(BaseCommand):
    help = "Make a company and its first admin."

    def add_arguments(self, parser):
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--admin", required=True, metavar="EMAIL")
        parser.add_argument("--password", help="for a new user; without it they set one by 'forgot password'")
        parser.add_argument("--timezone", default="Asia/Shanghai")
        parser.add_argument("--currency", default="CNY")

    def handle(self, *, slug, name, admin, password, timezone, currency, **options):
        if lookups.tenant_of_slug(slug):
            raise CommandError(f"a company “{slug}” exists already")
        try:
            user = companies.person(admin, password=password)
            companies.create(slug, name=name, admin=user, timezone=timezone, currency=currency)
        except ValidationError as problem:
            raise CommandError("; ".join(problem.messages)) from problem
        self.stdout.write(f"{name}: /t/{slug}/ for {user.email}")
