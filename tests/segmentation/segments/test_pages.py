"""Building a segment by pressing and by typing, and reading why somebody is in it."""

import re

import pytest

from customers import merging
from customers.models import Customer, Merge
from segmentation import scoring
from segmentation.models import Segment, SegmentPick
from segmentation.segments import editing, following
from tenancy.models import Job, Membership
from tests.segmentation.test_lifecycle import bought

NEW = "/t/lanhu/segments/new/"


@pytest.fixture
def ada(cast, login, entered):
    bought("a", 1, 5, 9), bought("b", 200), bought("c", 3)
    scoring.score()
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


def told(**more) -> dict:
    return {"name": "Often", "kind": "dynamic", "is_shared": "on", "rule": "bought(90d) >= 3", "do": "save", **more}


def text(answer) -> str:
    return answer.content.decode()


def test_rule_that_is_typed_is_saved_with_its_members(ada):
    answer = ada.post(NEW, told())
    segment = Segment.objects.get()
    assert answer["Location"].endswith(f"/segments/{segment.id}/")
    page = text(ada.get(answer["Location"]))
    assert "Often" in page and "bought at least 3 times in the last 90 days" in page
    assert ">1<" in text(ada.get(f"/t/lanhu/segments/{segment.id}/count/", headers={"HX-Request": "true"}))
    listed = text(ada.get("/t/lanhu/customers/?segment=often"))
    assert "Segment: Often" in listed
    customer = Customer.objects.get(records__external_id="a")
    assert (
        listed.count(f"/customers/{customer.id}/")
        and str(Customer.objects.get(records__external_id="b").id) not in listed
    )


def test_conditions_are_added_and_changed_by_pressing(ada):
    page = text(ada.post(NEW, {**told(rule="", do="choose"), "field": "bought"}))
    assert "In the last (days)" in page
    first = {"field": "bought", "c-op": ">=", "c-value": "3", "c-days": "30", "do": "add"}
    assert "bought(30d) &gt;= 3" in text(ada.post(NEW, {**told(rule=""), **first}))
    second = {"field": "stage", "c-op": "=", "c-value": ["lost", "at_risk"], "do": "or"}
    page = text(ada.post(NEW, {**told(rule="bought(30d) >= 3"), **second}))
    assert "bought(30d) &gt;= 3 or stage in (lost, at_risk)" in page or "stage in (at_risk, lost)" in page
    joined = "bought(30d) >= 3 or stage = lost"
    assert "not stage = lost" in text(ada.post(NEW, told(rule=joined, do="negate 1"))) or "stage != lost" in text(
        ada.post(NEW, told(rule=joined, do="negate 1"))
    )
    assert "bought(30d) &gt;= 3</textarea>" in text(ada.post(NEW, told(rule=joined, do="drop 1"))).replace("\n", "")
    assert "and stage" in text(ada.post(NEW, told(rule=joined, do="switch ")))
    assert Segment.objects.count() == 0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("boght(90d) >= 3", "did you mean bought"),
        ("orders = yes", "At character"),
        ("orders > 1; DROP TABLE customers_customer", "At character"),
        (" and ".join(["orders > 1"] * 10_000), "longer than"),
        (" and ".join(["orders > 1"] * 300), "at most 200"),
    ],
)
def test_wrong_rule_is_told_at_its_place_and_saves_nothing(ada, rule, words):
    live = text(ada.post("/t/lanhu/segments/previews/", {"rule": rule}))
    assert words in live
    saved = ada.post(NEW, told(rule=rule))
    assert saved.status_code == 200
    assert Segment.objects.count() == 0


def test_condition_that_cannot_be_is_refused_at_its_field(ada):
    wrong = {"field": "orders", "c-op": ">=", "c-value": "many", "do": "add"}
    page = text(ada.post(NEW, {**told(rule=""), **wrong}))
    assert "compared with a number" in page or "whole number" in page


