"""How invented customers shop: some often, some once, most stop one day; more before festivals, more at weekends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from types import ModuleType

from sales.orders import Line

DAYS = 730
# Sales by month, 1 is an average one: New Year goods, 6.18, autumn, 11.11 and the year's end.
SEASON = [1.25, 0.85, 0.8, 0.85, 1.0, 1.25, 0.85, 0.85, 1.1, 1.0, 1.6, 1.3]
WEEKDAY = [0.85, 0.85, 0.9, 0.9, 1.1, 1.3, 1.2]
BUSIEST = max(SEASON) * max(WEEKDAY)


@dataclass
class Shopper:
    """`per_day` orders a day while alive, from `joined` until `left` (days before the end of the demo)."""

    reference: str
    store: str
    per_day: float
    joined: int
    left: int
    taste: list[int]


def shopper(random: Random, reference: str, shop: ModuleType) -> Shopper:
    joined = random.randrange(1, DAYS)
    rate = min(random.gammavariate(0.6, 1 / 38) + 0.001, 0.4)
    alive_for = int(random.expovariate(1 / 420)) + 1
    taste = random.sample(range(len(shop.GOODS)), k=min(6, len(shop.GOODS)))
    return Shopper(reference, random.choice(shop.STORES)[0], rate, joined, max(0, joined - alive_for), taste)


def visits(random: Random, who: Shopper, now: datetime) -> Iterator[datetime]:
    """The first visit at joining, then a thinned Poisson process that follows season and weekday."""
    day = float(who.joined)
    while day >= who.left:
        at = now - timedelta(days=day)
        at = at.replace(
            hour=random.choices(range(9, 22), k=1)[0], minute=random.randrange(60), second=random.randrange(60)
        )
        pull = SEASON[at.month - 1] * WEEKDAY[at.weekday()] / BUSIEST
        if at <= now and (day == who.joined or random.random() < pull):
            yield at
        day -= random.expovariate(who.per_day * BUSIEST)


def order(random: Random, who: Shopper, at: datetime, number: str, shop: ModuleType) -> list[Line]:
    """One order of one to four goods, most of them to the shopper's taste; one in thirty is given back."""
    channel = random.choices(shop.CHANNELS, shop.CHANNEL_WEIGHTS)[0]
    in_store = channel == shop.CHANNELS[0]
    lines = []
    for place in range(1, random.choices([1, 2, 3, 4], [55, 27, 12, 6])[0] + 1):
        which = random.choice(who.taste) if random.random() < 0.8 else random.randrange(len(shop.GOODS))
        category, name, price = shop.GOODS[which]
        quantity = random.choices([1, 2, 3], [80, 15, 5])[0]
        discount = Decimal(random.choices(["1", "0.9", "0.8"], [70, 20, 10])[0])
        lines.append(
            Line(
                number=number,
                key=str(place),
                customer=who.reference,
                at=at,
                amount=(Decimal(price) * quantity * discount).quantize(Decimal("0.01")),
                quantity=Decimal(quantity),
                price=Decimal(price),
                product=f"P{which + 1:03d}",
                name=name,
                category=category,
                channel=channel,
                store=who.store if in_store else "",
            )
        )
    if random.random() < 1 / 30:
        lines[0].refunds_order = True
    return lines
