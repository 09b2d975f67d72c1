"""Scores over REST: how they moved, and how a stage is treated."""

from datetime import date

import pytest

from customers.models import Customer
from sales import orders
from sales.models import Order
from segmentation import scoring
from segmentation.models import ScoreChange
from tests.api.conftest import order_body


@pytest.fixture
def bought(ada, entered):
    assert ada.post("orders/", order_body()).status_code == 201
    return Customer.objects.get()


def test_moved_bands_are_read_day_by_day_and_page_by_page(ada, bought):
    for day in (1, 2, 3):
        ScoreChange.objects.create(
            customer=bought, day=date(2026, 3, day), score_before=None if day == 1 else 510 + day, score=511 + day,
            stage_before="" if day == 1 else "new", stage="new",
        )  # fmt: skip
    first = ada.get("score-changes/?limit=2").json()
    assert [one["day"] for one in first["results"]] == ["2026-03-01", "2026-03-02"]
    assert first["results"][0] == {
        "day": "2026-03-01", "customer_id": str(bought.id),
        "before": {"r": None, "f": None, "m": None, "stage": ""},
        "since": {"r": 5, "f": 1, "m": 2, "stage": "new"},
    }  # fmt: skip
    rest = ada.get(f"score-changes/?limit=2&cursor={first['next']}").json()
    assert [one["day"] for one in rest["results"]] == ["2026-03-03"]
    found = ada.get(f"score-changes/?start=2026-03-02&end=2026-03-02&customer={bought.id}").json()["results"]
    assert [one["since"]["m"] for one in found] == [3]


def test_the_feed_tells_once_that_scores_moved(ada, bought):
    scoring.score()
    assert ada.get("changes/?kind=scores.changed").json()["results"] == []  # the first scoring begins the history
    orders.refund(Order.objects.get(), amount=Order.objects.get().total, key="r", by=None)
    for _turn in range(2):
        scoring.score()
    [change] = ada.get("changes/?kind=scores.changed").json()["results"]
    assert change["url"].endswith("/api/v1/score-changes/")
    [moved] = ada.get("score-changes/").json()["results"]
    assert moved["since"] == {"r": None, "f": None, "m": None, "stage": "prospect"}


@pytest.mark.parametrize("wrong", ["start=2026-02-30", "end=1.3.2026", "customer=7", "limit=0", "start=0001-01-01"])
def test_a_wrong_question_is_refused_at_its_place(wrong, ada, bought):
    answer = ada.get(f"score-changes/?{wrong}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == wrong.split("=")[0]


def test_a_policy_is_set_replaced_read_of_a_customer_and_deleted(ada, bought):
    stage = ada.get(f"customers/{bought.id}/policy/").json()
    assert stage["policy"] is None
    told = {"stage": stage["stage"], "service": "priority", "follow_up_days": 30, "offer": "九折"}
    made = ada.post("stage-policies/", told).json()
    assert ada.post("stage-policies/", told).json()["id"] == made["id"]
    again = ada.post("stage-policies/", {"stage": stage["stage"], "service": "personal"}).json()
    assert (again["id"], again["follow_up_days"], again["offer"]) == (made["id"], None, "")
    assert ada.get(f"customers/{bought.id}/policy/").json()["policy"] == {
        "service": "personal", "follow_up_days": None, "offer": "",
    }  # fmt: skip
    assert [one["id"] for one in ada.get("stage-policies/").json()["results"]] == [made["id"]]
    assert ada.send("DELETE", f"stage-policies/{made['id']}/").status_code == 204
    assert ada.get(f"stage-policies/{made['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"stage": "prospect", "cell": "champions"}, "#/cell"),
        ({"stage": "gone"}, "#/stage"),
        ({}, "#/stage"),
        ({"stage": "new", "follow_up_days": 0}, "#/follow_up_days"),
        ({"stage": "new", "follow_up_days": 10**9}, "#/follow_up_days"),
        ({"stage": "new", "offer": "x" * 201}, "#/offer"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_at_its_place(told, place, ada, bought):
    answer = ada.post("stage-policies/", told)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [place]
