"""The figures of the home page."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from customers.duplicates import queue
from customers.models import Customer
from feedback import inbox
from feedback.models import Ticket
from sales.models import Order
from segmentation import people, rfm, scoring, stats
from segmentation.cells import Cell
from segmentation.insight import reading
from segmentation.lifecycle import Stage
from tenancy.models import Job, Membership, Tenant
from tenancy.permissions import Permission, Scope

MOST_AT_RISK = 8
MOST_TICKETS = 5
MOST_PAIRS = 3
LEVELS = 6
CORNERS = {
    (5, 5): Cell.CHAMPIONS.label,
    (5, 1): _("Newcomers"),
    (1, 5): _("Win back"),
    (1, 1): _("Asleep"),
}


def home(member: Membership, *, tenant: Tenant) -> dict[str, Any]:
    """What a member sees first: today beside the same weekday, who is at risk, jobs running."""
    leaving = at_risk(member, tenant=tenant)
    return {
        "today": day_figures(member, tenant=tenant),
        "at_risk": leaving,
        "jobs": open_jobs(member),
        "tickets": due_tickets(member),
        "pairs": pairs_to_decide(member),
        "has_customers": bool(leaving) or Customer.objects.exists(),
    }


def day_figures(member: Membership, *, tenant: Tenant) -> dict[str, dict]:
    """Orders, amount and customers of today (`now`) and of the same weekday a week ago (`before`), as on the insight
    pages; whoever sees all is told the figures of the past day as the last night left them."""
    today = stats.today(tenant.zone)
    week_ago = today - timedelta(days=7)
    orders = Order.objects.visible_to(member)
    counted = Q(total__gt=F("refunded"))

    def of(day: date) -> dict:
        of_day = orders.filter(at__gte=stats.start_of(day, tenant.zone), at__lt=stats.end_of(day, tenant.zone))
        return of_day.aggregate(
            orders=Count("id", filter=counted),
            amount=Sum("total") - Sum("refunded"),
            customers=Count("customer", distinct=True, filter=counted),
        )

    kept = reading.of_day(week_ago) if member.scope == Scope.ALL and member.can(Permission.ORDERS_VIEW) else None
    return {"now": of(today), "before": kept or of(week_ago)}


def at_risk(member: Membership, *, tenant: Tenant) -> list[tuple[Customer, people.Figures]]:
    """The most valuable customers of the member's scope whose orders have stopped coming."""
    if not member.can(Permission.CUSTOMERS_VIEW):
        return []
    rows = people.scored(people.Filters(stage=Stage.AT_RISK), member=member, tenant=tenant)
    found = {row.customer_id: row for row in rows.order_by("-monetary", "-customer")[:MOST_AT_RISK]}
    customers = [row.customer for row in found.values()]
    figures = people.figures(customers, tenant=tenant, rows=found)
    return [(customer, figures[customer.id]) for customer in customers]


def due_tickets(member: Membership) -> list[Ticket]:
    """What the member should answer next."""
    return inbox.due(member, most=MOST_TICKETS) if member.can(Permission.TICKETS_VIEW) else []


def pairs_to_decide(member: Membership) -> dict[str, Any]:
    """How many pairs wait for the member's decision, and the most valuable ones."""
    if not member.can(Permission.CUSTOMERS_MERGE):
        return {}
    rows = queue.to_decide(member)
    return {"count": queue.count(rows), "first": queue.whole(rows)[:MOST_PAIRS]}


def open_jobs(member: Membership) -> list[Job]:
    if not member.can(Permission.JOBS_VIEW):
        return []
    return list(Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RUNNING]).order_by("-created_at")[:5])


def tally(member: Membership, *, tenant: Tenant) -> people.Tally:
    """Who the customers are; the first look at a new company's orders scores them."""
    if rfm.bins() is None:
        scoring.score()
    return people.tally(member=member, tenant=tenant)


def heat_map(grid: Counter[tuple[int, int]], *, url_of: Callable[[int, int], str]) -> list[list[dict]]:
    """Rows R5 to R1 of cells F1 to F5: count, shade from 0 to 6, the address of its people, the corners' names."""
    if not grid:
        return []
    most = max(grid.values())
    return [
        [
            {
                "r": r,
                "f": f,
                "count": (count := grid[r, f]),
                "level": -(-count * LEVELS // most),
                "url": url_of(r, f),
                "name": CORNERS.get((r, f), ""),
            }
            for f in range(1, 6)
        ]
        for r in range(5, 0, -1)
    ]
