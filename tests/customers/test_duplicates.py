"""The queue, decisions and merges on their pages: what is shown, to whom, and what a press does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from customers.duplicates import comparing, latest, queue
from customers.matching import decisions
from customers.models import Customer, Match, Merge
from tenancy import context
from tenancy.models import AuditEvent, Role
from tests.customers import matches

State = Match.State


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def pairs(cast, tenant):
    with context.entered(tenant.id):
        return [matches.a_pair(place) for place in range(3)]


def at(path: str = "") -> str:
    return f"/t/lanhu/duplicates/{path}"


def text(response) -> str:
    return response.content.decode()


def state(match: Match, tenant) -> str:
    with context.entered(tenant.id):
        return Match.objects.get(id=match.id).state


def test_the_most_valuable_pair_stands_first_and_the_others_beside_it(ada, pairs):
    shown = text(ada.get(at()))
    assert f'action="{at(f"{pairs[0].id}/decisions/")}?"' in shown
    assert shown.index("张伟1") < shown.index("张伟2")
    assert "3 to decide" in shown


def test_the_one_digit_that_differs_is_marked_and_masked(ada, pairs):
    shown = text(ada.get(at()))
    assert "138****5<mark>6</mark>00" in shown
    assert "13812345600" not in shown


def test_decisions_lead_to_the_next_pair_and_stay(ada, pairs, tenant):
    answer = ada.post(at(f"{pairs[0].id}/decisions/"), {"verdict": "same"})
    assert (answer.status_code, answer["Location"]) == (302, at(f"{pairs[1].id}/"))
    answer = ada.post(at(f"{pairs[1].id}/decisions/"), {"verdict": "different"})
    assert answer["Location"] == at(f"{pairs[2].id}/")
    assert (state(pairs[0], tenant), state(pairs[1], tenant)) == (State.SAME, State.DIFFERENT)
    shown = text(ada.get(at("decided/")))
    assert shown.index("Not the same") < shown.index("The same person")
    with context.entered(tenant.id):
        merge = Merge.objects.get()
        assert (merge.origin, merge.members.count()) == (Merge.Origin.REVIEW, 1)


def test_undo_takes_the_last_decision_back_and_then_the_one_before(ada, pairs, tenant):
    for match in pairs[:2]:
        ada.post(at(f"{match.id}/decisions/"), {"verdict": "same"})
    for match in reversed(pairs[:2]):
        shown = text(ada.get(at()))
        assert at(f"{match.id}/withdrawals/") in shown
        answer = ada.post(at(f"{match.id}/withdrawals/"))
        assert answer["Location"] == at(f"{match.id}/")
        assert state(match, tenant) == State.OPEN
    assert "withdrawals" not in text(ada.get(at()))
    with context.entered(tenant.id):
        assert Merge.objects.filter(undone_at=None).count() == 0


def test_a_pair_that_somebody_else_has_decided_says_so(ada, pairs, cast, tenant):
    with context.entered(tenant.id):
        decisions.decide(pairs[0], State.DIFFERENT, by=cast.ada)
    answer = ada.post(at(f"{pairs[0].id}/decisions/"), {"verdict": "same"}, follow=True)
    assert "meanwhile" in text(answer)
    assert state(pairs[0], tenant) == State.DIFFERENT


def test_a_verdict_that_is_none_decides_nothing(ada, pairs, tenant):
    for verdict in ("", "open", "auto", "x" * 5000):
        ada.post(at(f"{pairs[0].id}/decisions/"), {"verdict": verdict})
    assert state(pairs[0], tenant) == State.OPEN


def test_htmx_gets_the_next_pair_alone_with_the_toast(ada, pairs):
    answer = ada.post(at(f"{pairs[0].id}/decisions/"), {"verdict": "different"}, HTTP_HX_REQUEST="true", follow=False)
    shown = text(ada.get(answer["Location"], HTTP_HX_REQUEST="true"))
    assert "<html" not in shown
    assert 'hx-swap-oob="beforeend:#toasts"' in shown
    assert "Kept apart." in shown


def test_revealing_is_audited_for_both(ada, pairs, tenant):
    shown = text(ada.post(at(f"{pairs[0].id}/reveals/")))
    assert "13812345" in shown.replace("<mark>", "").replace("</mark>", "")
    with context.entered(tenant.id):
        assert AuditEvent.objects.filter(action="customer.revealed").count() == 2


def test_filters(ada, pairs, cast, tenant):
    with context.entered(tenant.id):
        one, other = (matches.a_customer(ref, name="李四", phone="13900000001") for ref in ("L1", "L2"))
        Customer.objects.filter(id=one.id).update(store=cast.store, owner=cast.alice)
        match = matches.a_match(one, other, agree=matches.SURE, vetoes=["given_name"])

    def first(query: str) -> bool:
        return at(f"{match.id}/decisions/") in text(ada.get(at(f"?{query}")))

    for query in ("bits=5", "q=李四", f"store={cast.store.id}", f"owner={cast.alice.id}", "band=vetoed"):
        assert first(query), query
    assert (first(""), first("band=review")) == (False, False)
    for query in ("bits=x", "store=1", "band=%00", "q=" + "x" * 500):
        assert ada.get(at(f"?{query}")).status_code == 200


def test_who_does_not_see_both_does_not_see_the_pair(login, pairs, cast, tenant):
    with context.entered(tenant.id):
        manager = cast.dora
        manager.role = Role.objects.get(key="manager")
        manager.save()
        ids = [record.customer_id for record in (pairs[0].left, pairs[0].right)]
        Customer.objects.filter(id=ids[0]).update(store=cast.other_store)
    browser = login(manager)
    assert browser.get(at(f"{pairs[0].id}/")).status_code == 404
    assert browser.post(at(f"{pairs[0].id}/decisions/"), {"verdict": "same"}).status_code == 404
    with context.entered(tenant.id):
        assert queue.count(queue.to_decide(manager)).number == 0
        Customer.objects.filter(id__in=ids).update(store=cast.other_store)
    assert browser.get(at(f"{pairs[0].id}/")).status_code == 200
    with context.entered(tenant.id):
        assert queue.count(queue.to_decide(manager)).number == 1


def test_who_sees_one_of_two_no_longer_gets_a_page_when_they_are_taken_apart(login, pairs, cast, tenant):
    with context.entered(tenant.id):
        cast.dora.role = Role.objects.get(key="manager")
        cast.dora.save()
        for pair in pairs[:2]:
            Customer.objects.filter(id=pair.left.customer_id).update(store=cast.other_store)
            decisions.decide(pair, State.SAME, by=cast.ada)
        merge = Match.objects.get(id=pairs[1].id).merge
    browser = login(cast.dora)
    for path in (f"{pairs[0].id}/withdrawals/", f"merges/{merge.id}/unmerges/"):
        done = browser.post(at(path), follow=True)
        assert done.status_code == 200, path
    with context.entered(tenant.id):
        assert not Merge.objects.filter(undone_at=None).exists()


def test_one_pair_and_three_cost_the_same_queries(ada, cast, tenant):
    counts = []
    for place in range(4):
        with context.entered(tenant.id):
            matches.a_pair(place)
        ada.get(at())
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ada.get(at())
        counts.append(len(captured))
    assert counts[1] == counts[3]
    assert counts[3] <= 40


# Merging by hand


@pytest.fixture
def three(cast, tenant):
    with context.entered(tenant.id):
        return [
            matches.a_customer(f"T{place}", source=f"s{place}", name="王芳", phone=f"1390000000{place}", city="上海")
            for place in range(3)
        ]


def chosen(customers, **more):
    return {"customer": [str(one.id) for one in customers], **more}


def test_ticked_customers_go_from_the_list_to_the_preview_and_become_one(ada, three, tenant):
    answer = ada.post(at("selections/"), {"id": [str(one.id) for one in three], "query": "city=上海"})
    assert answer["Location"].startswith(at("preview/"))
    shown = text(ada.get(answer["Location"]))
    assert shown.count('type="radio" name="survivor"') == 3
    assert "139 **** 0001" in shown
    assert "13900000001" not in shown
    done = ada.post(at("merges/"), chosen(three, survivor=str(three[1].id)))
    assert done["Location"] == f"/t/lanhu/customers/{three[1].id}/"
    with context.entered(tenant.id):
        merge = Merge.objects.get()
        assert (merge.survivor_id, merge.members.count(), merge.origin) == (three[1].id, 2, Merge.Origin.HAND)
    lineage = text(ada.get(f"/t/lanhu/customers/{three[1].id}/lineage/"))
    assert lineage.count("Merged customer") == 2
    assert at(f"merges/{merge.id}/unmerges/") in lineage
    assert ada.post(at(f"merges/{merge.id}/unmerges/"))["Location"] == at(f"merges/{merge.id}/")
    assert "its own again" in text(ada.get(at(f"merges/{merge.id}/")))
    with context.entered(tenant.id):
        assert Customer.objects.filter(merged_into=None).count() == 3


@pytest.mark.parametrize("number", [0, 1, 11])
def test_too_few_or_too_many_are_refused(ada, three, number):
    ids = [str(one.id) for one in three][:number] + [f"0192f0c1-2f3a-7c3e-8a55-{n:012d}" for n in range(number - 3)]
    answer = ada.post(at("selections/"), {"id": ids, "query": "city=x"}, follow=True)
    assert answer.redirect_chain[0][0] == "/t/lanhu/customers/?city=x"
    assert ("at least two" in text(answer)) or ("At most 10" in text(answer))


def test_customers_of_another_scope_are_not_there(login, ada, three, cast, tenant):
    assert login(cast.charlie).get(at("preview/"), chosen(three)).status_code == 404
    login(cast.ada)
    absent = {"customer": [str(three[0].id), "0192f0c1-2f3a-7c3e-8a55-000000000001"]}
    assert ada.get(at("preview/"), absent).status_code == 404
    assert ada.post(at("merges/"), absent).status_code == 404


def test_later_rows_are_given_to_their_owner(ada, three, cast, tenant):
    with context.entered(tenant.id):
        merge, row = matches.taken_apart(three[0], three[1], by=cast.ada)
    page = at(f"merges/{merge.id}/")
    assert "1 row was written since the merge" in text(ada.get(page))
    assert "Tick rows" in text(ada.post(f"{page}assignments/", {"customer": str(three[1].id)}))
    given = {"customer": str(three[2].id), "row": [str(row.id)]}
    assert "Tick rows" in text(ada.post(f"{page}assignments/", given))  # not one of the two
    ada.post(f"{page}assignments/", {**given, "customer": str(three[1].id)})
    assert "has found its owner" in text(ada.get(page))


# Values beside each other


@pytest.mark.parametrize(
    ("key", "left", "right", "told", "kind"),
    [
        ("phone", "138 1234 5678", "+8613812345678", ("138****5678", "138****5678"), "same"),
        ("phone", "13812345678", "13812345679", ("138****567[8]", "138****567[9]"), "differs"),
        ("phone", "13812345678", "13812945678", ("138**[*]*5678", "138**[*]*5678"), "differs"),
        ("email", "a.li@x.example", "a.lu@x.example", ("a[****]@x.example", "a[****]@x.example"), "differs"),
        ("name", "张伟", "张玮", ("张[伟]", "张[玮]"), "differs"),
        ("name", "王芳", "李四", ("[王芳]", "[李四]"), "differs"),
        ("birthday", "1990-02-03", "1990/2/3", ("1990-02-03", "1990-02-03"), "same"),
        ("birthday", "1990-02-03", "", ("1990-02-03", ""), "alone"),
        (
            "address",
            "浙江省杭州市文三路9号",
            "浙江省杭州市文三路9号",
            ("浙江省****三路9号", "浙江省****三路9号"),
            "same",
        ),
        ("card", "VIP0001", "VIP0002", ("[****]", "[****]"), "differs"),
    ],
)
def test_what_differs_is_marked(key, left, right, told, kind):
    with override("en"):
        [line] = comparing.lines({key: left}, {key: right}, region="CN")
    shown = tuple("".join(f"[{p.text}]" if p.differs else p.text for p in side) for side in (line.left, line.right))
    assert (shown, line.state) == (told, kind)


def test_decisions_of_two_companies_are_two(rf, tenant, other_tenant, pairs):
    request = rf.get("/")
    request.session, request.tenant = {}, tenant
    latest.remember(request, pairs[0])
    assert latest.decision(request) == pairs[0].id
    request.tenant = other_tenant
    assert latest.decision(request) is None


def test_an_empty_queue_says_whether_anybody_has_looked(cast, tenant, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    assert "Nobody has looked for duplicates yet" in browser.get("/t/lanhu/duplicates/").content.decode()
    with context.entered(tenant.id):
        matches.a_model()
    assert "Nothing to decide" in browser.get("/t/lanhu/duplicates/").content.decode()
