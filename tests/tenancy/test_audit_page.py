"""The audit's page, and that what happens stands there: every change, every log-in, every call of a program."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers import editing
from customers.models import Customer, SharePermission
from tenancy import audit, companies, context, jobs, tokens
from tenancy.models import AuditEvent, Job
from tenancy.permissions import Scope
from tests.api.conftest import Program, order_body
from tests.cast import PASSWORD
from tests.pages import shop

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "tenancy", "webhooks", "customers", "interactions", "privacy", "sales", "segmentation", "loyalty", "feedback",
    "crm",
)  # fmt: skip
PAGE = "/t/lanhu/settings/audit/"


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


def actions(browser, **told) -> list[str]:
    return [event.action for event in browser.get(PAGE, told).context["page"].rows]


def kept(tenant, *names) -> list[str]:
    with context.entered(tenant.id):
        rows = AuditEvent.objects.filter(action__in=names) if names else AuditEvent.objects
        return list(rows.order_by("id").values_list("action", flat=True))


def test_every_action_in_the_code_has_words():
    code = "\n".join(path.read_text() for app in APPS
                     for path in (ROOT / app).rglob("*.py"))  # fmt: skip
    named = set(re.findall(r'(?:audit\.record|_record)\(\s*"([a-z_.]+)"', code))
    assert len(named) > 20
    assert named - set(audit.WORDS) == set()


def test_filters_narrow_and_combine(ada, cast, entered):
    customer = Customer.objects.create(name="Regular", owner=cast.alice)
    editing.reveal(customer, by=cast.alice)
    editing.reveal(customer, by=cast.bob)
    assert actions(ada, who=cast.alice.user_id) == ["customer.revealed"]
    assert actions(ada, action="customer.revealed") == ["customer.revealed"] * 2
    assert actions(ada, kind="customers.customer", subject=customer.id) == ["customer.revealed"] * 2
    assert actions(ada, who=cast.alice.user_id, action="membership.created") == []
    today, tomorrow = timezone.localdate(timezone=entered.zone), timedelta(days=1)
    assert len(actions(ada, since=today, until=today)) == AuditEvent.objects.count()
    assert actions(ada, since=today + tomorrow) == actions(ada, until=today - tomorrow) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("who", "x"),
        ("action", "no.such"),
        ("kind", "x"),
        ("subject", "12"),
        ("since", "0001-01-01"),
        ("until", "9999-12-31"),
        ("since", "yesterday"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_at_its_field(field, value, ada, cast):
    answer = ada.get(PAGE, {field: value})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]


def test_pages_go_on_where_the_last_one_ended(ada, cast, entered):
    for number in range(120):
        audit.record("test.done", by=cast.ada, changes={"number": number})
    found, answer = [], ada.get(PAGE, {"who": cast.ada.user_id})
    while True:
        page = answer.context["page"]
        found += [event.id for event in page.rows]
        if not page.older:
            break
        answer = ada.get(PAGE, {"who": cast.ada.user_id, "after": page.older})
    ids = AuditEvent.objects.filter(actor_id=cast.ada.user_id).order_by("-at", "-id").values_list("id", flat=True)
    assert found == list(ids)


def test_customer_is_a_link_where_the_reader_sees_them(ada, cast, entered):
    customer = Customer.objects.create(name="Regular")
    editing.reveal(customer, by=cast.alice)
    link = f'href="/t/lanhu/customers/{customer.id}/"'
    assert link in ada.get(PAGE).content.decode()
    companies.add_member(cast.charlie.user, role="admin", scope=Scope.ALL)
    cast.ada.scope = Scope.OWN
    cast.ada.save()
    page = ada.get(PAGE, {"subject": customer.id})
    assert [event.action for event in page.context["page"].rows] == ["customer.revealed"]
    assert link not in page.content.decode()
    assert "Regular" not in page.content.decode()


def test_a_page_of_many_costs_as_much_as_one_of_few(ada, cast, entered):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ada.get(PAGE).status_code == 200
        return len(queries)

    customers = [Customer.objects.create(name=f"P{number}") for number in range(30)]
    editing.reveal(customers[0], by=cast.ada)
    few = cost()
    for customer in customers:
        editing.reveal(customer, by=cast.ada)
    assert cost() == few <= 16


# What is kept


def attempt(client, password):
    return client.post(reverse("login"), {"username": "Ada@example.com", "password": password})


def test_logins_wrong_passwords_and_the_lock_are_kept_once_each(client, cast, tenant, other_tenant):
    with context.entered(other_tenant.id):
        companies.add_member(cast.ada.user, role="clerk", scope=Scope.OWN)
    attempt(client, PASSWORD)
    for _turn in range(8):
        attempt(client.__class__(), "wrong")
    client.__class__().post(reverse("login"), {"username": "nobody@example.com", "password": "x"})
    names = ("login.succeeded", "login.failed", "login.locked")
    for one in (tenant, other_tenant):
        found = kept(one, *names)
        assert found.count("login.succeeded") == 1
        assert found.count("login.failed") in (4, 5)
        assert found.count("login.locked") == 1
    with context.entered(tenant.id):
        failed = AuditEvent.objects.filter(action="login.failed").first()
        assert (failed.actor_id, failed.subject_id) == (None, cast.ada.id)


def test_jobs_that_are_cancelled_and_continued_are_kept(ada, cast, tenant):
    with context.entered(tenant.id):
        job = jobs.create("none", title="job", arguments={}, by=cast.ada)
    ada.post(f"/t/lanhu/jobs/{job.id}/cancellations/")
    ada.post(f"/t/lanhu/jobs/{job.id}/retries/")
    assert kept(tenant, "job.cancelled", "job.retried") == ["job.cancelled", "job.retried"]
    with context.entered(tenant.id):
        assert set(AuditEvent.objects.filter(subject_id=job.id).values_list("actor_id", flat=True)) == {
            cast.ada.user_id
        }
        assert Job.objects.get(id=job.id).is_open


def test_imports_are_kept_from_upload_to_discard(ada, cast, tenant):
    with context.entered(tenant.id):
        started, thrown = shop.started(cast.ada), shop.draft(cast.ada)
    ada.post(f"/t/lanhu/imports/{thrown.id}/discards/")
    assert started.job_id
    names = ("import.taken", "import.started", "import.discarded")
    assert kept(tenant, *names) == ["import.taken", "import.started", "import.taken", "import.discarded"]


def test_notes_by_hand_are_kept_without_their_words(ada, cast, tenant):
    with context.entered(tenant.id):
        customer = Customer.objects.create(name="Regular")
    ada.post(f"/t/lanhu/customers/{customer.id}/timeline/entries/", {"kind": "note.added", "text": "secret words"})
    with context.entered(tenant.id):
        event = AuditEvent.objects.get(action="interaction.logged")
    assert (event.subject_id, event.changes) == (customer.id, {"kind": "note.added"})


def test_programs_are_kept_a_row_per_call(cast, tenant):
    with context.entered(tenant.id):
        program = Program(tokens.make(cast.ada, name="till", by=None)[1])
    program.post("orders/bulk/", {"orders": [order_body(f"B-{number}") for number in range(5)]})
    program.post("orders/", order_body("B-9"))
    program.post("customers/", {"source": "pos", "external_id": "C-9", "name": "张三"})
    with context.entered(tenant.id):
        rows = list(AuditEvent.objects.filter(actor_id=cast.ada.user_id).order_by("id"))
    assert [row.action for row in rows] == ["orders.recorded", "orders.recorded", "customer.recorded"]
    assert [row.changes.get("orders") for row in rows] == [5, 1, None]


def test_share_is_given_and_taken_back(ada, cast, tenant):
    with context.entered(tenant.id):
        customer = Customer.objects.create(name="Regular")
        editing.share(customer, member=cast.alice, permission=SharePermission.VIEW, by=cast.ada)
        share = customer.shares.get()
    address = f"/t/lanhu/customers/{customer.id}/"
    assert f'action="{address}shares/{share.id}/removals/"' in ada.get(f"{address}profile/").content.decode()
    assert ada.post(f"{address}shares/{share.id}/removals/").status_code == 302
    with context.entered(tenant.id):
        assert not Customer.objects.visible_to(cast.alice).filter(id=customer.id).exists()
        told = {"with": str(cast.alice.user_id), "permission": "view_customer"}
        assert AuditEvent.objects.get(action="customer.unshared").changes == told


def test_share_of_another_customer_is_not_taken_back_here(ada, cast, tenant):
    with context.entered(tenant.id):
        customer, another = Customer.objects.create(name="A"), Customer.objects.create(name="B")
        editing.share(another, member=cast.alice, permission=SharePermission.VIEW, by=cast.ada)
        share = another.shares.get()
    assert ada.post(f"/t/lanhu/customers/{customer.id}/shares/{share.id}/removals/").status_code == 404
