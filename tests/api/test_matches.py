"""Pairs and merges over REST: decided and merged as on the pages, told only to who sees both customers."""

from uuid import uuid4

import pytest

from customers import merging
from customers.matching import decisions
from customers.models import Customer, Match, Merge
from tenancy import context
from tenancy.models import Role
from tests.customers import matches


@pytest.fixture
def match(cast, tenant):
    with context.entered(tenant.id):
        return matches.a_pair(0, vetoes=["given_name"])


@pytest.fixture
def three(cast, tenant):
    with context.entered(tenant.id):
        return [matches.a_customer(f"T{n}", name="王芳", phone=f"1390000000{n}") for n in range(3)]


def test_a_pair_is_told_with_its_evidence_and_without_values(ada, match):
    told = ada.get(f"matches/{match.id}/").json()
    assert (told["state"], told["stake"], told["vetoes"], told["model"]) == ("open", "1000.00", ["given_name"], 1)
    assert {told["left"]["source"], told["right"]["source"]} == {"pos", "shop"}
    assert [one["field"] for one in told["evidence"]] == ["name", "gender", "phone", "household"]
    assert told["prior_bits"] + sum(one["bits"] for one in told["evidence"]) == pytest.approx(told["bits"])
    assert "138123456" not in str(told)


def test_a_decision_merges_and_its_withdrawal_takes_apart(ada, match, tenant):
    done = ada.post(f"matches/{match.id}/decisions/", {"verdict": "same"})
    assert (done.status_code, done.json()["state"]) == (201, "same")
    merge = ada.get(f"merges/{done.json()['merge_id']}/").json()
    assert (merge["origin"], len(merge["merged_ids"]), merge["undone_at"]) == ("review", 1, None)
    again = ada.post(f"matches/{match.id}/decisions/", {"verdict": "different"})
    assert (again.status_code, again.json()["code"]) == (422, "decided_already")
    back = ada.post(f"matches/{match.id}/withdrawals/", {})
    assert (back.status_code, back.json()["state"], back.json()["merge_id"]) == (201, "open", None)
    assert ada.get(f"merges/{merge['id']}/").json()["undone_at"] is not None
    assert ada.post(f"matches/{match.id}/withdrawals/", {}).json()["code"] == "not_decided"
    assert ada.post(f"matches/{match.id}/decisions/", {"verdict": "perhaps"}).status_code == 400


