"""Messages arrive at least once, signed, with one id for all attempts, whatever the receiver or a worker does."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from crm.lib import egress
from tenancy import companies, context, lookups, sending
from tenancy.models import AuditEvent
from tests.api.served import ROOT, environment
from tests.webhooks.receiver import drip, receiving, say, wait
from webhooks import delivering, endpoints, feed, retrying
from webhooks.models import Change, Delivery, Endpoint

KIND = "order.created"


@pytest.fixture(autouse=True)
def insecure(settings):
    settings.WEBHOOK_INSECURE = True


def follow(receiver, *, kinds=(KIND,)) -> Endpoint:
    endpoint = endpoints.make(receiver.url, kinds=kinds, by=None)
    receiver.secret = endpoint.secret
    return endpoint


def happen(count=1, kind=KIND) -> list:
    ids = [uuid4() for _place in range(count)]
    feed.record((kind, ids))
    feed.seal()
    return ids


def later(endpoint: Endpoint) -> None:
    """All waiting is over: for the next attempt, the endpoint's rest and a dead worker's lease."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(endpoint=endpoint).update(next_at=past)
    Endpoint.objects.filter(id=endpoint.id).update(lease_until=past)


def deliver(endpoint: Endpoint, **options) -> int:
    return delivering.deliver(endpoint.tenant_id, endpoint.id, **options)


def only(endpoint: Endpoint) -> Delivery:
    return Delivery.objects.get(endpoint=endpoint)


def test_changes_of_the_kinds_arrive_signed_with_ids_alone(entered):
    with receiving() as receiver:
        happen()  # before anybody followed
        endpoint = follow(receiver)
        wanted = happen(3)
        happen(2, "customer.changed")
        assert deliver(endpoint) == 3
    assert [verified for _id, _message, verified in receiver.got] == [True] * 3
    told = [message for _id, message, _verified in receiver.got]
    assert [message["data"]["subject_id"] for message in told] == [str(id) for id in wanted]
    first = told[0]
    assert (first["type"], set(first), set(first["data"])) == (
        KIND, {"type", "timestamp", "data"}, {"subject_id", "url"},
    )  # fmt: skip
    assert first["data"]["url"].endswith(f"/api/v1/orders/{wanted[0]}/")
    changes = {str(change.id) for change in feed.after(0, kinds=[KIND]).changes[1:]}
    assert set(receiver.ids) == changes
    endpoint.refresh_from_db()
    assert (endpoint.position, endpoint.lease_until, deliver(endpoint)) == (feed.position(), None, 0)
    assert set(Delivery.objects.values_list("state", "status_code", "attempts")) == {("done", 200, 1)}


def test_two_failures_then_success_is_one_message_of_one_id(entered):
    with receiving(say(500), say(503, b"later"), say(204, b"")) as receiver:
        endpoint = follow(receiver)
        happen()
        for status, attempts in ((500, 1), (503, 2)):
            assert deliver(endpoint) == 1
            failed = only(endpoint)
            assert (failed.state, failed.status_code, failed.attempts) == ("waiting", status, attempts)
            assert deliver(endpoint) == 0, "it rests"
            later(endpoint)
        assert failed.answer == "later"
        endpoint.refresh_from_db()
        assert endpoint.failing_since and endpoint.failures == 2
        assert deliver(endpoint) == 1
    assert len(set(receiver.ids)) == 1
    assert [verified for _id, _message, verified in receiver.got] == [True] * 3
    endpoint.refresh_from_db()
    assert (only(endpoint).state, endpoint.failing_since, endpoint.failures) == ("done", None, 0)


