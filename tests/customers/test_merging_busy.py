"""Whoever wants to merge a customer that somebody is at work on is told so in words, and nothing is done."""

from contextlib import contextmanager

import psycopg
import pytest
from django.utils.translation import override

from customers.duplicates import bulk
from customers.matching import decisions
from customers.merging import holding
from customers.models import Customer, LaterRow, Match, Merge
from tenancy import context, jobs
from tenancy.models import Job
from tests.api.served import environment
from tests.customers import matches

pytestmark = pytest.mark.django_db(transaction=True)
SAID = "Somebody is at work on one of these customers. Try again in a moment."


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(holding, "TRIES", 2)
    monkeypatch.setattr(holding, "LONGEST_WAIT", "50ms")
    with override("en"):
        yield


@pytest.fixture
def pair(cast, tenant):
    with context.entered(tenant.id):
        return matches.a_pair(0, agree=matches.SURE)


@contextmanager
def at_work(tenant, *customers):
    """Somebody else writes to these customers, and is not done with it."""
    with psycopg.connect(environment()["DATABASE_URL"]) as other:
        other.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
        other.execute(
            "SELECT FROM customers_customer WHERE id = ANY(%s) FOR UPDATE", [[customer.id for customer in customers]]
        )
        yield
        other.rollback()


def merged(tenant, pair, cast):
    with context.entered(tenant.id):
        return decisions.decide(pair, Match.State.SAME, by=cast.ada)


def test_pages_say_so_and_do_nothing(pair, cast, tenant, login):
    ada, here = login(cast.ada), "/t/lanhu"
    ada.cookies["django_language"] = "en"
    one, other = pair.left.customer, pair.right.customer
    with at_work(tenant, one):
        posts = [
            (f"{here}/duplicates/{pair.id}/decisions/", {"verdict": "same"}),
            (f"{here}/duplicates/merges/", {"customer": [one.id, other.id], "survivor": one.id}),
        ]
        for address, body in posts:
            answer = ada.post(address, body, follow=True)
            assert (answer.status_code, SAID in answer.content.decode()) == (200, True), address
    with context.entered(tenant.id):
        assert not Merge.objects.exists()
        assert Match.objects.get().state == Match.State.OPEN
    merge = merged(tenant, pair, cast)
    with at_work(tenant, one):
        for address in (f"{here}/duplicates/{pair.id}/withdrawals/", f"{here}/duplicates/merges/{merge.id}/unmerges/"):
            answer = ada.post(address, follow=True)
            assert (answer.status_code, SAID in answer.content.decode()) == (200, True), address
    with context.entered(tenant.id):
        assert Merge.objects.get().undone_at is None


def test_rows_that_cannot_be_given_now_are_told_once(pair, cast, tenant, login):
    ada = login(cast.ada)
    ada.cookies["django_language"] = "en"
    with context.entered(tenant.id):
        merge, row = matches.taken_apart(pair.left.customer, pair.right.customer, by=cast.ada)
        rows = [row, LaterRow.objects.create(merge=merge, model=row.model, row_id=pair.id)]
    body = {"row": [one.id for one in rows], "customer": merge.survivor_id}
    with at_work(tenant, pair.left.customer):
        answer = ada.post(f"/t/lanhu/duplicates/merges/{merge.id}/assignments/", body, follow=True)
    assert answer.content.decode().count(SAID) == 1
    with context.entered(tenant.id):
        assert LaterRow.objects.filter(assigned_at=None).count() == 2


def test_jobs_end_with_the_words_and_can_be_started_again(pair, cast, tenant):
    with context.entered(tenant.id):
        job = bulk.start(5, pairs=1, by=cast.ada)
    with at_work(tenant, pair.right.customer):
        jobs.run(tenant.id, job.id, take_over=True)
    with context.entered(tenant.id):
        job = Job.objects.get(id=job.id)
        assert (job.state, job.error) == (Job.State.FAILED, SAID)
        again = bulk.start(5, pairs=1, by=cast.ada)
    jobs.run(tenant.id, again.id, take_over=True)
    with context.entered(tenant.id):
        assert Customer.objects.filter(merged_into=None).count() == 1
