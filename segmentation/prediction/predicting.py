"""What the model in use says of customers: computed from their days of purchase, written where it moved, and read."""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import numpy as np

from segmentation import stats
from segmentation.models import Prediction, PredictionModel
from segmentation.prediction import buying, clock, keeping, reading, spending, worth
from segmentation.prediction.daily import Daily, History, history
from segmentation.prediction.features import features
from segmentation.prediction.histories import Array
from segmentation.prediction.keeping import Kept
from segmentation.prediction.looks import Bases, p_buys
from tenancy import context
from tenancy.database.bulk import fetch, stage
from tenancy.models import Tenant

EPOCH = date(1970, 1, 1)
YEAR = 365
PORTION = 20_000  # customers at once
MOVED = 0.005  # by what share an amount must differ to be written again
MOST = 10.0**15

WAITING = "prediction_waiting"
COLUMNS = """customer_id uuid, p_buy float8, expected float8, clv numeric, clv_low numeric, clv_high numeric,
    at_stake numeric"""
# Time moves every amount a little each day: one is written again when it differs by more than MOVED, or to or from 0.
UPSERT = f"""
    INSERT INTO segmentation_prediction AS p
        (tenant_id, customer_id, p_buy, horizon_days, expected, clv, clv_low, clv_high, at_stake, as_of)
    SELECT %(tenant)s, w.customer_id, w.p_buy, %(horizon)s, w.expected, w.clv, w.clv_low, w.clv_high, w.at_stake,
           %(as_of)s
    FROM {WAITING} w
    ON CONFLICT (tenant_id, customer_id) DO UPDATE SET
        p_buy = excluded.p_buy, horizon_days = excluded.horizon_days, expected = excluded.expected,
        clv = excluded.clv, clv_low = excluded.clv_low, clv_high = excluded.clv_high,
        at_stake = excluded.at_stake, as_of = excluded.as_of
    WHERE (p.p_buy, p.horizon_days) IS DISTINCT FROM (excluded.p_buy, excluded.horizon_days)
        OR abs(p.clv - excluded.clv) > %(moved)s * p.clv OR abs(p.clv_low - excluded.clv_low) > %(moved)s * p.clv_low
        OR abs(p.clv_high - excluded.clv_high) > %(moved)s * p.clv_high
        OR abs(p.at_stake - excluded.at_stake) > %(moved)s * p.at_stake
    RETURNING customer_id
"""
GONE = """
    DELETE FROM segmentation_prediction p WHERE {whose} AND NOT EXISTS
        (SELECT FROM segmentation_customerstats s WHERE s.customer_id = p.customer_id AND s.days > 0)
    RETURNING customer_id
"""


class Said(NamedTuple):
    """What a model says of customers, a row each: columns as in the model Prediction, unrounded."""

    p_buy: Array
    expected: Array
    clv: Array
    low: Array
    high: Array
    at_stake: Array


def in_use() -> PredictionModel | None:
    return PredictionModel.objects.filter(is_in_use=True).first()


def predict(customer_ids: Collection[UUID] | None = None, *, as_of: date | None = None) -> int:
    """Bring what is said of these customers, or of all, up to the day. Returns how many rows moved.

    Nothing happens before a model was learned. Whoever has no counted order any more has no prediction.
    """
    row = in_use()
    if row is None:
        return 0
    if customer_ids is None:
        return sum(moved for moved, _done in pieces(row, as_of=as_of))
    moved = 0
    ids = sorted(customer_ids)
    for begin in range(0, len(ids), PORTION):
        part = ids[begin : begin + PORTION]
        moved += len(fetch(GONE.format(whose="customer_id = ANY(%s)"), [part]))
        moved += _write(row, *reading.of(part), as_of=as_of)
    return moved


