"""Making tokens."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenancy import context
from tenancy.models import ApiToken, AuditEvent
from tests.api.conftest import Program


def create_token(**options):
    out = StringIO()
    call_command("create_token", **{"tenant": "lanhu", "name": "till", **options}, stdout=out)
    return out.getvalue()


def test_command_prints_the_secret_once_and_keeps_its_hash(cast, tenant):
    printed = create_token(member="Ada@Example.com")
    assert re.fullmatch(r"tk_[\w-]{43}\n", printed)
    me = Program(printed.strip()).get("me/").json()
    assert (me["tenant"]["slug"], me["member"]["email"], me["token"]) == ("lanhu", "ada@example.com", "till")
    assert me["permissions"] == cast.ada.role.permissions or set(me["permissions"]) == set(cast.ada.role.permissions)
    with context.entered(tenant.id):
        token = ApiToken.objects.get()
        assert printed.strip().encode() not in bytes(token.digest)
        assert AuditEvent.objects.filter(action="token.created", subject_id=token.id).count() == 1


def test_token_may_do_less_than_its_member(cast):
    secret = create_token(member="ada@example.com", permissions="ORDERS_VIEW, ORDERS_EDIT").strip()
    assert Program(secret).get("me/").json()["permissions"] == ["ORDERS_VIEW", "ORDERS_EDIT"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tenant": "nowhere", "member": "ada@example.com"}, "no company"),
        ({"member": "charlie@example.com"}, "not a member"),
        ({"member": "bob@example.com", "permissions": "SETTINGS_EDIT"}, "may not: SETTINGS_EDIT"),
        ({"member": "ada@example.com", "permissions": "EVERYTHING"}, "may not: EVERYTHING"),
        ({"member": "ada@example.com", "name": ""}, "--name"),
    ],
)
def test_command_says_what_is_wrong(cast, tenant, options, message):
    with pytest.raises(CommandError, match=message):
        create_token(**options)
    with context.entered(tenant.id):
        assert not ApiToken.objects.exists()
