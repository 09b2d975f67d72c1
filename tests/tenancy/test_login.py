"""Logging in: throttled per account and address, reset by mail, several companies."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from tenancy import companies, context
from tenancy.permissions import Scope
from tests.cast import PASSWORD


def attempt(client, email, password):
    return client.post(reverse("login"), {"username": email, "password": password})


def test_five_wrong_passwords_lock_the_account_from_this_address(client, cast):
    for _turn in range(4):
        assert attempt(client, "ada@example.com", "wrong").status_code == 200
    assert attempt(client, "ada@example.com", "wrong").status_code == 429
    assert attempt(client, "ada@example.com", PASSWORD).status_code == 429
    assert attempt(client, "ADA@example.com", PASSWORD).status_code == 429
    assert attempt(client, "alice@example.com", PASSWORD).status_code == 302


def test_unknown_person_gets_the_same_answer_as_a_wrong_password(client, cast):
    answers = [attempt(client, email, "wrong").content for email in ("ada@example.com", "nobody@example.com")]
    bare = [re.sub(rb'value="[^"]*"', b"", re.sub(rb"nobody|ada", b"", answer)) for answer in answers]
    assert bare[0] == bare[1]


def test_login_makes_a_new_session_and_leads_to_the_only_company(client, cast):
    client.get(reverse("login"))
    client.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = "0" * 32  # one that somebody planted
    response = attempt(client, "Ada@Example.com", PASSWORD)
    assert client.session.session_key != "0" * 32
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/")["Location"] == "/t/lanhu/"


def test_person_of_two_companies_chooses_and_sees_each_apart(client, cast, other_tenant, login):
    with context.entered(other_tenant.id):
        companies.add_member(cast.ada.user, role="clerk", scope=Scope.OWN)
    browser = login(cast.ada)
    assert browser.get("/")["Location"] == "/companies/"
    page = browser.get("/companies/").content.decode()
    assert "蓝湖百货" in page and "Harbour Goods" in page
    assert browser.get("/t/lanhu/jobs/").status_code == 200
    assert browser.get("/t/harbour/jobs/").status_code == 403


def test_forgotten_password_is_set_anew_by_mail_and_ends_other_sessions(client, cast, mailoutbox, login):
    other = login(cast.alice)
    response = client.__class__().post(reverse("password_reset"), {"email": "alice@example.com"})
    assert response.status_code == 302
    link = re.search(r"https?://[^/]+(/password/\S+)", mailoutbox[0].body).group(1)
    fresh = client.__class__()
    form = fresh.get(link, follow=True)
    new = "a quite different phrase"
    fresh.post(form.redirect_chain[-1][0], {"new_password1": new, "new_password2": new})
    assert attempt(fresh, "alice@example.com", new).status_code == 302
    assert other.get("/t/lanhu/").status_code == 302
    assert fresh.get(link, follow=True).context["validlink"] is False


def test_unknown_address_gets_no_mail_and_the_same_answer(client, cast, mailoutbox):
    assert client.post(reverse("password_reset"), {"email": "nobody@example.com"}).status_code == 302
    assert mailoutbox == []


def test_deactivated_member_is_out_at_the_next_request(cast, login, tenant):
    browser = login(cast.bob)
    assert browser.get("/t/lanhu/").status_code == 200
    with context.entered(tenant.id):
        type(cast.bob).objects.filter(id=cast.bob.id).update(is_active=False)
    assert browser.get("/t/lanhu/").status_code == 404


def test_changed_role_holds_from_the_next_request(cast, login, tenant):
    browser = login(cast.bob)
    assert browser.get("/t/lanhu/imports/").status_code == 403
    with context.entered(tenant.id):
        cast.bob.role.permissions = [*cast.bob.role.permissions, "IMPORTS_RUN"]
        cast.bob.role.save()
    assert browser.get("/t/lanhu/imports/").status_code == 200


@pytest.mark.parametrize("path", ["/t/lanhu/", "/t/nowhere/", "/companies/"])
def test_stranger_learns_nothing_of_which_company_exists(client, tenant, path):
    response = client.get(path)
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/login/")


def test_session_is_another_one_after_each_login(client, cast):
    attempt(client, "ada@example.com", PASSWORD)
    first = client.session.session_key
    client.post(reverse("logout"))
    attempt(client, "ada@example.com", PASSWORD)
    assert first != client.session.session_key
    thief = client.__class__()
    thief.cookies[settings.SESSION_COOKIE_NAME] = first
    assert thief.get("/t/lanhu/").status_code == 302
