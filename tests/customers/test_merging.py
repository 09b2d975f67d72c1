"""Merging customers and taking that back: every app's rows follow, and find home."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers import changes, defining, editing, identities, merging, tagging, vocabulary
from customers.imports import undoing
from customers.merging import rows
from customers.models import (
    Customer,
    CustomerShare,
    CustomerTag,
    CustomValue,
    Identifier,
    ImportConflict,
    ImportRun,
    LaterRow,
    Merge,
    MergeMove,
    SharePermission,
    Source,
    SourceRecord,
    Tag,
)
from customers.words import Maker
from loyalty import checkout, standing
from sales import orders
from sales.lines import Line
from sales.models import Order
from segmentation import stats
from segmentation.models import CustomerStats
from tenancy.database.bulk import fetch
from tenancy.models import Job
from tests.tenancy.test_isolation import fill
from webhooks import kinds
from webhooks.models import Change

HAND = Merge.Origin.HAND


@pytest.fixture
def shop(entered, cast):
    return Source.objects.create(key="shop")


def person(source, reference, **content):
    known = identities.record([identities.Person(reference, content)], source=source)
    return Customer.objects.get(id=known[reference].customer_id)


def ordered(source, reference, number, amount="100"):
    line = Line(
        number=number, customer=reference, key="1", at=datetime(2026, 3, 1, tzinfo=UTC), product="", name="",
        category="", quantity=Decimal(1), price=Decimal(amount), amount=Decimal(amount), is_refund=False,
        refunds_order=False, channel="", store="",
    )  # fmt: skip
    orders.record([line], source=source)
    return Order.objects.get(number=number)


def figures(customer):
    return CustomerStats.objects.filter(customer=customer).values_list("frequency", "monetary").first()


def fresh(customer):
    return Customer.objects.get(id=customer.id)


def test_merge_brings_rows_to_the_survivor_and_unmerge_takes_them_back(shop, cast):
    stays, goes = (
        person(shop, "1", name="王芳", phone="13800001111"),
        person(shop, "2", name="王芳", email="w@example.com"),
    )
    ordered(shop, "1", "A"), ordered(shop, "2", "B", "50")
    before = {name: getattr(fresh(goes), name) for name in ("name", "email", "quality", "faults", "pinyin")}
    done = merging.merge(stays, [goes], origin=HAND, by=cast.ada)
    assert (goes.merged_into_id, goes.name, goes.email, goes.quality) == (stays.id, "", None, 100)
    assert (stays.email, stays.phone) == ("w@example.com", "+8613800001111")
    assert not SourceRecord.objects.filter(customer=goes).exists()
    assert not Identifier.objects.filter(customer=goes).exists()
    assert Order.objects.filter(customer=stays).count() == 2
    assert figures(stays) == (2, Decimal(150))
    assert figures(goes) == (0, 0)
    assert stats.rebuild() == 0
    merging.unmerge(done, by=cast.ada)
    assert {name: getattr(fresh(goes), name) for name in before} == before
    assert fresh(stays).email is None
    assert [one.number for one in Order.objects.filter(customer=goes)] == ["B"]
    assert (figures(stays), figures(goes)) == ((1, Decimal(100)), (1, Decimal(50)))
    assert stats.rebuild() == 0


def test_what_comes_by_reference_after_a_merge_is_the_survivors_and_goes_back_with_its_record(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    done = merging.merge(stays, [goes], origin=HAND, by=cast.ada)
    order = ordered(shop, "2", "later")
    assert order.customer_id == stays.id
    merging.unmerge(done, by=cast.ada)
    assert Order.objects.get().customer_id == goes.id
    assert not LaterRow.objects.exists()


def test_merged_customer_is_seen_by_nobody(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    merging.merge(stays, [goes], origin=HAND, by=cast.ada)
    assert list(Customer.objects.visible_to(cast.ada)) == [stays]
    assert list(Customer.objects.editable_by(cast.ada)) == [stays]


def test_nested_merges_come_apart_in_any_order(shop, cast):
    for inner_first in (True, False):
        a, b, c = (person(shop, f"{name}{inner_first}", name=f"王{name}") for name in "甲乙丙")
        for name in "甲乙丙":
            ordered(shop, f"{name}{inner_first}", f"{name}{inner_first}")
        inner = merging.merge(b, [a], origin=HAND, by=None)
        outer = merging.merge(c, [b], origin=HAND, by=None)
        assert merging.roots([a.id, b.id, c.id]) == {a.id: c.id, b.id: c.id, c.id: c.id}
        for merge in (inner, outer) if inner_first else (outer, inner):
            merging.unmerge(merge, by=None)
            assert stats.rebuild() == 0
        for customer, name in ((a, "甲"), (b, "乙"), (c, "丙")):
            assert fresh(customer).name == f"王{name}"
            assert [one.number for one in Order.objects.filter(customer=customer)] == [f"{name}{inner_first}"]


def test_rows_that_have_left_stay_where_they_are(shop, cast):
    """The inner merge is undone, the member merged straight into the root: undoing the outer one leaves it there."""
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    ordered(shop, "甲", "甲")
    inner = merging.merge(b, [a], origin=HAND, by=None)
    outer = merging.merge(c, [b], origin=HAND, by=None)
    merging.unmerge(inner, by=None)
    merging.merge(c, [fresh(a)], origin=HAND, by=None)
    merging.unmerge(outer, by=None)
    assert Order.objects.get().customer_id == c.id
    assert SourceRecord.objects.get(external_id="甲").customer_id == c.id
    assert SourceRecord.objects.get(external_id="乙").customer_id == b.id


def test_tag_that_both_have_is_there_once_and_both_have_it_again(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    tagging.add([a.id, b.id], ["VIP"], by=cast.ada)
    first = merging.merge(c, [a], origin=HAND, by=None)
    merging.merge(c, [b], origin=HAND, by=None)
    assert [tag.name for tag in tagging.tags_of([c.id])[c.id]] == ["VIP"]
    merging.unmerge(first, by=None)
    assert {id: [tag.name for tag in tags] for id, tags in tagging.tags_of([a.id, b.id, c.id]).items()} == {
        a.id: ["VIP"], c.id: ["VIP"]
    }  # fmt: skip
    assert CustomerTag.objects.count() == 2


def test_record_that_joined_since_goes_back_with_whom_it_joined(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳", email="w@example.com")
    done = merging.merge(stays, [goes], origin=HAND, by=None)
    joined = person(shop, "3", name="王小芳", email="w@example.com", card="88")
    and_that = person(shop, "4", card="88")
    other = person(shop, "5", name="陌生人")
    assert (joined, and_that) == (stays, stays) and other != stays
    merging.unmerge(done, by=None)
    where = dict(SourceRecord.objects.values_list("external_id", "customer_id"))
    assert where == {"1": stays.id, "2": goes.id, "3": goes.id, "4": goes.id, "5": other.id}


def test_owner_and_store_are_inherited_and_given_back(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    Customer.objects.filter(id=a.id).update(owner=cast.alice, store=cast.store)
    Customer.objects.filter(id=b.id).update(owner=cast.bob)
    first = merging.merge(c, [a], origin=HAND, by=None)
    second = merging.merge(c, [b], origin=HAND, by=None)
    assert (fresh(c).owner, fresh(c).store) == (cast.alice, cast.store)
    merging.unmerge(first, by=None)
    assert (fresh(c).owner, fresh(c).store) == (cast.bob, None)
    merging.unmerge(second, by=None)
    assert (fresh(c).owner, fresh(c).store) == (None, None)
    assert fresh(a).owner == cast.alice


@pytest.mark.parametrize("what", ["erased", "merged", "company", "twice", "none"])
def test_what_cannot_be_merged_is_refused_and_nothing_is_done(shop, cast, what):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    others = [b, c]
    if what == "erased":
        Customer.objects.filter(id=c.id).update(erased_at=datetime.now(UTC))
    if what == "merged":
        merging.merge(b, [c], origin=HAND, by=None)
    if what == "company":
        editing.change(c, {"kind": "company"}, by=cast.ada)
    if what == "twice":
        others = [b, b]
    if what == "none":
        others = []
    count = Merge.objects.count()
    with pytest.raises(merging.CannotMerge):
        merging.merge(a, others, origin=HAND, by=None)
    assert Merge.objects.count() == count
    assert fresh(b).merged_into_id is None


def test_merge_can_be_undone_once_and_partly(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    done = merging.merge(a, [b, c], origin=HAND, by=cast.ada)
    part = merging.unmerge(done, only=[b.id], by=cast.ada)
    assert (fresh(b).merged_into_id, fresh(c).merged_into_id) == (None, a.id)
    assert part.merge.undone_at and not Merge.objects.get(id=done.id).undone_at
    merging.unmerge(done, by=cast.ada)
    assert fresh(c).merged_into_id is None
    with pytest.raises(merging.CannotUnmerge):
        merging.unmerge(done, by=cast.ada)


def test_feed_tells_both_ids(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    done = merging.merge(stays, [goes], origin=HAND, by=None)
    merging.unmerge(done, by=None)
    rows = Change.objects.filter(kind__in=[changes.MERGED, changes.UNMERGED]).order_by("id")
    assert [(row.kind, row.subject_id) for row in rows] == [(changes.MERGED, done.id), (changes.UNMERGED, done.id)]
    told = {"survivor": str(stays.id), "merged": [str(goes.id)]}
    assert kinds.ids_of([(row.kind, row.subject_id) for row in rows]) == {done.id: told}


def test_row_written_to_a_merged_customer_is_the_survivors_and_goes_back(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    done = merging.merge(stays, [goes], origin=HAND, by=None)
    tagging.add([goes.id], ["VIP"], by=cast.ada)
    assert CustomerTag.objects.get().customer_id == stays.id
    assert MergeMove.objects.filter(model="customers.CustomerTag").count() == 1
    merging.unmerge(done, by=None)
    assert CustomerTag.objects.get().customer_id == goes.id


def test_later_rows_are_listed_and_assigned_once(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    tagging.add([stays.id], ["before"], by=cast.ada)
    done = merging.merge(stays, [goes], origin=HAND, by=None)
    tagging.add([stays.id], ["since"], by=cast.ada)
    undone = merging.unmerge(done, by=None)
    (row,) = undone.later
    assert (row.model, CustomerTag.objects.get(id=row.row_id).tag.name) == ("customers.CustomerTag", "since")
    merging.assign(row, goes, by=cast.ada)
    assert CustomerTag.objects.get(id=row.row_id).customer_id == goes.id
    with pytest.raises(merging.CannotAssign):
        merging.assign(row, stays, by=cast.ada)


def test_lineage_tells_sources_and_merges(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    inner = merging.merge(b, [a], origin=HAND, by=cast.ada)
    outer = merging.merge(c, [b], origin=HAND, by=cast.ada)
    told = merging.lineage(a)
    assert told.root.customer == c
    assert told.merges == [outer, inner]
    (step,) = told.root.merges
    (middle,) = step.members
    assert [str(one) for one in middle.records] == ["shop:乙"]
    assert [str(one) for one in middle.merges[0].members[0].records] == ["shop:甲"]
    merging.unmerge(outer, by=cast.ada)
    told = merging.lineage(c)
    assert (told.root.merges[0].is_undone, told.root.merges[0].members[0].customer) == (True, b)


def test_preview_says_what_survives_and_why(shop, cast):
    trusted = Source.objects.create(key="erp", trust=80)
    stays, goes = (
        person(shop, "1", name="王芳", city="上海市"),
        person(trusted, "2", name="王小芳", phone="13800001111"),
    )
    told = merging.preview([stays, goes], stays)
    lines = {line.name: line for line in told.lines}
    assert told.problems == []
    assert (lines["name"].survivor_id, lines["name"].is_same) == (goes.id, False)
    assert lines["phone"].survivor_id == goes.id
    assert lines["city"].survivor_id == stays.id
    merging.merge(stays, [goes], origin=HAND, by=None)
    assert (fresh(stays).name, fresh(stays).city) == ("王小芳", "上海市")
    assert merging.choose_survivor([stays, goes]) == stays


def test_page_of_a_merged_customer_is_the_survivors(shop, cast, login):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    merging.merge(stays, [goes], origin=HAND, by=cast.ada)
    answer = login(cast.ada).get(f"/t/lanhu/customers/{goes.id}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/t/lanhu/customers/{stays.id}/")
    assert login(cast.alice).get(f"/t/lanhu/customers/{goes.id}/").status_code == 404


def test_till_refuses_a_merged_customer(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    merging.merge(stays, [goes], origin=HAND, by=cast.ada)
    assert (standing.hold(stays.id), standing.hold(goes.id)) == (1, 0)
    with pytest.raises(checkout.UnknownCustomer):
        checkout.known(goes.id)


def test_edit_of_a_merged_customer_is_the_survivors(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    done = merging.merge(stays, [goes], origin=HAND, by=cast.ada)
    identities.edit(goes, {"city": "上海市"})
    assert fresh(stays).city == "上海市"
    merging.unmerge(done, by=None)
    assert (fresh(stays).city, fresh(goes).city) == ("上海市", "")


def test_edit_of_one_field_does_not_bring_back_what_staff_said_before_of_another(shop, cast):
    """The survivor's own record is older than what came with the merged customer."""
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    editing.change(stays, {"phone": "13800001111"}, by=cast.ada)
    editing.change(goes, {"phone": "13900002222"}, by=cast.ada)
    done = merging.merge(stays, [goes], origin=HAND, by=cast.ada)
    editing.change(stays, {"city": "上海市"}, by=cast.ada)
    assert (fresh(stays).phone, fresh(stays).city) == ("+8613900002222", "上海市")
    editing.change(stays, {"phone": "13800001111"}, by=cast.ada)
    assert fresh(stays).phone == "+8613800001111"
    merging.unmerge(done, by=cast.ada)
    assert (fresh(stays).phone, fresh(stays).city) == ("+8613800001111", "上海市")
    assert (fresh(goes).phone, fresh(goes).city) == ("+8613900002222", "")