def pieces(
    row: PredictionModel, *, after: UUID | None = None, as_of: date | None = None
) -> Iterator[tuple[int, UUID | None]]:
    """All customers by portions: how many rows moved, and the last customer of the portion; None at the end. It ends
    where another model was put to use: who did that goes through all customers by it."""
    while ids := reading.next_customers(after, limit=PORTION):
        if not PredictionModel.objects.filter(id=row.id, is_in_use=True).exists():
            return
        after = ids[-1]
        yield _write(row, *reading.between(ids[0], after), as_of=as_of), after
    yield len(fetch(GONE.format(whose="true"))), None


def of(customer_ids: Collection[UUID]) -> dict[UUID, Prediction]:
    """What was last said of these customers, of those of whom something was."""
    return {row.customer_id: row for row in Prediction.objects.filter(customer_id__in=list(customer_ids))}


def today() -> date:
    return stats.today(Tenant.objects.get().zone)


def say(kept: Kept, known: History) -> Said:
    """What the model says of these customers at the end of `known.cut`."""
    p, bases, horizon = _p(kept, known), kept.predictor.bases, kept.predictor.horizon
    if bases is None or kept.money is None:
        return _by_rule(kept, known, p)
    ahead = worth.worth(known, bases, kept.money, p, horizon=horizon, days=YEAR, spread=kept.spread)
    near = worth.worth(known, bases, kept.money, p, horizon=horizon, days=horizon)
    return Said(p, near.expected, ahead.clv, ahead.low, ahead.high, at_stake(known, bases, ahead.value))


def _p(kept: Kept, known: History) -> Array:
    predictor, bases = kept.predictor, kept.predictor.bases
    if bases is None:
        return predictor.p(known, None, None)
    by_clock = p_buys(known, bases.by_clock.model, bases.clock, predictor.horizon)
    if predictor.logistic is None:
        return predictor.p(known, None, by_clock)
    by_calendar = p_buys(known, bases.by_calendar.model, clock.calendar(), predictor.horizon)
    return predictor.p(known, features(known, by_clock, by_calendar, predictor.unit), by_clock)


def at_stake(known: History, bases: Bases, value: Array) -> Array:
    """What each would spend in a year if it stayed, times the chance that it has left."""
    model = bases.by_clock.model
    x, t, T, year = clock.timed(known, bases.clock, YEAR)
    pace = (model.r + x) / (model.alpha + T) * year
    return pace * value * (1 - buying.p_alive(model, x, t, T))


def _by_rule(kept: Kept, known: History, p: Array) -> Said:
    """Without a purchase model: purchases come evenly, at the pace that the chance stands for."""
    predictor = kept.predictor
    expected = -np.log1p(-np.minimum(p, 0.999))
    year = expected * YEAR / predictor.horizon
    mean = np.nan_to_num(known.value)
    value = spending.expected(kept.money, known.valued, mean) if kept.money else mean
    clv = year * value
    spread = np.sqrt(year) * value * 1.3
    pace = np.maximum(known.x, 0.2) / np.maximum(known.age, predictor.horizon) * YEAR
    return Said(p, expected, clv, np.maximum(clv - spread, 0), clv + spread, pace * value * (1 - p))


def _write(row: PredictionModel, ids: list[UUID], daily: Daily, *, as_of: date | None) -> int:
    day = as_of or today()
    known = history(daily, (day - EPOCH).days)
    said = say(keeping.opened(row.parameters), known)
    columns = [np.round(np.clip(said.p_buy, 0, 1), 3), np.round(said.expected, 4)]
    amounts = [as_money(one) for one in said[2:]]
    whose = [ids[place] for place in known.customer]
    rows = zip(whose, *(column.tolist() for column in columns), *amounts, strict=True)
    stage(WAITING, COLUMNS, rows)
    parameters = {
        "tenant": context.current_tenant_id(), "horizon": row.horizon_days, "as_of": day, "moved": MOVED,
    }  # fmt: skip
    return len(fetch(UPSERT, parameters))


def as_money(amounts: Array) -> list[Decimal]:
    """To the cent, within what can be kept."""
    return [Decimal(f"{one:.2f}") for one in np.clip(np.nan_to_num(amounts, posinf=MOST), 0, MOST).tolist()]
