"""What to offer to a customer: one answer for the page, the till and REST."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from customers.models import Customer
from privacy import consent
from privacy.models import Channel, Purpose
from segmentation import stats
from segmentation.models import OfferRules
from segmentation.recommending import building, history, ranking, wording
from segmentation.recommending.history import Bought
from segmentation.recommending.ranking import Kind, Neighbour, Ranked
from tenancy.database.bulk import fetch
from tenancy.models import Tenant

MOST = 50  # items in one answer


class Only(StrEnum):
    """A part of the ranking."""

    AGAIN = "again"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Item:
    """One product to offer; `reason` says why in the language of the reader."""

    product_id: UUID
    code: str
    name: str
    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class Offers:
    """`refusal` says why there are none. `as_of` is the day of the newest order that is known of, None before the
    first night. Where not `is_personal` the customer's own purchases were not looked at: they do not want it."""

    items: list[Item] = field(default_factory=list)
    is_personal: bool = True
    refusal: str = ""
    as_of: date | None = None


def recommend(
    customer: Customer | None,
    n: int = 10,
    *,
    tenant: Tenant,
    basket: Collection[UUID] = (),
    channel: Channel | None = None,
    only: Only | None = None,
) -> Offers:
    """The `n` best goods to offer, at most 50: first what goes with the `basket`, then what the customer buys again,
    then goods new to them.

    None of them is off sale, left out by the company, in the basket, or was given back by the customer. `only` takes
    one part of the same ranking. With a `channel` it is for a message: nobody gets one who has not agreed to offers
    there, nor personal ones without agreeing to recommendations there. Without one it is for the staff who talk with
    the customer: personal unless they withdrew recommendations everywhere.
    """
    n = max(0, min(n, MOST))
    rules = building.rules()
    allowed = _allowed(customer, channel)
    if allowed is None:
        return Offers(refusal=_("They have not agreed to offers on this channel."), as_of=rules.as_of)
    today = stats.today(tenant.zone)
    bought = history.read(customer.id, tenant=tenant, today=today, left_out=rules.left_out) if allowed else {}
    ranked, goods = _ranked(bought, basket, rules, n=n, only=only)
    names = {id: one.name or one.code for id, one in goods.items()}
    items = [
        Item(one.product, goods[one.product].code, names[one.product], one.kind,
             wording.reason(one, bought=bought, names=names, today=today))
        for one in ranked
    ]  # fmt: skip
    return Offers(items, allowed or customer is None, as_of=rules.as_of)


def _allowed(customer: Customer | None, channel: Channel | None) -> bool | None:
    """Whether the answer may be personal; None where there may be none."""
    if customer is None:
        return False
    said = {(row.purpose, row.channel): row.given for row in consent.current(customer)}
    if channel is None:
        answers = [given for (purpose, _channel), given in said.items() if purpose == Purpose.PROFILING]
        return any(answers) or not answers
    if not said.get((Purpose.MARKETING, channel)):
        return None
    return bool(said.get((Purpose.PROFILING, channel)))


def _ranked(
    bought: Mapping[UUID, Bought], basket: Collection[UUID], rules: OfferRules, *, n: int, only: Only | None
) -> tuple[list[Ranked[UUID]], dict[UUID, "Goods | Bought"]]:
    """The ranking, and the products that it speaks of."""
    back = {id for id, one in bought.items() if one.is_back}
    weights = {id: one.weight for id, one in bought.items()}
    kept = {id: weight for id, weight in weights.items() if id not in back}
    on_sale = {id: weight for id, weight in kept.items() if bought[id].is_active and id not in basket}
    repeats = ranking.again(on_sale, {id: one.share for id, one in bought.items()}, n=n)
    speaking = ranking.speaking(kept)
    near = _near({*speaking, *basket})
    found = ranking.going_with({id: near.get(id, []) for id in basket}, n=MOST, without=back)
    of_bought = {id: near.get(id, []) for id in speaking}
    nearest = ranking.near(weights, of_bought, without={*back, *basket})
    ids, known = {*basket, *nearest, *(one.product for one in found)}, {*weights, *basket}
    goods = _goods(ids, n, without=known, left_out=rules.left_out)
    sold = {id for id, one in goods.items() if one.is_active and not one.is_left_out}
    nearest = {id: score for id, score in nearest.items() if id in sold}
    popular = [(id, one.share) for id, one in goods.items() if one.is_popular]
    new = ranking.new(nearest, popular, {id: one.share for id, one in goods.items()}, n=n, crowd=rules.crowd)
    parts = {
        Only.AGAIN: [Ranked(id, Kind.AGAIN) for id in repeats],
        Only.NEW: ranking.because(new, weights, of_bought),
    }
    whole = [
        one for one in found if (one.product in sold or one.product in on_sale) and not goods[one.because].is_left_out
    ]
    first: dict[UUID, Ranked[UUID]] = {}
    for one in parts[only] if only else [*whole, *parts[Only.AGAIN], *parts[Only.NEW]]:
        first.setdefault(one.product, one)
    return list(first.values())[:n], {**bought, **goods}


NEAR = """
    SELECT product_id, other_id, similarity, confidence, together FROM segmentation_productneighbour
    WHERE product_id = ANY (%s) ORDER BY product_id, similarity DESC, other_id
"""
GOODS = """
    SELECT p.id, p.code, p.name, p.is_active, upper(p.code) = ANY (%(left_out)s::text[]), coalesce(s.share, 0), false
    FROM sales_product p LEFT JOIN segmentation_productpull s ON s.product_id = p.id WHERE p.id = ANY (%(ids)s)
    UNION ALL
    (SELECT p.id, p.code, p.name, p.is_active, false, s.share, true
     FROM segmentation_productpull s JOIN sales_product p ON p.id = s.product_id
     WHERE p.is_active AND upper(p.code) <> ALL (%(left_out)s::text[]) AND s.product_id <> ALL (%(without)s)
     ORDER BY s.lately DESC, s.product_id LIMIT %(n)s)
"""


class Goods(NamedTuple):
    """A product that is spoken of; `is_popular` where it is one of the strongest. It sells with `share` of the
    strongest product's strength. What the company leaves out may be known from before it did."""

    code: str
    name: str
    is_active: bool
    is_left_out: bool
    share: float
    is_popular: bool


def _near(product_ids: Collection[UUID]) -> dict[UUID, list[Neighbour[UUID]]]:
    """Of each product the goods that are bought with it."""
    near: dict[UUID, list[Neighbour[UUID]]] = {}
    for product, *neighbour in fetch(NEAR, [list(product_ids)]):
        near.setdefault(product, []).append(Neighbour(*neighbour))
    return near


def _goods(
    product_ids: Collection[UUID], n: int, *, without: Collection[UUID], left_out: Collection[str]
) -> dict[UUID, Goods]:
    """These products and the `n` strongest ones to offer beside those `without`."""
    told = {"ids": list(product_ids), "without": list(without), "left_out": list(left_out), "n": n}
    rows = fetch(GOODS, told)
    return {id: Goods(*product) for id, *product in rows}
