"""A small company of which everything is known, and what its raw rows say of each rule, in plain Python."""

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.utils import timezone

from crm.lib import text
from customers import custom, tagging
from customers.models import Customer, CustomerTag, CustomField, CustomValue, Source, Tag
from feedback.models import Response
from interactions import timeline
from interactions.models import Interaction
from loyalty.models import Account
from privacy import consent
from privacy.models import Channel, Consent, How, Purpose
from sales import orders
from sales.models import Order, OrderLine
from segmentation import scoring
from segmentation.models import Prediction, Segment, SegmentPick
from segmentation.segments.moments import Moment
from segmentation.segments.tree import Ago, All, Clause, Last, Node, Not, Span
from tenancy.models import Membership, Store

PEOPLE = 40
CITIES = ("上海", "北京市", "Köln", "")
TAGS = ("VIP", "new in town", "生日")
CHANNELS = ("shop", "web")
GOODS = {"T1": "tea", "T2": "tea", "C1": "cups"}
POOLS = {
    "kind": ("person", "company"),
    "gender": ("f", "m"),
    "city": ("上海", "北京市", "Kö", "nowhere"),
    "store": ("S1", "S2"),
    "tag": (*TAGS, "vip"),
    "agreed": ("marketing.sms", "service.email", "marketing.email"),
    "stage": ("new", "active", "loyal", "at_risk", "lost", "prospect"),
    "cell": ("champions", "leaving", "regular", "asleep", "recent"),
    "x.size": ("M", "L", "ｍ"),
    "x.motto": ("Tea", "tea and", "no"),
    "segment": ("chosen", "good", "few"),
    "channel": CHANNELS,
    "category": ("tea", "cups", "none"),
    "product": tuple(GOODS),
}


def build(member: Membership) -> None:
    dice = random.Random(11)
    stores = [Store.objects.get_or_create(code=code, defaults={"name": f"Store {code}"})[0] for code in ("S1", "S2")]
    source = Source.objects.create(key="till-9")
    orders.record([line for number in range(PEOPLE) for line in _lines(dice, number)], source=source)
    everybody = list(Customer.objects.order_by("id"))
    fields = [
        CustomField.objects.create(key="size", label="Size", kind="choice", choices=["M", "L"]),
        CustomField.objects.create(key="motto", label="Motto", kind="text"),
        CustomField.objects.create(key="score", label="Score", kind="number"),
        CustomField.objects.create(key="since", label="Since", kind="date"),
        CustomField.objects.create(key="club", label="Club", kind="boolean"),
    ]
    for customer in everybody:
        customer.gender = dice.choice(("f", "m", ""))
        customer.kind = dice.choice(("person", "person", "company"))
        customer.city, customer.province = dice.choice(CITIES), dice.choice(("Bayern", ""))
        customer.birth_month = dice.choice((None, 1, 6, 12))
        customer.store = dice.choice((*stores, None))
        customer.owner = dice.choice((member, None))
        customer.quality = dice.randrange(101)
        customer.created_at = timezone.now() - timedelta(days=dice.randrange(300), hours=dice.randrange(24))
        customer.save()
        _note(dice, customer, member)
    custom.keep({customer.id: _values(dice, fields) for customer in everybody})
    for customer in everybody[1::2]:
        Account.objects.create(customer=customer, balance=dice.randrange(20))
    for customer in everybody[::3]:
        for _time in range(2):
            Response.objects.create(customer=customer, score=dice.randrange(1, 6), channel="page", language="en")
    for customer in everybody[::2]:
        Prediction.objects.update_or_create(
            customer=customer,
            defaults={
                "p_buy": dice.randrange(1001) / 1000, "horizon_days": 90, "expected": 1, "at_stake": 1,
                "clv": Decimal(dice.randrange(20_000)) / 100, "clv_low": 0, "clv_high": 1, "as_of": date(2026, 1, 1),
            },
        )  # fmt: skip
    scoring.score()
    _segments(everybody)
    gone, merged = everybody[:2]
    Customer.objects.filter(id=gone.id).update(erased_at=timezone.now())
    Customer.objects.filter(id=merged.id).update(merged_into=everybody[2])


