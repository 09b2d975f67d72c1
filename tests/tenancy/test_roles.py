"""Roles: copied, renamed, ticked and unticked, and never so that nobody could mend it."""

import pytest

from tenancy import roles
from tenancy.models import AuditEvent, Role
from tenancy.permissions import Permission


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def address(tenant):
    return lambda path="": f"/t/{tenant.slug}/settings/roles/{path}"


@pytest.fixture
def role(entered):
    return lambda key: Role.objects.get(key=key)


def ticks(role, permissions):
    return {f"was-{role.id}": ",".join(role.permissions), str(role.id): list(permissions)}


def test_every_permission_stands_on_the_page_once(ada, address, role):
    assert sorted(permission for block in roles.SUBJECTS.values() for permission in block) == sorted(Permission)
    page = ada.get(address()).content.decode()
    assert page.count('type="checkbox" name=') == len(Permission) * Role.objects.count()
    assert page.count(" checked aria-label") == sum(len(one.permissions) for one in Role.objects.all())


def test_copy_may_what_the_original_may_and_is_renamed_and_deleted(ada, address, role):
    ada.post(address("new/"), {"name": "夜班", "original": role("clerk").id})
    night = Role.objects.get(name="夜班")
    assert night.permissions == role("clerk").permissions
    ada.post(address(f"{night.id}/"), {"name": "Night shift"})
    ada.post(address(f"{night.id}/deletions/"))
    assert not Role.objects.filter(id=night.id).exists()
    done = AuditEvent.objects.filter(subject_id=night.id).order_by("id").values_list("action", flat=True)
    assert list(done) == ["role.created", "role.changed", "role.deleted"]


def test_key_of_a_role_is_its_name_where_that_is_latin(ada, address, role):
    for name in ("Night shift", "night-shift", "夜班", "x" * 100):
        ada.post(address("new/"), {"name": name, "original": role("clerk").id})
    keys = list(
        Role.objects.exclude(key__in=["admin", "manager", "sales", "clerk", "service"]).values_list("key", "name")
    )
    assert dict(map(reversed, keys))["Night shift"] == "night-shift"
    assert len({key for key, _name in keys}) == 4
    assert all(len(key) <= 40 for key, _name in keys)


def test_role_that_somebody_has_stays(ada, address, role):
    page = ada.post(address(f"{role('clerk').id}/deletions/")).content.decode()
    assert "Give its members another role first; there are 1." in page
    assert Role.objects.filter(key="clerk").exists()


def test_ticks_give_and_take_and_are_kept(ada, address, role):
    clerk = role("clerk")
    wanted = {*clerk.permissions, "IMPORTS_RUN"} - {"ORDERS_EDIT"}
    ada.post(address("permissions/"), ticks(clerk, wanted))
    assert set(role("clerk").permissions) == wanted
    event = AuditEvent.objects.get(action="role.changed")
    assert (event.subject_id, event.changes) == (clerk.id, {"given": ["IMPORTS_RUN"], "taken": ["ORDERS_EDIT"]})


def test_what_somebody_else_changed_meanwhile_stays(ada, address, role):
    shown = role("clerk")
    Role.objects.filter(id=shown.id).update(permissions=["CUSTOMERS_VIEW", "JOBS_VIEW"])
    ada.post(address("permissions/"), ticks(shown, {*shown.permissions, "IMPORTS_RUN"}))
    assert set(role("clerk").permissions) == {"CUSTOMERS_VIEW", "JOBS_VIEW", "IMPORTS_RUN"}


def test_role_that_was_not_on_the_page_is_left_alone(ada, address, role):
    before = role("sales").permissions
    ada.post(address("permissions/"), {str(role("sales").id): ["JOBS_VIEW"]})
    assert role("sales").permissions == before


def test_names_that_are_no_permissions_are_not_kept(ada, address, role):
    clerk = role("clerk")
    ada.post(address("permissions/"), ticks(clerk, [*clerk.permissions, "EVERYTHING", "x" * 500]))
    assert role("clerk").permissions == sorted(clerk.permissions)


def test_change_that_leaves_nobody_to_mend_it_is_refused_whole(ada, address, role):
    admin, clerk = role("admin"), role("clerk")
    told = ticks(admin, set(admin.permissions) - {"SETTINGS_EDIT"}) | ticks(clerk, [*clerk.permissions, "JOBS_VIEW"])
    page = ada.post(address("permissions/"), told).content.decode()
    assert "Somebody must be left who may change settings" in page
    assert (role("admin").permissions, role("clerk").permissions) == (admin.permissions, clerk.permissions)
    assert not AuditEvent.objects.filter(action="role.changed").exists()


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"original": ""}, "original"),
        ({"name": "Night"}, "name"),
    ],
)
def test_bad_role_is_refused_at_its_field(told, field, ada, address, role):
    Role.objects.filter(key="sales").update(name="Night")
    answer = ada.post(address("new/"), {"name": "New", "original": role("clerk").id, **told})
    assert list(answer.context["form"].errors) == [field]
    assert Role.objects.count() == 5


def test_there_are_only_as_many_as_one_can_look_over(ada, address, role):
    for number in range(roles.MOST - 5):
        Role.objects.create(key=f"r{number}", name=f"R{number}")
    answer = ada.post(address("new/"), {"name": "One more", "original": role("clerk").id})
    assert "There are 30 roles" in answer.content.decode()
    assert ada.get(address()).status_code == 200
