"""The day on which a rule is asked, and what the company's settings make of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from segmentation import lifecycle, rfm, stats
from segmentation.segments.tree import Last, Span, Window
from tenancy.models import Tenant


@dataclass(frozen=True)
class Moment:
    """All that a rule's answer depends on besides the rows: the local day, thresholds and stages."""

    tenant: Tenant
    today: date
    bins: rfm.Bins | None
    stages: lifecycle.Rules

    def start_of(self, day: date) -> datetime:
        return stats.start_of(day, self.tenant.zone)

    @property
    def end(self) -> datetime:
        """The first moment that is after today."""
        return self.start_of(self.today + timedelta(days=1))

    def days(self, window: Window | None) -> tuple[date | None, date]:
        """First and last day of a window; what is after today counts in none."""
        match window:
            case Last(days, until):
                return self.today - timedelta(days=days - 1), self.today - timedelta(days=until)
            case Span(first, last):
                return first, min(last or self.today, self.today)
        return None, self.today


def now(tenant: Tenant | None = None, *, today: date | None = None) -> Moment:
    """The moment at which the entered company's rules are asked."""
    tenant = tenant or Tenant.objects.get()
    today = today or stats.today(tenant.zone)
    return Moment(tenant, today, rfm.bins(), lifecycle.rules(today))