def test_waits_grow_and_end(entered, monkeypatch):
    monkeypatch.setattr(retrying, "JITTER", 0)
    with receiving(say(500)) as receiver:
        endpoint = follow(receiver)
        happen()
        waits = []
        for _attempt in range(len(retrying.WAITS) + 1):
            deliver(endpoint)
            delivery = only(endpoint)
            waits.append(round((delivery.next_at - timezone.now()).total_seconds()))
            later(endpoint)
            Endpoint.objects.update(failing_since=timezone.now())
    assert waits[:4] == [5, 30, 120, 600]
    assert waits[: len(retrying.WAITS)] == [*retrying.WAITS]
    assert (delivery.state, delivery.attempts) == ("failed", len(retrying.WAITS) + 1)
    assert deliver(endpoint) == 0


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("120", 120), ("0", 5), ("999999999", 86400), ("-5", 5), ("soon", 5), ("", 5), ("1e9", 5), ("９", 5)],
)
def test_retry_after_is_honoured_within_bounds(entered, monkeypatch, told, seconds):
    monkeypatch.setattr(retrying, "JITTER", 0)
    with receiving(say(429, Retry_After=told.encode().decode("latin-1"))) as receiver:
        endpoint = follow(receiver)
        happen()
        deliver(endpoint)
    assert round((only(endpoint).next_at - timezone.now()).total_seconds()) == seconds


