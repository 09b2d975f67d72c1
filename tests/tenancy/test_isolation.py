"""What another company's member, a pooled connection or a forgotten filter could reach: nothing."""

import re
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from customers import defining, editing, identities, tagging
from customers.models import (
    Customer,
    CustomerShare,
    CustomField,
    ImportConflict,
    ImportProblem,
    ImportRun,
    LaterRow,
    Merge,
    MergeMember,
    MergeMove,
    SharePermission,
    Source,
    SourceRecord,
    Steward,
    Tag,
)
from interactions import timeline
from privacy import consent
from privacy.models import Channel, ErasedKey, Erasure, How, Purpose
from sales import orders
from sales.models import Order, Product
from segmentation import scoring
from segmentation.reporting import bundling
from tenancy import context, sealing
from tenancy.database.schema import is_tenant_model
from tenancy.models import ApiToken, IdempotentRequest, Job, Membership, Store, Team
from tests.cast import harbour, hired, lanhu
from tests.customers import matches as duplicates
from tests.feedback import asked
from tests.loyalty import shop as till
from tests.sales.test_orders import a_line
from tests.segmentation import lists, offered
from tests.segmentation.prediction import said
from webhooks import endpoints, feed
from webhooks.models import Delivery

TENANT_MODELS = [model for model in apps.get_models() if is_tenant_model(model)]


def fill(member: Membership) -> dict[str, UUID]:
    """At least one row in every tenant table of the entered company; the ids that URLs carry."""
    source, _made = Source.objects.get_or_create(key="shop")
    orders.record([a_line(product="P1"), a_line(number="1002")], source=source)
    identities.record([identities.Person("M1", {"name": "张三", "phone": "13812345678"})], source=source)
    orders.refund_in_full([a_line().number], source=source, key="returns")
    scoring.score()
    customer = Customer.objects.get()
    product = Product.objects.get(code="P1")
    offered.everything(product)
    timeline.record(customer, timeline.NOTE_ADDED, text="note", by=member)
    editing.share(customer, member=member, permission=SharePermission.VIEW, by=member)
    if not CustomField.objects.exists():
        defining.define(label="Shoe size", kind="number", by=member)
    identities.edit(customer, {"shoe_size": "42"})
    tagging.add([customer.id], ["VIP"], by=member)
    job = Job.objects.create(kind="none", title="job")
    bundle = Job.objects.create(kind=bundling.KIND, title="data")
    run = ImportRun.objects.create(kind="orders", source=source, filename="f.csv", digest=b"x", job=job)
    ImportProblem.objects.create(run=run, row=2, reason="bad", cell="x")
    ImportConflict.objects.create(run=run, customer=customer, reason=ImportConflict.Reason.EDITED)
    Steward.objects.create(member=member, source=source)
    token = ApiToken.objects.create(member=member, name="t", digest=uuid4().bytes * 2)
    IdempotentRequest.objects.create(token=token, key="k", fingerprint=b"f")
    feed.record(("note.added", [customer.id]))
    agreed = {"channel": Channel.SMS, "how": How.PAGE, "by": member}
    consent.give(customer, purposes=[Purpose.SERVICE], **agreed)
    erased = Erasure.objects.create(number=1, subject_id=customer.id, reason=Erasure.Reason.REQUEST)
    ErasedKey.objects.create(erasure=erased, kind=ErasedKey.Kind.RECORD, digest=b"x" * 16)
    endpoint = endpoints.make("https://hooks.example.com/", kinds=["order.created"], by=member)
    delivery = endpoints.test(endpoint, by=member)
    Delivery.objects.filter(id=delivery.id).update(subject_id=customer.id)
    doubles = duplicates.ids_of(duplicates.everything(member, customer))
    said.everything(customer, member)
    sealing.seal_batch()
    store, _made = Store.objects.get_or_create(code="S1", defaults={"name": "S1"})
    merge, later = merged(customer, member)
    team, _made = Team.objects.get_or_create(name="East")
    return {
        "customer_id": customer.id, "order_id": Order.objects.first().id, "job_id": job.id, "run_id": run.id,
        "bundle_id": bundle.id,
        "share_id": customer.shares.get().id, "member_id": member.id, "role_id": member.role_id, "store_id": store.id,
        "team_id": team.id, "token_id": token.id, "endpoint_id": endpoint.id, "delivery_id": delivery.id,
        "merge_id": merge.id, "later_row_id": later.id, "erasure_id": erased.id, "product_id": product.id,
        "field_id": CustomField.objects.get().id, "tag_id": Tag.objects.get().id, **till.everything(member, customer),
        **asked.everything(customer, member),
        **doubles,
        **lists.everything(customer, member),
    }  # fmt: skip


