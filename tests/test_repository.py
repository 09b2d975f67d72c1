"""What must hold for all code and every table."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from crm.lib.declaring import Declaration
from privacy import fates
from tenancy.database.fields import TenantReference
from tenancy.database.schema import is_tenant_model

ROOT = Path(__file__).resolve().parent.parent
OURS = {
    "tenancy", "webhooks", "customers", "interactions", "privacy", "sales", "segmentation", "loyalty", "feedback",
    "crm",
}  # fmt: skip
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS]
TENANT_MODELS = [model for model in MODELS if is_tenant_model(model)]
# Tables without a tenant, and why each may be: asked or written before one is entered, or Django's own.
OUTSIDE = {
    "tenancy_user": "a person logs in before a company is entered",
    "tenancy_installation": "one row for the whole installation",
    "tenancy_tenant": "has a wall of its own: id = the entered tenant",
    "django_session": "holds the login before a company is entered",
    "django_migrations": "schema",
    "django_content_type": "schema",
    "auth_permission": "schema: django-guardian's permission names",
    "auth_group": "unused, comes with auth",
    "auth_group_permissions": "unused, comes with auth",
    "axes_accessattempt": "login throttling, before a company is entered",
    "axes_accessfailurelog": "login throttling",
    "axes_accesslog": "login throttling, switched off",
    "axes_accessattemptexpiration": "login throttling",
    "guardian_groupobjectpermission": "django-guardian's generic table, unused",
    "guardian_userobjectpermission": "django-guardian's generic table, unused",
}
# Unique without the tenant in front: looked up before one is entered.
GLOBAL_KEYS = {"membership_by_user", "job_due", "tenancy_apitoken_digest", "match_record_keys"}


def rows(sql: str, *parameters) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def label(model) -> str:
    return model._meta.label


def test_every_table_is_a_tenants_or_named_as_an_exception(db):
    tables = {name for (name,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert tables == {model._meta.db_table for model in TENANT_MODELS} | set(OUTSIDE)


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_tenant_table_has_the_wall(db, model):
    table = model._meta.db_table
    assert rows("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table) == [
        (True, True)
    ]
    policies = rows("SELECT policyname, roles::text[], qual, with_check FROM pg_policies WHERE tablename = %s", table)
    wall = "(tenant_id = (current_setting('app.tenant_id'::text))::uuid)"
    assert sorted(policies) == [
        ("owner_all", ["crm_owner"], "true", "true"),
        ("tenant_wall", ["crm_app"], wall, wall),
    ]


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_key_and_references_of_a_tenant_table_begin_with_the_tenant(db, model):
    constraints = rows(
        """SELECT c.contype::text, c.confrelid::regclass::text,
                  ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (n, i)
                        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.i)
           FROM pg_constraint c WHERE c.conrelid = %s::regclass AND c.contype IN ('p', 'f')""",
        model._meta.db_table,
    )
    key = [field.column for field in model._meta.pk_fields]
    assert [found for kind, _to, found in constraints if kind == "p"] == [list(dict.fromkeys(["tenant_id", *key]))]
    composite = {
        (to, key[1]) for kind, to, key in constraints if kind == "f" and key[0] == "tenant_id" and len(key) == 2
    }
    expected = {
        (field.remote_field.model._meta.db_table, field.column)
        for field in model._meta.local_fields
        if isinstance(field, TenantReference)
    }
    assert composite == expected


def test_every_index_of_a_tenant_table_begins_with_the_tenant(db):
    found = rows(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid, 1, false) FROM pg_index i
           WHERE i.indrelid::regclass::text = ANY(%s)""",
        [model._meta.db_table for model in TENANT_MODELS],
    )
    others = {name for name, first in found if first.strip("()") not in ("tenant_id", "ARRAY[tenant_id]")}
    assert {name for name in others if not any(known in name for known in GLOBAL_KEYS)} == set()


def test_the_applications_role_is_neither_superuser_nor_owner_and_goes_around_no_policy(db):
    assert rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [(False, False)]
    assert rows("SELECT current_user::text") == [("crm_app",)]
    owners = rows("SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'")
    assert owners == [("crm_owner",)]
    assert rows("SELECT count(*) FROM pg_roles WHERE rolbypassrls AND NOT rolsuper") == [(0,)]


def test_many_to_many_goes_through_models_of_our_own():
    automatic = [
        field
        for model in MODELS
        for field in model._meta.local_many_to_many
        if field.remote_field.through._meta.auto_created
    ]
    assert automatic == []


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_field_declares_what_erasure_does_to_it(model):
    declared = model.Privacy.fields
    fields = {field.name for field in model._meta.local_fields} - {"id", "tenant", "pk"}
    assert set(declared) == fields
    assert all(isinstance(one, Declaration) and one.why for one in declared.values())


def test_functions_outside_the_wall_are_the_known_ones_with_a_fixed_path(db):
    found = rows(
        """SELECT proname::text, proconfig::text FROM pg_proc
           WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1"""
    )
    names = [name for name, _settings in found]
    assert names == [
        "customers_alike", "customers_begun", "customers_containing", "customers_identified", "customers_latest",
        "customers_within",
        "feedback_ticketentry_erase", "interactions_interaction_erase", "loyalty_entry_erase",
        "segmentation_amount_near", "segmentation_touched",
        "tenancy_due_jobs",
        "tenancy_places_of", "tenancy_tenant_of_slug", "tenancy_tenant_of_token",
        "tenancy_tenants",
        "tenancy_tenants_with_answers_before", "tenancy_tenants_with_unsealed_audit", "webhooks_due",
        "webhooks_unplaced",
    ]  # fmt: skip
    assert all("search_path=pg_catalog, public" in settings for _name, settings in found)


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_what_is_declared_to_be_erased_can_be(db, model):
    """By the application itself, or by the one door of a table that is written once (migrations.erasable)."""
    columns = {field.column: fates.neutral(field) for field in fates.destroyed(model)}
    table, closed = model._meta.db_table, []
    for column in columns:
        if not rows("SELECT has_column_privilege(%s, %s, 'UPDATE')", table, column)[0][0]:
            closed.append(column)
    assert closed in ([], list(columns))
    if closed:
        [(body,)] = rows("SELECT prosrc FROM pg_proc WHERE proname = %s", f"{table}_erase")
        assert all(f"{column} = " in body for column in columns)
        assert "tenant_id = current_setting('app.tenant_id')::uuid AND id = ANY(ids)" in body


def test_migrations_are_in_step_with_the_models(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_imports_go_down_only():
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert lint.returncode == 0, lint.stdout


def test_statements_are_never_prepared_on_the_server(db):
    """A prepared plan keeps the first tenant's shape."""
    assert connection.settings_dict["OPTIONS"]["prepare_threshold"] is None


def test_charfields_have_a_bound():
    unbounded = [
        f"{label(model)}.{field.name}"
        for model in MODELS
        for field in model._meta.local_fields
        if isinstance(field, models.CharField) and not field.max_length
    ]
    assert unbounded == []
