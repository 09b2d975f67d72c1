"""What a member may not see elsewhere they do not learn by a rule."""

import pytest

from customers.models import Customer
from segmentation.models import Segment
from segmentation.segments import counting, editing, moments, reading, vocabulary
from segmentation.segments.building import Draft
from segmentation.segments.columns import building
from segmentation.segments.refusing import RuleError
from tenancy.models import Role
from tenancy.permissions import Permission
from tests.feedback.asked import answered
from tests.segmentation.test_lifecycle import bought

RULES = {
    Permission.TICKETS_VIEW: ["worst_answer <= 2", "last_answer is known"],
    Permission.POINTS_VIEW: ["points >= 1"],
    Permission.INSIGHTS_VIEW: ["margin >= 1"],
    Permission.ORDERS_VIEW: ['bought(90d, channel = "shop") >= 1', "spent(90d) >= 1", "pieces(90d) >= 1"],
}
REFUSED = [(permission, rule) for permission, rules in RULES.items() for rule in rules]


@pytest.fixture
def dora(cast, entered):
    """Of the other store, with the rights to see customers and to change segments alone."""
    bought("a", 3), bought("b", 3), bought("c", 3)
    Customer.objects.filter(id=customer("a").id).update(store=cast.other_store)
    answered(customer("a"), cast.ada, score=1)
    let(cast.dora, Permission.CUSTOMERS_VIEW, Permission.SEGMENTS_EDIT)
    return cast.dora


def let(member, *permissions):
    Role.objects.filter(id=member.role_id).update(permissions=[str(one) for one in permissions])
    member.role.refresh_from_db()


def customer(name) -> Customer:
    return Customer.objects.get(records__external_id=name)


def text(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def browser(dora, login):
    found = login(dora)
    found.cookies["django_language"] = "en"
    return found


@pytest.mark.parametrize(("permission", "rule"), REFUSED)
def test_rule_of_what_is_not_shown_elsewhere_is_refused_at_its_clause(dora, permission, rule):
    with pytest.raises(RuleError) as problem:
        editing.create("Secrets", rule=f"orders >= 0 and {rule}", by=dora)
    assert (problem.value.code, problem.value.position) == ("withheld", len("orders >= 0 and "))
    assert Draft(rule, dora).asked is None
    let(dora, Permission.CUSTOMERS_VIEW, Permission.SEGMENTS_EDIT, permission)
    assert editing.create("Seen", rule=rule, by=dora).rule


def test_every_field_says_which_right_shows_it(entered):
    told = {one.key: one.permission for one in vocabulary.standing().fields.values()}
    others = {key for key, permission in told.items() if permission != Permission.CUSTOMERS_VIEW}
    assert others == {"worst_answer", "last_answer", "points", "bought", "spent", "pieces", "margin"}
    assert set(told.values()) == {Permission.CUSTOMERS_VIEW, *RULES}


def test_builder_offers_what_one_may_ask_and_refuses_the_rest_in_words(browser, dora):
    page = text(browser.get("/t/lanhu/segments/new/"))
    assert 'value="orders"' in page and 'value="worst_answer"' not in page and 'value="points"' not in page
    page = text(browser.post("/t/lanhu/segments/conditions/", {"field": "points"}))
    assert "c-value" not in page
    for address in ("previews", "counts"):
        page = text(browser.post(f"/t/lanhu/segments/{address}/", {"rule": "worst_answer = 1"}))
        assert "you may not ask for “Lowest answer”" in page and str(customer("a").id) not in page
    told = {"name": "Sad", "kind": "dynamic", "is_shared": "on", "rule": "worst_answer = 1", "do": "save"}
    assert "you may not ask for" in text(browser.post("/t/lanhu/segments/new/", told))
    assert not Segment.objects.exists()


def test_segment_of_others_is_seen_and_renamed_and_keeps_its_reasons(browser, dora, cast):
    segment = editing.create("Sad", rule="worst_answer = 1 and orders >= 1", by=cast.ada)
    listed = text(browser.get("/t/lanhu/customers/?segment=sad"))
    assert str(customer("a").id) in listed
    page = text(browser.get(f"/t/lanhu/segments/{segment.id}/customers/{customer('a').id}/"))
    assert page.count("Your role does not show it.") == 1 and page.count(">yes<") == 1
    editing.change(segment, name="Unhappy", rule=segment.rule, by=dora)
    assert Segment.objects.get().name == "Unhappy"
    with pytest.raises(RuleError):
        editing.change(segment, rule="worst_answer = 2 and orders >= 1", by=dora)
    assert editing.create("Sad too", rule="segment = sad", by=dora).rule == "segment = sad"


@pytest.mark.parametrize("has_columns", [False, True])
def test_counts_and_samples_are_of_customers_whom_the_member_sees(dora, cast, has_columns):
    if has_columns:
        building.build()
    draft = Draft("orders >= 1", dora)
    assert draft.count.count == 1
    assert [one.id for one in draft.people] == [customer("a").id]
    everybody = editing.create("All", rule="orders >= 0", by=cast.ada)
    assert draft.overlaps([everybody]) == [(everybody, 1)]


def test_owner_and_consent_are_asked_for_by_whoever_sees_customers(dora):
    rule = reading.parse("owner is known or agreed is known", vocabulary.standing().of(dora))
    asked = counting.asked(rule, moment=moments.now())
    assert counting.count(asked, dora).count == 0
