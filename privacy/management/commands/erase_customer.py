from django.core.management.base import CommandError

from privacy import erasure
from privacy.commands import CustomerCommand


class Command(CustomerCommand):
    help = "Erase a customer and print the receipt as JSON."

    def handle(self, *, tenant, source, external_id, by, **options):
        with self.entered(tenant):
            try:
                done = erasure.erase(self.customer(source, external_id), by=self.member(by))
            except erasure.NotNow as problem:
                raise CommandError(str(problem)) from problem
        self.print_json(
            {"receipt": done.receipt, "customer": done.subject_id, "at": done.at.isoformat(), "counts": done.counts}
        )