def test_why_tells_each_condition_with_what_stands_there(ada, cast):
    segment = editing.create("Often", rule="bought(90d) >= 3 and stage = lost", by=cast.ada)
    customer = Customer.objects.get(records__external_id="a")
    page = text(ada.get(f"/t/lanhu/segments/{segment.id}/customers/{customer.id}/"))
    assert "is not in this segment" in page
    assert ">yes<" in page.replace("\n", "") and ">no<" in page.replace("\n", "")


def test_moves_of_merged_customers_lead_to_whom_they_are_now(ada, cast):
    segment = editing.create("Often", rule="bought(90d) >= 3", by=cast.ada)
    a, b, c = (Customer.objects.get(records__external_id=name) for name in "abc")
    bought("c", 4, 6)
    following.follow()
    merging.merge(b, [c], origin=Merge.Origin.HAND, by=cast.ada)
    merging.merge(a, [b], origin=Merge.Origin.HAND, by=cast.ada)
    page = text(ada.get(f"/t/lanhu/segments/{segment.id}/"))
    links = re.findall(rf'/t/lanhu/segments/{segment.id}/customers/[^"]*/', page)
    assert links == [f"/t/lanhu/segments/{segment.id}/customers/{a.id}/"]
    assert ada.get(links[0]).status_code == 200


def test_a_customer_is_put_in_by_hand_and_taken_out(ada, cast):
    segment = editing.create("Guests", kind=Segment.Kind.STATIC, by=cast.ada)
    customer = Customer.objects.get(records__external_id="a")
    picks = f"/t/lanhu/segments/{segment.id}/picks/"
    ada.post(picks, {"customer": customer.id})
    assert SegmentPick.objects.get().customer == customer
    assert "Take out" in text(ada.get(f"/t/lanhu/customers/{customer.id}/segments/"))
    ada.post(picks, {"customer": customer.id, "out": "1"})
    assert not SegmentPick.objects.exists()
    assert ada.post(picks, {"customer": "x"}, follow=True).status_code == 200
    dynamic = editing.create("Often", rule="orders > 1", by=cast.ada)
    ada.post(f"/t/lanhu/segments/{dynamic.id}/picks/", {"customer": customer.id})
    assert not SegmentPick.objects.exists()


def test_archived_segment_is_gone_from_the_list(ada, cast):
    segment = editing.create("Often", rule="orders > 1", by=cast.ada)
    assert Membership.objects.count()
    ada.post(f"/t/lanhu/segments/{segment.id}/archivings/")
    assert "No segments yet" in text(ada.get("/t/lanhu/segments/"))
    assert ada.get(f"/t/lanhu/segments/{segment.id}/").status_code == 404


def test_proposals_are_looked_for_and_can_be_made_segments(ada, cast, tenant):
    page = text(ada.get("/t/lanhu/segments/proposals/"))
    assert "Nobody has looked yet" in page
    assert ada.post("/t/lanhu/segments/searches/").status_code == 302
    job = Job.objects.get(kind=following.CLUSTER)
    ada.post("/t/lanhu/segments/searches/")
    assert Job.objects.filter(kind=following.CLUSTER).count() == 1
    proposal = {"rule": "orders >= 3", "customers": 1, "usual": {"orders": "3", "spent_in_all": "30"}, "told": 0.9}
    Job.objects.filter(id=job.id).update(
        state=Job.State.DONE, result={"proposals": [proposal]}, ended_at=job.created_at
    )
    page = text(ada.get("/t/lanhu/segments/proposals/"))
    assert "Orders: at least 3" in page and "?rule=orders%20%3E%3D%203" in page
    Job.objects.filter(id=job.id).update(result={"proposals": []})
    assert "No groups stand apart" in text(ada.get("/t/lanhu/segments/proposals/"))


@pytest.mark.parametrize("query", ["\0", "of\0ten"])
def test_list_is_searched_for_what_no_name_can_hold(ada, query):
    assert ada.post(NEW, told()).status_code == 302
    assert "Often" in text(ada.get("/t/lanhu/segments/", {"q": query}))
