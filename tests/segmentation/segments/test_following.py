"""Who entered and left: after orders, merges, rule changes, and as days go by."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from customers import merging, tagging
from customers.models import Customer, Merge, Source
from sales import orders
from segmentation import night
from segmentation.models import Segment, SegmentEvent, SegmentMember, SegmentTouch
from segmentation.segments import counting, editing, following, moments, reading, tasks, vocabulary
from segmentation.segments.columns import building, keeping
from segmentation.segments.fields import Field, Kind
from segmentation.segments.refusing import RuleError
from segmentation.segments.sql import Direct
from tenancy import companies, context, lookups
from tenancy.models import Membership
from tests.sales.test_orders import a_line
from webhooks.models import Change


@pytest.fixture
def buyers(entered, cast):
    """Four customers with one order each, and a segment of those who bought twice."""
    source = Source.objects.create(key="pos")
    buy(source, "ABCD", days=1)
    return cast, source, editing.create("Regulars", rule="bought(30d) >= 2", by=cast.ada)


def buy(source, names, *, days=0, number=1):
    at = timezone.now() - timedelta(days=days)
    lines = [a_line(number=f"{name}-{days}-{number}", customer=name, at=at, amount=Decimal(30)) for name in names]
    orders.record(lines, source=source)


def customer(name) -> Customer:
    return Customer.objects.get(records__external_id=name, merged_into=None)


def members(segment) -> set:
    return set(SegmentMember.objects.filter(segment=segment).values_list("customer_id", flat=True))


def told(segment) -> list[tuple]:
    rows = SegmentEvent.objects.filter(segment=segment).order_by("position")
    return list(rows.values_list("customer_id", "entered", "cause"))


def test_an_order_brings_its_customer_in_once_and_is_told_once(buyers):
    _cast, source, segment = buyers
    while following.follow():
        pass
    assert (members(segment), told(segment)) == (set(), [])
    buy(source, "AB")
    assert following.follow() > 0
    assert following.follow() == 0
    a, b = customer("A").id, customer("B").id
    assert members(segment) == {a, b}
    assert sorted(told(segment)) == sorted([(a, True, "change"), (b, True, "change")])
    [change] = Change.objects.filter(kind="segment.entered")
    assert following._of_batches([change.subject_id]) == {
        change.subject_id: {"segment": str(segment.id), "customers": sorted([str(a), str(b)])}
    }


def test_a_refund_takes_the_customer_out_again(buyers):
    _cast, source, segment = buyers
    buy(source, "A")
    following.follow()
    order = customer("A").orders.first()
    orders.refund(order, amount=order.total, key="r", by=None)
    following.follow()
    assert members(segment) == set()
    assert [(entered, cause) for _id, entered, cause in told(segment)] == [(True, "change"), (False, "change")]


def test_a_new_rule_moves_members_and_says_so(buyers):
    cast, source, segment = buyers
    buy(source, "A")
    following.follow()
    editing.change(segment, rule="bought(30d) = 1", by=cast.ada)
    assert members(segment) == {customer(name).id for name in "BCD"}
    assert {cause for _id, _entered, cause in told(segment)[1:]} == {"rule"}


def test_time_alone_moves_members_by_the_nightly_job(buyers, monkeypatch):
    _cast, source, segment = buyers
    buy(source, "A")
    following.follow()
    now, tenant = moments.now, context.current_tenant_id()
    monkeypatch.setattr(moments, "now", lambda *args, **options: now(today=now().today + timedelta(days=30)))
    night.refresh(tenant)
    assert members(segment) == set()
    assert told(segment)[-1][1:] == (False, "day")
    night.refresh(tenant)
    assert len(told(segment)) == 2


def test_a_value_of_another_field_is_no_segment_that_a_rule_asks(buyers):
    cast, *_rest = buyers
    tagging.named(["vip", "segment"])
    vip = editing.create("Vip", key="vip", rule="orders >= 9", by=cast.ada)
    editing.create("Both", rule="segment = regulars and tag = vip", by=cast.ada)
    editing.create("Either", rule='tag in (segment, vip) or tag = segment and city = "vip"', by=cast.ada)
    assert editing.change(vip, rule="segment in (both, either)", by=cast.ada).rule == "segment in (both, either)"
    rest = editing.create("Rest", rule="orders >= 0 and (not segment not in (vip, regulars) or tag = vip)", by=cast.ada)
    for rule in ("segment = rest", "not segment in (regulars, rest)", "tag = vip or segment != rest"):
        with pytest.raises(RuleError) as problem:
            editing.change(vip, rule=rule, by=cast.ada)
        assert problem.value.code == "cycle"
    with pytest.raises(editing.NotPossible):
        editing.archive(vip, by=cast.ada)
    editing.archive(rest, by=cast.ada)
    editing.archive(vip, by=cast.ada)


def boom(divisor: str) -> Field:
    """A field whose SQL fails where the divisor is 0."""
    return Field("boom", "Boom", Kind.WHOLE, values=lambda asking, clause: Direct(f"1 / {divisor}"))


def test_one_rule_that_raises_leaves_the_others_alone_and_is_mended_later(buyers, monkeypatch, login):
    cast, source, segment = buyers
    registered = list(vocabulary._registered)
    monkeypatch.setattr(vocabulary, "_registered", [*registered, lambda: [boom("1")]])
    bad = editing.create("Bad", rule="boom = 1 and orders >= 2", by=cast.ada)
    worse = editing.create("Worse", rule="boom = 1", by=cast.ada)
    monkeypatch.setattr(vocabulary, "_registered", [*registered, lambda: [boom("(c.quality - c.quality)")]])
    buy(source, "A")
    assert following.follow() > 0
    buy(source, "B")
    assert following.follow() > 0
    assert members(segment) == {customer("A").id, customer("B").id}
    assert (members(bad), told(bad)) == (set(), [])
    bad.refresh_from_db()
    assert bad.broken_at and bad.broken_by == "DivisionByZero"
    list(following.refresh([bad, segment]))
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    page = browser.get(f"/t/lanhu/segments/{bad.id}/").content.decode()
    assert "This segment is broken." in page and "(DivisionByZero)" in page
    for address in (f"segments/{bad.id}/count/", f"segments/{bad.id}/customers/{customer('A').id}/"):
        assert browser.get(f"/t/lanhu/{address}").status_code == 200
    assert "is broken" in browser.get("/t/lanhu/customers/?segment=bad").content.decode()
    assert ">broken<" in browser.get("/t/lanhu/segments/").content.decode()
    assert editing.change(worse, rule="orders >= 1", by=cast.ada).broken_at is None
    assert members(worse) == {customer(name).id for name in "ABCD"}
    monkeypatch.setattr(vocabulary, "_registered", [*registered, lambda: [boom("1")]])
    buy(source, "C")
    following.follow()
    bad.refresh_from_db()
    assert (bad.broken_at, bad.broken_by) == (None, "")
    assert members(bad) == {customer(name).id for name in "ABC"}, "those too who changed while it was broken"


def test_a_rule_whose_field_is_gone_is_broken_until_it_is_back(buyers, monkeypatch):
    cast, source, segment = buyers
    registered = list(vocabulary._registered)
    monkeypatch.setattr(vocabulary, "_registered", [*registered, lambda: [boom("1")]])
    bad = editing.create("Bad", rule="boom = 1", by=cast.ada)
    monkeypatch.setattr(vocabulary, "_registered", registered)
    buy(source, "AE")
    following.follow()
    bad.refresh_from_db()
    assert bad.broken_by == "RuleError"
    assert members(segment) == {customer("A").id}
    assert members(bad) == {customer(name).id for name in "ABCD"}


def test_a_database_that_is_away_is_not_the_rules_fault(buyers, monkeypatch):
    cast, source, _segment = buyers

    def away(asking, clause):
        raise OperationalError("gone")

    field = Field("boom", "Boom", Kind.WHOLE, values=away)
    registered = list(vocabulary._registered)
    monkeypatch.setattr(vocabulary, "_registered", [*registered, lambda: [boom("1")]])
    bad = editing.create("Bad", rule="boom = 1", by=cast.ada)
    monkeypatch.setattr(vocabulary, "_registered", [*registered, lambda: [field]])
    buy(source, "A")
    with pytest.raises(OperationalError):
        following.follow()
    bad.refresh_from_db()
    assert bad.broken_at is None


def test_members_follow_a_merge_and_its_undoing(buyers):
    cast, _source, segment = buyers
    chosen = editing.create("Chosen", kind=Segment.Kind.STATIC, by=cast.ada)
    a, b = customer("A"), customer("B")
    editing.pick(chosen, [b.id], by=cast.ada)
    merge = merging.merge(a, [b], origin=Merge.Origin.HAND, by=cast.ada)
    following.follow()
    assert members(segment) == {a.id}, "both orders are one customer's now"
    assert members(chosen) == {a.id}
    merging.unmerge(merge, by=cast.ada)
    following.follow()
    assert members(segment) == set()
    assert members(chosen) == {b.id}
    assert [(id, entered) for id, entered, _cause in told(chosen)] == [
        (b.id, True), (a.id, True), (b.id, False), (b.id, True), (a.id, False),
    ]  # fmt: skip


def test_segments_that_ask_others_move_with_them_and_never_in_a_circle(buyers):
    cast, source, segment = buyers
    rest = editing.create("Rest", rule="not segment = regulars", by=cast.ada)
    buy(source, "A")
    following.follow()
    assert members(rest) == {customer(name).id for name in "BCD"}
    with pytest.raises(reading.RuleError, match=r".*"):
        editing.change(segment, rule="segment = rest", by=cast.ada)
    with pytest.raises(editing.NotPossible):
        editing.archive(segment, by=cast.ada)


def test_what_is_picked_is_seen_by_whoever_picks(buyers):
    cast, _source, segment = buyers
    chosen = editing.create("Chosen", kind=Segment.Kind.STATIC, by=cast.ada)
    assert editing.pick(chosen, [customer("A").id, customer("A").id], by=cast.alice) == set()
    assert editing.pick(chosen, [customer("A").id], by=cast.ada) == {customer("A").id}
    assert editing.pick(chosen, [customer("A").id], by=cast.ada) == set()
    assert editing.unpick(chosen, [customer("A").id], by=cast.ada) == {customer("A").id}
    with pytest.raises(editing.NotPossible):
        editing.pick(segment, [customer("A").id], by=cast.ada)


@pytest.mark.django_db(transaction=True)
def test_columns_and_the_touched_count_exactly_at_every_moment(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    tenant = companies.create("lanhu", name="蓝湖百货", admin=companies.person("ada@example.com", name="Ada"))
    with context.entered(tenant.id):
        ada = Membership.objects.get()
        source = Source.objects.create(key="pos")
        buy(source, [f"P{number}" for number in range(200)])
    with context.entered(tenant.id):
        first = building.build()
    with context.entered(tenant.id):
        rule = counting.asked(reading.parse("bought(30d) >= 2 or city = x", vocabulary.standing()))
        assert keeping.touched(first) == []
        assert counting.count(rule, ada).count == 0
        assert counting.count(rule, ada, exact=False).is_sample
    with context.entered(tenant.id):
        buy(source, ["P1", "P2", "P200"], number=2)
        Customer.objects.filter(records__external_id="P3").update(city="x")
        merging.merge(customer("P4"), [customer("P5")], origin=Merge.Origin.HAND, by=ada)
    with context.entered(tenant.id):
        assert len(keeping.touched(keeping.current(zone=tenant.timezone))) == 6
        assert counting.count(rule, ada).count == len(counting.ids(rule)) == 4
    assert tenant.id in lookups.tenants_with_touched_customers()
    tasks.follow(str(tenant.id))
    with context.entered(tenant.id):
        assert SegmentTouch.objects.filter(followed=True).count() == 6, "the columns do not tell of them yet"
        second = building.build()
    with context.entered(tenant.id):
        assert counting.count(rule, ada).count == 4
        assert keeping.touched(second) == []
        assert not keeping.folder(first.folder).exists()
        following.forget_touches()
        assert not SegmentTouch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_follows_an_order_by_itself(settings, tmp_path):
    from celery.contrib.testing.worker import start_worker

    from crm.celery import app

    settings.STATE_DIR = tmp_path
    tenant = companies.create("lanhu", name="蓝湖百货", admin=companies.person("ada@example.com", name="Ada"))
    with context.entered(tenant.id):
        source = Source.objects.create(key="pos")
        segment = editing.create("Buyers", rule="orders >= 1", by=Membership.objects.get())
    with start_worker(app, perform_ping_check=False, pool="solo"):
        begun = time.monotonic()
        with context.entered(tenant.id):
            buy(source, "A")
        while time.monotonic() < begun + 60:
            with context.entered(tenant.id):
                if members(segment):
                    break
            time.sleep(0.02)
    with context.entered(tenant.id):
        assert told(segment) == [(customer("A").id, True, "change")]


def test_what_was_read_before_a_change_does_not_undo_it(buyers):
    cast, _source, segment = buyers
    early = Segment.objects.get(id=segment.id)
    editing.change(segment, rule="bought(30d) = 1", by=cast.ada)
    everybody = {customer(name).id for name in "ABCD"}
    assert members(segment) == everybody
    list(following.refresh([early]))
    following.fill(early)
    assert members(segment) == everybody, "the night asks the rule that stands, not the one it read when it began"
    editing.archive(Segment.objects.get(id=segment.id), by=cast.ada)
    editing.change(early, name="Often", by=cast.ada)
    now = Segment.objects.get(id=segment.id)
    assert (now.name, bool(now.archived_at)) == ("Often", True)
    assert now.filled_at > early.filled_at


def beside(act) -> threading.Thread:
    """The act in a thread and a connection of its own, begun."""

    def run():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_rule_is_changed_while_the_night_fills_the_segment():
    tenant = companies.create("lanhu", name="蓝湖百货", admin=companies.person("ada@example.com", name="Ada"))
    with context.entered(tenant.id):
        buy(Source.objects.create(key="pos"), "AB")
        segment = editing.create("Buyers", rule="orders >= 1", by=Membership.objects.get())

    def change():
        with context.entered(tenant.id):
            editing.change(Segment.objects.get(), rule="orders >= 2", by=Membership.objects.get())

    with context.entered(tenant.id):
        head = following.hold()
        thread = beside(change)
        time.sleep(0.5)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
        following.compare(head, [segment], cause=following.Cause.DAY)
    thread.join(20)
    with context.entered(tenant.id):
        assert (Segment.objects.get().rule, members(segment)) == ("orders >= 2", set())


@pytest.mark.django_db(transaction=True)
def test_touches_are_not_forgotten_while_the_first_columns_are_made(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    tenant = companies.create("lanhu", name="蓝湖百货", admin=companies.person("ada@example.com", name="Ada"))
    with context.entered(tenant.id):
        buy(Source.objects.create(key="pos"), "ABCD")

    def move():
        with context.entered(tenant.id):
            Customer.objects.filter(records__external_id="A").update(city="x")
        tasks.follow(str(tenant.id))

    put = keeping.put_in_place

    def put_later(row):
        beside(move).join(20)
        put(row)

    monkeypatch.setattr(keeping, "put_in_place", put_later)
    with context.entered(tenant.id):
        building.build()
    with context.entered(tenant.id):
        rule = counting.asked(reading.parse("city = x", vocabulary.standing()))
        assert counting.count(rule, Membership.objects.get()).count == 1
