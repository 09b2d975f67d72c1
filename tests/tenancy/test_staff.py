"""Staff: invited by mail, placed, let go; what changes holds at the very next request, and an admin always stays."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenancy import companies, context, invitations, staff, tokens
from tenancy.models import AuditEvent, Membership, Role, User
from tenancy.permissions import Scope
from tests.api.conftest import Program
from tests.cast import PASSWORD, person

NEW = {"email": "Eve@Example.com", "name": "Eve", "scope": "own", "language": "en"}


@pytest.fixture
def address(tenant):
    return lambda path: f"/t/{tenant.slug}/settings/{path}"


@pytest.fixture
def role(entered):
    return lambda key: Role.objects.get(key=key)


@pytest.fixture
def token_of(cast, tenant):
    def make(member):
        with context.entered(tenant.id):
            return Program(tokens.make(member, name="till", by=None)[1])

    return make


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


def told(member, **changes):
    values = {
        "role": member.role_id,
        "scope": member.scope,
        "team": member.team_id or "",
        "store": member.store_id or "",
    }
    return values | changes


# Invitations


def invite(ada, address, cast, capture, **changes):
    with context.entered(cast.ada.tenant_id):
        clerk = Role.objects.get(key="clerk").id
    with capture(execute=True):
        return ada.post(address("staff/new/"), {**NEW, "role": clerk, **changes})


def test_invited_person_sets_a_password_and_is_in(
    ada, address, cast, client, mailoutbox, django_capture_on_commit_callbacks
):
    assert invite(ada, address, cast, django_capture_on_commit_callbacks).status_code == 302
    mail = mailoutbox[0]
    assert (mail.to, mail.subject) == (["eve@example.com"], "蓝湖百货 invites you to Tongke")
    assert "Ada has added you to 蓝湖百货" in mail.body
    link = re.search(r"https?://[^/]+(/invitation/\S+)", mail.body).group(1)
    eve = client.__class__()
    form = eve.get(link, follow=True)
    assert form.context["validlink"] is True
    answer = eve.post(form.redirect_chain[-1][0], {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert answer.status_code == 302
    assert eve.post(reverse("login"), {"username": "eve@example.com", "password": PASSWORD}).status_code == 302
    assert eve.get("/t/lanhu/customers/").status_code == 200
    assert eve.get("/t/lanhu/settings/staff/").status_code == 403
    assert eve.__class__().get(link, follow=True).context["validlink"] is False


def test_person_with_an_account_is_told_and_keeps_password_and_name(
    ada, address, cast, mailoutbox, django_capture_on_commit_callbacks, entered
):
    password = User.objects.get(email="charlie@example.com").password
    invite(ada, address, cast, django_capture_on_commit_callbacks, email="charlie@example.com", name="Somebody else")
    assert "Log in with your account as always" in mailoutbox[0].body
    assert "/invitation/" not in mailoutbox[0].body
    charlie = User.objects.get(email="charlie@example.com")
    assert (charlie.name, charlie.password) == ("Charlie", password)
    assert Membership.objects.get(user=charlie).role.key == "clerk"


def test_mail_that_fails_leaves_the_invitation_and_can_be_sent_again(
    ada, address, cast, mailoutbox, settings, django_capture_on_commit_callbacks, entered
):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 1  # nobody listens there
    invite(ada, address, cast, django_capture_on_commit_callbacks)
    eve = Membership.objects.get(user__email="eve@example.com")
    assert eve.invitation == Membership.Invitation.FAILED
    assert "The mail could not be sent." in ada.get(address(f"staff/{eve.id}/")).content.decode()
    settings.EMAIL_BACKEND = working
    with django_capture_on_commit_callbacks(execute=True):
        ada.post(address(f"staff/{eve.id}/invitations/"))
    eve.refresh_from_db()
    assert (eve.invitation, len(mailoutbox)) == (Membership.Invitation.SENT, 1)


def test_who_let_the_link_grow_old_asks_for_a_new_password(
    ada, address, cast, client, mailoutbox, django_capture_on_commit_callbacks
):
    invite(ada, address, cast, django_capture_on_commit_callbacks)
    client.__class__().post(reverse("password_reset"), {"email": "eve@example.com"})
    assert [mail.to for mail in mailoutbox] == [["eve@example.com"]] * 2


def test_link_is_old_after_three_days(
    ada, address, cast, client, mailoutbox, django_capture_on_commit_callbacks, entered
):
    invite(ada, address, cast, django_capture_on_commit_callbacks)
    eve = User.objects.get(email="eve@example.com")

    def made(age: timedelta) -> str:
        stamp = invitations.tokens._num_seconds(datetime.now() - age)
        return invitations.tokens._make_token_with_timestamp(eve, stamp, invitations.tokens.secret)

    ages = (timedelta(days=2, hours=23), timedelta(days=3, minutes=1))
    assert [invitations.tokens.check_token(eve, made(age)) for age in ages] == [True, False]
    assert [invitations.tokens.check_token(eve, junk) for junk in ("", None, "x", "é-x", "zz-1-2")] == [False] * 5


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "ada@example.com"}, "email"),
        ({"email": "nobody"}, "email"),
        ({"name": ""}, "name"),
        ({"role": ""}, "role"),
        ({"scope": "galaxy"}, "scope"),
        ({"scope": "team"}, "team"),
        ({"scope": "store"}, "store"),
        ({"language": "xx"}, "language"),
    ],
)
def test_bad_invitation_is_refused_at_its_field(
    changes, field, ada, address, cast, mailoutbox, entered, django_capture_on_commit_callbacks
):
    answer = invite(ada, address, cast, django_capture_on_commit_callbacks, **changes)
    assert list(answer.context["form"].errors) == [field]
    assert not Membership.objects.filter(user__email="eve@example.com").exists()
    assert mailoutbox == []


# Changes hold at the next request


def test_another_role_holds_at_the_next_request_with_session_and_token(ada, address, cast, client, token_of, role):
    bob, program = client.__class__(), token_of(cast.bob)
    bob.force_login(cast.bob.user, backend="django.contrib.auth.backends.ModelBackend")
    assert (bob.get("/t/lanhu/customers/new/").status_code, program.get("orders/").status_code) == (200, 200)
    ada.post(address(f"staff/{cast.bob.id}/"), told(cast.bob, role=role("service").id))
    assert bob.get("/t/lanhu/customers/new/").status_code == 403
    assert program.post("orders/", {}).status_code == 403
    assert program.get("orders/").status_code == 200


def test_permission_taken_from_a_role_holds_at_the_next_request(ada, address, cast, client, token_of, role):
    bob, program, clerk = client.__class__(), token_of(cast.bob), role("clerk")
    bob.force_login(cast.bob.user, backend="django.contrib.auth.backends.ModelBackend")
    assert (bob.get("/t/lanhu/orders/").status_code, program.get("orders/").status_code) == (200, 200)
    left = [permission for permission in clerk.permissions if permission != "ORDERS_VIEW"]
    ada.post(address("roles/permissions/"), {f"was-{clerk.id}": ",".join(clerk.permissions), str(clerk.id): left})
    assert (bob.get("/t/lanhu/orders/").status_code, program.get("orders/").status_code) == (403, 403)


def test_deactivation_holds_at_the_next_request_and_reactivation_too(ada, address, cast, client, token_of):
    bob, program = client.__class__(), token_of(cast.bob)
    bob.force_login(cast.bob.user, backend="django.contrib.auth.backends.ModelBackend")
    assert (bob.get("/t/lanhu/").status_code, program.get("me/").status_code) == (200, 200)
    ada.post(address(f"staff/{cast.bob.id}/deactivations/"))
    assert (bob.get("/t/lanhu/").status_code, program.get("me/").status_code) == (404, 401)
    ada.post(address(f"staff/{cast.bob.id}/reactivations/"))
    assert (bob.get("/t/lanhu/").status_code, program.get("me/").status_code) == (200, 200)


def test_changes_are_kept_with_before_and_after(ada, address, cast, entered, role):
    ada.post(address(f"staff/{cast.alice.id}/"), told(cast.alice, scope="team", role=role("manager").id))
    event = AuditEvent.objects.get(action="membership.changed")
    assert (event.subject_id, event.changes["scope"]) == (cast.alice.id, ["own", "team"])
    assert set(event.changes) == {"scope", "role"}


# An admin always stays


def test_nobody_deactivates_themselves(ada, address, cast, entered):
    companies.add_member(person("Eve"), role="admin", scope=Scope.ALL)
    page = ada.post(address(f"staff/{cast.ada.id}/deactivations/"))
    assert "You cannot deactivate yourself" in page.content.decode()
    assert Membership.objects.get(id=cast.ada.id).is_active


@pytest.mark.parametrize("changes", [{"scope": "own"}, {"role": "sales"}])
def test_the_last_admin_keeps_role_and_scope(changes, ada, address, cast, role):
    changes = {name: role(value).id if name == "role" else value for name, value in changes.items()}
    answer = ada.post(address(f"staff/{cast.ada.id}/"), told(cast.ada, **changes))
    assert list(answer.context["form"].errors) == ["role"]
    cast.ada.refresh_from_db()
    assert (cast.ada.role.key, cast.ada.scope) == ("admin", "all")
    assert not AuditEvent.objects.filter(action="membership.changed").exists()


def test_one_of_two_admins_may_go_and_the_other_not(cast, entered):
    eve = companies.add_member(person("Eve"), role="admin", scope=Scope.ALL)
    staff.deactivate(eve, by=cast.ada)
    assert not Membership.objects.get(id=eve.id).is_active
    with pytest.raises(staff.NoAdminLeft):
        staff.deactivate(cast.ada, by=eve)
    assert Membership.objects.get(id=cast.ada.id).is_active


def test_an_admin_who_sees_less_than_all_does_not_count(cast, entered):
    eve = companies.add_member(person("Eve"), role="admin", scope=Scope.OWN)
    with pytest.raises(staff.NoAdminLeft):
        staff.change(cast.ada, scope=Scope.OWN, by=eve)


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_let_each_other_go_at_once_leave_one():
    tenant = companies.create("pair", name="Pair")
    with context.entered(tenant.id):
        pair = [companies.add_member(person(name), role="admin", scope=Scope.ALL) for name in ("Ada", "Eve")]

    def let_go(gone, by) -> bool:
        try:
            with context.entered(tenant.id):
                staff.deactivate(gone, by=by)
            return True
        except staff.NoAdminLeft:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(let_go, pair, reversed(pair)))
    assert sorted(done) == [False, True]
    with context.entered(tenant.id):
        assert Membership.objects.filter(is_active=True).count() == 1


def test_list_costs_the_same_for_three_as_for_thirty(ada, address, cast, entered):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ada.get(address("staff/")).status_code == 200
        return len(queries)

    cost()  # whether sending is paused is remembered for a while
    few = cost()
    for number in range(30):
        companies.add_member(person(f"Person{number}"), role="clerk", scope=Scope.OWN)
    assert cost() == few