def test_own_fields_survive_and_part(shop, cast):
    defining.define(label="Shoe size", kind="number", by=cast.ada)
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", shoe_size="42")
    done = merging.merge(stays, [goes], origin=HAND, by=None)
    assert CustomValue.objects.get().customer_id == stays.id
    merging.unmerge(done, by=None)
    assert CustomValue.objects.get().customer_id == goes.id


def test_every_model_that_refers_to_a_customer_can_be_merged_and_watches_for_merges(db):
    """A new reference follows by itself, or says in its app's ready() how it merges; its table has the trigger."""
    tables = {
        table for (table,) in fetch("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'follow_merge'")
    }
    assert {one.table for one in rows.followers()} == tables


@pytest.mark.parametrize(
    ("table", "column"),
    [("interactions_interaction", "kind"), ("privacy_consent", "purpose"), ("loyalty_entry", "request_id")],
)
def test_door_of_append_only_tables_lets_the_customer_through_and_nothing_else(entered, cast, table, column):
    fill(cast.ada)
    with pytest.raises(DatabaseError), transaction.atomic():
        fetch(
            f"UPDATE {table} SET {column} = {column} || ''" if column != "points" else f"UPDATE {table} SET points = 1"
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        fetch(f"DELETE FROM {table}")


def test_merge_of_many_is_some_statements_however_many_there_are(shop):
    counts = []
    for size in (1, 20):
        told = [identities.Person(f"{size}-{place}", {"name": f"王{place}"}) for place in range(size * 2)]
        known = [one.customer_id for one in identities.record(told, source=shop).values()]
        groups = [merging.Group(known[place], [known[place + size]]) for place in range(size)]
        with CaptureQueriesContext(connection) as queries:
            done = merging.merge_many(groups, origin=Merge.Origin.AUTO, by=None)
        assert len(done) == size
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_groups_that_cannot_be_merged_are_passed_over(shop):
    a, b, c, d = (person(shop, name, name=f"王{name}") for name in "甲乙丙丁")
    merging.merge(a, [b], origin=HAND, by=None)
    groups = [merging.Group(c.id, [b.id]), merging.Group(d.id, [a.id])]
    with pytest.raises(merging.CannotMerge):
        merging.merge_many(groups, origin=Merge.Origin.AUTO, by=None)
    (done,) = merging.merge_many(groups, origin=Merge.Origin.AUTO, by=None, passing_over=True)
    assert (done.survivor_id, merging.root(b.id)) == (d.id, d.id)


def test_import_whose_customers_were_merged_leaves_them(shop):
    run = ImportRun.objects.create(kind="customers", source=shop, filename="f.csv", digest=b"x")
    maker = Maker("CN")
    told = [maker.word(identities.Person(name, {"name": f"王{name}"})) for name in "甲乙丙"]
    known = identities.write(told, maker=maker, source=shop, run=run).known
    a, b, c = (Customer.objects.get(id=known[name].customer_id) for name in "甲乙丙")
    done = merging.merge(a, [b], origin=HAND, by=None)
    run.job = Job.objects.create(kind="import.customers", title="f", state=Job.State.DONE, result={"created": 3})
    run.save()
    job = undoing.start(run, by=None, enqueue=False)
    for _piece in undoing.undo(job):
        pass
    assert set(Customer.objects.values_list("id", flat=True)) == {a.id, b.id}
    assert ImportConflict.objects.get().reason == ImportConflict.Reason.IN_USE
    merging.unmerge(done, by=None)
    assert (fresh(a).name, fresh(b).name) == ("王甲", "王乙")
    assert c.id not in Customer.objects.values_list("id", flat=True)


def test_edit_since_can_be_given_to_the_other(shop, cast):
    stays, goes = person(shop, "1", name="王芳"), person(shop, "2", name="王小芳")
    editing.change(stays, {"city": "上海市"}, by=cast.ada)
    done = merging.merge(stays, [goes], origin=HAND, by=cast.ada)
    editing.change(fresh(stays), {"city": "杭州市", "industry": "零售"}, by=cast.ada)
    undone = merging.unmerge(done, by=cast.ada)
    (row,) = undone.later
    assert row.model == "customers.SourceVersion"
    assert (fresh(stays).city, fresh(goes).city) == ("杭州市", "")
    merging.assign(row, goes, by=cast.ada)
    assert (fresh(stays).city, fresh(stays).industry) == ("上海市", "")
    assert (fresh(goes).name, fresh(goes).city, fresh(goes).industry) == ("王小芳", "杭州市", "零售")


def test_edit_that_was_given_away_whole_is_not_listed_again(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    outer = merging.merge(a, [b], origin=HAND, by=cast.ada)
    inner = merging.merge(a, [c], origin=HAND, by=cast.ada)
    editing.change(fresh(a), {"city": "杭州市"}, by=cast.ada)
    (row,) = merging.unmerge(inner, by=cast.ada).later
    merging.assign(row, c, by=cast.ada)
    assert (fresh(a).city, fresh(c).city) == ("", "杭州市")
    assert merging.unmerge(outer, by=cast.ada).later == []


def test_tag_since_is_listed_though_the_root_had_the_like(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    tagging.add([c.id], ["VIP"], by=cast.ada)
    inner = merging.merge(b, [a], origin=HAND, by=None)
    tagging.add([b.id], ["VIP"], by=cast.ada)
    merging.merge(c, [b], origin=HAND, by=None)
    (row,) = merging.unmerge(inner, by=None).later
    merging.assign(row, a, by=cast.ada)
    assert {id: len(tags) for id, tags in tagging.tags_of([a.id, b.id, c.id]).items()} == {a.id: 1, c.id: 1}


def tagged(*customers):
    """How many tags each of them has."""
    held = tagging.tags_of([one.id for one in customers])
    return [len(held.get(one.id, [])) for one in customers]


def test_tag_that_stayed_halfway_goes_home_when_the_inner_merge_is_undone(shop, cast):
    """It went from a to b, and no further since c had the like."""
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    tagging.add([a.id, c.id], ["VIP"], by=cast.ada)
    inner = merging.merge(b, [a], origin=HAND, by=None)
    outer = merging.merge(c, [b], origin=HAND, by=None)
    merging.unmerge(inner, by=None)
    assert tagged(a, b, c) == [1, 0, 1]
    merging.unmerge(outer, by=None)
    assert tagged(a, b, c) == [1, 0, 1]


def test_tag_that_was_hidden_by_one_that_left_comes_up_when_its_customer_stands_alone(shop, cast):
    """b had it from a1, and a2 has the like; when a1 goes, b is merged into c and c has it, so nothing comes up yet."""
    a1, a2, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙丁")
    tagging.add([a1.id, a2.id, c.id], ["VIP"], by=cast.ada)
    first = merging.merge(b, [a1], origin=HAND, by=None)
    merging.merge(b, [a2], origin=HAND, by=None)
    outer = merging.merge(c, [b], origin=HAND, by=None)
    merging.unmerge(first, by=None)
    merging.unmerge(outer, by=None)
    assert tagged(a1, b, c) == [1, 1, 1]


def test_tag_does_not_come_up_past_its_like(shop, cast):
    """When c loses what it had from d, b's own comes up before the older one of a, who is merged into b."""
    a, b, c, d = (person(shop, name, name=f"王{name}") for name in "甲乙丙丁")
    for one in (d, a, b):
        tagging.add([one.id], ["VIP"], by=cast.ada)
    inner = merging.merge(b, [a], origin=HAND, by=None)
    first = merging.merge(c, [d], origin=HAND, by=None)
    outer = merging.merge(c, [b], origin=HAND, by=None)
    merging.unmerge(first, by=None)
    assert tagged(c, d) == [1, 1]
    merging.unmerge(outer, by=None)
    assert tagged(b, c, d) == [1, 0, 1]
    merging.unmerge(inner, by=None)
    assert tagged(a, b, c, d) == [1, 1, 0, 1]


def test_tag_that_is_given_away_uncovers_the_like_of_who_is_merged(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    tagging.add([a.id], ["VIP"], by=cast.ada)
    first = merging.merge(b, [c], origin=HAND, by=None)
    tagging.add([b.id], ["VIP"], by=cast.ada)
    merging.merge(b, [a], origin=HAND, by=None)
    (row,) = merging.unmerge(first, by=None).later
    merging.assign(row, c, by=cast.ada)
    assert tagged(b, c) == [1, 1]


def test_tag_that_is_taken_off_is_taken_off_all_who_are_one(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    tagging.add([a.id, b.id], ["VIP"], by=cast.ada)
    inner = merging.merge(b, [a], origin=HAND, by=None)
    tagging.remove([b.id], ["VIP"], by=cast.ada)
    outer = merging.merge(c, [b], origin=HAND, by=None)
    assert tagged(c) == [0]
    merging.unmerge(outer, by=None), merging.unmerge(inner, by=None)
    assert tagged(a, b, c) == [0, 0, 0]


def test_share_that_is_taken_back_is_so_of_all_who_are_one(shop, cast):
    a, b = (person(shop, name, name=f"王{name}") for name in "甲乙")
    for one in (a, b):
        editing.share(one, member=cast.alice, permission=SharePermission.VIEW, by=cast.ada)
    done = merging.merge(b, [a], origin=HAND, by=None)
    editing.unshare(CustomerShare.objects.get(content_object=b), by=cast.ada)
    merging.unmerge(done, by=None)
    assert not CustomerShare.objects.exists()


def test_tag_that_went_into_another_goes_back_with_its_customer(shop, cast):
    a, b = (person(shop, name, name=f"王{name}") for name in "甲乙")
    tagging.add([a.id], ["VIP"], by=cast.ada)
    done = merging.merge(b, [a], origin=HAND, by=None)
    (other,) = tagging.named(["贵宾"])
    vocabulary.merge(Tag.objects.get(name="VIP"), into=other, by=cast.ada)
    assert tagged(a, b) == [0, 1]
    merging.unmerge(done, by=None)
    assert tagged(a, b) == [1, 0]


def test_tag_of_an_import_that_is_undone_uncovers_that_of_who_is_merged(shop, cast):
    a, b = (person(shop, name, name=f"王{name}") for name in "甲乙")
    run = ImportRun.objects.create(kind="customers", source=shop, filename="f.csv", digest=b"x")
    tagging.put([b.id], ["VIP"], by=None, run=run)
    tagging.add([a.id], ["VIP"], by=cast.ada)
    done = merging.merge(b, [a], origin=HAND, by=None)
    run.job = Job.objects.create(kind="import.customers", title="f", state=Job.State.DONE)
    run.save()
    for _piece in undoing.undo(undoing.start(run, by=None, enqueue=False)):
        pass
    assert tagged(a, b) == [0, 1]
    merging.unmerge(done, by=None)
    assert tagged(a, b) == [1, 0]


def test_who_is_taken_out_of_a_merge_gets_what_joined_since_and_the_rest_is_listed(shop, cast):
    a, b, c, d = (person(shop, name, name=f"王{name}", email=f"{name}@example.com") for name in "abcd")
    done = merging.merge(a, [b, c, d], origin=HAND, by=None)
    person(shop, "again", email="b@example.com")
    tagging.add([a.id], ["VIP"], by=cast.ada)
    for one in (c, b):
        (row,) = merging.unmerge(done, only=[one.id], by=None).later
        assert row.row_id == CustomerTag.objects.get().id
    assert SourceRecord.objects.get(external_id="again").customer_id == b.id
    assert merging.unmerge(done, by=None).later[0].row_id == row.row_id


def test_owner_comes_from_the_next_when_the_first_has_lost_it(shop, cast):
    """c has it from a, who has it from the one merged into it; when that one goes, b's is the first."""
    inner, a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙丁")
    Customer.objects.filter(id=inner.id).update(owner=cast.alice)
    Customer.objects.filter(id=b.id).update(owner=cast.bob)
    first = merging.merge(a, [inner], origin=HAND, by=None)
    merging.merge(c, [a], origin=HAND, by=None)
    merging.merge(c, [b], origin=HAND, by=None)
    assert fresh(c).owner == cast.alice
    merging.unmerge(first, by=None)
    assert (fresh(a).owner, fresh(c).owner) == (None, cast.bob)


def test_row_that_was_given_to_a_merged_customer_is_listed_when_that_one_comes_apart(shop, cast):
    """It is older than the second merge, and has come to it since."""
    a, b, c, d = (person(shop, name, name=f"王{name}") for name in "甲乙丙丁")
    first = merging.merge(a, [b], origin=HAND, by=None)
    tagging.add([a.id], ["VIP"], by=cast.ada)
    second = merging.merge(c, [d], origin=HAND, by=None)
    (row,) = merging.unmerge(first, by=None).later
    merging.assign(row, c, by=cast.ada)
    assert [one.row_id for one in merging.unmerge(second, by=None).later] == [row.row_id]
