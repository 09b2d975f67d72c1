"""Why a customer is likely to come, or not: in words, from what it has bought, as a clerk would say it."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from segmentation import stats
from segmentation.models import CustomerDay, CustomerStats
from segmentation.rfm import local_day
from tenancy.models import Tenant

WINDOW = 90
LATE = 1.5  # times the usual gap


def of(customer: Customer) -> list[str]:
    return of_many([customer.id]).get(customer.id, [])


def of_many(customer_ids: Collection[UUID], *, today: date | None = None) -> dict[UUID, list[str]]:
    """Customer → reasons, the weightiest first, of those who have bought; in two queries however many they are."""
    zone = Tenant.objects.get().zone
    today = today or stats.today(zone)
    recent = _windows(customer_ids, today)
    rows = CustomerStats.objects.filter(customer_id__in=list(customer_ids), days__gt=0)
    return {
        row.customer_id: _reasons(
            row.days,
            (today - local_day(row.last_at, zone)).days,
            (local_day(row.last_at, zone) - local_day(row.first_at, zone)).days,
            *recent.get(row.customer_id, (0, 0)),
        )
        for row in rows
    }


def _reasons(days: int, silent: int, span: int, now: int, before: int) -> list[str]:
    told = [_rhythm(days, silent, span)]
    if max(now, before) >= 2 and now != before:
        told.append(
            _("Bought on %(now)d days in the last %(days)d, on %(before)d in the %(days)d before.")
            % {"now": now, "before": before, "days": WINDOW}
        )
    return told


def _rhythm(days: int, silent: int, span: int) -> str:
    if days == 1:
        return ngettext("Bought once, %(n)d day ago.", "Bought once, %(n)d days ago.", silent) % {"n": silent}
    usual = max(1, round(span / (days - 1)))
    told = {"usual": usual, "silent": silent}
    if silent > LATE * usual:
        return _("Usually every %(usual)d days, now silent for %(silent)d.") % told
    if silent > usual:
        return _("Usually every %(usual)d days; the last time was %(silent)d days ago, so it is about time.") % told
    return _("Usually every %(usual)d days, the last time %(silent)d days ago.") % told


def _windows(customer_ids: Collection[UUID], today: date) -> dict[UUID, tuple[int, int]]:
    """Days of purchase in the last WINDOW days and in those before."""
    middle, begin = today - timedelta(days=WINDOW), today - timedelta(days=2 * WINDOW)
    rows = CustomerDay.objects.filter(
        customer_id__in=list(customer_ids), day__gt=begin, day__lte=today, orders__gt=0
    ).values_list("customer_id", "day")
    found: dict[UUID, tuple[int, int]] = {}
    for customer_id, day in rows:
        now, before = found.get(customer_id, (0, 0))
        found[customer_id] = (now + 1, before) if day > middle else (now, before + 1)
    return found
