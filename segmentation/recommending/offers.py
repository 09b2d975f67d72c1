"""What to offer to a customer: one answer for the page, the till and REST."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _

from customers.models import Customer
from privacy import consent
from privacy.models import Channel, Purpose
from sales.models import Product
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
    ranked = _ranked(bought, basket, rules, n=n, only=only)
    return Offers(_items(ranked, bought, today), allowed or customer is None, as_of=rules.as_of)


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
) -> list[Ranked[UUID]]:
    back = {id for id, one in bought.items() if one.is_back}
    without = back | set(basket)
    weights = {id: one.weight for id, one in bought.items()}
    kept = {id: weight for id, weight in weights.items() if id not in back}
    speaking = ranking.speaking(kept)
    near, shares = _near({*speaking, *basket})
    found = ranking.going_with({id: near.get(id, []) for id in basket}, n=n, without=back)
    on_sale = {id: weight for id, weight in kept.items() if bought[id].is_active and id not in basket}
    again = ranking.again(on_sale, {id: one.share for id, one in bought.items()}, n=n)
    new = ranking.new(
        weights, {id: near.get(id, []) for id in speaking}, _popular(n, without={*weights, *without}), shares,
        n=n, crowd=rules.crowd, without=without,
    )  # fmt: skip
    repeats = [Ranked(id, Kind.AGAIN) for id in again]
    parts = {None: [*found, *repeats, *new], Only.AGAIN: repeats, Only.NEW: new}
    first: dict[UUID, Ranked[UUID]] = {}
    for one in parts[only]:
        first.setdefault(one.product, one)
    return list(first.values())[:n]


NEAR = """
    SELECT n.product_id, n.other_id, n.similarity, n.confidence, n.together, coalesce(s.share, 0)
    FROM segmentation_productneighbour n
    JOIN sales_product p ON p.id = n.other_id AND p.is_active
    LEFT JOIN segmentation_productpull s ON s.product_id = n.other_id
    WHERE n.product_id = ANY (%s)
    ORDER BY n.product_id, n.similarity DESC, n.other_id
"""
POPULAR = """
    SELECT s.product_id, s.share FROM segmentation_productpull s JOIN sales_product p ON p.id = s.product_id
    WHERE p.is_active AND s.product_id <> ALL (%s) ORDER BY s.lately DESC, s.product_id LIMIT %s
"""


def _near(product_ids: Collection[UUID]) -> tuple[dict[UUID, list[Neighbour[UUID]]], dict[UUID, float]]:
    """Of each product the goods on sale that are bought with it, and how strongly those sell."""
    near: dict[UUID, list[Neighbour[UUID]]] = {}
    shares: dict[UUID, float] = {}
    for product, other, similarity, confidence, together, share in fetch(NEAR, [list(product_ids)]):
        near.setdefault(product, []).append(Neighbour(other, similarity, confidence, together))
        shares[other] = share
    return near, shares


def _popular(n: int, *, without: Collection[UUID]) -> list[tuple[UUID, float]]:
    return fetch(POPULAR, [list(without), n])


def _items(ranked: Sequence[Ranked[UUID]], bought: Mapping[UUID, Bought], today: date) -> list[Item]:
    products = Product.objects.in_bulk({id for one in ranked for id in (one.product, one.because) if id})
    names = {id: str(product) for id, product in products.items()}
    return [
        Item(one.product, products[one.product].code, names[one.product], one.kind,
             wording.reason(one, bought=bought, names=names, today=today))
        for one in ranked
    ]  # fmt: skip
