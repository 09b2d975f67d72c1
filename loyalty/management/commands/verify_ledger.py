import json
import sys

from django.core.management.base import BaseCommand, CommandError

from loyalty import verifying
from tenancy import context, lookups


class Command(BaseCommand):
    help = "Checks every balance against its entries and lots. Exits 1 where one is wrong."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", metavar="SLUG", help="one company; all without it")

    def handle(self, *, tenant: str | None, **options):
        told = {"accounts": 0, "entries": 0, "wrong": 0}
        for tenant_id in self._tenants(tenant):
            with context.entered(tenant_id):
                found = verifying.verify()
            for wrong in found.wrong:
                self.stderr.write(f"account {wrong.account_id}: {wrong.what}")
            told["accounts"] += found.accounts
            told["entries"] += found.entries
            told["wrong"] += len({wrong.account_id for wrong in found.wrong})
        self.stdout.write(json.dumps(told))
        if told["wrong"]:
            sys.exit(1)

    def _tenants(self, slug: str | None):
        if slug is None:
            return lookups.tenants()
        tenant_id = lookups.tenant_of_slug(slug)
        if tenant_id is None:
            raise CommandError(f"no company “{slug}”")
        return [tenant_id]
