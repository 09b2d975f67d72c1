"""A merge of customers that somebody is at work on is refused with when to try again, and nothing is done."""

import pytest

from tests.customers.test_merging_busy import at_work, hasty, merged, pair

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["hasty", "pair"]  # fixtures


def test_programs_get_a_problem_that_says_when_to_try_again(pair, cast, tenant, program):
    one, other = pair.left.customer, pair.right.customer
    ada = program(cast.ada)
    with at_work(tenant, one):
        asked = [
            (f"matches/{pair.id}/decisions/", {"verdict": "same"}),
            (f"customers/{one.id}/merges/", {"customers": [str(other.id)]}),
        ]
        for path, body in asked:
            answer = ada.post(path, body, headers={"Idempotency-Key": path})
            assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "busy", "3"), path
    merge = merged(tenant, pair, cast)
    with at_work(tenant, one):
        for path in (f"matches/{pair.id}/withdrawals/", f"merges/{merge.id}/unmerges/"):
            assert ada.post(path, {}).json()["code"] == "busy", path
    answer = ada.post(f"merges/{merge.id}/unmerges/", {})
    assert answer.status_code == 201


def test_the_same_request_succeeds_when_they_are_done(pair, cast, tenant, program):
    ada, path = program(cast.ada), f"matches/{pair.id}/decisions/"
    key = {"Idempotency-Key": "d-1"}
    with at_work(tenant, pair.left.customer):
        assert ada.post(path, {"verdict": "same"}, headers=key).status_code == 409
    assert ada.post(path, {"verdict": "same"}, headers=key).status_code == 201
