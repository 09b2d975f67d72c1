"""Lifecycle stages: the first rule that holds. Computed when read, since time alone moves them.

The rules are the company's own and have a history: what a stage was on a past day is told by the rules of that day.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from segmentation import stats
from segmentation.cells import Cell
from segmentation.models import StagePolicy, StageRules
from tenancy import audit, context
from tenancy.database.bulk import by_pages, fetch
from tenancy.models import Membership, Tenant
from tenancy.permissions import Scope


class Stage(models.TextChoices):
    NEW = "new", _("New")
    ACTIVE = "active", _("Active")
    LOYAL = "loyal", _("Loyal")
    AT_RISK = "at_risk", _("At risk")
    LOST = "lost", _("Lost")
    PROSPECT = "prospect", _("Prospect")


@dataclass(frozen=True)
class Rules:
    """Days since the last order, and orders, at which a stage begins."""

    lost_after: int = 270
    at_risk_after: int = 120
    new_within: int = 60
    loyal_from: int = 5


DEFAULT = Rules()
NAMES = tuple(asdict(DEFAULT))


LONGEST_FOLLOW_UP = 3650  # days


class BadRules(ValueError):
    """Rules that contradict themselves; the message says how."""


class BadPolicy(ValueError):
    """A policy for customers who cannot be; the message says why."""


def stage(*, recency_days: int | None, frequency: int, rules: Rules = DEFAULT) -> Stage:
    """The stage of a customer; `recency_days` is None for one without counted orders."""
    if not frequency or recency_days is None:
        return Stage.PROSPECT
    if recency_days > rules.lost_after:
        return Stage.LOST
    if recency_days > rules.at_risk_after:
        return Stage.AT_RISK
    if frequency == 1 and recency_days <= rules.new_within:
        return Stage.NEW
    return Stage.LOYAL if frequency >= rules.loyal_from else Stage.ACTIVE


def rules(on: date) -> Rules:
    """The company's rules of that local day."""
    row = StageRules.objects.filter(since__lte=on).order_by("-since").values(*NAMES).first()
    return Rules(**row) if row else DEFAULT


def history() -> Sequence[StageRules]:
    """The newest first; before the oldest of them the default rules held."""
    return list(StageRules.objects.select_related("by__user").order_by("-since")[:100])


def change(new: Rules, *, since: date, by: Membership) -> StageRules:
    """The company's rules from that day on; those of the same day are replaced. Raises BadRules."""
    if new.at_risk_after >= new.lost_after:
        raise BadRules(_t("Lost must begin later than at risk."))
    if new.new_within > new.at_risk_after:
        raise BadRules(_t("A new customer would be at risk: make “new within” shorter."))
    before = rules(since)
    row, _made = StageRules.objects.update_or_create(since=since, defaults={**asdict(new), "by": by})
    changes = {name: [getattr(before, name), getattr(new, name)] for name in NAMES}
    changes = {name: both for name, both in changes.items() if both[0] != both[1]}
    audit.record("stages.changed", row, by=by, changes={"since": since.isoformat(), **changes})
    return row


def stage_at(customer: Customer, day: date, *, tenant: Tenant) -> Stage:
    """The customer's stage at the end of that local day, from the orders themselves and the rules of the day."""
    figures = stats.FIGURES.format(condition="AND customer_id = %(customer)s AND at < %(end)s")
    found = fetch(figures, {"customer": customer.id, "end": stats.end_of(day, tenant.zone)})
    if not found or not found[0][1]:
        return Stage.PROSPECT
    _id, frequency, _monetary, _first, last_at, *_rest = found[0]
    recency = (day - last_at.astimezone(tenant.zone).date()).days
    return stage(recency_days=recency, frequency=frequency, rules=rules(day))


