"""What the clerks were told, held against what is in the database."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from loyalty import verifying
from loyalty.models import Account
from loyalty.simulation.clerks import Told
from sales.models import OrderLine


def judge(told: Iterable[Told], start: dict[UUID, int]) -> dict[str, int]:
    """Faults by name, inside the company: `lost` purchases were acknowledged and are not there, `double` ones stand
    twice, `oversold` points were spent beyond what there was, `wrong` accounts do not add up."""
    told = list(told)
    asked = {key for one in told for key in one.asked}
    sold = {key: answer for one in told for key, answer in one.sold.items()}
    standing = Counter(OrderLine.objects.filter(name__in=asked).values_list("name", flat=True))
    return {
        "lost": sum(not standing[key] for key in sold),
        "double": sum(max(0, times - 1) for times in standing.values()) + sum(one.differing for one in told),
        "oversold": _oversold(told, start),
        "wrong": len(verifying.verify().wrong),
    }


def _oversold(told: list[Told], start: dict[UUID, int]) -> int:
    """Points the clerks were told are spent, beyond all that was ever there; and balances below nothing."""
    there = Counter(start)
    spent: Counter[UUID] = Counter()
    for one in told:
        for key, answer in one.sold.items():
            there[one.asked[key]] += answer["earned"]
            spent[one.asked[key]] += answer["spent"]
            there[one.asked[key]] += one.given_back.get(key, {}).get("given_back", 0)
    negative = Account.objects.filter(balance__lt=0).count()
    return sum(max(0, spent[member] - there[member]) for member in start) + negative
