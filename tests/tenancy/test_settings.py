"""The settings: who may open which page, and what a company, its stores and teams may become."""

import pytest

from customers.models import Customer, Source
from sales import orders
from tenancy import companies, context
from tenancy.models import AuditEvent, Store, Team, Tenant
from tenancy.permissions import Scope
from tests.cast import person
from tests.sales.test_orders import a_line

# Path, who of the seeded roles may open it.
PAGES = {
    "": {"admin", "manager"},
    "company/": {"admin"},
    "stores/": {"admin"},
    "stores/new/": {"admin"},
    "stores/{store}/": {"admin"},
    "teams/": {"admin"},
    "teams/new/": {"admin"},
    "teams/{team}/": {"admin"},
    "staff/": {"admin"},
    "staff/new/": {"admin"},
    "staff/{member}/": {"admin"},
    "roles/": {"admin"},
    "roles/new/": {"admin"},
    "roles/{role}/": {"admin"},
    "tokens/": {"admin"},
    "tokens/new/": {"admin"},
    "audit/": {"admin"},
    "../customers/handovers/{member}/": {"admin"},
}
ACTIONS = [
    "company/", "stores/new/", "stores/{store}/", "stores/{store}/deletions/", "teams/new/", "teams/{team}/",
    "teams/{team}/deletions/", "staff/new/", "staff/{member}/", "staff/{member}/deactivations/",
    "staff/{member}/reactivations/", "staff/{member}/invitations/", "roles/new/", "roles/permissions/", "roles/{role}/",
    "roles/{role}/deletions/", "seeing/", "tokens/new/", "tokens/{token}/revocations/",
    "../customers/handovers/{member}/",
]  # fmt: skip
ROLES = ["admin", "manager", "sales", "clerk", "service"]


@pytest.fixture
def staff(cast, tenant):
    """A member of each seeded role, by its key."""
    with context.entered(tenant.id):
        manager = companies.add_member(person("Max"), role="manager", scope=Scope.ALL)
    return {"admin": cast.ada, "manager": manager, "sales": cast.alice, "clerk": cast.bob, "service": cast.dora}


@pytest.fixture
def settled(cast, entered):
    """settled("stores/{store}/") is the address of that page."""
    ids = {
        "store": cast.store.id,
        "team": cast.team.id,
        "member": cast.alice.id,
        "role": cast.bob.role_id,
        "token": cast.ada.id,
    }
    return lambda path: f"/t/{entered.slug}/settings/{path.format(**ids)}".replace("settings/../", "")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", PAGES)
def test_page_is_for_those_roles_alone(path, role, staff, login, settled):
    browser = login(staff[role])
    answer = browser.get(settled(path), follow=path == "")
    assert answer.status_code == (200 if role in PAGES[path] else 403)


@pytest.mark.parametrize("role", ROLES[1:])
@pytest.mark.parametrize("path", ACTIONS)
def test_action_is_refused_to_the_others(path, role, staff, login, settled):
    assert login(staff[role]).post(settled(path)).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_link_in_the_frame_is_for_who_finds_something_there(role, staff, login, settled):
    page = login(staff[role]).get(settled("../")).content.decode()
    assert (f'href="{settled("")}"' in page) == (role in ("admin", "manager"))


COMPANY = {"name": "蓝湖", "timezone": "Asia/Shanghai", "currency": "CNY", "region": "CN"}


def test_company_is_changed_and_the_change_kept(cast, login, settled, tenant):
    answer = login(cast.ada).post(settled("company/"), {**COMPANY, "currency": "HKD", "region": "HK"})
    assert answer.status_code == 302
    changed = Tenant.objects.get()
    assert (changed.name, changed.currency, changed.region) == ("蓝湖", "HKD", "HK")
    event = AuditEvent.objects.get(action="company.changed")
    assert event.changes == {"name": ["蓝湖百货", "蓝湖"], "currency": ["CNY", "HKD"], "region": ["CN", "HK"]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("timezone", "Asia/Nowhere"),
        ("currency", "yuan"),
        ("currency", "CNY\n"),
        ("region", "XX"),
    ],
)
def test_what_a_company_cannot_be_is_refused_at_its_field(field, value, cast, login, settled):
    answer = login(cast.ada).post(settled("company/"), {**COMPANY, field: value})
    if (field, value) == ("currency", "CNY\n"):  # a browser's own spaces are no fault
        assert answer.status_code == 302
        return
    assert list(answer.context["form"].errors) == [field]
    assert Tenant.objects.get().name == "蓝湖百货"


def test_currency_stays_once_an_order_stands(cast, login, settled, entered):
    orders.record([a_line()], source=Source.objects.create(key="shop"))
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    assert "Orders stand in this currency already" in browser.get(settled("company/")).content.decode()
    browser.post(settled("company/"), {**COMPANY, "currency": "EUR"})
    assert Tenant.objects.get().currency == "CNY"
    with pytest.raises(companies.CurrencyHeld):
        companies.change(Tenant.objects.get(), currency="EUR", by=cast.ada)


def test_store_and_team_are_added_changed_and_deleted(cast, login, settled):
    browser = login(cast.ada)
    browser.post(settled("stores/new/"), {"code": "S9", "name": "新店", "city": "杭州"})
    store = Store.objects.get(code="S9")
    browser.post(settled(f"stores/{store.id}/"), {"code": "S9", "name": "旗舰店"})
    store.refresh_from_db()
    assert (store.name, store.city) == ("旗舰店", "")
    browser.post(settled(f"stores/{store.id}/deletions/"))
    assert not Store.objects.filter(code="S9").exists()
    browser.post(settled("teams/new/"), {"name": "West"})
    team = Team.objects.get(name="West")
    browser.post(settled(f"teams/{team.id}/"), {"name": "North"})
    browser.post(settled(f"teams/{team.id}/deletions/"))
    assert set(Team.objects.values_list("name", flat=True)) == {"East"}
    actions = AuditEvent.objects.filter(actor_id=cast.ada.user_id).order_by("id").values_list("action", flat=True)
    assert [action for action in actions if action.startswith(("store", "team"))] == [
        "store.created", "store.changed", "store.deleted", "team.created", "team.changed", "team.deleted",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "told", "field"),
    [
        ("stores/new/", {"code": "S1", "name": "Twice"}, "code"),
        ("stores/{store}/", {"code": "S2", "name": "Twice"}, "code"),
        ("stores/new/", {"code": "", "name": "None"}, "code"),
        ("stores/new/", {"code": "x" * 41, "name": "Long"}, "code"),
        ("stores/new/", {"code": "a\0b", "name": "NUL"}, "code"),
        ("teams/new/", {"name": "East"}, "name"),
    ],
)
def test_bad_store_or_team_is_refused_at_its_field(path, told, field, cast, login, settled):
    before = Store.objects.count(), Team.objects.count()
    answer = login(cast.ada).post(settled(path), told)
    assert list(answer.context["form"].errors) == [field]
    assert (Store.objects.count(), Team.objects.count()) == before


def test_store_in_use_stays_and_says_by_what(cast, login, settled):
    Customer.objects.create(name="Regular", store=cast.other_store)
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    page = browser.post(settled(f"stores/{cast.other_store.id}/deletions/")).content.decode()
    assert "these refer to it: Customer, Member of staff." in page
    assert Store.objects.filter(id=cast.other_store.id).exists()
    assert not AuditEvent.objects.filter(action="store.deleted").exists()
