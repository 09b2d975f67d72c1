"""The tasks, each run twice: what was done once stays done."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tenancy import companies, context
from tests.webhooks.receiver import receiving
from webhooks import endpoints, feed, tasks
from webhooks.models import Change, Delivery


@pytest.fixture
def company(transactional_db, settings):
    settings.WEBHOOK_INSECURE = True
    return companies.create("lanhu", name="蓝湖百货")


def test_what_changed_is_sent_once_by_the_sweep_and_by_the_quick_way(company):
    with receiving() as receiver:
        with context.entered(company.id):
            endpoint = endpoints.make(receiver.url, kinds=["order.created"], by=None)
            receiver.secret = endpoint.secret
            feed.record(("order.created", [uuid4()]))
        tasks.sweep()
        tasks.sweep()
        with context.entered(company.id):
            feed.record(("order.created", [uuid4()]))
        for _time in range(2):
            tasks.deliver(str(company.id), str(endpoint.id))
        tasks.sweep()
    assert [verified for _id, _message, verified in receiver.got] == [True, True]
    assert len(set(receiver.ids)) == 2


def test_old_changes_and_deliveries_are_forgotten(company):
    with context.entered(company.id):
        endpoint = endpoints.make("https://hooks.example.com/", kinds=["order.created"], by=None)
        delivery = endpoints.test(endpoint, by=None)
        feed.record(("order.created", [uuid4()]))
    feed.seal_all(company.id)
    old = timezone.now() - feed.KEPT - timedelta(days=1)
    with context.entered(company.id):
        Change.objects.update(at=old)
        Delivery.objects.filter(id=delivery.id).update(state="failed", created_at=old)
    for _time in range(2):
        tasks.forget_old_changes()
    with context.entered(company.id):
        assert (Change.objects.count(), Delivery.objects.count(), feed.oldest(), feed.position()) == (0, 0, 1, 1)


def test_a_large_import_is_placed_in_batches(company, monkeypatch):
    monkeypatch.setattr(feed, "BATCH", 10)
    with context.entered(company.id):
        feed.record(("order.created", [uuid4() for _place in range(35)]))
    feed.seal_all(company.id)
    with context.entered(company.id):
        assert sorted(Change.objects.values_list("position", flat=True)) == list(range(1, 36))