def test_the_same_key_decides_once(ada, match, tenant):
    path, key = f"matches/{match.id}/decisions/", {"Idempotency-Key": "d-1"}
    first, again = (ada.post(path, {"verdict": "same"}, headers=key) for _time in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    with context.entered(tenant.id):
        assert Merge.objects.count() == 1


def test_filters_of_pairs(ada, match, cast, tenant):
    with context.entered(tenant.id):
        sure = matches.a_pair(1, agree=matches.SURE)
        customer = Match.objects.get(id=sure.id).left.customer_id

    def ids(query: str) -> list[str]:
        return [one["id"] for one in ada.get(f"matches/?{query}").json()["results"]]

    assert ids("") == [str(sure.id), str(match.id)]
    assert ids("min_bits=5") == ids(f"customer_id={customer}") == [str(sure.id)]
    assert (ids("state=same"), ids("state=open&limit=1")) == ([], [str(sure.id)])
    page = ada.get("matches/?limit=1").json()
    assert ids(f"limit=1&cursor={page['next']}") == [str(match.id)]
    for query in ("min_bits=x", "min_bits=nan", "min_bits=1e9", "state=maybe", "customer_id=1"):
        assert ada.get(f"matches/?{query}").status_code == 400, query


def test_customers_are_merged_and_taken_apart(ada, three, tenant):
    ids = [str(one.id) for one in three]
    done = ada.post(f"customers/{ids[0]}/merges/", {"customers": ids[1:]})
    assert done.status_code == 201
    merge = done.json()
    assert (merge["survivor_id"], sorted(merge["merged_ids"]), merge["origin"]) == (ids[0], sorted(ids[1:]), "api")
    assert [one["id"] for one in ada.get(f"merges/?customer_id={ids[2]}").json()["results"]] == [merge["id"]]
    assert ada.get("merges/?undone=true").json()["results"] == []
    undone = ada.post(f"merges/{merge['id']}/unmerges/", {})
    assert (undone.status_code, undone.json()["undone_at"] is None) == (201, False)
    assert ada.post(f"merges/{merge['id']}/unmerges/", {}).json()["code"] == "cannot_unmerge"
    assert ada.get(f"merges/{merge['id']}/later-rows/").json()["results"] == []


def test_what_cannot_be_merged_is_refused_and_nothing_is(ada, three, tenant):
    ids = [str(one.id) for one in three]

    def code(survivor, others) -> tuple[int, str]:
        answer = ada.post(f"customers/{survivor}/merges/", {"customers": others})
        return answer.status_code, answer.json()["code"]

    assert code(ids[0], [ids[0]]) == (422, "cannot_merge")
    assert code(ids[0], [ids[1], str(uuid4())]) == (422, "unknown_customer")
    assert code(ids[0], [ids[1], ids[1]]) == (400, "invalid")
    assert code(ids[0], []) == (400, "invalid")
    assert code(ids[0], [str(uuid4()) for _one in range(51)]) == (400, "invalid")
    assert ada.post(f"customers/{uuid4()}/merges/", {"customers": ids[:1]}).status_code == 404
    with context.entered(tenant.id):
        assert Merge.objects.count() == 0


def test_later_rows_are_given_to_one_of_the_two(ada, three, cast, tenant):
    with context.entered(tenant.id):
        merge, row = matches.taken_apart(three[0], three[1], by=cast.ada)
    at = f"merges/{merge.id}/"
    [waiting] = ada.get(f"{at}later-rows/").json()["results"]
    assert (waiting["id"], waiting["kind"], waiting["assigned_to"]) == (str(row.id), "interactions.Interaction", None)

    def give(customer, *rows):
        return ada.post(f"{at}assignments/", {"customer_id": str(customer.id), "rows": [str(one) for one in rows]})

    assert give(three[2], row.id).json()["code"] == "unknown_customer"
    assert give(three[1], uuid4()).json()["code"] == "unknown_row"
    [given] = give(three[1], row.id).json()["results"]
    assert (given["assigned_to"], given["assigned_by"]) == (str(three[1].id), str(cast.ada.id))
    assert give(three[0], row.id).json()["code"] == "cannot_assign"


def test_who_does_not_see_both_is_told_of_neither(program, cast, match, three, tenant):
    with context.entered(tenant.id):
        Customer.objects.filter(id=match.left.customer_id).update(store=cast.other_store)
        Customer.objects.filter(id=three[0].id).update(store=cast.other_store)
    dora = program(cast.dora)
    assert dora.get("matches/").json()["results"] == []
    assert dora.get(f"matches/{match.id}/").status_code == 404
    with context.entered(tenant.id):
        Customer.objects.filter(id=match.right.customer_id).update(store=cast.other_store)
    assert len(dora.get("matches/").json()["results"]) == 1
    assert dora.post(f"matches/{match.id}/decisions/", {"verdict": "same"}).status_code == 403


def test_who_sees_one_of_two_no_longer_may_still_take_them_apart(program, cast, three, tenant):
    one, other, _third = three
    with context.entered(tenant.id):
        cast.dora.role = Role.objects.get(key="manager")
        cast.dora.save()
        Customer.objects.filter(id=one.id).update(store=cast.other_store)
        merge = merging.merge(one, [other], origin=Merge.Origin.AUTO, by=None)
    done = program(cast.dora).post(f"merges/{merge.id}/unmerges/", {})
    assert done.status_code == 201 and done.json()["undone_at"] is not None


def test_who_sees_one_of_two_no_longer_may_still_withdraw(program, cast, match, tenant):
    with context.entered(tenant.id):
        cast.dora.role = Role.objects.get(key="manager")
        cast.dora.save()
        Customer.objects.filter(id=match.left.customer_id).update(store=cast.other_store)
        decisions.decide(match, Match.State.SAME, by=cast.ada)
    done = program(cast.dora).post(f"matches/{match.id}/withdrawals/", {})
    assert (done.status_code, done.json()["state"]) == (201, "open")
