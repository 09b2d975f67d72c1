from uuid import UUID

from django.core.management.base import CommandError

from customers.matching import decisions, keeping
from customers.matching.fields import FIELDS
from customers.models import SourceRecord
from tenancy.commands import TenantCommand


class Command(TenantCommand):
    help = "Say why two source records are held for one person's, or not."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("records", nargs=2, metavar="SOURCE:ID")
        parser.add_argument("--json", action="store_true", help="the output is JSON in any case")

    def handle(self, *, tenant, records, **options):
        with self.entered(tenant):
            left, right = (self.record(name) for name in records)
            if left == right:
                raise CommandError("name two different records")
            try:
                levels, (prior, *weights, household), vetoes = decisions.compare(left, right)
            except decisions.CannotCompare as problem:
                raise CommandError(str(problem)) from problem
            model = keeping.opened(keeping.active())
        total = prior + sum(weights) + household
        fields = {
            field.key: {"level": field.levels[level].key, "bits": bits}
            for field, level, bits in zip(FIELDS, levels, weights, strict=True)
            if level >= 0
        }
        self.print_json(
            {
                "prior_bits": prior,
                "fields": fields | {"household": {"level": "explains", "bits": household}},
                "total_bits": total,
                "band": model.band(total, vetoes),
                "vetoes": vetoes,
            }
        )

    def record(self, name: str) -> UUID:
        """The record of SOURCE:ID."""
        source, colon, external_id = name.partition(":")
        if not colon:
            raise CommandError(f"{name}: write SOURCE:ID")
        found = SourceRecord.objects.filter(source__key=source, external_id=external_id).values_list("id", flat=True)
        if not found:
            raise CommandError(f"{name}: there is no such record")
        return found[0]
