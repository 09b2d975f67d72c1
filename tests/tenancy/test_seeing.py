"""Seeing the pages as a colleague: exactly theirs, and nothing can be touched."""

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from customers.models import Customer
from sales.models import Order
from tenancy import companies, context, seeing, tokens
from tenancy.models import AuditEvent, Membership, Role
from tenancy.permissions import Scope
from tests.api.conftest import Program
from tests.pages import shop
from tests.tenancy.test_isolation import tenant_urls

HOME = "/t/lanhu/"
BEGIN, END = "/t/lanhu/settings/seeing/", "/t/lanhu/settings/seeing/ends/"
BANNERS = {"en": "You see this page as", "zh-hans": 'action="/t/lanhu/settings/seeing/ends/"'}


@pytest.fixture
def customers(cast, tenant):
    """Twelve customers with orders: some Alice's, some of Dora's store, most nobody's."""
    with context.entered(tenant.id):
        found = shop.stock()
        Customer.objects.filter(id__in=[one.id for one in found[:3]]).update(owner=cast.alice)
        Customer.objects.filter(id__in=[one.id for one in found[3:5]]).update(store=cast.other_store)
    return found


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def other(client):
    """other(member): a browser of their own, in English."""

    def log_in(member):
        browser = client.__class__()
        browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        browser.cookies["django_language"] = "en"
        return browser

    return log_in


def seen(browser, path: str):
    answer = browser.get(HOME + path)
    if path.startswith("customers/"):
        return [customer.id for customer, _figures in answer.context["listing"].rows]
    return [order.id for order in answer.context["page"].rows]


@pytest.mark.parametrize("who", ["alice", "bob", "dora"])
def test_lists_are_the_members_own(who, ada, other, cast, customers):
    member = getattr(cast, who)
    own = other(member)
    ada.post(BEGIN, {"member": member.id})
    for path in ("customers/", "customers/?stage=active", "customers/?q=person", "orders/"):
        assert seen(ada, path) == seen(own, path)
    assert 0 < len(seen(ada, "customers/")) < 12
    for customer in customers:
        paths = [f"customers/{customer.id}/{panel}" for panel in ("", "timeline/", "orders/", "profile/", "edit/")]
        assert [ada.get(HOME + path).status_code for path in paths] == [
            own.get(HOME + path).status_code for path in paths
        ]


def pages() -> list[str]:
    """Every page of a company that needs no id."""
    return [name for name, converters in tenant_urls() if not any(key.endswith("_id") for key in converters)]


@pytest.mark.parametrize("who", ["alice", "bob", "dora"])
def test_every_page_opens_exactly_where_it_does_for_them(who, ada, other, cast, customers):
    member = getattr(cast, who)
    own, looked_at = other(member), 0
    ada.post(BEGIN, {"member": member.id})
    for name in pages():
        try:
            address = reverse(name, kwargs={"tenant": "lanhu"})
        except NoReverseMatch:
            continue
        if not address.startswith(HOME):
            continue
        looked_at += 1
        assert (name, ada.get(address).status_code) == (name, own.get(address).status_code)
    assert looked_at > 20


def test_role_with_a_scope_sees_what_a_member_there_would(ada, other, cast, customers, tenant):
    with context.entered(tenant.id):
        clerk = Role.objects.get(key="clerk")
        dora = Membership.objects.get(id=cast.dora.id)
        dora.role = clerk
        dora.save()
    ada.post(BEGIN, {"role": clerk.id, "scope": "store", "store": cast.other_store.id})
    assert seen(ada, "customers/") == seen(other(cast.dora), "customers/")
    assert len(seen(ada, "customers/")) == 2
    assert ada.get(HOME + "settings/staff/").status_code == 403
    ada.post(END)
    ada.post(BEGIN, {"role": clerk.id, "scope": "own"})
    assert seen(ada, "customers/") == []


def test_role_with_half_a_scope_is_asked_for_the_rest(ada, cast, tenant):
    with context.entered(tenant.id):
        clerk = Role.objects.get(key="clerk")
    answer = ada.post(BEGIN, {"role": clerk.id, "scope": "store"})
    assert list(answer.context["scope_form"].errors) == ["store"]
    assert seeing.SEEN not in ada.session


@pytest.mark.parametrize("language", BANNERS)
def test_banner_stands_on_every_page_with_a_way_out(language, ada, cast, customers):
    ada.post(BEGIN, {"member": cast.alice.id})
    ada.cookies["django_language"] = language
    pages = ["", "customers/", f"customers/{customers[0].id}/", "orders/", "settings/staff/", "nowhere/"]
    for path, status in zip(pages, (200, 200, 200, 200, 403, 404), strict=True):
        answer = ada.get(HOME + path)
        assert (path, answer.status_code) == (path, status)
        assert BANNERS[language] in answer.content.decode()
    ada.post(END)
    assert BANNERS[language] not in ada.get(HOME).content.decode()
    assert ada.get(HOME + "settings/staff/").status_code == 200


def writes() -> list[tuple[str, list[str]]]:
    return [
        (name, sorted(converters))
        for name, converters in tenant_urls()
        if not name.startswith("api-") and name != "settings:seeing_ends"
    ]


