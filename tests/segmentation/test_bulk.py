"""One thing done to many: counted, confirmed, done, undone where nobody has changed it since."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from customers import editing, tagging
from customers.models import Customer, CustomerTag, Tag
from segmentation import bulk
from segmentation.models import BulkChange, BulkRow, Segment, SegmentMember
from segmentation.segments import editing as segments
from tenancy import jobs
from tenancy.models import AuditEvent, Job, Store
from tenancy.permissions import Permission
from tests.pages import shop
from webhooks.models import Change

LIST = "/t/lanhu/customers/"
Act = BulkChange.Act


@pytest.fixture
def stocked(entered, cast):
    return shop.stock(8)


def ask(act, member, tenant, *, ids=(), query=None) -> BulkChange:
    parameters = QueryDict(query or "")
    return bulk.ask(act, chosen=ids, parameters=parameters, is_whole=query is not None, member=member, tenant=tenant)


def done(change, value, tenant) -> BulkChange:
    bulk.confirm(change, value, tenant=tenant)
    change = BulkChange.objects.get(id=change.id)
    if change.job_id and change.job.is_open:
        jobs.run(tenant.id, change.job_id, take_over=True)
    return BulkChange.objects.get(id=change.id)


def undone(change, tenant) -> BulkChange:
    bulk.undo(change)
    change = BulkChange.objects.get(id=change.id)
    if change.job_id and change.job.is_open:
        jobs.run(tenant.id, change.job_id, take_over=True)
    return BulkChange.objects.get(id=change.id)


def members(segment: Segment):
    return SegmentMember.objects.filter(segment=segment).values_list("customer_id", flat=True)


def inside(segment: Segment) -> int:
    return members(segment).count()


def owners() -> dict:
    return dict(Customer.objects.values_list("id", "owner_id"))


def stores() -> dict:
    return dict(Customer.objects.values_list("id", "store_id"))


@pytest.fixture(params=[200, 3], ids=["at once", "by a job"])
def size(request, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", request.param)
    monkeypatch.setattr(bulk, "PIECE", 2)
    return request.param


def test_owner_of_all_that_fit_and_back(stocked, cast, entered, size):
    for place, one in enumerate(stocked):
        Customer.objects.filter(id=one.id).update(owner=[cast.ada, cast.bob, None][place % 3])
    before = owners()
    change = done(ask(Act.SET_OWNER, cast.ada, entered, query="q=person"), cast.alice, entered)
    assert (change.state, change.fits, change.changed, change.left_alone) == ("done", 8, 8, 0)
    assert set(owners().values()) == {cast.alice.id}
    assert Change.objects.filter(kind="customer.changed", subject_id__in=before).count() >= 8
    change = undone(change, entered)
    assert (change.state, change.restored, change.conflicts) == ("undone", 8, 0)
    assert owners() == before


def test_undo_leaves_what_somebody_changed_since_and_says_which(stocked, cast, entered, size):
    before = owners()
    change = done(ask(Act.SET_OWNER, cast.ada, entered, query=""), cast.alice, entered)
    Customer.objects.filter(id=stocked[2].id).update(owner=cast.bob)
    change = undone(change, entered)
    assert (change.restored, change.conflicts) == (7, 1)
    assert bulk.conflicts(change, member=cast.ada) == [stocked[2]]
    assert owners() == before | {stocked[2].id: cast.bob.id}
    with pytest.raises(bulk.NotPossible):
        bulk.undo(change)
    assert owners() == before | {stocked[2].id: cast.bob.id}


def test_store_none_and_a_store_that_is_gone(stocked, cast, entered):
    gone = Store.objects.create(code="G", name="gone")
    Customer.objects.update(store=cast.store)
    Customer.objects.filter(id=stocked[0].id).update(store=gone)
    change = done(ask(Act.SET_STORE, cast.ada, entered, query=""), None, entered)
    assert set(stores().values()) == {None}
    gone.delete()
    change = undone(change, entered)
    assert (change.restored, change.conflicts) == (7, 1)
    assert stores() == {one.id: cast.store.id for one in stocked} | {stocked[0].id: None}


def test_tag_is_put_on_and_taken_off_those_that_had_none(stocked, cast, entered, size):
    tagging.add([stocked[0].id], ["VIP"], by=cast.ada)
    (tag,) = tagging.named(["VIP"])
    change = done(ask(Act.ADD_TAG, cast.ada, entered, query=""), tag, entered)
    assert (change.changed, bulk.having(change)) == (7, 1)
    tagging.remove([stocked[1].id], [tag], by=cast.bob)
    change = undone(change, entered)
    assert (change.restored, change.conflicts) == (6, 1)
    assert [row.customer_id for row in CustomerTag.objects.all()] == [stocked[0].id]


def test_tag_is_taken_off_and_put_back(stocked, cast, entered, size):
    tagging.add([one.id for one in stocked[:5]], ["VIP"], by=cast.ada)
    change = done(ask(Act.REMOVE_TAG, cast.ada, entered, query=""), tagging.named(["VIP"])[0], entered)
    assert (change.changed, CustomerTag.objects.count()) == (5, 0)
    undone(change, entered)
    assert {row.customer_id for row in CustomerTag.objects.all()} == {one.id for one in stocked[:5]}


def test_customers_are_put_into_a_segment_and_taken_out_again(stocked, cast, entered, size):
    segment = segments.create("Chosen", kind="static", by=cast.ada)
    segments.pick(segment, [stocked[0].id], by=cast.ada)
    change = done(ask(Act.PICK, cast.ada, entered, query=""), segment, entered)
    assert (change.changed, bulk.having(change), inside(segment)) == (7, 1, 8)
    segments.unpick(segment, [stocked[1].id], by=cast.ada)
    change = undone(change, entered)
    assert (change.restored, change.conflicts) == (6, 1)
    assert list(members(segment)) == [stocked[0].id]
    change = done(ask(Act.UNPICK, cast.ada, entered, query=""), segment, entered)
    assert (change.changed, inside(segment)) == (1, 0)
    assert undone(change, entered).restored == 1
    assert inside(segment) == 1


def test_segment_that_is_archived_meanwhile(stocked, cast, entered):
    segment = segments.create("Chosen", kind="static", by=cast.ada)
    change = done(ask(Act.PICK, cast.ada, entered, query=""), segment, entered)
    segments.archive(segment, by=cast.ada)
    change = undone(change, entered)
    assert (change.restored, change.conflicts) == (0, 8)


def test_a_segment_is_named_on_the_page_and_made_where_there_is_none(login, stocked, cast, entered):
    ada = login(cast.ada)
    for _turn in range(2):
        posted = ada.post(f"{LIST}changes/", {"act": "pick", "id": [str(one.id) for one in stocked[:3]]})
        assert ada.get(posted.url).context["form"].known == list(Segment.objects.all())
        assert ada.post(f"{posted.url}starts/", {"value": " 双十一 "}).status_code == 302
    assert Segment.objects.get(kind="static").name == "双十一"
    assert inside(Segment.objects.get()) == 3


def test_who_may_not_change_segments_puts_nobody_into_one(login, stocked, cast, entered):
    bob = login(cast.bob)
    assert not cast.bob.can(Permission.SEGMENTS_EDIT)
    bob.post(f"{LIST}changes/", {"act": "pick", "id": [str(stocked[0].id)]})
    assert not BulkChange.objects.exists()


def test_customer_that_is_full_of_tags_stays_as_it_is(stocked, cast, entered):
    tagging.add([stocked[0].id], [f"t{number}" for number in range(tagging.MOST_EACH)], by=cast.ada)
    change = done(ask(Act.ADD_TAG, cast.ada, entered, query=""), tagging.named(["VIP"])[0], entered)
    assert (change.state, change.changed) == ("done", 7)


def test_only_whom_the_member_may_change(stocked, cast, entered):
    Customer.objects.filter(id__in=[one.id for one in stocked[:3]]).update(owner=cast.alice)
    editing.share(stocked[5], member=cast.alice, permission="view_customer", by=cast.ada)
    change = ask(Act.SET_STORE, cast.alice, entered, query="")
    assert (change.fits, change.left_alone) == (4, 1)
    change = done(change, cast.other_store, entered)
    assert change.changed == 3
    assert {id for id, store in stores().items() if store == cast.other_store.id} == {one.id for one in stocked[:3]}


def test_ticked_ones_of_others_are_not_met(stocked, cast, entered):
    change = ask(Act.SET_STORE, cast.alice, entered, ids=[one.id for one in stocked])
    assert (change.fits, change.left_alone) == (0, 0)


def test_filter_that_fell_away_stops_it(stocked, cast, entered):
    tagging.add([stocked[0].id], ["VIP"], by=cast.ada)
    change = ask(Act.SET_OWNER, cast.ada, entered, query="tag=VIP")
    assert change.fits == 1
    Tag.objects.all().delete()
    with pytest.raises(bulk.NotPossible):
        bulk.confirm(change, cast.alice, tenant=entered)
    assert set(owners().values()) == {None}


def test_it_is_one_row_in_the_audit(stocked, cast, entered):
    change = done(ask(Act.SET_OWNER, cast.ada, entered, query=""), cast.alice, entered)
    (event,) = AuditEvent.objects.filter(action="customers.bulk_changed")
    assert (event.subject_id, event.changes["changed"], event.changes["left_alone"]) == (change.id, 8, 0)
    undone(change, entered)
    assert AuditEvent.objects.get(action="customers.bulk_undone").changes["restored"] == 8


def test_confirming_twice_does_it_once(stocked, cast, entered):
    change = done(ask(Act.SET_OWNER, cast.ada, entered, query=""), cast.alice, entered)
    with pytest.raises(bulk.NotPossible):
        bulk.confirm(change, cast.bob, tenant=entered)
    assert (set(owners().values()), BulkRow.objects.count()) == ({cast.alice.id}, 8)


def test_half_a_job_can_be_undone(stocked, cast, entered, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    monkeypatch.setattr(bulk, "PIECE", 3)
    change = ask(Act.SET_OWNER, cast.ada, entered, query="")
    bulk.confirm(change, cast.alice, tenant=entered)
    change = BulkChange.objects.get(id=change.id)
    next(bulk.do(change.job))
    Job.objects.update(state=Job.State.CANCELLED)
    change = BulkChange.objects.get(id=change.id)
    assert (change.state, change.changed) == ("doing", 3)
    change = undone(change, entered)
    assert (change.state, change.restored, set(owners().values())) == ("undone", 3, {None})


def test_from_the_ticks_to_the_undo_by_pages_alone(stocked, cast, login):
    ada = login(cast.ada)
    asked = ada.post(f"{LIST}changes/", {"act": "add_tag", "id": [str(one.id) for one in stocked[:2]], "query": "r=5"})
    change = BulkChange.objects.get()
    page = ada.get(asked["Location"])
    assert page.context["meets"] == 2
    nothing = ada.post(f"{asked['Location']}starts/", {"value": " "})
    assert nothing.content.decode().count('class="errors"') == 1
    back = ada.post(f"{asked['Location']}starts/", {"value": "VIP"}, follow=True)
    assert back.redirect_chain[-1][0] == f"{LIST}?r=5"
    assert f'hx-post="{LIST}changes/{change.id}/undos/"' in back.content.decode()
    assert CustomerTag.objects.count() == 2
    ada.post(f"{LIST}changes/{change.id}/undos/")
    assert CustomerTag.objects.count() == 0
    assert ada.get(f"{LIST}changes/").status_code == 200


def test_after_a_week_it_stays_and_its_rows_go(stocked, cast, entered):
    forgotten = ask(Act.SET_OWNER, cast.ada, entered, query="")
    BulkChange.objects.update(created_at=timezone.now() - timedelta(days=2))
    change = done(ask(Act.SET_OWNER, cast.ada, entered, query=""), cast.alice, entered)
    bulk.forget()
    assert BulkRow.objects.count() == 8
    BulkChange.objects.filter(id=change.id).update(done_at=timezone.now() - timedelta(days=7, seconds=1))
    with pytest.raises(bulk.NotPossible):
        bulk.undo(change)
    bulk.forget()
    assert (BulkRow.objects.count(), BulkChange.objects.filter(id=forgotten.id).exists()) == (0, False)
    assert set(owners().values()) == {cast.alice.id}


@pytest.mark.parametrize(
    "told", [{}, {"act": "zzz"}, {"act": "add_tag"}, {"act": "add_tag", "id": "zzz"}, {"act": "add_tag", "whole": ""}]
)
def test_nothing_is_done_to_nobody(stocked, cast, login, told):
    answer = login(cast.ada).post(f"{LIST}changes/", told)
    assert (answer.status_code, BulkChange.objects.count()) == (302, 0)


def test_change_of_another_is_not_there(stocked, cast, login, entered):
    change = ask(Act.SET_OWNER, cast.ada, entered, query="")
    bob = login(cast.bob)
    assert [bob.get(f"{LIST}changes/{change.id}/").status_code, bob.post(f"{LIST}changes/{change.id}/starts/").status_code] == [404, 404]  # noqa: E501  # fmt: skip