# Each customer who moved in the days after %(start)s up to %(end)s: from which stage, to which.
MOVED = """
    SELECT before, after, count(*) FROM (
        SELECT (array_agg(stage_before ORDER BY day))[1] AS before,
               (array_agg(stage ORDER BY day DESC))[1] AS after
        FROM segmentation_scorechange c
        WHERE day > %(start)s AND day <= %(end)s AND stage_before <> stage {scope} GROUP BY customer_id
    ) moved GROUP BY 1, 2
"""
# The same of one flow, by the days on which stages moved.
FROM_TO = """
    SELECT customer_id FROM segmentation_scorechange
    WHERE day > %s AND day <= %s AND stage_before <> stage GROUP BY customer_id
    HAVING (array_agg(stage_before ORDER BY day))[1] = %s AND (array_agg(stage ORDER BY day DESC))[1] = %s
"""
STANDING = "SELECT stage, count(*) FROM segmentation_customerstats c WHERE stage <> '' {scope} GROUP BY 1"


def flows(start: date, end: date, *, member: Membership) -> Counter[tuple[str, str]]:
    """(stage at the end of `start`, stage at the end of `end`) → customers of the member's scope, as nightly scoring
    has noted them. An empty stage is a customer who was not there yet."""
    scope, parameters = _scope(member)

    def moved(after: date, until: date) -> list[tuple]:
        return fetch(MOVED.format(scope=scope), parameters | {"start": after, "end": until})

    found = Counter({(before, after): people for before, after, people in moved(start, end)})
    with by_pages():
        standing = Counter(dict(fetch(STANDING.format(scope=scope), parameters)))
    for before, after, people in moved(end, date.max):
        standing[after] -= people
        standing[before] += people
    for (_before, after), people in list(found.items()):
        standing[after] -= people
    for name, people in standing.items():
        if name and people > 0:
            found[name, name] += people
    return +found


def movers(before: str, after: str, *, start: date, end: date) -> RawSQL:
    """Ids of those whom `flows` counts from one stage to another; whoever sees them."""
    return RawSQL(FROM_TO, [start, end, before, after])


def _scope(member: Membership) -> tuple[str, dict]:
    if member.scope == Scope.ALL:
        return "AND c.customer_id NOT IN (SELECT id FROM customers_customer WHERE merged_into_id IS NOT NULL)", {}
    visible = Customer.objects.visible_to(member).values("id")
    sql, parameters = visible.query.sql_with_params()
    names = {f"scope_{place}": value for place, value in enumerate(parameters)}
    return f"AND c.customer_id IN ({sql % tuple(f'%({name})s' for name in names)})", names


def policies() -> dict[tuple[str, str], StagePolicy]:
    """(stage, cell) → how its customers are treated; an empty cell is all of the stage's others."""
    return {(row.stage, row.cell): row for row in StagePolicy.objects.all()}


def policy_of(stage: Stage, cell: Cell | None) -> StagePolicy | None:
    """What holds for a customer: the policy of the stage and cell, else of the stage."""
    found = StagePolicy.objects.filter(stage=stage, cell__in=["", cell or ""]).order_by("-cell")
    return found.first()


def set_policy(
    stage: Stage, cell: str, *, service: str, follow_up_days: int | None, offer: str, by: Membership
) -> StagePolicy:
    """What holds from now on; it takes the place of the one before. Raises BadPolicy."""
    if stage == Stage.PROSPECT and cell:
        raise BadPolicy(_t("Prospects have no scores."))
    told = {"service": service, "follow_up_days": follow_up_days, "offer": offer}
    row, _made = StagePolicy.objects.update_or_create(
        tenant_id=context.current_tenant_id(), stage=stage, cell=cell, defaults=told
    )
    audit.record("policy.changed", row, by=by, changes={"stage": stage, "cell": cell, **told})
    return row


def drop_policy(policy: StagePolicy, *, by: Membership) -> None:
    audit.record("policy.dropped", policy, by=by, changes={"stage": policy.stage, "cell": policy.cell})
    policy.delete()
