"""What a purchase would cost and bring, and why: a pure function over a snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from loyalty import rules
from loyalty.basket import Item
from loyalty.standing import Standing


class PointsUnfit(ValueError):
    """So many points cannot be used here; the message says how many can."""


@dataclass(frozen=True, slots=True)
class Quote:
    """`gross` is what the goods cost, `spent_value` the part paid with `spent` points, `payable` the rest.

    `earned` are granted for the payable part, `debt_paid` of them go into an old debt. `most` is the largest
    number of points that fits. `shares` are each line's part of the spent value.
    """

    items: Sequence[Item]
    gross: Decimal
    spent: int
    spent_value: Decimal
    shares: Sequence[Decimal]
    earned: int
    debt_paid: int
    most: int
    most_value: Decimal
    asks_code: bool
    balance_before: int
    reasons: Sequence[str]

    @property
    def payable(self) -> Decimal:
        return self.gross - self.spent_value

    @property
    def balance_after(self) -> int:
        return self.balance_before - self.spent + self.earned - self.debt_paid


def quote(items: Sequence[Item], now: Standing, *, points: int = 0) -> Quote:
    """The purchase with `points` spent on it. Raises PointsUnfit where they cannot be."""
    gross = sum((item.gross for item in items), Decimal(0))
    version = now.version if now.customer_id else None
    most = rules.redeemable(gross, now.balance, version) if version else 0
    _check(points, most, now)
    value = rules.worth(points, version) if points else Decimal(0)
    earned = rules.earned(gross - value, version) if version else 0
    paid = min(earned, now.debt)
    return Quote(
        items=items,
        gross=gross,
        spent=points,
        spent_value=value,
        shares=rules.spread(value, [item.gross for item in items]),
        earned=earned,
        debt_paid=paid,
        most=most,
        most_value=rules.worth(most, version) if most else Decimal(0),
        asks_code=bool(points and rules.asks_code(points, version)),
        balance_before=now.balance,
        reasons=_reasons(now, gross - value, points, value, earned, paid, most),
    )


def _check(points: int, most: int, now: Standing) -> None:
    if points < 0:
        raise PointsUnfit(_("Points are not negative."))
    if points and not now.customer_id:
        raise PointsUnfit(_("Find the customer first: points belong to somebody."))
    if points and now.version is None:
        raise PointsUnfit(_("No points programme is running."))
    if points > now.balance:
        raise PointsUnfit(_("Only %s points are there.") % f"{now.balance:,}")
    if points > most:
        raise PointsUnfit(_("At most %s points can be used here.") % f"{most:,}")
    if points and points % now.version.redeem_step:
        raise PointsUnfit(_("Points are used in steps of %s.") % f"{now.version.redeem_step:,}")


def _reasons(now: Standing, payable, points: int, value, earned: int, paid: int, most: int) -> list[str]:
    """Why each thing applies, in the reader's language."""
    version = now.version
    if now.customer_id is None:
        return [_("Nobody was chosen: no points are earned.")]
    if version is None:
        return [_("No points programme is running.")]
    said = []
    if points:
        said.append(_("%(points)s points pay %(value)s.") % {"points": f"{points:,}", "value": f"{value:,.2f}"})
    elif most:
        words = _("Up to %(points)s of %(balance)s points can be used here.")
        said.append(words % {"points": f"{most:,}", "balance": f"{now.balance:,}"})
    elif now.balance:
        words = _("%(balance)s points are there; fewer than a step of %(step)s can be used on this purchase.")
        said.append(words % {"balance": f"{now.balance:,}", "step": f"{version.redeem_step:,}"})
    words = _("%(earned)s points for %(payable)s: %(points)s for each %(amount)s.")
    said.append(
        words
        % {
            "earned": f"{earned:,}",
            "payable": f"{payable:,.2f}",
            "points": version.earn_points,
            "amount": f"{version.earn_amount:,.2f}",
        }
    )
    if paid:
        said.append(_("%s of them settle points owed from an earlier refund.") % f"{paid:,}")
    if points and rules.asks_code(points, version):
        said.append(_("More than %s points: the customer gets a code.") % f"{version.code_above:,}")
    return said