def merged(customer: Customer, member: Membership) -> tuple[Merge, LaterRow]:
    """A standing merge into the customer, as it was written; and a row that an undone one has left. The member stands
    nowhere else: the customer stays the only one."""
    merge = Merge.objects.create(survivor=customer, origin=Merge.Origin.HAND, by=member)
    part = MergeMember.objects.create(merge=merge, customer=customer)
    MergeMove.objects.create(member=part, model="customers.SourceRecord", row_id=customer.records.first().id)
    return merge, LaterRow.objects.create(merge=merge, model="feedback.Ticket", row_id=uuid4())


@pytest.fixture(scope="module")
def prepared(once):
    tenant, other_tenant = lanhu(), harbour()
    cast = hired(tenant, other_tenant)
    with context.entered(tenant.id):
        filled = fill(cast.ada)
    return SimpleNamespace(tenant=tenant, other_tenant=other_tenant, cast=cast, filled=filled)


@pytest.fixture
def filled(prepared, db):
    return prepared.filled


def test_filling_reaches_every_tenant_table(filled, tenant):
    with context.entered(tenant.id):
        assert [model.__name__ for model in TENANT_MODELS if not model.objects.exists()] == []


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_row_level_security_alone_shows_no_foreign_row(filled, tenant, other_tenant, model):
    """The ORM's own filter is taken out: a bare QuerySet."""
    with context.entered(other_tenant.id):
        assert not models.QuerySet(model).filter(tenant_id=tenant.id).exists()
        own = models.QuerySet(model).values_list("tenant_id", flat=True).distinct()
        assert set(own) <= {other_tenant.id}


@pytest.mark.parametrize("model", [Customer, Order, Store], ids=lambda model: model.__name__)
def test_row_level_security_alone_changes_no_foreign_row(filled, tenant, other_tenant, model):
    with context.entered(other_tenant.id):
        foreign = models.QuerySet(model).filter(tenant_id=tenant.id)
        assert foreign.update(tenant_id=tenant.id) == 0


def tenant_urls(resolver=None, prefix="", outer=()) -> list[tuple[str, dict]]:
    """(name, parameters) of every page below /t/<slug>/."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            found += tenant_urls(entry, space, {**dict(outer), **entry.pattern.converters})
        elif isinstance(entry, URLPattern) and entry.name:
            found.append((prefix + entry.name, {**dict(outer), **entry.pattern.converters}))
    return found


PAGES = [
    (name, sorted(key for key in converters if key.endswith("_id")))
    for name, converters in tenant_urls()
    if any(key.endswith("_id") for key in converters) and "seal" not in converters and not name.startswith("api-")
]


@pytest.mark.parametrize(("name", "parameters"), PAGES, ids=[name for name, _parameters in PAGES])
@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_object_is_the_same_404_as_an_absent_one(filled, cast, login, other_tenant, name, parameters, method):
    browser = login(cast.charlie)
    foreign = reverse(name, kwargs={"tenant": other_tenant.slug, **{key: filled[key] for key in parameters}})
    absent = reverse(name, kwargs={"tenant": other_tenant.slug, **{key: uuid4() for key in parameters}})
    answers = [getattr(browser, method)(address) for address in (foreign, absent)]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].status_code in (404, 405)
    bodies = [
        answer.content.replace(str(path).encode(), b"") for answer, path in zip(answers, (foreign, absent), strict=True)
    ]
    assert scrubbed(bodies[0]) == scrubbed(bodies[1])


def scrubbed(body: bytes) -> bytes:
    """A page without what differs at every request: the CSRF token and the address it was asked at."""
    body = re.sub(rb'(csrfmiddlewaretoken"[^>]*value|X-CSRFToken)[^>]*', b"", body)
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"", body)


@pytest.mark.parametrize(("name", "parameters"), PAGES, ids=[name for name, _parameters in PAGES])
def test_company_one_is_no_member_of_is_a_404(filled, cast, login, tenant, name, parameters):
    address = reverse(name, kwargs={"tenant": tenant.slug, **{key: filled[key] for key in parameters}})
    assert login(cast.charlie).get(address).status_code == 404


def test_stranger_is_sent_to_the_login(client, tenant):
    response = client.get(reverse("home", kwargs={"tenant": tenant.slug}))
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/t/lanhu/")


def test_share_row_refers_only_inside_its_company(cast):
    assert issubclass(CustomerShare._meta.get_field("content_object").__class__, models.ForeignKey)
    assert SourceRecord._meta.get_field("customer").remote_field.model is Customer
