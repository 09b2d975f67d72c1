"""What is said of every customer at the end of a day, for exports."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from segmentation.prediction import keeping, making, predicting, reading
from segmentation.prediction.daily import history
from segmentation.prediction.keeping import Kept
from segmentation.prediction.looks import Looks


class Told(NamedTuple):
    p_buy: Decimal
    horizon_days: int
    clv: Decimal
    clv_low: Decimal
    clv_high: Decimal


def told(as_of: date) -> dict[UUID, Told]:
    """Customer → what is said, of all who had bought by the end of that day.

    By the model in use; for a past day, or where there is none yet, by one learned from the orders until that day.
    """
    row, day = predicting.in_use(), (as_of - predicting.EPOCH).days
    if row is None or as_of < predicting.today():
        horizon = row.horizon_days if row else making.HORIZON
        kept = making.made(Looks(reading.sampled(), horizon), day)
    else:
        kept = keeping.opened(row.parameters)
    found: dict[UUID, Told] = {}
    after = None
    while ids := reading.next_customers(after, limit=predicting.PORTION):
        after = ids[-1]
        found |= _portion(kept, *reading.between(ids[0], after), day)
    return found


def _portion(kept: Kept, ids: list[UUID], daily, day: int) -> dict[UUID, Told]:
    known = history(daily, day)
    said = predicting.say(kept, known)
    chances = (f"{p:.3f}" for p in said.p_buy.clip(0, 1).tolist())
    amounts = (predicting.as_money(one) for one in (said.clv, said.low, said.high))
    horizon = kept.predictor.horizon
    return {
        ids[place]: Told(Decimal(chance), horizon, *money)
        for place, chance, *money in zip(known.customer.tolist(), chances, *amounts, strict=True)
    }
