"""The page behind a link: for everybody who has it, and nobody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone

from feedback import limits, surveys
from feedback.models import Response, Ticket
from interactions.models import Interaction
from sales.models import Order
from tenancy import context
from tests.feedback import asked
from tests.pages import shop


@pytest.fixture
def order(tenant):
    cache.clear()
    with context.entered(tenant.id):
        return Order.objects.get(customer=shop.stock(1)[0], number="C0-0")


@pytest.fixture
def link(order, tenant):
    with context.entered(tenant.id):
        return asked.path(order)


def count(tenant, model) -> int:
    with context.entered(tenant.id):
        return model.objects.count()


@pytest.mark.parametrize(
    ("language", "question"), [("en", "How happy are you with us?"), ("zh-hans", "您对这次购物满意吗？")]
)
def test_the_question_in_the_readers_language_without_a_name(client, link, language, question):
    client.cookies["django_language"] = language
    page = client.get(link).content.decode()
    assert f"<h1>{question}</h1>" in page
    assert page.count('type="radio"') == 5
    assert '<meta name="robots" content="noindex">' in page
    assert "Person" not in page
    assert "1391234" not in page


def test_an_answer_is_thanked_for_and_can_be_changed_for_a_day(client, link, tenant):
    client.cookies["django_language"] = "en"
    assert client.post(link, {"score": "1", "comment": "Broken"}).url == link
    thanks = client.get(link).content.decode()
    assert "We read every single answer." in thanks
    assert "Broken" not in thanks
    assert client.get(f"{link}?again=1").content.decode().count('type="radio"') == 5
    client.post(link, {"score": "4", "comment": ""})
    with context.entered(tenant.id):
        assert (Response.objects.get().score, Ticket.objects.count()) == (4, 1)
        Response.objects.update(at=timezone.now() - timedelta(hours=25))
    assert "?again" not in client.get(link).content.decode()
    assert client.post(link, {"score": "5"}).status_code == 410


@pytest.mark.parametrize("told", [{}, {"score": "6"}, {"score": "0"}, {"score": "x"}, {"score": "9" * 400}])
def test_an_answer_without_a_score_is_asked_again_beside_the_five(client, link, tenant, told):
    client.cookies["django_language"] = "en"
    page = client.post(link, told | {"comment": "Kept"})
    assert "Choose one of the five." in page.content.decode()
    assert "Kept" in page.content.decode()
    assert count(tenant, Response) == 0


def test_a_comment_has_a_bound(client, link, tenant):
    page = client.post(link, {"score": "3", "comment": "x" * 2001}).content.decode()
    assert 'class="errors"' in page
    assert count(tenant, Response) == 0


def test_a_wrong_seal_is_like_an_absent_order(client, link, order, tenant, other_tenant):
    seal = link.rstrip("/").rsplit("/", 1)[1]
    foreign = link.replace(tenant.slug, other_tenant.slug)
    for path in (f"/p/lanhu/survey/{uuid4()}/{seal}/", f"/p/lanhu/survey/{order.id}/{'A' * 22}/", foreign,
                 f"/p/lanhu/survey/asked/{order.id}/{seal}/"):  # fmt: skip
        assert client.get(path).status_code == client.post(path, {"score": "1"}).status_code == 404
    assert count(tenant, Response) == 0


def test_too_many_answers_of_one_network_are_stopped_for_a_while(client, link, tenant, monkeypatch):
    monkeypatch.setattr(limits, "MOST", 2)
    client.cookies["django_language"] = "en"
    statuses = [client.post(link, {"score": str(score)}).status_code for score in (1, 2, 3)]
    assert statuses == [302, 302, 429]
    stopped = client.post(link, {"score": "4", "comment": "Still here"}).content.decode()
    assert "try again in ten minutes" in stopped
    assert "Still here" in stopped
    assert client.post(link, {"score": "4"}, REMOTE_ADDR="203.0.113.9").status_code == 302
    with context.entered(tenant.id):
        assert Response.objects.get().score == 4


def test_a_closed_survey_says_so(client, link, tenant):
    client.cookies["django_language"] = "en"
    with context.entered(tenant.id):
        surveys.change({"is_active": False}, by=None)
    page = client.get(link)
    assert (page.status_code, "This survey is closed." in page.content.decode()) == (410, True)


def test_hostile_words_are_shown_as_they_are(client, login, cast, link, tenant):
    client.post(link, {"score": "1", "comment": "<script>alert(1)</script>{{ 7|add:7 }}"})
    with context.entered(tenant.id):
        ticket = Ticket.objects.get()
    page = login(cast.ada).get(f"/t/lanhu/tickets/{ticket.id}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}" in page
    assert "<script>alert" not in page


def test_the_invitations_page(client, cast, order, tenant):
    with context.entered(tenant.id):
        path = asked.path_of(asked.invitation(order.customer, cast.ada))
    assert client.post(path, {"score": "5", "comment": "Fine"}).status_code == 302
    with context.entered(tenant.id):
        response = Response.objects.get()
        assert (response.customer, response.order, response.channel) == (order.customer, None, "link")
        assert Interaction.objects.filter(kind="survey.answered").get().text == "Fine"
