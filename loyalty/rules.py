"""What a programme's rules give: values in, values out. Amounts are Decimal in the tenant's currency, points whole."""

import calendar
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from loyalty.models import ProgrammeVersion
from loyalty.models.programme import MOST_POINTS

CENT = Decimal("0.01")


def earned(amount: Decimal, rules: ProgrammeVersion) -> int:
    """Points for `amount` paid in money, rounded down; 0 for nothing or less, never more than one movement may have."""
    return min(MOST_POINTS, max(0, int(amount * rules.earn_points / rules.earn_amount)))


def worth(points: int, rules: ProgrammeVersion) -> Decimal:
    """What `points` pay for, rounded down to cents."""
    return (points * rules.point_value).quantize(CENT, ROUND_DOWN)


def redeemable(gross: Decimal, balance: int, rules: ProgrammeVersion) -> int:
    """The most points a purchase of `gross` takes: whole steps, within the balance and the programme's share."""
    share = gross * rules.redeem_share / 100
    points = min(balance, MOST_POINTS, int(share / rules.point_value))
    return points // rules.redeem_step * rules.redeem_step


def asks_code(points: int, rules: ProgrammeVersion) -> bool:
    """Whether redeeming `points` takes a one-time code."""
    return rules.code_above is not None and points > rules.code_above


def expiry(at: datetime, rules: ProgrammeVersion, zone: ZoneInfo) -> datetime | None:
    """When points earned at `at` expire: as many months later, at the end of that local day."""
    if rules.expires_after is None:
        return None
    local = at.astimezone(zone)
    months = local.month - 1 + rules.expires_after
    year, month = local.year + months // 12, months % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day, hour=23, minute=59, second=59, microsecond=999999)


def share_of(whole: int, part: Decimal, total: Decimal) -> int:
    """How much of `whole` points falls on `part` of `total`, rounded down; all of it on all."""
    return whole if part >= total else int(whole * part / total)


def spread(discount: Decimal, amounts: list[Decimal]) -> list[Decimal]:
    """`discount` over the amounts by their size, to cents, summing exactly; no share is larger than its amount.

    Raises ValueError where the discount is larger than all amounts together.
    """
    total = sum(amounts, Decimal(0))
    if discount > total:
        raise ValueError("the discount is larger than the amounts")
    shares, done, given = [], Decimal(0), Decimal(0)
    for amount in amounts:
        done += amount
        upto = (discount * done / total).quantize(CENT, ROUND_DOWN) if done < total else discount
        shares.append(upto - given)
        given = upto
    return shares
