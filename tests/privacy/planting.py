"""One person, planted through every door the product has. An app with another door adds its function to PLANTERS."""

import io
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from customers import defining, editing, identities, imports, merging
from customers.matching import keeping, records
from customers.models import Customer, ImportRun, MatchModel, Merge, SharePermission, Source
from interactions import timeline
from loyalty import programmes
from privacy import consent
from privacy.models import Channel, How, Purpose
from sales import orders
from sales.models import Order
from tenancy import context, jobs
from tenancy.models import Job, Membership, Tenant
from tests.api.conftest import Program, order_body
from tests.customers import matches
from tests.pages import shop

EMAIL = "canary.one@example.org"  # joins what the doors bring
NAME = "赵金雀一"


@dataclass
class World:
    """Who plants what where; `planted` are the strings that must be gone afterwards."""

    tenant: Tenant
    ada: Membership
    bob: Membership
    browser: Client
    program: Program
    planted: set[str] = field(default_factory=set)
    customer_id: UUID | None = None

    @property
    def customer(self) -> Customer:
        return Customer.objects.get(id=self.customer_id)

    def says(self, *strings: str) -> tuple[str, ...]:
        self.planted.update(strings)
        return strings


def customer_form(world: World) -> None:
    name, phone, email, address, city, industry = world.says(
        NAME, "13912345671", EMAIL, "金丝雀路七百一十二号", "雀城甲市", "雀业甲行"
    )
    answer = world.browser.post(
        f"/t/{world.tenant.slug}/customers/new/",
        {"kind": "person", "name": name, "phone": phone, "email": email, "address": address, "city": city,
         "industry": industry, "birthday": "1990-03-04", "gender": "f"},
    )  # fmt: skip
    world.customer_id = UUID(answer["Location"].strip("/").rsplit("/", 1)[1])


def rest_order(world: World) -> None:
    reference, name, phone = world.says("REST-CANARY-0007", "赵雀儿二", "13912345672")
    body = order_body(number="R-1")
    body["customer"] = {"external_id": reference, "name": name, "phone": phone, "email": EMAIL}
    answer = world.program.post("orders/", body, headers={"Idempotency-Key": "canary-order"})
    assert answer.status_code == 201, answer.content


def rest_customer(world: World) -> None:
    address, industry = world.says("雀巷十九弄四号", "canary-industry-6120")
    answer = world.program.patch(
        f"customers/{world.customer_id}/",
        {"address": address, "industry": industry},
        headers={"Idempotency-Key": "canary-patch"},
    )
    assert answer.status_code == 200, answer.content