def test_no_address_takes_a_write(ada, cast, customers, tenant):
    """Every address of a company by every unsafe method, each with the id of a row that is there."""
    ada.post(BEGIN, {"member": cast.alice.id})
    with context.entered(tenant.id):
        ids = {"customer_id": customers[0].id, "order_id": Order.objects.filter(customer=customers[0]).first().id}
        before = (Customer.objects.count(), AuditEvent.objects.count())
    tried = 0
    for name, keys in writes():
        arguments = {key: ids.get(key, cast.bob.id) for key in keys if key.endswith("_id")}
        try:
            address = reverse(name, kwargs={"tenant": "lanhu", **arguments})
        except NoReverseMatch:
            continue
        if not address.startswith(HOME):
            continue
        for method in ("post", "put", "patch", "delete"):
            tried += 1
            answer = getattr(ada, method)(address)
            assert (name, method, answer.status_code) == (name, method, 403)
            assert "You may only look" in answer.content.decode()
    assert tried > 100
    with context.entered(tenant.id):
        assert (Customer.objects.count(), AuditEvent.objects.count()) == before


def test_contact_data_stays_hidden_even_where_the_colleague_would_see_it(ada, other, cast, customers, tenant):
    customer = customers[0]
    edit, reveal = f"{HOME}customers/{customer.id}/edit/", f"{HOME}customers/{customer.id}/reveals/"
    assert "+8613912340000" in other(cast.alice).get(edit).content.decode()
    ada.post(BEGIN, {"member": cast.alice.id})
    page = ada.get(edit)
    assert (page.status_code, "+8613912340000" in page.content.decode()) == (200, False)
    assert ada.post(reveal).status_code == 403
    with context.entered(tenant.id):
        assert AuditEvent.objects.filter(action="customer.revealed").count() == 1  # Alice's own


def test_begin_and_end_are_kept_and_are_the_admins(ada, cast, tenant):
    ada.post(BEGIN, {"member": cast.alice.id})
    ada.post(END)
    with context.entered(tenant.id):
        events = list(AuditEvent.objects.filter(action__startswith="seeing").order_by("id"))
    assert [(one.action, one.actor_id, one.subject_id) for one in events] == [
        ("seeing.begun", cast.ada.user_id, cast.alice.id),
        ("seeing.ended", cast.ada.user_id, cast.alice.id),
    ]


def test_what_is_kept_of_a_look_names_the_admin(ada, cast, entered):
    from tenancy import audit

    cast.alice.viewer = cast.ada
    audit.record("test.looked", by=cast.alice)
    event = AuditEvent.objects.get(action="test.looked")
    assert (event.actor_id, event.actor) == (cast.ada.user_id, str(cast.ada.id))
    assert event.changes == {"seeing_as": str(cast.alice.id)}


def test_only_who_may_change_settings_begins(other, cast, tenant):
    with context.entered(tenant.id):
        cast.dora.role = Role.objects.get(key="manager")
        cast.dora.save()
    assert other(cast.dora).post(BEGIN, {"member": cast.alice.id}).status_code == 403


@pytest.mark.parametrize("who", ["charlie", "ada", "nobody", "gone"])
def test_nobody_of_elsewhere_nor_oneself_nor_somebody_deactivated(who, ada, cast, tenant):
    from uuid import uuid4

    with context.entered(tenant.id):
        Membership.objects.filter(id=cast.bob.id).update(is_active=False)
    ids = {"charlie": cast.charlie.id, "ada": cast.ada.id, "nobody": uuid4(), "gone": cast.bob.id}
    assert ada.post(BEGIN, {"member": ids[who]}).status_code == 404


@pytest.mark.parametrize("junk", ["", "x", "1", "\0"])
def test_junk_is_nobody(junk, ada, cast):
    assert ada.post(BEGIN, {"member": junk}).status_code == 404


def test_it_holds_for_one_company_alone(ada, cast, other_tenant):
    with context.entered(other_tenant.id):
        companies.add_member(cast.ada.user, role="admin", scope=Scope.ALL)
    ada.post(BEGIN, {"member": cast.bob.id})
    assert ada.get("/t/harbour/settings/staff/").status_code == 200
    assert ada.get("/t/lanhu/settings/staff/").status_code == 403


def test_it_ends_by_itself_where_the_admin_is_none_any_more(ada, cast, tenant, customers):
    ada.post(BEGIN, {"member": cast.alice.id})
    with context.entered(tenant.id):
        companies.add_member(cast.charlie.user, role="admin", scope=Scope.ALL)
        cast.ada.role, cast.ada.scope = Role.objects.get(key="clerk"), Scope.STORE
        cast.ada.save()
    assert BANNERS["en"] not in ada.get(HOME).content.decode()
    assert seen(ada, "customers/") == []


def test_it_ends_by_itself_where_the_colleague_is_gone(ada, cast, tenant):
    ada.post(BEGIN, {"member": cast.alice.id})
    with context.entered(tenant.id):
        Membership.objects.filter(id=cast.alice.id).update(is_active=False)
    assert BANNERS["en"] not in ada.get(HOME).content.decode()
    assert ada.get(HOME + "settings/staff/").status_code == 200


def test_it_ends_at_logout_and_that_is_kept(ada, cast, tenant):
    ada.post(BEGIN, {"member": cast.alice.id})
    ada.post("/logout/")
    ada.force_login(cast.ada.user, backend="django.contrib.auth.backends.ModelBackend")
    assert ada.get(HOME + "settings/staff/").status_code == 200
    with context.entered(tenant.id):
        assert AuditEvent.objects.filter(action="seeing.ended", actor_id=cast.ada.user_id).count() == 1


def test_the_api_knows_nothing_of_it(ada, cast, tenant):
    with context.entered(tenant.id):
        program = Program(tokens.make(cast.ada, name="till", by=None)[1])
    ada.post(BEGIN, {"member": cast.alice.id})
    program.client.cookies[settings.SESSION_COOKIE_NAME] = ada.cookies[settings.SESSION_COOKIE_NAME].value
    assert program.get("me/").json()["member"]["email"] == "ada@example.com"