def _lines(dice: random.Random, number: int):
    """Up to five orders of up to three lines; some are given back, some are of tomorrow, one is of a moment ago."""
    for order in range(dice.choice((0, 1, 1, 2, 3, 5))):
        age = dice.choice((dice.uniform(0, 3), dice.uniform(0, 120), dice.uniform(0, 500), -1.5))
        at, channel = timezone.now() - timedelta(days=age), dice.choice((*CHANNELS, ""))
        for line in range(dice.choice((1, 1, 2, 3))):
            code = dice.choice((*GOODS, ""))
            amount = Decimal(dice.choice((10, 20, 99, -20))) + Decimal(dice.randrange(100)) / 100
            yield orders.Line(
                number=f"{number}-{order}", key=str(line), customer=f"P{number}", at=at, amount=amount,
                product=code, category=GOODS.get(code, ""), quantity=dice.choice((None, Decimal(2), Decimal("0.5"))),
                unit_cost=dice.choice((None, Decimal(3), Decimal("7.25"), Decimal(60))), channel=channel,
                store=dice.choice(("S1", "S2", "")), is_refund=amount < 0,
            )  # fmt: skip


def _note(dice: random.Random, customer: Customer, member: Membership) -> None:
    tagging.put([customer.id], list(tagging.named(dice.sample(TAGS, dice.randrange(3)))), by=member)
    for _time in range(dice.randrange(3)):
        purposes, channel = dice.sample(list(Purpose), 2), dice.choice(list(Channel)[:2])
        consent.give(customer, purposes=purposes, channel=channel, how=How.TILL, by=member)
        if dice.random() < 0.4:
            consent.withdraw(customer, purposes=purposes[:1], channel=channel, how=How.TILL, by=member)
    for _time in range(dice.randrange(3)):
        at = timezone.now() - timedelta(days=dice.randrange(100))
        timeline.log(customer, dice.choice((timeline.NOTE_ADDED, timeline.CALL_MADE)), text="x", by=member, at=at)


def _values(dice: random.Random, fields: list[CustomField]) -> dict[str, str]:
    told = {
        "size": dice.choice(("M", "L", "")), "motto": dice.choice(("Tea and rice", "ＴＥＡ", "")),
        "score": dice.choice(("", "3", "2.5", "-7")), "since": dice.choice(("", "2026-01-15", "2026-06-30")),
        "club": dice.choice(("", "true", "false")),
    }  # fmt: skip
    return {key: value for key, value in told.items() if value}


def _segments(everybody: list[Customer]) -> None:
    chosen = Segment.objects.create(name="Chosen", key="chosen", kind=Segment.Kind.STATIC)
    for customer in everybody[::3]:
        SegmentPick.objects.create(segment=chosen, customer=customer)
    Segment.objects.create(name="Good", key="good", rule="orders >= 2 or segment = chosen")
    Segment.objects.create(name="Few", key="few", rule="not segment = good and bucket(of = 3) = 1")


