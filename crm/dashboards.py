"""The figures of the home page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from customers.duplicates import queue
from customers.models import Customer
from feedback import inbox
from feedback.models import Ticket
from sales.models import Order
from segmentation import people, rfm, scoring, stats
from segmentation.cells import Cell
from segmentation.lifecycle import Stage
from tenancy.models import Job, Membership, Tenant
from tenancy.permissions import Permission

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
    return {
        "today": day_figures(member, tenant=tenant),
        "at_risk": at_risk(member, tenant=tenant),
        "jobs": open_jobs(member),
        "tickets": due_tickets(member),
        "pairs": pairs_to_decide(member),
        "has_customers": Customer.objects.exists(),
    }


def day_figures(member: Membership, *, tenant: Tenant) -> dict[str, dict]:
    """Orders, amount and customers of today (`now`) and of the same weekday a week ago (`before`)."""
    today = stats.today(tenant.zone)
    orders = Order.objects.visible_to(member)

    def of(day) -> dict:
        of_day = orders.filter(at__gte=stats.start_of(day, tenant.zone), at__lt=stats.end_of(day, tenant.zone))
        return of_day.aggregate(
            orders=Count("id"), amount=Sum("total") - Sum("refunded"), customers=Count("customer", distinct=True)
        )

    return {"now": of(today), "before": of(today - timedelta(days=7))}


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


def heat_map(member: Membership, *, tenant: Tenant, url_of: Callable[[int, int], str]) -> list[list[dict]]:
    """Rows R5 to R1 of cells F1 to F5: count, shade from 0 to 6, the address of its people, the corners' names."""
    if rfm.bins() is None:
        scoring.score()  # the first look at a new company's orders
    grid = people.grid(member=member, tenant=tenant)
    if not grid:
        return []
    most = max(grid.values())
    return [
        [
            {
                "r": r,
                "f": f,
                "count": (count := grid.get((r, f), 0)),
                "level": -(-count * LEVELS // most),
                "url": url_of(r, f),
                "name": CORNERS.get((r, f), ""),
            }
            for f in range(1, 6)
        ]
        for r in range(5, 0, -1)
    ]