def rest_note(world: World) -> None:
    (text,) = world.says("rest-note-canary-7731")
    answer = world.program.post(
        f"customers/{world.customer_id}/timeline/", {"kind": "note.added", "text": text},
        headers={"Idempotency-Key": "canary-note"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content


def import_file(world: World) -> None:
    """A row that is read, one that is not, and a column that nobody asked for."""
    reference, name, phone, filename = world.says("FILE-CANARY-0009", "赵雀儿三", "13912345673", f"{NAME}的订单.csv")
    extra = "gone with the file"
    rows = [
        ["订单编号", "客户编号", "客户姓名", "手机", "邮箱", "付款时间", "商品名称", "数量", "实付金额", "内部备注"],
        ["F-1", reference, name, phone, EMAIL, "2026-03-01 10:30", "保温杯", "1", "88.00", extra],
        ["F-2", reference, name, phone, EMAIL, "2026-03-02 10:30", "保温杯", "1", f"找 {phone[:3]} 1234 5673", extra],
    ]
    with context.entered(world.tenant.id):
        source = Source.objects.get_or_create(key="file")[0]
        run = imports.take(file_of(rows), filename=filename, kind=ImportRun.Kind.ORDERS, source=source, by=world.ada)
        job = imports.start(run, imports.Plan(), by=world.ada, enqueue=False)
    jobs.run(world.tenant.id, job.id, take_over=True)
    with context.entered(world.tenant.id):
        assert Job.objects.get(id=job.id).state == Job.State.DONE
        assert run.problems.count() == 1


def waiting_file(world: World) -> None:
    """A draft that nobody started, and an import that was cancelled."""
    rows = [["订单编号", "客户姓名", "内部备注"], ["W-1", *world.says("赵雀儿四", "列外雀言-5512")]]
    with context.entered(world.tenant.id):
        source = Source.objects.get_or_create(key="file")[0]
        kind = ImportRun.Kind.ORDERS
        imports.take(file_of(rows), filename="waiting.csv", kind=kind, source=source, by=world.ada)
        run = imports.take(file_of(rows), filename="cancelled.csv", kind=kind, source=source, by=world.ada)
        jobs.cancel(imports.start(run, imports.Plan(), by=world.ada, enqueue=False))


def other_identifiers(world: World) -> None:
    openid, unionid, card, reference, given = world.says(
        "oCanaryOpen-55119", "uCanaryUnion-5522", "CARD-CANARY-3391", "WECHAT-CANARY-77", "canarygiven"
    )
    phone, address = world.says("13912345674", "Canary Lane 12, 雀坊")
    content = {"phone": phone, "address": address, "name": world.says("Canary Birdsong")[0]}
    content |= {"openid": openid, "unionid": unionid, "card": card, "email": EMAIL, "given_name": given}
    with context.entered(world.tenant.id):
        source = Source.objects.get_or_create(key="wechat")[0]
        identities.record([identities.Person(reference, content)], source=source)


def notes(world: World) -> None:
    note, call = world.says("金丝雀便条-8841", "Canary-Call-8842")
    with context.entered(world.tenant.id):
        timeline.record(world.customer, timeline.NOTE_ADDED, text=note, by=world.ada)
        timeline.record(world.customer, timeline.CALL_MADE, text=call, by=world.bob)


def refund_reason(world: World) -> None:
    (reason,) = world.says("雀退款理由-4410")
    with context.entered(world.tenant.id):
        order = Order.objects.filter(customer_id=world.customer_id).order_by("number").first()
        orders.refund(order, amount=Decimal(10), key="canary", by=world.ada, reason=reason)


def share_and_consent(world: World) -> None:
    with context.entered(world.tenant.id):
        editing.share(world.customer, member=world.bob, permission=SharePermission.VIEW, by=world.ada)
        consent.give(
            world.customer, purposes=Purpose, channel=Channel.SMS, how=How.TILL, by=world.bob,
            at=timezone.now() - timedelta(days=9),
        )  # fmt: skip


def job(world: World) -> None:
    (word,) = world.says("job-canary-1212@example.org")
    with context.entered(world.tenant.id):
        Job.objects.create(
            kind="none", title=f"{NAME}.xlsx", state=Job.State.FAILED, error=f"no such phone: 139-1234-5671 {EMAIL}",
            result={"problems": [f"{EMAIL} in row 3"]}, arguments={"file": f"{NAME}.csv"},
        )  # fmt: skip
        identities.record(
            [identities.Person("REST-CANARY-0007", {"email": word})], source=Source.objects.get(key="pos")
        )


def search(world: World) -> None:
    for query in (NAME, "13912345671", "5671", EMAIL, "CARD-CANARY-3391"):
        assert world.browser.get(f"/t/{world.tenant.slug}/customers/", {"q": query}).status_code == 200


def session_and_cache(world: World) -> None:
    session = world.browser.session
    session["_messages"] = f"{NAME} was added."
    session["kept"] = "this stays"
    session.save()
    cache.set("canary:recent", {"name": NAME, "phone": "+8613912345671"}, 600)
    cache.set("canary:other", "stays", 600)


def file_of(rows: list[list[str]]) -> io.BytesIO:
    return io.BytesIO("\n".join(",".join(row) for row in rows).encode())


def till(world: World) -> None:
    """Refused as a new member, sold to, given back and corrected at the till, over REST."""
    back, why = world.says("雀退货原因", "雀补积分原因")
    with context.entered(world.tenant.id):
        programmes.change(name="points", by=None, redeem_step=1)
    member = {"key": str(uuid4()), "name": NAME, "phone": "13912345671", "email": EMAIL, "purposes": ["marketing"]}
    refused = world.program.post("till/enrolments/", member, headers={"Idempotency-Key": "canary-enrol"})
    assert refused.json()["code"] == "already_member"
    world.program.post("till/lookups/", {"query": "13912345671"})
    sale = {"key": str(uuid4()), "customer_id": str(world.customer_id), "lines": [{"price": "20.00"}]}
    sold = world.program.post("checkouts/", sale, headers={"Idempotency-Key": "canary-sale"}).json()
    line = world.program.get(f"checkouts/{sold['id']}/").json()["lines"][0]["id"]
    given = {"key": str(uuid4()), "lines": [{"line_id": line, "quantity": 1}], "reason": back}
    assert world.program.post(f"checkouts/{sold['id']}/returns/", given).status_code == 201
    correction = {"points": 500, "reason": why, "key": "canary"}
    assert world.program.post(f"customers/{world.customer_id}/points/adjustments/", correction).status_code == 201


def feedback(world: World) -> None:
    """An answer behind a link that opens a ticket, the answer anew, and what staff write on tickets."""
    first, second, about, said, note, done = world.says(
        "雀评价一-3301", "雀评价二-3302", "雀工单主题-3303", "雀来电-3304", "雀备注-3305", "雀办结-3306"
    )
    asked = {"customer_id": str(world.customer_id)}
    address = world.program.post("surveys/links/", asked, headers={"Idempotency-Key": "canary-link"}).json()["address"]
    path = "/" + address.split("/", 3)[3]
    for score, comment in ((1, first), (2, second)):
        assert Client().post(path, {"score": score, "comment": comment}).status_code == 302
    ticket = {"key": "canary", "subject": about, "text": said, **asked}
    made = world.program.post("tickets/", ticket, headers={"Idempotency-Key": "canary-ticket"}).json()
    reply = {"key": "reply", "text": note, "channel": "sms"}
    for act, body in (
        ("notes", {"key": "note", "text": note}),
        ("replies", reply),
        ("closures", {"key": "c", "text": done}),
    ):
        answer = world.program.post(f"tickets/{made['id']}/{act}/", body, headers={"Idempotency-Key": f"canary-{act}"})
        assert answer.status_code == 201, answer.content


def lists(world: World) -> None:
    """A saved search for the person, a file that holds them, a change that met them."""
    query, home = urlencode({"q": NAME}), f"/t/{world.tenant.slug}"
    for address, told in (
        ("customers/views/", {"name": "Mine", "query": query, "is_shared": "on"}),
        ("exports/new/", {"query": query, "format": "csv", "columns": "all"}),
        ("exports/new/", {"query": query, "format": "xlsx", "columns": "all"}),
        ("customers/changes/", {"query": query, "act": "set_store", "whole": "1"}),
    ):
        answer = world.browser.post(f"{home}/{address}", told)
        assert answer.status_code == 302, answer.content
    assert world.browser.post(f"{answer['Location']}starts/", {}).status_code == 302


def own_fields(world: World) -> None:
    """Values of the company's own fields, through the form and over REST, and tags, whose words are no person's."""
    (hobby, drink) = world.says("雀舞爱好-6601", "雀茶-6602")
    with context.entered(world.tenant.id):
        for key, kind in (("hobby", "text"), ("drink", "text"), ("shoe_size", "number")):
            defining.define(label=key, key=key, kind=kind, by=world.ada)
    told = {"name": NAME, "email": EMAIL, "kind": "person", "x_hobby": hobby, "x_shoe_size": "98765.4321"}
    path = f"/t/{world.tenant.slug}/customers/{world.customer_id}/"
    assert world.browser.post(f"{path}edit/", told).status_code == 302
    assert world.browser.post(f"{path}tags/", {"name": "贵宾"}).status_code == 302
    answer = world.program.patch(
        f"customers/{world.customer_id}/", {"custom": {"drink": drink}, "tags": ["贵宾", "老客"]},
        headers={"Idempotency-Key": "canary-own"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    world.says("98765.4321", "987654321")


def somebody_merged(world: World) -> None:
    """A record of another customer, who was found to be the same person."""
    reference, name, phone, text = world.says(
        "MERGED-CANARY-0011", "赵雀儿六", "13912345676", "merged-note-canary-4410"
    )
    with context.entered(world.tenant.id):
        source = Source.objects.get_or_create(key="file")[0]
        known = identities.record([identities.Person(reference, {"name": name, "phone": phone})], source=source)
        other = Customer.objects.get(id=known[reference].customer_id)
        timeline.record(other, timeline.NOTE_ADDED, text=text, by=world.ada)
        merging.merge(world.customer, [other], origin=Merge.Origin.HAND, by=world.ada)


def compared(world: World) -> None:
    """Made ready to be matched, and learned from."""
    with context.entered(world.tenant.id):
        row = matches.a_model()
        records.prepare(records.stale_lately(most=1000))
        told = next(iter(records.of_customers([world.customer.id]).values())).features
        model = keeping.opened(row)
        rare = replace(model, rarity={"name": {told.name: 1.0}, "phone": {told.phone: 1.0}})
        keeping.keep(rare, origin=MatchModel.Origin.TRAINED, metrics={}, seed=1, by=None)


PLANTERS = [
    customer_form, rest_order, rest_customer, rest_note, import_file, waiting_file, other_identifiers, notes,
    refund_reason, share_and_consent, job, search, session_and_cache,
    till, feedback, own_fields, lists, somebody_merged, compared,
]  # fmt: skip


def bystander(world: World) -> Customer:
    """Somebody else, of whom nothing may be lost."""
    with context.entered(world.tenant.id):
        return shop.stock(2)[0]
