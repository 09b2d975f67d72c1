"""API tokens on their page: no more than their member may, shown once, gone when revoked."""

from uuid import uuid4

import pytest
from django.utils import timezone

from tenancy import context, tokens
from tenancy.models import ApiToken, AuditEvent, Role
from tests.api.conftest import Program

PAGE = "/t/lanhu/settings/tokens/"


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


def make(browser, **changes):
    return browser.post(f"{PAGE}new/", {"key": uuid4(), "name": "till", "permissions": ["ORDERS_VIEW"], **changes})


def test_token_works_within_what_was_ticked_and_its_secret_is_shown_once(ada, cast, entered):
    answer = make(ada)
    secret = answer.context["secret"]
    assert f'value="{secret}" readonly' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in ada.get(PAGE).content.decode()
    program = Program(secret)
    assert (program.get("orders/").status_code, program.get("customers/").status_code) == (200, 403)
    token = ApiToken.objects.get()
    assert (token.member_id, token.permissions) == (cast.ada.id, ["ORDERS_VIEW"])
    assert AuditEvent.objects.get(action="token.created").subject_id == token.id


def test_the_same_form_twice_makes_one_token(ada, cast, entered):
    key = uuid4()
    make(ada, key=key)
    answer = make(ada, key=key)
    assert (answer.status_code, ApiToken.objects.count()) == (302, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"permissions": []}, "permissions"),
        ({"permissions": ["EVERYTHING"]}, "permissions"),
        ({"permissions": ["JOBS_VIEW"]}, "permissions"),
        ({"key": "x"}, "key"),
    ],
)
def test_bad_token_is_refused_at_its_field(changes, field, ada, cast, entered):
    admin = Role.objects.get(key="admin")
    admin.permissions = [permission for permission in admin.permissions if permission != "JOBS_VIEW"]
    admin.save()
    answer = make(ada, **changes)
    assert list(answer.context["form"].errors) == [field]
    assert not ApiToken.objects.exists()


def test_revoked_token_opens_nothing_and_is_revoked_once(ada, cast, entered):
    program = Program(make(ada).context["secret"])
    token = ApiToken.objects.get()
    for _turn in range(2):
        ada.post(f"{PAGE}{token.id}/revocations/")
    assert program.get("me/").status_code == 401
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_list_shows_ones_own_or_everybodys(ada, cast, entered):
    make(ada, name="mine")
    tokens.make(cast.bob, name="bobs", by=None)
    own, everybody = ada.get(PAGE), ada.get(PAGE, {"whose": "all"})
    assert [token.name for token in own.context["page"].rows] == ["mine"]
    assert {token.name for token in everybody.context["page"].rows} == {"mine", "bobs"}


def test_last_use_is_noted_at_most_once_an_hour(ada, cast, tenant):
    program = Program(make(ada).context["secret"])
    program.get("me/")
    with context.entered(tenant.id):
        first = ApiToken.objects.get().used_at
        assert timezone.now() - first < tokens.NOTED
        program.get("me/")
        assert ApiToken.objects.get().used_at == first
        ApiToken.objects.update(used_at=first - tokens.NOTED * 2)
    program.get("me/")
    with context.entered(tenant.id):
        assert ApiToken.objects.get().used_at > first
