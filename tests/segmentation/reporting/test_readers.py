"""The login of a program for reports: sees its own company's views, and nothing else whatever it does."""

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import errors, sql

from customers.models import Customer
from sales.models import Order, OrderLine, Product
from segmentation.models import CustomerDay, CustomerStats, ScoreChange
from segmentation.reporting import readers
from segmentation.reporting.writing import VIEWS
from tenancy import context
from tenancy.models import Store
from tests.segmentation.reporting.conftest import printed, reading
from tests.test_repository import MODELS, rows

NOBODYS_BUSINESS = ("name", "phone", "email", "birth", "address", "pinyin", "initials", "owner", "note", "text", "rule")


def keys(session: psycopg.Connection, view: str) -> set[tuple]:
    names = sql.SQL(", ").join(map(sql.Identifier, VIEWS[view][1]))
    return set(session.execute(sql.SQL("SELECT {} FROM reporting.{}").format(names, sql.Identifier(view))).fetchall())


def expected(company) -> dict[str, set[tuple]]:
    """What must stand in each view, told by the tables themselves."""
    with context.entered(company.tenant.id):
        standing = set(Customer.objects.filter(merged_into=None, erased_at=None).values_list("id", flat=True))
        return {
            "customers": {(one,) for one in standing},
            "orders": set(Order.objects.values_list("id")),
            "order_lines": set(OrderLine.objects.values_list("id")),
            "products": set(Product.objects.values_list("id")),
            "days": set(CustomerDay.objects.filter(customer__in=standing).values_list("customer_id", "day")),
            "stores": set(Store.objects.values_list("id")),
            "segments": {(company.segment,)},
            "segment_members": {(company.segment, one) for one in standing},
            "score_changes": set(ScoreChange.objects.filter(customer__in=standing).values_list("day", "customer_id")),
        }


def test_reader_sees_every_row_of_its_company_and_none_of_another(reader):
    mine, others = expected(reader.mine), expected(reader.other)
    assert len(mine["customers"]) == 4
    with reading(reader.login, reader.password) as session:
        for view in VIEWS:
            found = keys(session, view)
            assert found and found == mine[view], view
            assert others[view] and not found & others[view], view


def test_figures_are_those_of_the_product(reader):
    best = reader.mine.customers[0]
    with context.entered(reader.mine.tenant.id):
        stats = CustomerStats.objects.get(customer=best)
        total = sum(order.net for order in Order.objects.all())
        of_nobody = Order.objects.filter(customer=reader.mine.customers[3]).count()
    with reading(reader.login, reader.password) as session:
        row = session.execute(
            """SELECT days, frequency, monetary, first_at, last_at, r * 100 + f * 10 + m, stage, p_buy, clv, clv_low,
                      clv_high, margin, margin_of FROM customers WHERE id = %s""", [best]
        ).fetchone()  # fmt: skip
        assert row == (
            stats.days, stats.frequency, stats.monetary, stats.first_at, stats.last_at, stats.score, stats.stage, 0.25,
            10, 5, 20, stats.margin, stats.margin_of,
        )  # fmt: skip
        assert stats.margin is not None
        assert session.execute("SELECT sum(net) FROM orders").fetchone() == (total,)
        unnamed = session.execute("SELECT count(*) FROM orders WHERE customer_id IS NULL").fetchone()
        assert unnamed == (of_nobody,) and of_nobody


def test_no_column_tells_who_somebody_is(db):
    found = rows("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'reporting'")
    assert {view for view, _column in found} == set(VIEWS)
    told = {
        (view, column) for view, column in found
        if any(word in column for word in NOBODYS_BUSINESS) or column == "tenant_id"
    }  # fmt: skip
    assert told == {("products", "name"), ("stores", "name"), ("segments", "name")}


def test_no_setting_and_no_role_shows_another_company(reader):
    mine = expected(reader.mine)["customers"]
    for options in (
        {},
        {"options": f"-c app.tenant_id={reader.other.tenant.id}"},
        {"application_name": f"read_{reader.other.slug}"},
    ):
        with reading(reader.login, reader.password, **options) as session:
            session.execute("SELECT set_config('app.tenant_id', %s, false)", [str(reader.other.tenant.id)])
            session.execute("SET search_path = public, reporting")
            session.execute("SET row_security = on")
            assert keys(session, "customers") == mine
            assert session.execute("SELECT reporting.tenant()").fetchone() == (reader.mine.tenant.id,)
            for role in ("crm_app", "crm_owner", "postgres"):
                for statement in ("SET ROLE {}", "SET SESSION AUTHORIZATION {}"):
                    with pytest.raises(errors.InsufficientPrivilege):
                        session.execute(statement.format(role))


