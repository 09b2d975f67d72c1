"""Every address of the API, and what stands behind it. One that is missing here fails the tests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from uuid import uuid4

from django.http import QueryDict

from customers import defining, tagging
from customers.models import Customer, CustomField
from feedback import tickets
from interactions import timeline
from loyalty import adjusting, ledger
from loyalty.models import Adjustment, Receipt
from sales.models import Order, Product
from segmentation import lifecycle, saved
from segmentation.exports import asking
from segmentation.lifecycle import Stage
from segmentation.models import Export, Segment, SegmentEvent
from segmentation.segments import editing
from tenancy import jobs
from tenancy.models import Membership, Tenant
from tenancy.permissions import Permission as P
from tests.api.conftest import order_body
from tests.customers import matches as doubles
from tests.feedback.asked import answered
from tests.feedback.asked import ticket as a_ticket
from webhooks import endpoints

OPEN = {"api-schema", "api-docs", "api-unknown"}


@dataclass(frozen=True)
class Address:
    """`ids` names the rows its path speaks of; per method the permissions it needs and a body it accepts."""

    needs: dict[str, set[P]]
    ids: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, dict | Callable] = field(default_factory=dict)
    good: dict[str, int] = field(default_factory=lambda: {"GET": 200})
    refusals: dict[str, set[str]] = field(default_factory=dict)

    def body(self, method: str, rows: SimpleNamespace | None = None) -> dict | None:
        """The acceptable body; one that names rows names absent ones where there are none."""
        told = self.bodies.get(method)
        return told(rows or ABSENT) if callable(told) else told


# What a till does in any store, whoever the customer belongs to, and the products, fields and tags of the company.
ANY_SCOPE = {
    "api-checkout",
    "api-field",
    "api-product",
    "api-returns",
    "api-segment",
    "api-segment-members",
    "api-segment-removals",
    "api-stage-policy",
    "api-tag",
}
NAMED = ("customer", "order", "line", "receipt", "twin", "later")
ABSENT = SimpleNamespace(**{name: SimpleNamespace(id=uuid4()) for name in NAMED})
ABSENT.unmerged = SimpleNamespace(id=uuid4(), survivor_id=uuid4())
CUSTOMER, ORDER, RECEIPT = {"customer_id": "customer"}, {"order_id": "order"}, {"receipt_id": "receipt"}
KEY = "0190d3c5-7f10-7a4e-9c51-0123456789ab"
TICKET, WORK = {"ticket_id": "ticket"}, {P.TICKETS_VIEW, P.TICKETS_EDIT}
EXPORT = {P.CUSTOMERS_VIEW, P.CUSTOMERS_EXPORT}
WEBHOOK = {"webhook_id": "webhook"}
HOOK = {"url": "https://hooks.example.com/a", "kinds": ["customer.changed", "order.created"]}
MATCH, MERGE = {"match_id": "match"}, {P.CUSTOMERS_VIEW, P.CUSTOMERS_MERGE}
GROUP, SEGMENT = {P.CUSTOMERS_VIEW, P.SEGMENTS_EDIT}, {"segment_id": "segment"}
NOTE = {"kind": "note.added", "text": "想要蓝色"}
ADDRESSES = {
    "api-me": Address({"GET": set()}),
    "api-customers": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "POST": {P.CUSTOMERS_EDIT}},
        bodies={"POST": {"name": "王芳"}},
        good={"GET": 200, "POST": 201},
    ),
    "api-customer": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "PATCH": {P.CUSTOMERS_EDIT}},
        ids=CUSTOMER,
        bodies={"PATCH": {"city": "上海"}},
        good={"GET": 200, "PATCH": 200},
    ),
    "api-customer-timeline": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "POST": {P.INTERACTIONS_ADD}},
        ids=CUSTOMER,
        bodies={"POST": NOTE},
        good={"GET": 200, "POST": 201},
    ),
    "api-customer-orders": Address({"GET": {P.CUSTOMERS_VIEW, P.ORDERS_VIEW}}, ids=CUSTOMER),
    "api-customer-merges": Address(
        {"POST": MERGE},
        ids=CUSTOMER,
        bodies={"POST": lambda rows: {"customers": [str(rows.twin.id)]}},
        good={"POST": 201},
    ),
    "api-matches": Address({"GET": {P.CUSTOMERS_VIEW}}),
    "api-match": Address({"GET": {P.CUSTOMERS_VIEW}}, ids=MATCH),
    "api-match-decisions": Address(
        {"POST": MERGE}, ids=MATCH, bodies={"POST": {"verdict": "different"}}, good={"POST": 201}
    ),
    "api-match-withdrawals": Address({"POST": MERGE}, ids={"match_id": "decided"}, good={"POST": 201}),
    "api-merges": Address({"GET": {P.CUSTOMERS_VIEW}}),
    "api-merge": Address({"GET": {P.CUSTOMERS_VIEW}}, ids={"merge_id": "merge"}),
    "api-unmerges": Address({"POST": MERGE}, ids={"merge_id": "merge"}, good={"POST": 201}),
    "api-later-rows": Address({"GET": {P.CUSTOMERS_VIEW}}, ids={"merge_id": "unmerged"}),
    "api-later-row-assignments": Address(
        {"POST": MERGE},
        ids={"merge_id": "unmerged"},
        bodies={"POST": lambda rows: {"customer_id": str(rows.unmerged.survivor_id), "rows": [str(rows.later.id)]}},
        good={"POST": 201},
    ),
    "api-fields": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "POST": {P.FIELDS_EDIT}},
        bodies={"POST": {"label": "喜欢的茶", "kind": "choice", "choices": ["绿茶", "红茶"]}},
        good={"GET": 200, "POST": 201},
    ),
    "api-field": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "PATCH": {P.FIELDS_EDIT}},
        ids={"field_id": "field"},
        bodies={"PATCH": {"label": "鞋子尺码"}},
        good={"GET": 200, "PATCH": 200},
    ),
    "api-tags": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "POST": {P.FIELDS_EDIT}},
        bodies={"POST": {"name": "金卡"}},
        good={"GET": 200, "POST": 201},
    ),
    "api-tag": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "PATCH": {P.FIELDS_EDIT}, "DELETE": {P.FIELDS_EDIT}},
        ids={"tag_id": "tag"},
        bodies={"PATCH": {"name": "贵宾"}},
        good={"GET": 200, "PATCH": 200, "DELETE": 204},
    ),
    "api-customer-policy": Address({"GET": {P.CUSTOMERS_VIEW}}, ids=CUSTOMER),
    "api-score-changes": Address({"GET": {P.CUSTOMERS_VIEW}}),
    "api-stage-policies": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "POST": {P.SEGMENTS_EDIT}},
        bodies={"POST": {"stage": "loyal", "service": "priority"}},
        good={"GET": 200, "POST": 200},
    ),
    "api-stage-policy": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "DELETE": {P.SEGMENTS_EDIT}},
        ids={"policy_id": "policy"},
        good={"GET": 200, "DELETE": 204},
    ),
    "api-recommendations": Address({"GET": {P.CUSTOMERS_VIEW, P.ORDERS_VIEW}}, ids=CUSTOMER),
    "api-segments": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "POST": GROUP},
        bodies={"POST": {"name": "Regulars", "rule": "orders >= 3"}},
        good={"GET": 200, "POST": 201},
    ),
    "api-segment-counts": Address({"POST": GROUP}, bodies={"POST": {"rule": "orders >= 1"}}, good={"POST": 200}),
    "api-segment-events": Address({"GET": {P.CUSTOMERS_VIEW}}),
    "api-segment": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "PATCH": GROUP, "DELETE": GROUP},
        ids=SEGMENT,
        bodies={"PATCH": {"name": "Good"}},
        good={"GET": 200, "PATCH": 200, "DELETE": 204},
    ),
    "api-segment-members": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "POST": GROUP},
        ids=SEGMENT,
        bodies={"POST": lambda rows: {"customers": [str(rows.twin.id)]}},
        good={"GET": 200, "POST": 200},
    ),
    "api-segment-removals": Address(
        {"POST": GROUP},
        ids=SEGMENT,
        bodies={"POST": lambda rows: {"customers": [str(rows.customer.id)]}},
        good={"POST": 200},
    ),
    "api-segment-why": Address({"GET": {P.CUSTOMERS_VIEW}}, ids=SEGMENT | CUSTOMER),
    "api-segment-move": Address({"GET": {P.CUSTOMERS_VIEW}}, ids={"move_id": "move"}),
    "api-points": Address({"GET": {P.CUSTOMERS_VIEW, P.POINTS_VIEW}}, ids=CUSTOMER),
    "api-point-entries": Address({"GET": {P.CUSTOMERS_VIEW, P.POINTS_VIEW}}, ids=CUSTOMER),
    "api-point-entry": Address({"GET": {P.CUSTOMERS_VIEW, P.POINTS_VIEW}}, ids={"entry_id": "entry"}),
    "api-adjustments": Address(
        {"POST": {P.CUSTOMERS_VIEW, P.POINTS_ADJUST}},
        ids=CUSTOMER,
        bodies={"POST": {"points": 100, "reason": "补积分", "key": "a-1"}},
        good={"POST": 201},
    ),
    "api-adjustment-list": Address({"GET": {P.CUSTOMERS_VIEW, P.POINTS_APPROVE}}),
    "api-approvals": Address(
        {"POST": {P.CUSTOMERS_VIEW, P.POINTS_APPROVE}}, ids={"adjustment_id": "adjustment"}, good={"POST": 200}
    ),
    "api-refusals": Address(
        {"POST": {P.CUSTOMERS_VIEW, P.POINTS_APPROVE}}, ids={"adjustment_id": "adjustment"}, good={"POST": 200}
    ),
    "api-lookups": Address({"POST": {P.TILL_USE}}, bodies={"POST": {"query": "5678"}}, good={"POST": 200}),
    "api-enrolments": Address(
        {"POST": {P.TILL_USE, P.CONSENTS_EDIT}},
        bodies={"POST": {"key": KEY, "name": "李梅", "phone": "13900001111"}},
        good={"POST": 201},
    ),
    "api-quotes": Address({"POST": {P.TILL_USE}}, bodies={"POST": {"lines": [{"price": "12.50"}]}}, good={"POST": 200}),
    "api-codes": Address(
        {"POST": {P.TILL_USE}},
        bodies={"POST": lambda rows: {"customer_id": str(rows.customer.id), "points": 500}},
        good={"POST": 200},
    ),
    "api-checkouts": Address(
        {"POST": {P.TILL_USE}}, bodies={"POST": {"key": KEY, "lines": [{"price": "12.50"}]}}, good={"POST": 201}
    ),
    "api-checkout": Address({"GET": {P.TILL_USE}}, ids=RECEIPT),
    "api-returns": Address(
        {"POST": {P.TILL_USE, P.ORDERS_EDIT}},
        ids=RECEIPT,
        bodies={"POST": lambda rows: {"key": KEY, "lines": [{"line_id": str(rows.line.id), "quantity": 1}]}},
        good={"POST": 201},
    ),
    "api-orders": Address(
        {"GET": {P.ORDERS_VIEW}, "POST": {P.ORDERS_EDIT}},
        bodies={"POST": order_body("A-2")},
        good={"GET": 200, "POST": 201},
    ),
    "api-customers-bulk": Address(
        {"POST": {P.CUSTOMERS_EDIT}},
        bodies={"POST": {"customers": [{"source": "shop", "external_id": "B-1", "name": "孙七"}]}},
        good={"POST": 200},
    ),
    "api-orders-bulk": Address(
        {"POST": {P.ORDERS_EDIT}}, bodies={"POST": {"orders": [order_body("A-3")]}}, good={"POST": 200}
    ),
    "api-order": Address({"GET": {P.ORDERS_VIEW}}, ids=ORDER),
    "api-order-refunds": Address(
        {"POST": {P.ORDERS_EDIT}}, ids=ORDER, bodies={"POST": {"amount": "1", "key": "r"}}, good={"POST": 201}
    ),
    "api-views": Address(
        {"GET": {P.CUSTOMERS_VIEW}, "POST": {P.CUSTOMERS_VIEW}},
        bodies={"POST": {"name": "沉睡客户", "query": "stage=lost&sort=-monetary", "columns": ["city"]}},
        good={"GET": 200, "POST": 201},
    ),
    "api-view": Address(
        {method: {P.CUSTOMERS_VIEW} for method in ("GET", "PATCH", "DELETE")},
        ids={"view_id": "view"},
        bodies={"PATCH": {"is_shared": True}},
        good={"GET": 200, "PATCH": 200, "DELETE": 204},
    ),
    "api-exports": Address(
        {"GET": EXPORT, "POST": EXPORT},
        bodies={"POST": {"query": "city=上海", "format": "xlsx", "columns": ["name"]}},
        good={"GET": 200, "POST": 201},
    ),
    "api-export": Address({"GET": EXPORT}, ids={"export_id": "export"}),
    "api-export-file": Address({"GET": EXPORT}, ids={"export_id": "export"}),
    "api-scores": Address({"GET": {P.CUSTOMERS_VIEW}}),
    "api-stores": Address({"GET": set()}),
    "api-products": Address(
        {"GET": {P.ORDERS_VIEW}, "POST": {P.ORDERS_VIEW, P.PRODUCTS_EDIT}},
        bodies={"POST": {"code": "SKU-9", "name": "保温杯", "price": "59.00"}},
        good={"GET": 200, "POST": 201},
    ),
    "api-product": Address(
        {"GET": {P.ORDERS_VIEW}, "PATCH": {P.ORDERS_VIEW, P.PRODUCTS_EDIT}},
        ids={"product_id": "product"},
        bodies={"PATCH": {"price": "69.00"}},
        good={"GET": 200, "PATCH": 200},
    ),
    "api-changes": Address({"GET": {P.WEBHOOKS_EDIT}}, refusals={"GET": {"410"}}),
    "api-webhooks": Address(
        {"GET": {P.WEBHOOKS_EDIT}, "POST": {P.WEBHOOKS_EDIT}}, bodies={"POST": HOOK}, good={"GET": 200, "POST": 201}
    ),
    "api-webhook": Address(
        {method: {P.WEBHOOKS_EDIT} for method in ("GET", "PATCH", "DELETE")},
        ids=WEBHOOK,
        bodies={"PATCH": {"is_active": False}},
        good={"GET": 200, "PATCH": 200, "DELETE": 204},
    ),
    "api-webhook-deliveries": Address({"GET": {P.WEBHOOKS_EDIT}}, ids=WEBHOOK),
    "api-webhook-replays": Address(
        {"POST": {P.WEBHOOKS_EDIT}},
        ids=WEBHOOK,
        bodies={"POST": {"position": 0}},
        good={"POST": 201},
        refusals={"POST": {"410"}},
    ),
    "api-webhook-tests": Address({"POST": {P.WEBHOOKS_EDIT}}, ids=WEBHOOK, good={"POST": 201}),
    "api-survey-links": Address(
        {"POST": {P.INTERACTIONS_ADD, P.CUSTOMERS_VIEW}},
        bodies={"POST": lambda rows: {"customer_id": str(rows.customer.id)}},
        good={"POST": 201},
    ),
    "api-responses": Address({"GET": {P.TICKETS_VIEW}}),
    "api-response": Address({"GET": {P.TICKETS_VIEW}}, ids={"response_id": "response"}),
    "api-tickets": Address(
        {"GET": {P.TICKETS_VIEW}, "POST": WORK},
        bodies={"POST": {"key": "t-1", "subject": "杯子坏了", "text": "想换一个"}},
        good={"GET": 200, "POST": 201},
    ),
    "api-ticket": Address(
        {"GET": {P.TICKETS_VIEW}, "PATCH": WORK},
        ids=TICKET,
        bodies={"PATCH": {"priority": "urgent"}},
        good={"GET": 200, "PATCH": 200},
    ),
    "api-ticket-replies": Address(
        {"POST": WORK},
        ids=TICKET,
        bodies={"POST": {"key": "r-1", "text": "马上给您换", "channel": "sms"}},
        good={"POST": 201},
    ),
    "api-ticket-notes": Address(
        {"POST": WORK}, ids=TICKET, bodies={"POST": {"key": "n-1", "text": "已联系门店"}}, good={"POST": 201}
    ),
    "api-ticket-assignments": Address(
        {"POST": WORK}, ids=TICKET, bodies={"POST": {"key": "a-1", "assignee_id": None}}, good={"POST": 201}
    ),
    "api-ticket-closures": Address(
        {"POST": WORK}, ids=TICKET, bodies={"POST": {"key": "c-1", "text": "已换货"}}, good={"POST": 201}
    ),
    "api-ticket-reopenings": Address(
        {"POST": WORK}, ids={"ticket_id": "closed"}, bodies={"POST": {"key": "o-1"}}, good={"POST": 201}
    ),
    "api-job": Address({"GET": {P.JOBS_VIEW}}, ids={"job_id": "job"}),
}
CELLS = [(name, method) for name, address in ADDRESSES.items() for method in address.needs]


def rows(program) -> SimpleNamespace:
    """A customer with an order and a note, a job and a webhook of the program's company; called inside it."""
    order = Order.objects.get(id=program.post("orders/", order_body()).json()["id"])
    customer = Customer.objects.get(id=order.customer_id)
    timeline.record(customer, timeline.NOTE_ADDED, text="第一次来")
    job = jobs.create("none", title="none", arguments={}, by=None, enqueue=False)
    sold = {"key": str(uuid4()), "customer_id": str(customer.id), "lines": [{"price": "20.00", "quantity": 2}]}
    receipt = Receipt.objects.get(id=program.post("checkouts/", sold).json()["id"])
    line = receipt.order.lines.get()
    entry = ledger.earn(customer, points=10, request_id=str(uuid4()), by=None)
    product = Product.objects.get_or_create(code="SKU-1", defaults={"name": "保温杯"})[0]
    adjustment = waiting(customer)
    webhook = endpoints.make("https://hooks.example.com/b", kinds=["order.created"], by=None)
    response = answered(customer, score=5)
    ticket, closed = a_ticket(customer=customer), a_ticket(customer=customer)
    tickets.close(closed, request_id="close", by=None)
    own = CustomField.objects.first() or defining.define(label="鞋码", kind="number", key="shoe_size", by=None)
    [tag] = tagging.named(["VIP"])
    admin = Membership.objects.select_related("role", "user").get(role__key="admin")
    view = saved.save(f"沉睡 {uuid4()}", parameters=QueryDict("stage=lost"), by=admin)
    file = {"format": Export.Format.CSV, "with_contact": False}
    export = asking.ask(QueryDict(), **file, member=admin, tenant=Tenant.objects.get())
    segment = editing.create(f"Chosen {uuid4()}", kind=Segment.Kind.STATIC, by=admin)
    editing.pick(segment, [customer.id], by=admin)
    move = SimpleNamespace(id=SegmentEvent.objects.get(segment=segment).batch)
    policy = lifecycle.set_policy(Stage.LOST, "", service="standard", follow_up_days=9, offer="", by=admin)
    pairs = doubles.everything(admin, customer)
    return SimpleNamespace(
        **pairs, customer=customer, order=order, job=job, receipt=receipt, line=line, webhook=webhook, entry=entry,
        product=product, adjustment=adjustment, response=response, ticket=ticket, closed=closed,
        field=own, tag=tag, view=view, export=export, segment=segment, move=move,
        policy=policy,
    )  # fmt: skip


def waiting(customer: Customer) -> Adjustment:
    """A correction that somebody else asked for; without a programme every one waits."""
    somebody = Membership.objects.filter(user__email="dora@example.com").first() or Membership.objects.first()
    return adjusting.ask(customer, points=500, reason="补积分", request_id=str(uuid4()), by=somebody)
