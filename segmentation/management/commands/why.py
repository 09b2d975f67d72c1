from dataclasses import asdict

from customers.models import Customer, SourceRecord
from segmentation.segments import explaining
from segmentation.segments.commands import RuleCommand, Wrong


class Command(RuleCommand):
    help = "Say why a customer is in a rule, or not, clause by clause."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("record", metavar="SOURCE:ID")

    def handle(self, *, tenant, rule, record, **options):
        with self.entered(tenant):
            asked = self.asked(rule)
            customer = self.customer(record)
            answer = explaining.why(self.node(rule), customer, asked.moment, asked.vocabulary)
        self.print_json(
            {"member": answer.is_member, "clauses": [asdict(verdict) for verdict in answer.verdicts]},
        )

    def customer(self, record: str) -> Customer:
        source, colon, external_id = record.partition(":")
        if not colon:
            raise Wrong(f"{record}: write SOURCE:ID")
        rows = SourceRecord.objects.filter(source__key=source, external_id=external_id).select_related("customer")
        if not rows:
            raise Wrong(f"{record}: there is no such record")
        return rows[0].customer
