"""The change feed and webhooks over REST, and the simple way to follow: updated_since."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from customers.models import Customer
from sales.models import Order
from tenancy import context
from tenancy.models import AuditEvent
from tests.api.addresses import HOOK
from tests.api.conftest import order_body
from webhooks import endpoints, feed, kinds
from webhooks.models import Change, Delivery, Endpoint


def test_a_program_follows_from_now_on(ada):
    ada.post("orders/", order_body("A-0", "C-0"))
    start = ada.get("changes/?after=now").json()
    assert (start["results"], start["has_more"]) == ([], False)
    order = ada.post("orders/", order_body()).json()
    found = ada.get(f"changes/?after={start['next']}").json()
    assert [(one["kind"], one["subject_id"]) for one in found["results"]] == [
        ("customer.created", order["customer"]["id"]), ("order.created", order["id"]),
    ]  # fmt: skip
    assert [ada.get(one["url"].partition("/api/v1/")[2]).json()["id"] for one in found["results"]] == [
        one["subject_id"] for one in found["results"]
    ]
    ada.post(f"orders/{order['id']}/refunds/", {"amount": "1", "key": "r"})
    more = ada.get(f"changes/?after={found['next']}").json()
    assert [(one["kind"], one["position"]) for one in more["results"]] == [("order.changed", found["next"] + 1)]
    assert ada.get(f"changes/?after={more['next']}").json()["results"] == []


def test_portions_join_without_gap_or_overlap(ada):
    for number in range(5):
        ada.post("orders/", order_body(f"A-{number}", None))
    seen, address, more = [], "changes/?limit=2", True
    while more:
        found = ada.get(address).json()
        seen += [one["position"] for one in found["results"]]
        more, address = found["has_more"], f"changes/?limit=2&after={found['next']}"
    assert seen == [1, 2, 3, 4, 5]


def test_one_kind_alone_is_told(ada):
    ada.post("orders/", order_body())
    found = ada.get("changes/?kind=order.created").json()
    assert ([one["kind"] for one in found["results"]], found["next"]) == (["order.created"], 2)


def test_what_is_gone_is_410(ada, tenant):
    ada.post("orders/", order_body())
    with context.entered(tenant.id):
        feed.seal()
        Change.objects.update(at=timezone.now() - feed.KEPT - timedelta(days=1))
        feed.forget_old()
    for position in (0, 1, 3):
        gone = ada.get(f"changes/?after={position}")
        assert (gone.status_code, gone.json()["code"]) == (410, "gone")
    assert ada.get("changes/?after=2").json() == {"results": [], "next": 2, "has_more": False}
    assert ada.get("changes/").json()["next"] == 2


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=1.5", f"after={10**18}", "after=346366505812861424235253334016", "after=", "limit=0",
     "limit=201", "kind=x", "kind=webhook.test", "after=1&after=2", "x=1", "after=%00", "after=٣"],
)  # fmt: skip
def test_other_queries_are_refused(ada, query):
    assert ada.get(f"changes/?{query}").status_code == 400


def test_companies_do_not_see_each_others_changes(ada, program, cast):
    ada.post("orders/", order_body())
    assert program(cast.charlie).get("changes/").json() == {"results": [], "next": 0, "has_more": False}


def test_the_document_lists_the_kinds(client, db):
    schema = client.get("/api/v1/schema/").json()
    (kind,) = [one for one in schema["paths"]["/api/v1/changes/"]["get"]["parameters"] if one["name"] == "kind"]
    assert kind["schema"]["enum"] == [one.name for one in kinds.declared()]


# Webhooks


@pytest.fixture
def hook(ada):
    return ada.post("webhooks/", HOOK).json()


def test_a_webhook_tells_its_secret_once(ada, hook):
    Webhook(hook["secret"])
    shown = {name: value for name, value in hook.items() if name != "secret"}
    assert ada.get(f"webhooks/{hook['id']}/").json() == shown
    assert ada.get("webhooks/").json()["results"] == [shown]
    assert (shown["is_active"], shown["off_because"], shown["kinds"]) == (True, "", HOOK["kinds"])


def test_a_repeated_post_makes_one_webhook(ada, tenant):
    first, again = (ada.post("webhooks/", HOOK, headers={"Idempotency-Key": "k"}) for _time in range(2))
    assert (first.status_code, again.content) == (201, first.content)
    twice = ada.post("webhooks/", HOOK)
    assert [(error["pointer"], error["code"]) for error in twice.json()["errors"]] == [("#/url", "unique")]
    with context.entered(tenant.id):
        assert Endpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("url", "http://hooks.example.com/"), ("url", "https://127.0.0.1/"), ("url", "https://u:p@hooks.example.com/"),
     ("url", ""), ("url", 1), ("url", "https://hooks.example.com/" + "x" * 500), ("kinds", []), ("kinds", ["x"]),
     ("kinds", ["webhook.test"]), ("kinds", "order.created"), ("kinds", ["order.created"] * 101)],
)  # fmt: skip
def test_what_cannot_be_sent_to_is_refused_at_its_place(ada, hook, field, value):
    other = HOOK | {"url": "https://hooks.example.com/other"}
    for refused in (
        ada.post("webhooks/", other | {field: value}),
        ada.patch(f"webhooks/{hook['id']}/", {field: value}),
    ):
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"].startswith(f"#/{field}")


def test_more_than_twenty_are_too_many(ada, tenant):
    with context.entered(tenant.id):
        for place in range(endpoints.MOST):
            endpoints.make(f"https://hooks.example.com/{place}", kinds=["order.created"], by=None)
    refused = ada.post("webhooks/", HOOK)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many")


def test_changes_are_audited_and_nothing_is_no_change(ada, hook, tenant):
    path = f"webhooks/{hook['id']}/"
    for body in ({}, {"url": hook["url"]}, {"kinds": hook["kinds"]}, {"is_active": True}):
        assert ada.patch(path, body).status_code == 200
    changed = ada.patch(path, {"url": "https://hooks.example.com/c", "kinds": ["order.created"]}).json()
    paused = ada.patch(path, {"is_active": False}).json()
    assert (changed["url"], changed["kinds"]) == ("https://hooks.example.com/c", ["order.created"])
    assert (paused["is_active"], paused["off_because"]) == (False, "paused")
    assert ada.post(f"{path}tests/", None).json()["code"] == "webhook_off"
    ada.patch(path, {"is_active": True})
    assert ada.post(f"{path}tests/", None).json()["kind"] == "webhook.test"
    assert ada.send("DELETE", path).status_code == 204
    assert ada.get(path).status_code == 404
    with context.entered(tenant.id):
        actions = list(AuditEvent.objects.filter(action__startswith="webhook.").values_list("action", flat=True))
    assert sorted(actions) == sorted(
        f"webhook.{past}" for past in ("created", "changed", "paused", "resumed", "tested", "deleted")
    )


def test_a_repeated_delete_says_the_same(ada, hook):
    first, again = (
        ada.send("DELETE", f"webhooks/{hook['id']}/", headers={"Idempotency-Key": "d"}) for _time in range(2)
    )
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")


def test_deliveries_are_listed_newest_first(ada, hook, tenant):
    path = f"webhooks/{hook['id']}/"
    tests = [ada.post(f"{path}tests/", None).json()["id"] for _time in range(3)]
    assert [one["id"] for one in ada.get(f"{path}deliveries/").json()["results"]] == tests[::-1]
    first = ada.get(f"{path}deliveries/?limit=2").json()
    rest = ada.get(f"{path}deliveries/?limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in first["results"] + rest["results"]] == tests[::-1]
    with context.entered(tenant.id):
        Delivery.objects.update(state=Delivery.State.DONE)
    assert ada.get(f"{path}deliveries/").json()["results"][0]["next_at"] is None


def test_replays_begin_at_a_position_or_a_time(ada, hook):
    path = f"webhooks/{hook['id']}/replays/"
    ada.post("orders/", order_body())
    hour_ago = (timezone.now() - timedelta(hours=1)).isoformat()
    for body in ({"position": 0}, {"position": "0"}, {"since": hour_ago}):
        assert ada.post(path, body).json() == {"position": 0}
    gone = ada.post(path, {"position": 99})
    assert (gone.status_code, gone.json()["code"]) == (410, "gone")
    for body in ({}, {"position": 0, "since": hour_ago}, {"position": -1}, {"position": True}, {"position": 10**18}):
        assert ada.post(path, body).status_code == 400


# The simple way


@pytest.mark.parametrize("path", ["customers/", "orders/"])
def test_updated_since_tells_what_changed_last_comes_last(ada, path, tenant):
    ids = [ada.post("orders/", order_body(f"A-{n}", None)).json()["id"] for n in range(3)]
    if path == "customers/":
        ids = [ada.post("customers/", {"name": name}).json()["id"] for name in "甲乙丙"]
    model = Order if path == "orders/" else Customer
    with context.entered(tenant.id):
        for place, id in enumerate(ids):
            model.objects.filter(id=id).update(updated_at=timezone.now() - timedelta(hours=9 - place))

    def since(hours: float, more="") -> list[str]:
        moment = (timezone.now() - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return [one["id"] for one in ada.get(f"{path}?updated_since={moment}{more}").json()["results"]]

    assert (since(10), since(7.5), since(1)) == (ids, ids[2:], [])
    if path == "orders/":
        ada.post(f"orders/{ids[0]}/refunds/", {"amount": "1", "key": "r"})
    else:
        ada.patch(f"customers/{ids[0]}/", {"city": "上海"})
    assert (since(1), since(10)) == (ids[:1], [*ids[1:], ids[0]])
    begin = (timezone.now() - timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = ada.get(f"{path}?updated_since={begin}&limit=2").json()
    second = ada.get(f"{path}?updated_since={begin}&limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in first["results"] + second["results"]] == [*ids[1:], ids[0]]


@pytest.mark.parametrize("other", ["q=x", "sort=-last_at", "stage=lost", "r=5"])
def test_updated_since_goes_with_no_other_order(ada, other):
    refused = ada.get(f"customers/?updated_since=2026-01-01&{other}")
    assert refused.status_code == 400
    refused = ada.get(f"customers/?updated_since=2026-01-01T00:00:00Z&{other}")
    assert [error["code"] for error in refused.json()["errors"]] == ["not_with_updated_since"]


def test_updated_since_keeps_to_the_data_scope(program, cast, ada):
    ada.post("customers/", {"name": "王芳"})
    alice = program(cast.alice)
    for path in ("customers/", "orders/"):
        assert alice.get(f"{path}?updated_since=2020-01-01T00:00:00Z").json()["results"] == []


def test_an_unknown_webhook_is_absent(ada):
    assert ada.get(f"webhooks/{uuid4()}/").status_code == 404
