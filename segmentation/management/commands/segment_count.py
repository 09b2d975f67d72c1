from segmentation.segments import counting
from segmentation.segments.commands import RuleCommand


class Command(RuleCommand):
    help = "Count the customers whom a rule means: on a sample first, then exactly."

    def handle(self, *, tenant, rule, **options):
        with self.entered(tenant):
            asked = self.asked(rule)
            first = counting.count(asked, None, exact=False)
            exact = counting.count(asked, None)
        self.print_json(
            {
                "sample_count": first.count,
                "exact_count": exact.count,
                "sample_ms": round(first.milliseconds, 2),
                "exact_ms": round(exact.milliseconds, 2),
            }
        )