def test_reader_reads_no_table_and_calls_nothing_of_the_product(reader):
    with reading(reader.login, reader.password) as session:
        for model in MODELS:
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(sql.SQL("SELECT 1 FROM public.{}").format(sql.Identifier(model._meta.db_table)))
        may = session.execute(
            """SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
               AND c.relkind IN ('r', 'v', 'm', 'p') AND has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE')"""
        ).fetchall()
        assert may == []
        callable_ones = session.execute(
            """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
               AND prorettype <> 'trigger'::regtype AND has_function_privilege(oid, 'EXECUTE')"""
        ).fetchall()
        assert callable_ones == []


def test_reader_cannot_write_even_where_it_says_so(reader):
    with reading(reader.login, reader.password) as session:
        assert session.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        with pytest.raises(errors.ReadOnlySqlTransaction):
            session.execute("CREATE TEMP TABLE t ()")
        session.execute("SET default_transaction_read_only = off")
        for statement in (
            "UPDATE reporting.products SET name = ''",
            "DELETE FROM reporting.stores",
            "INSERT INTO reporting.stores (id) VALUES (gen_random_uuid())",
            "CREATE VIEW reporting.mine AS SELECT 1",
            "CREATE TABLE public.mine ()",
            "CREATE SCHEMA mine",
            "DROP VIEW reporting.stores",
            "CREATE OR REPLACE FUNCTION reporting.tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
            "ALTER ROLE CURRENT_USER SUPERUSER",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement)


def test_view_shows_nothing_to_a_function_that_tells_what_it_is_given(reader):
    """The other company's rows never reach a condition of the reader's own, which could tell them by its error."""
    with reading(reader.login, reader.password) as session:
        found = session.execute("SELECT count(*) FROM segments WHERE 1 / (CASE WHEN id = %s THEN 0 ELSE 1 END) = 1",
                                [reader.other.segment]).fetchone()  # fmt: skip
    assert found == (1,)


def test_password_is_asked_for_and_login_goes_when_dropped(reader):
    with pytest.raises(psycopg.OperationalError), reading(reader.login, "wrong"):
        pass
    with reading(reader.login, reader.password) as session:
        limits = dict(session.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
                                      [list(readers.LIMITS)]).fetchall())  # fmt: skip
        assert limits["statement_timeout"] == str(5 * 60 * 1000)
        assert session.execute("SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user").fetchone() == (5,)


def test_the_application_reads_the_company_it_has_entered_and_others_nothing(companies_of_readers):
    one, other = companies_of_readers
    for company in (one, other):
        with context.entered(company.tenant.id):
            assert {id for (id,) in rows("SELECT id FROM reporting.customers")} == {
                id for (id,) in expected(company)["customers"]
            }
    assert rows("SELECT reporting.tenant(), (SELECT count(*) FROM reporting.orders)") == [(None, 0)]


def test_function_of_the_views_runs_as_the_owner_with_a_fixed_path(db):
    assert rows(
        """SELECT proname::text, prosecdef, provolatile::text, proconfig::text, proowner::regrole::text FROM pg_proc
           WHERE pronamespace = 'reporting'::regnamespace"""
    ) == [("tenant", True, "s", "{search_path=pg_catalog}", "crm_owner")]
    found = rows(
        """SELECT relname::text, relkind::text, reloptions::text, relowner::regrole::text FROM pg_class
           WHERE relnamespace = 'reporting'::regnamespace ORDER BY 1"""
    )
    assert found == [(view, "v", "{security_barrier=true}", "crm_owner") for view in sorted(VIEWS)]


@pytest.mark.parametrize("slug", ["absent", "x' \"; DROP ROLE crm_app; --", "x" * 70, "", "read_lanhu", "LANHU"])
def test_command_knows_companies_only(tenant, slug):
    with pytest.raises(CommandError, match="no company"):
        printed("--tenant", slug)
    with pytest.raises(CommandError, match="no company"):
        printed("--tenant", slug, "--drop")


def test_command_wants_a_company():
    with pytest.raises(CommandError, match="--tenant"):
        call_command("reader")


def test_names_are_quoted_and_passwords_differ(tenant):
    with connection.cursor() as cursor:
        for statements in (readers.made, readers.dropped):
            options = {"verifier": "it's"} if statements is readers.made else {}
            text = "\n".join(
                one.as_string(cursor.connection) for one in statements("read_a\"b'c", database='d"b', **options)
            )
            assert '"read_a""b\'c"' in text and '"d""b"' in text
    told = {printed("--tenant", tenant.slug)[1] for _turn in range(3)}
    assert len(told) == 3
