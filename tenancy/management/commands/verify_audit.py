import sys
from uuid import UUID

from tenancy import context, lookups, sealing
from tenancy.commands import TenantCommand


class Command(TenantCommand):
    help = "Seal what is new in the audit and recompute its chain; exit 1 and the first bad row where it does not hold."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", metavar="SLUG", help="one company's; without it, all companies'")

    def handle(self, *, tenant, **options):
        tenants = [self.tenant_id(tenant)] if tenant else lookups.tenants()
        totals = {"tenants": len(tenants), "rows": 0, "unsealed": 0, "bad": 0}
        for tenant_id in tenants:
            verdict = self._verdict(tenant_id)
            for name in ("rows", "unsealed", "bad"):
                totals[name] += getattr(verdict, name)
            if verdict.first:
                where = verdict.first.id or "missing"
                self.stdout.write(f"company {tenant_id}: first bad row: position {verdict.first.position}, id {where}")
        self.print_json(totals)
        if totals["bad"]:
            sys.exit(1)

    def _verdict(self, tenant_id: UUID) -> sealing.Verdict:
        """What is new is sealed first, each batch in a transaction of its own."""
        try:
            sealing.seal(tenant_id)
        except sealing.Broken as problem:
            self.stderr.write(str(problem))
        with context.entered(tenant_id):
            return sealing.verify()
