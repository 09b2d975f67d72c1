"""What a customer bought within some days: orders, money, pieces; of some goods, in some stores, over some channel."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from sales.models import Product
from segmentation.segments.asked.profile import stores
from segmentation.segments.fields import Field, Filter, Kind
from segmentation.segments.sql import Asking, Rows
from segmentation.segments.tree import Clause
from tenancy.permissions import Permission

GROUP = "buying"
ZERO = Decimal(0)
GOODS = ("category", "product")  # filters of lines, the others of orders


def fields() -> list[Field]:
    filters = {one.name: one for one in _filters()}
    shape = {
        "group": GROUP, "default": ZERO, "has_window": True, "is_of_day": True, "filters": filters,
        "permission": Permission.ORDERS_VIEW,
    }  # fmt: skip
    return [
        Field("bought", _("Orders within days"), Kind.WHOLE, **shape, low=ZERO, values=_bought, words="bought"),
        Field("spent", _("Spent within days"), Kind.MONEY, **shape, values=_spent, words="spent"),
        Field("pieces", _("Pieces bought within days"), Kind.NUMBER, **shape, values=_pieces, words="pieces"),
    ]


def _filters() -> Iterable[Filter]:
    offered = stores()
    return (
        Filter("category", _("Category"), exists=_categories),
        Filter("channel", _("Channel")),
        Filter("product", _("Product"), exists=_codes),
        Filter("store", _("Store"), choices=lambda: {word: word for pair in offered().items() for word in pair}),
    )  # fmt: skip


def _codes(codes: Iterable[str]) -> set[str]:
    return set(Product.objects.filter(code__in=list(codes)).values_list("code", flat=True))


def _categories(names: Iterable[str]) -> set[str]:
    return set(Product.objects.filter(category__in=list(names)).values_list("category", flat=True).distinct())


def _bought(asking: Asking, clause: Clause) -> Rows:
    if not clause.filters:
        return _of_days(asking, clause, "sum(orders)::bigint", "orders > 0")
    if _goods(clause):
        return _of_lines(asking, clause, "count(DISTINCT o.id)")
    return _of_orders(asking, clause, "count(*)", "o.total - o.refunded > 0")


def _spent(asking: Asking, clause: Clause) -> Rows:
    if not clause.filters:
        return _of_days(asking, clause, "sum(amount)", "true")
    if _goods(clause):
        return _of_lines(asking, clause, "sum(l.amount)")
    return _of_orders(asking, clause, "sum(o.total - o.refunded)", "true")


def _pieces(asking: Asking, clause: Clause) -> Rows:
    return _of_lines(asking, clause, "sum(coalesce(l.quantity, 1))")


def _goods(clause: Clause) -> list:
    return [one for one in clause.filters if one[0] in GOODS]


def _of_days(asking: Asking, clause: Clause, value: str, condition: str) -> Rows:
    first, last = asking.moment.days(clause.window)
    since = f"AND day >= {asking.put(first)}" if first else ""
    return Rows(
        f"""SELECT customer_id, {value} AS value FROM segmentation_customerday
            WHERE day <= {asking.put(last)} {since} AND {condition} {asking.among()} GROUP BY customer_id"""
    )


def _of_orders(asking: Asking, clause: Clause, value: str, condition: str) -> Rows:
    return Rows(
        f"""SELECT o.customer_id, {value} AS value FROM sales_order o
            WHERE o.customer_id IS NOT NULL AND {asking.within(clause, "o.at")} AND {condition}
              AND {_placed(asking, clause)} {asking.among("o.customer_id")} GROUP BY o.customer_id"""
    )


def _of_lines(asking: Asking, clause: Clause, value: str) -> Rows:
    """Over the lines with such goods, refund lines left out, of orders worth more than nothing after refunds."""
    return Rows(
        f"""SELECT o.customer_id, {value} AS value FROM sales_order o JOIN sales_orderline l ON l.order_id = o.id
            WHERE o.customer_id IS NOT NULL AND {asking.within(clause, "o.at")} AND o.total - o.refunded > 0
              AND NOT l.is_refund AND {_placed(asking, clause)} AND {_made_of(asking, clause)}
              {asking.among("o.customer_id")} GROUP BY o.customer_id"""
    )


def _made_of(asking: Asking, clause: Clause) -> str:
    conditions = [f"p.{COLUMNS[name]} = ANY({asking.put(list(values))})" for name, values in _goods(clause)]
    if not conditions:
        return "true"
    return f"l.product_id IN (SELECT p.id FROM sales_product p WHERE {' AND '.join(conditions)})"


def _placed(asking: Asking, clause: Clause) -> str:
    conditions = ["true"]
    for name, values in clause.filters:
        words = list(values)
        if name == "channel":
            conditions.append(f"o.channel = ANY({asking.put(words)})")
        elif name == "store":
            code, called = asking.put(words), asking.put(words)
            wanted = f"SELECT s.id FROM tenancy_store s WHERE s.code = ANY({code}) OR s.name = ANY({called})"
            conditions.append(f"o.store_id IN ({wanted})")
    return " AND ".join(conditions)


COLUMNS = {"category": "category", "product": "code"}
