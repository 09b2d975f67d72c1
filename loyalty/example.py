"""What a programme's rules come to in one purchase, for whoever sets them."""

from dataclasses import dataclass
from decimal import Decimal

from loyalty import rules
from loyalty.models import ProgrammeVersion

PRICE = Decimal(128)
BALANCE = 2000
THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Example:
    """A purchase of `price`: it earns `earned` points, worth `earned_value`, which is `share` percent of the price.

    With `balance` points on the account at most `most` are used on it, worth `most_value`; a thousand points are
    worth `thousand_value`.
    """

    price: Decimal
    earned: int
    earned_value: Decimal
    share: Decimal
    balance: int
    most: int
    most_value: Decimal
    thousand_value: Decimal

    @property
    def is_generous(self) -> bool:
        """Whether more than a fifth of the price comes back: hardly meant."""
        return self.share > 20


def work(version: ProgrammeVersion) -> Example:
    """The example under these rules, saved or not."""
    earned = rules.earned(PRICE, version)
    value = rules.worth(earned, version)
    most = rules.redeemable(PRICE, BALANCE, version)
    return Example(
        price=PRICE,
        earned=earned,
        earned_value=value,
        share=(value * 100 / PRICE).quantize(Decimal("0.01")),
        balance=BALANCE,
        most=most,
        most_value=rules.worth(most, version),
        thousand_value=rules.worth(THOUSAND, version),
    )
