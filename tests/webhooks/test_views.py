"""Webhooks in the settings: made, shown, paused, tried, sent once more."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenancy import context
from tenancy.models import AuditEvent
from webhooks import endpoints, feed
from webhooks.models import Change, Delivery, Endpoint

URL = "https://hooks.example.com/a"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")
ROOT = "/t/lanhu/settings/webhooks/"


@pytest.fixture
def browser(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def endpoint(cast, tenant):
    with context.entered(tenant.id):
        return endpoints.make(URL, kinds=["order.created"], by=cast.ada)


@pytest.fixture
def page(endpoint):
    return f"{ROOT}{endpoint.id}/"


def text(response) -> str:
    return response.content.decode()


def actions() -> list[str]:
    rows = AuditEvent.objects.filter(action__startswith="webhook.").order_by("at")
    return list(rows.values_list("action", flat=True))


def test_a_new_webhook_shows_its_secret_once(browser, entered):
    form = text(browser.get(f"{ROOT}new/"))
    assert form.count('type="checkbox"') >= 4 and "An order was recorded." in form
    made = browser.post(f"{ROOT}new/", {"url": URL, "kinds": ["order.created", "customer.changed"]})
    endpoint = Endpoint.objects.get()
    assert SECRET.findall(text(made)) == [endpoint.secret]
    assert SECRET.findall(text(browser.get(f"{ROOT}{endpoint.id}/"))) == []
    assert endpoint.kinds == ["customer.changed", "order.created"]
    again = text(browser.post(f"{ROOT}new/", {"url": URL, "kinds": ["order.created"]}))
    assert "This address is on the list already." in again
    assert (Endpoint.objects.count(), actions()) == (1, ["webhook.created"])


@pytest.mark.parametrize(
    ("fields", "errors"),
    [({}, 2), ({"url": "http://hooks.example.com/", "kinds": ["order.created"]}, 1),
     ({"url": "https://192.168.0.1/", "kinds": ["order.created"]}, 1), ({"url": URL, "kinds": ["x"]}, 1),
     ({"url": "https://hooks.example.com/" + "x" * 500, "kinds": ["order.created"]}, 1)],
)  # fmt: skip
def test_errors_stand_at_their_fields(browser, entered, fields, errors):
    response = browser.post(f"{ROOT}new/", fields)
    assert (text(response).count('class="errors"'), Endpoint.objects.count()) == (errors, 0)


def test_more_than_the_most_are_refused(browser, endpoint, entered, monkeypatch):
    monkeypatch.setattr(endpoints, "MOST", 1)
    response = browser.post(f"{ROOT}new/", {"url": f"{URL}b", "kinds": ["order.created"]})
    assert 'role="alert"' in text(response)
    assert Endpoint.objects.count() == 1


def test_editing_keeps_the_secret_and_is_audited(browser, endpoint, page, entered):
    assert URL in text(browser.get(f"{page}edit/"))
    browser.post(f"{page}edit/", {"url": f"{URL}b", "kinds": ["order.changed"]})
    changed = Endpoint.objects.get()
    assert (changed.url, changed.kinds, changed.secret) == (f"{URL}b", ["order.changed"], endpoint.secret)
    browser.post(f"{page}edit/", {"url": f"{URL}b", "kinds": ["order.changed"]})
    assert actions() == ["webhook.created", "webhook.changed"]
    refused = browser.post(f"{page}edit/", {"url": "https://10.0.0.1/", "kinds": ["order.changed"]})
    assert text(refused).count('class="errors"') == 1
    assert Endpoint.objects.get().url == f"{URL}b"


def test_the_secret_is_shown_on_demand_and_renewed_and_both_are_audited(browser, endpoint, page, entered):
    assert SECRET.findall(text(browser.post(f"{page}reveals/"))) == [endpoint.secret]
    (new,) = SECRET.findall(text(browser.post(f"{page}rotations/")))
    renewed = Endpoint.objects.get()
    assert (renewed.secret, renewed.former_secret) == (new, endpoint.secret)
    assert new != endpoint.secret
    assert timedelta(hours=23) < renewed.former_until - timezone.now() < timedelta(hours=25)
    assert actions()[1:] == ["webhook.secret_revealed", "webhook.secret_rotated"]
    kept = str(list(AuditEvent.objects.values_list("changes", flat=True)))
    assert new not in kept and endpoint.secret not in kept


def test_paused_and_resumed_once_however_often_pressed(browser, page, entered):
    for action in ("pauses", "pauses", "resumptions", "resumptions", "pauses"):
        assert browser.post(f"{page}{action}/").url == page
    assert "Paused" in text(browser.get(page))
    assert actions()[1:] == ["webhook.paused", "webhook.resumed", "webhook.paused"]


def test_a_test_and_a_message_sent_again(browser, endpoint, page, entered):
    browser.post(f"{page}tests/")
    delivery = Delivery.objects.get()
    Delivery.objects.update(state="failed", attempts=11, status_code=500, problem="time")
    shown = text(browser.get(page))
    assert "webhook.test" in shown and "Given up" in shown and "No whole answer within 5 seconds" in shown
    browser.post(f"{page}deliveries/{delivery.id}/repeats/")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)
    browser.post(f"{page}pauses/")
    browser.post(f"{page}tests/")
    assert Delivery.objects.count() == 1
    assert browser.post(f"{page}deliveries/{uuid4()}/repeats/").status_code == 404


def test_another_webhooks_message_is_not_sent_again_here(browser, endpoint, page, entered):
    other = endpoints.make(f"{URL}b", kinds=["order.created"], by=None)
    foreign = endpoints.test(other, by=None)
    assert browser.post(f"{page}deliveries/{foreign.id}/repeats/").status_code == 404


def test_a_replay_goes_back_to_a_day(browser, endpoint, page, entered):
    feed.record(("order.created", [uuid4()]))
    feed.seal()
    Endpoint.objects.update(position=1)
    browser.post(f"{page}replays/", {"day": str(timezone.localdate())})
    assert Endpoint.objects.get().position == 0
    for day in ("", "x", "2020-01-01", str(timezone.localdate() + timedelta(days=1))):
        assert text(browser.post(f"{page}replays/", {"day": day})).count('class="errors"') == 1
    Change.objects.update(at=timezone.now() - feed.KEPT)
    feed.forget_old()
    assert browser.post(f"{page}replays/", {"day": str(timezone.localdate())}).status_code == 302


def test_removed_it_is_gone_with_its_messages(browser, endpoint, page, entered):
    endpoints.test(endpoint, by=None)
    assert browser.post(f"{page}deletions/").url == ROOT
    assert (Endpoint.objects.count(), Delivery.objects.count(), browser.get(page).status_code) == (0, 0, 404)
    assert actions()[-1] == "webhook.deleted"


def test_actions_are_posted(browser, page):
    for action in ("pauses", "resumptions", "deletions", "reveals", "rotations", "tests", "replays"):
        assert browser.get(f"{page}{action}/").status_code == 405


@pytest.mark.parametrize("person", ["alice", "bob", "dora"])
def test_others_may_not(cast, login, page, person):
    browser = login(getattr(cast, person))
    assert [browser.get(path).status_code for path in (ROOT, f"{ROOT}new/", page, f"{page}edit/")] == [403] * 4
    assert [browser.post(f"{page}{action}/").status_code for action in ("reveals", "rotations", "deletions")] == [
        403
    ] * 3


def test_lists_cost_the_same_with_one_and_three_rows(browser, endpoint, page, entered):
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(path).status_code == 200
        return len(queries)

    endpoints.test(endpoint, by=None)
    browser.get(ROOT)
    before = [cost(ROOT), cost(page)]
    for place in range(2):
        endpoints.make(f"{URL}{place}", kinds=["order.created"], by=None)
        endpoints.test(endpoint, by=None)
    assert [cost(ROOT), cost(page)] == before