class Oracle:
    """Answers from raw rows alone."""

    def __init__(self, moment: Moment):
        self.moment, self.today, self.zone = moment, moment.today, moment.tenant.zone
        self.customers = {one.id: one for one in Customer.objects.all()}
        self.orders, self.lines = self._grouped(Order), {}
        for line in OrderLine.objects.select_related("product"):
            self.lines.setdefault(line.order_id, []).append(line)
        self.interactions, self.consents = self._grouped(Interaction), self._grouped(Consent)
        self.tags, self.values = self._grouped(CustomerTag, "tag"), self._grouped(CustomValue, "field")
        self.predictions = {one.customer_id: one for one in Prediction.objects.all()}
        self.balances = dict(Account.objects.values_list("customer_id", "balance"))
        self.answers = self._grouped(Response)
        self.stores = {one.id: one for one in Store.objects.all()}

    def _grouped(self, model, *related: str) -> dict[UUID, list]:
        found: dict[UUID, list] = {}
        for row in model.objects.select_related(*related) if related else model.objects.all():
            if row.customer_id:
                found.setdefault(row.customer_id, []).append(row)
        return found

    def members(self, node: Node) -> set[UUID]:
        living = (one for one in self.customers.values() if not one.erased_at and not one.merged_into_id)
        return {one.id for one in living if self.holds(node, one)}

    def holds(self, node: Node, one: Customer) -> bool:
        match node:
            case Clause():
                return self.clause(node, one)
            case Not(part):
                return not self.holds(part, one)
        results = [self.holds(part, one) for part in node.parts]
        return all(results) if isinstance(node, All) else any(results)

    def clause(self, clause: Clause, one: Customer) -> bool:
        found = self.found(clause, one)
        found = [value for value in (found if isinstance(found, list) else [found]) if value not in (None, "")]
        told = [self.told(clause, value) for value in clause.values]
        negative = clause.op in ("!=", "not in", "is empty")
        return any(compares(clause.op, value, told) for value in found) != negative

    def told(self, clause: Clause, value):
        if isinstance(value, Ago):
            return self.today - timedelta(days=value.days)
        if clause.field in ("x.size", "x.motto"):
            return text.name_key(value)
        if clause.field == "tag":
            return next((tag.name for tag in Tag.objects.all() if text.name_key(tag.name) == text.name_key(value)), "?")
        return value

    def day(self, at) -> date:
        return at.astimezone(self.zone).date()

    def within(self, clause: Clause, at) -> bool:
        day = self.day(at)
        match clause.window:
            case Last(days, until):
                return self.today - timedelta(days=days) < day <= self.today - timedelta(days=until)
            case Span(first, last):
                return (not first or first <= day) and (not last or day <= last) and day <= self.today
        return day <= self.today

    def placed(self, clause: Clause, one: Customer) -> list[Order]:
        """The customer's orders in the window, of the channel and store."""
        told = dict(clause.filters)
        return [
            order
            for order in self.orders.get(one.id, ())
            if self.within(clause, order.at)
            and ("channel" not in told or order.channel in told["channel"])
            and ("store" not in told or (order.store_id and self.stores[order.store_id].code in told["store"]))
        ]

    def goods(self, clause: Clause, order: Order) -> list[OrderLine]:
        told = dict(clause.filters)
        return [
            line
            for line in self.lines.get(order.id, ())
            if not line.is_refund
            and ("product" not in told or (line.product and line.product.code in told["product"]))
            and ("category" not in told or (line.product and line.product.category in told["category"]))
        ]

    def found(self, clause: Clause, one: Customer):
        field, name = clause.field, f"_{clause.field}"
        if field.startswith("x."):
            return [self.own(row) for row in self.values.get(one.id, ()) if f"x.{row.field.key}" == field]
        if hasattr(self, name):
            return getattr(self, name)(clause, one)
        return getattr(one, {"birthday_month": "birth_month"}.get(field, field))

    def own(self, row: CustomValue):
        match row.field.kind:
            case "number":
                return row.number
            case "date":
                return row.day
            case "boolean":
                return bool(row.number)
        return text.name_key(row.text)

    def _store(self, clause, one):
        return one.store and one.store.code

    def _owner(self, clause, one):
        return one.owner and one.owner.user.email

    def _created(self, clause, one):
        return self.day(one.created_at)

    def _tag(self, clause, one):
        return [row.tag.name for row in self.tags.get(one.id, ())]

    def _agreed(self, clause, one):
        newest = {}
        for row in sorted(self.consents.get(one.id, ()), key=lambda row: (row.at, row.id)):
            newest[f"{row.purpose}.{row.channel}"] = row.given
        return [name for name, given in newest.items() if given]

    def _events(self, clause, one):
        told = dict(clause.filters)
        rows = [row for row in self.interactions.get(one.id, ()) if self.within(clause, row.at)]
        return sum(all(getattr(row, name) in values for name, values in told.items()) for row in rows)

    def _bucket(self, clause, one):
        from segmentation.segments.asked.chance import PRIME, drawn

        a, b, buckets = drawn(clause)
        return (a * (one.id.int % 2**60 % PRIME) + b) % PRIME % buckets + 1

    def _segment(self, clause, one):
        chosen = SegmentPick.objects.filter(segment__key="chosen", customer_id=one.id).exists()
        good = self._orders(clause, one) >= 2 or chosen
        few = not good and self._bucket(Clause("bucket", "=", (), None, (("of", (Decimal(3),)),)), one) == 1
        return [key for key, is_in in (("chosen", chosen), ("good", good), ("few", few)) if is_in]

    # Figures

    def until_today(self, one: Customer) -> list[Order]:
        return [order for order in self.orders.get(one.id, ()) if self.day(order.at) <= self.today]

    def counted(self, one: Customer) -> list[Order]:
        return [order for order in self.until_today(one) if order.total - order.refunded > 0]

    def _orders(self, clause, one):
        return len(self.counted(one))

    def _spent_in_all(self, clause, one):
        return sum((order.total - order.refunded for order in self.until_today(one)), Decimal(0))

    def cost(self, order: Order) -> Decimal | None:
        """Nothing was given back of these orders, but in lines."""
        lines = self.lines[order.id]
        if any(line.unit_cost is None or line.quantity is None for line in lines):
            return None
        signed = ((line.quantity if line.amount > 0 else -line.quantity) * line.unit_cost for line in lines)
        return sum(signed, Decimal(0))

    def _margin(self, clause, one):
        known = [(order, cost) for order in self.until_today(one) if (cost := self.cost(order)) is not None]
        return sum((order.total - cost for order, cost in known), Decimal(0)) if known else None

    def _average(self, clause, one):
        number = self._orders(clause, one)
        return Fraction(self._spent_in_all(clause, one)) / number if number else None

    def _first_order(self, clause, one):
        return min((self.day(order.at) for order in self.counted(one)), default=None)

    def _last_order(self, clause, one):
        return max((self.day(order.at) for order in self.counted(one)), default=None)

    def _recency(self, clause, one):
        last = self._last_order(clause, one)
        return last and (self.today - last).days

    def _stage(self, clause, one):
        last, number = self._recency(clause, one), self._orders(clause, one)
        if not number:
            return "prospect"
        if last > 120:
            return "lost" if last > 270 else "at_risk"
        if number == 1 and last <= 60:
            return "new"
        return "loyal" if number >= 5 else "active"

    def _score(self, bounds, value):
        return None if value is None else 1 + sum(bound < value for bound in bounds)

    def _r(self, clause, one):
        return self._score(self.moment.bins.recency, self._last_order(clause, one))

    def _f(self, clause, one):
        return self._score(self.moment.bins.frequency, self._orders(clause, one) or None)

    def _m(self, clause, one):
        return self._score(self.moment.bins.monetary, self._spent_in_all(clause, one)) if self.counted(one) else None

    def _cell(self, clause, one):
        r, f, m = self._r(clause, one), self._f(clause, one), self._m(clause, one)
        if r is None:
            return None
        rich, others = ("champions", "rising", "fading", "leaving"), ("regular", "recent", "drifting", "asleep")
        return (rich if m >= 4 else others)[2 * (r < 4) + (f < 4)]

    def _p_buy(self, clause, one):
        row = self.predictions.get(one.id)
        return row and Decimal(str(row.p_buy))

    def _clv(self, clause, one):
        row = self.predictions.get(one.id)
        return row and row.clv

    def _points(self, clause, one):
        return self.balances.get(one.id, 0)

    def _last_answer(self, clause, one):
        found = sorted(self.answers.get(one.id, ()), key=lambda row: (row.at, row.id))
        return found[-1].score if found else None

    def _worst_answer(self, clause, one):
        return min((row.score for row in self.answers.get(one.id, ())), default=None)

    # Windows

    def about_goods(self, clause) -> bool:
        return bool({"product", "category"} & set(dict(clause.filters)))

    def lines_of(self, clause, one) -> list[tuple[Order, OrderLine]]:
        placed = [order for order in self.placed(clause, one) if order.total - order.refunded > 0]
        return [(order, line) for order in placed for line in self.goods(clause, order)]

    def _bought(self, clause, one):
        if self.about_goods(clause):
            return len({order.id for order, _line in self.lines_of(clause, one)})
        return sum(order.total - order.refunded > 0 for order in self.placed(clause, one))

    def _spent(self, clause, one):
        if self.about_goods(clause):
            return sum((line.amount for _order, line in self.lines_of(clause, one)), Decimal(0))
        return sum((order.total - order.refunded for order in self.placed(clause, one)), Decimal(0))

    def _pieces(self, clause, one):
        lines = (line for _order, line in self.lines_of(clause, one))
        return sum((1 if line.quantity is None else line.quantity for line in lines), Decimal(0))


def compares(op: str, found, told: list) -> bool:
    match op:
        case "=" | "!=":
            return found == told[0]
        case "in" | "not in":
            return found in told
        case "<":
            return found < told[0]
        case "<=":
            return found <= told[0]
        case ">":
            return found > told[0]
        case ">=":
            return found >= told[0]
        case "between":
            return told[0] <= found <= told[1]
        case "begins":
            return found.startswith(told[0])
    return True
