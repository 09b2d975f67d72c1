from privacy import export
from privacy.commands import CustomerCommand


class Command(CustomerCommand):
    help = "Print all that is held of a customer as JSON."

    def handle(self, *, tenant, source, external_id, by, **options):
        with self.entered(tenant):
            held = export.export(self.customer(source, external_id), by=self.member(by))
        self.stdout.write(export.as_json(held))
