"""A file of our own that comes back changes what its sender may change by hand, and nothing else."""

import io

import pytest

from customers import editing
from customers.imports import runs, undoing, views
from customers.models import Customer, ImportConflict, ImportProblem, ImportRun, Source
from tenancy import companies, jobs
from tenancy.models import Role
from tenancy.permissions import Permission, Scope
from tests.cast import person


@pytest.fixture
def people(entered, cast):
    """One customer of Alice's, one of nobody's."""
    made = [editing.create({"name": name, "kind": "person"}, owner=None, store=None, by=cast.ada) for name in "张李"]
    Customer.objects.filter(id=made[0].id).update(owner=cast.alice)
    return made


def sent(rows: list[tuple], *, by) -> ImportRun:
    source, _made = Source.objects.get_or_create(key=Source.EXPORT)
    text = "external_id,name\n" + "".join(f"{id},{name}\n" for id, name in rows)
    run = runs.take(io.BytesIO(text.encode()), filename="own.csv", kind="customers", source=source, by=by)
    job = runs.start(run, runs.Plan(), by=by, enqueue=False)
    jobs.run(run.tenant_id, job.id, take_over=True)
    run.refresh_from_db()
    return run


def test_only_what_the_sender_may_change_is_changed(tenant, cast, people):
    Role.objects.filter(id=cast.alice.role_id).update(
        permissions=[Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EDIT, Permission.IMPORTS_RUN]
    )
    cast.alice.refresh_from_db()
    run = sent([(one.id, "新名") for one in people], by=cast.alice)
    assert (run.job.result["updated"], run.job.result["rejected"]) == (1, 1)
    assert [Customer.objects.get(id=one.id).name for one in people] == ["新名", "李"]
    assert [problem.row for problem in ImportProblem.objects.all()] == [3]


def test_who_may_only_import_changes_nobody(tenant, cast, people):
    role = Role.objects.create(key="loader", name="Loader", permissions=[Permission.IMPORTS_RUN])
    loader = companies.add_member(person("Lola"), role=role.key, scope=Scope.ALL)
    run = sent([(one.id, "新名") for one in people], by=loader)
    assert run.job.result["rejected"] == 2
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["张", "李"]


def test_customers_that_an_undo_left_alone_are_named_to_those_who_see_them(tenant, cast, people):
    run = sent([(one.id, "新名") for one in people], by=cast.ada)
    for one in people:
        editing.change(one, {"name": f"{one.name}又改"}, by=cast.ada)
    jobs.run(tenant.id, undoing.start(run, by=cast.ada, enqueue=False).id, take_over=True)
    assert ImportConflict.objects.count() == 2
    assert [one.customer_id for one in views.conflicts(run, cast.alice)] == [people[0].id]
    assert len(views.conflicts(run, cast.ada)) == 2