def test_retry_after_may_be_a_date():
    now = timezone.now().replace(microsecond=0)
    date = (now + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retrying.asked({"retry-after": date}, now=now) == timedelta(seconds=90)
    assert retrying.asked({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, now=now) == timedelta()


def test_jitter_stays_within_a_fifth():
    waits = [retrying.wait(2).total_seconds() for _turn in range(500)]
    assert 24 <= min(waits) < 27 and 33 < max(waits) <= 36


def test_a_redirect_is_a_failure_and_not_followed(entered):
    with receiving() as inner, receiving(say(302, Location=inner.url)) as receiver:
        endpoint = follow(receiver)
        happen()
        deliver(endpoint)
        assert (inner.got, only(endpoint).status_code, only(endpoint).state) == ([], 302, "waiting")
    assert only(endpoint).problem == "redirect"


def test_410_switches_off_and_resuming_goes_on(entered):
    with receiving(say(410), say()) as receiver:
        endpoint = follow(receiver)
        first = happen()
        deliver(endpoint)
        endpoint.refresh_from_db()
        assert (endpoint.is_active, endpoint.off_because) == (False, "gone")
        assert AuditEvent.objects.filter(action="webhook.switched_off").count() == 1
        second = happen()
        later(endpoint)
        assert deliver(endpoint) == 0
        endpoints.resume(endpoint, by=None)
        assert deliver(endpoint) == 2
    subjects = [message["data"]["subject_id"] for _id, message, _verified in receiver.got]
    assert subjects == [str(first[0]), str(first[0]), str(second[0])]


def test_three_days_of_failures_switch_off(entered):
    with receiving(say(500)) as receiver:
        endpoint = follow(receiver)
        happen()
        for hours, is_active in ((71, True), (73, False)):
            Endpoint.objects.update(failing_since=timezone.now() - timedelta(hours=hours))
            deliver(endpoint)
            endpoint.refresh_from_db()
            assert endpoint.is_active is is_active
            later(endpoint)
    assert endpoint.off_because == "failing"


def test_a_slow_body_is_cut_off_and_a_large_one_not_read_whole(entered):
    quick = partial(egress.post, seconds=0.5)
    with receiving(drip) as receiver:
        endpoint = follow(receiver)
        happen()
        begun = time.monotonic()
        deliver(endpoint, post=quick)
        assert time.monotonic() - begun < 1.5
        assert (only(endpoint).state, only(endpoint).status_code) == ("waiting", None)
    with receiving(say(200, "好".encode() * 3_500_000)) as receiver:
        endpoint = follow(receiver)
        happen()
        deliver(endpoint)
    delivery = only(endpoint)
    assert (delivery.state, len(delivery.answer.encode("utf-8", "replace")) <= 1027) == ("done", True)


def test_what_was_answered_is_kept_encrypted_only(entered):
    with receiving(say(400, b"canary 13812345678")) as receiver:
        endpoint = follow(receiver)
        happen()
        deliver(endpoint)
    assert only(endpoint).answer == "canary 13812345678"
    with connection.cursor() as cursor:
        cursor.execute("SELECT d::text || e::text FROM webhooks_delivery d, webhooks_endpoint e")
        kept = cursor.fetchone()[0]
    for plain in ("canary 13812345678", endpoint.secret):
        assert plain not in kept and plain.encode().hex() not in kept


def test_both_secrets_sign_for_a_day_after_a_rotation(entered):
    with receiving() as receiver:
        endpoint = follow(receiver)
        former = endpoint.secret
        new = endpoints.rotate(endpoint, by=None)
        for valid in (former, new):
            receiver.secret = valid
            happen()
            deliver(endpoint)
        Endpoint.objects.update(former_until=timezone.now())
        for valid in (former, new):
            receiver.secret = valid
            happen()
            deliver(endpoint)
    assert [verified for _id, _message, verified in receiver.got] == [True, True, False, True]
    assert [headers["webhook-signature"].count("v1,") for headers in receiver.headers] == [2, 2, 1, 1]


def test_nothing_leaves_a_restored_copy(entered):
    with receiving() as receiver:
        endpoint = follow(receiver)
        happen()
        sending.switch(on=False)
        assert deliver(endpoint) == 0
        sending.switch(on=True)
        assert deliver(endpoint) == 1
    assert len(receiver.got) == 1


def test_no_address_that_is_not_public_is_sent_to(entered, settings):
    with receiving() as receiver:
        endpoint = follow(receiver)
        happen()
        settings.WEBHOOK_INSECURE = False
        deliver(endpoint)
    assert (receiver.got, only(endpoint).state, only(endpoint).attempts) == ([], "waiting", 1)
    assert only(endpoint).problem == "address"


def test_a_replay_sends_once_more_with_the_same_ids(entered):
    with receiving() as receiver:
        endpoint = follow(receiver)
        happen(3)
        deliver(endpoint)
        endpoint.refresh_from_db()
        endpoints.replay(endpoint, position=1, by=None)
        assert deliver(endpoint) == 2
        endpoints.replay(endpoint, since=timezone.now() - timedelta(days=1), by=None)
        assert deliver(endpoint) == 3
    first, second, third = receiver.ids[:3]
    assert receiver.ids == [first, second, third, second, third, first, second, third]
    assert Delivery.objects.count() == 3
    with pytest.raises(feed.Gone):
        endpoints.replay(endpoint, position=4, by=None)


def test_what_is_no_longer_kept_is_passed_over(entered):
    with receiving() as receiver:
        endpoint = follow(receiver)
        happen(2)
        Change.objects.update(at=timezone.now() - feed.KEPT - timedelta(days=1))
        feed.forget_old()
        kept = happen()
        assert deliver(endpoint) == 1
    assert receiver.got[0][1]["data"]["subject_id"] == str(kept[0])


def test_a_backlog_waits_in_the_feed(entered, monkeypatch):
    monkeypatch.setattr(delivering, "BACKLOG", 5)
    with receiving(say(500), say()) as receiver:
        endpoint = follow(receiver)
        happen(12)
        deliver(endpoint)
        assert Delivery.objects.filter(state="waiting").count() == 5
        later(endpoint)
        assert deliver(endpoint) == 12
    assert len(set(receiver.ids)) == 12


def test_old_deliveries_go_and_waiting_ones_stay(entered):
    with receiving() as receiver:
        endpoint = follow(receiver)
    for state in Delivery.State:
        Delivery.objects.create(
            endpoint=endpoint, message_id=uuid4(), kind=KIND, at=timezone.now(), state=state,
            created_at=timezone.now() - feed.KEPT - timedelta(days=1),
        )  # fmt: skip
    assert delivering.forget_old() == 2
    assert only(endpoint).state == "waiting"


# With several connections


@pytest.fixture
def company(transactional_db):
    return companies.create("lanhu", name="蓝湖百货")


def inside(company, act):
    with context.entered(company.id):
        return act()


def test_two_workers_never_send_the_same(company):
    with receiving(wait(0.02)) as receiver:
        endpoint = inside(company, lambda: follow(receiver))
        inside(company, lambda: happen(40))

        def work(_place):
            try:
                return sum(deliver(endpoint) for _turn in range(8))
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            tried = list(pool.map(work, range(8)))
    assert (sum(tried), len(receiver.ids), len(set(receiver.ids))) == (40, 40, 40)


def test_no_transaction_is_open_while_it_is_sent(company):
    with receiving(wait(0.4)) as receiver:
        endpoint = inside(company, lambda: follow(receiver))
        inside(company, happen)

        def work():
            try:
                return deliver(endpoint)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(work)
            while not receiver.got:
                time.sleep(0.01)
            with connection.cursor() as cursor:
                cursor.execute(
                    """SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"""
                )
                ((open_transactions,),) = cursor.fetchall()
            assert (open_transactions, working.result()) == (0, 1)


def test_a_slow_endpoint_does_not_hold_up_the_others(company):
    with receiving(wait(1.5)) as slow, receiving() as quick:
        for receiver in (slow, quick):
            inside(company, lambda receiver=receiver: follow(receiver))
        inside(company, lambda: feed.record((KIND, [uuid4() for _place in range(3)])))
        begun = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            sweeping = pool.submit(swept)
            while len(quick.got) < 3 and time.monotonic() - begun < 10:
                time.sleep(0.01)
            took = time.monotonic() - begun
            sweeping.result()
    assert (len(quick.got), len(slow.got)) == (3, 3)
    assert took < 1.5


def swept():
    try:
        delivering.sweep()
    finally:
        connection.close()


def test_sweep_finds_what_is_due_and_only_that(company):
    other = companies.create("harbour", name="Harbour")
    with receiving(say(500)) as failing, receiving() as good:
        first = inside(company, lambda: follow(failing))
        second = inside(other, lambda: follow(good))
        inside(other, lambda: endpoints.pause(inside_endpoint(second), by=None))
        for tenant in (company, other):
            inside(tenant, lambda: feed.record((KIND, [uuid4()])))
        assert set(lookups.tenants_with_unplaced_changes()) == {company.id, other.id}
        delivering.sweep()
        assert lookups.tenants_with_unplaced_changes() == []
        assert (len(failing.got), len(good.got), lookups.due_endpoints(10)) == (1, 0, [])
        inside(other, lambda: endpoints.resume(inside_endpoint(second), by=None))
        inside(company, lambda: later(first))
        assert set(lookups.due_endpoints(10)) == {(company.id, first.id), (other.id, second.id)}
        assert len(lookups.due_endpoints(1)) == 1
        delivering.sweep()
        assert (len(failing.got), len(good.got)) == (2, 1)


def inside_endpoint(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.get(id=endpoint.id)


WORKER = """
import sys, django
django.setup()
from uuid import UUID
from webhooks import delivering
delivering.deliver(UUID(sys.argv[1]), UUID(sys.argv[2]))
"""


def test_a_worker_killed_between_sending_and_noting_loses_nothing(company):
    """The receiver kills it when it has the message, before it answers."""
    worker = []

    def kill(handler):
        os.kill(worker[0].pid, signal.SIGKILL)
        worker[0].wait()

    with receiving(kill, say()) as receiver:
        endpoint = inside(company, lambda: follow(receiver))
        inside(company, lambda: happen(2))
        told = environment() | {"WEBHOOK_INSECURE": "1", "DJANGO_SETTINGS_MODULE": "crm.settings"}
        command = [sys.executable, "-c", WORKER, str(company.id), str(endpoint.id)]
        worker.append(subprocess.Popen(command, cwd=ROOT, env=told))
        assert worker[0].wait(30) == -signal.SIGKILL
        while not receiver.got:
            time.sleep(0.01)
        assert deliver(endpoint) == 0, "the dead worker's lease holds"
        inside(company, lambda: later(endpoint))
        assert deliver(endpoint) == 2
    first, again, second = receiver.ids
    assert first == again != second
    assert [verified for _id, _message, verified in receiver.got] == [True] * 3
    rows = inside(company, lambda: list(Delivery.objects.order_by("message_id").values_list("attempts", "state")))
    assert rows == [(2, "done"), (1, "done")]
