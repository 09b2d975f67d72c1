"""The audit's chain: whatever is done to a sealed row is found, and the application cannot do it."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from tenancy import audit, companies, context, sealing, tasks
from tenancy.models import AuditEvent, AuditHead

ROWS = 7


@pytest.fixture
def sealed(cast, tenant):
    """The company with seven rows and those of its making, all sealed. Returns how many."""
    with context.entered(tenant.id):
        for number in range(ROWS):
            audit.record("test.done", cast.store, by=cast.ada, changes={"number": number, "名": "值"})
        return sealing.seal_batch()


def as_owner(sql: str, *parameters) -> None:
    """What somebody who rules the database can do: the triggers are off."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        connection.check_constraints()  # a table with pending checks cannot be altered
        cursor.execute("ALTER TABLE tenancy_auditevent DISABLE TRIGGER USER")
        cursor.execute(sql, parameters)
        assert cursor.rowcount > 0
        connection.check_constraints()
        cursor.execute("ALTER TABLE tenancy_auditevent ENABLE TRIGGER USER")
        cursor.execute("SET ROLE crm_app")


def verdict(tenant):
    with context.entered(tenant.id):
        return sealing.verify()


def id_at(tenant, position):
    with context.entered(tenant.id):
        return AuditEvent.objects.values_list("id", flat=True).get(position=position)


def test_positions_have_no_gap_and_the_chain_holds(sealed, tenant):
    with context.entered(tenant.id):
        positions = AuditEvent.objects.order_by("position").values_list("position", flat=True)
        assert list(positions) == list(range(1, sealed + 1))
        assert AuditHead.objects.get().count == sealed
    assert verdict(tenant) == sealing.Verdict(rows=sealed, unsealed=0, bad=0, first=None)


def test_batches_make_the_same_chain_as_one(cast, tenant):
    with context.entered(tenant.id):
        for number in range(ROWS):
            audit.record("test.done", by=cast.ada, changes={"number": number})
        taken = [sealing.seal_batch(3) for _turn in range(6)]
    assert taken[0] == 3
    assert taken[-1] == 0
    assert verdict(tenant).bad == 0


@pytest.mark.django_db(transaction=True)
def test_sealers_at_once_make_one_chain_without_a_gap():
    tenant = companies.create("busy", name="Busy")
    with context.entered(tenant.id):
        for number in range(60):
            audit.record("test.done", by=None, changes={"number": number})

    def seal_some(_turn) -> int:
        try:
            with context.entered(tenant.id):
                return sealing.seal_batch(5)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(seal_some, range(20))) == 60
    assert verdict(tenant) == sealing.Verdict(rows=60, unsealed=0, bad=0, first=None)


def test_rows_that_are_not_sealed_yet_are_counted_and_no_fault(sealed, cast, tenant):
    with context.entered(tenant.id):
        audit.record("test.done", by=cast.ada)
    assert verdict(tenant) == sealing.Verdict(rows=sealed + 1, unsealed=1, bad=0, first=None)


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "actor_id = NULL",
        "actor = actor || ' '",
        "action = 'test.undone'",
        "subject_type = ''",
        "subject_id = NULL",
        """changes = changes || '{"number": 99}'""",
        "digest = decode(repeat('00', 32), 'hex')",
        "id = '00000000-0000-7000-8000-000000000001'",
    ],
)
def test_an_altered_column_is_found_at_its_row(sealed, tenant, change):
    place = sealed - 3
    as_owner(f"UPDATE tenancy_auditevent SET {change} WHERE tenant_id = %s AND position = %s", tenant.id, place)
    found = verdict(tenant)
    assert found.bad >= 1
    assert found.first == sealing.Fault(place, id_at(tenant, place))


def test_every_column_is_covered():
    assert list(sealing.COLUMNS)[-1] == "position"
    assert {*sealing.COLUMNS, "digest"} == {field.column for field in AuditEvent._meta.local_fields}


def test_a_row_taken_out_of_the_middle_is_missed(sealed, tenant):
    as_owner("DELETE FROM tenancy_auditevent WHERE tenant_id = %s AND position = %s", tenant.id, 4)
    assert verdict(tenant).first == sealing.Fault(4, None)


def test_a_row_taken_out_and_the_others_moved_up_is_found(sealed, tenant):
    as_owner("DELETE FROM tenancy_auditevent WHERE tenant_id = %s AND position = %s", tenant.id, 4)
    for place in range(5, sealed + 1):
        as_owner("UPDATE tenancy_auditevent SET position = position - 1 WHERE position = %s", place)
    assert verdict(tenant).first == sealing.Fault(4, id_at(tenant, 4))


def test_a_cut_tail_is_missed_even_where_the_head_was_set_back(sealed, tenant):
    last = sealed - 2
    as_owner("DELETE FROM tenancy_auditevent WHERE tenant_id = %s AND position > %s", tenant.id, last)
    assert verdict(tenant).first == sealing.Fault(last + 1, None)
    as_owner(
        """UPDATE tenancy_audithead h SET count = %s, digest = e.digest FROM tenancy_auditevent e
           WHERE h.tenant_id = %s AND e.tenant_id = h.tenant_id AND e.position = %s""",
        last, tenant.id, last,
    )  # fmt: skip
    assert verdict(tenant).first == sealing.Fault(last, None)
    with context.entered(tenant.id), pytest.raises(sealing.Broken):
        sealing.seal_batch()


def test_two_swapped_rows_are_found(sealed, tenant):
    for number, place in ((99, 3), (3, 5), (5, 99)):
        as_owner("UPDATE tenancy_auditevent SET position = %s WHERE position = %s", number, place)
    found = verdict(tenant)
    assert found.first == sealing.Fault(3, id_at(tenant, 3))
    assert found.bad >= 2


def test_after_a_fault_what_is_new_is_still_sealed(sealed, cast, tenant):
    as_owner("DELETE FROM tenancy_auditevent WHERE tenant_id = %s AND position = %s", tenant.id, sealed)
    with context.entered(tenant.id):
        audit.record("test.done", by=cast.ada)
        assert sealing.seal_batch() == 1
    found = verdict(tenant)
    assert (found.unsealed, found.first) == (0, sealing.Fault(sealed, None))


@pytest.mark.parametrize("column", [field.column for field in AuditEvent._meta.local_fields])
def test_the_application_changes_no_column_of_a_sealed_row(sealed, tenant, column):
    values = {"position": "999", "digest": "'x'", "changes": "'{}'", "at": "now()"}
    value = values.get(column, "gen_random_uuid()" if column.endswith("id") else "'x'")
    with pytest.raises(DatabaseError), transaction.atomic(), context.entered(tenant.id), connection.cursor() as cursor:
        cursor.execute(f"UPDATE tenancy_auditevent SET {column} = {value} WHERE position = 2")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM tenancy_auditevent",
        "TRUNCATE tenancy_auditevent",
        "UPDATE tenancy_auditevent SET position = NULL, digest = NULL WHERE position = 2",
        "UPDATE tenancy_auditevent SET position = position",
        'INSERT INTO tenancy_auditevent SELECT (jsonb_populate_record(e, \'{"id": '
        '"00000000-0000-7000-8000-000000000001", "position": 99}\')).* FROM tenancy_auditevent e WHERE position = 2',
    ],
)
def test_the_application_takes_nothing_away_and_puts_nothing_into_the_chain(sealed, tenant, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), context.entered(tenant.id), connection.cursor() as cursor:
        cursor.execute(statement)


def test_half_a_seal_is_refused(cast, tenant):
    with pytest.raises(DatabaseError), transaction.atomic(), context.entered(tenant.id), connection.cursor() as cursor:
        cursor.execute("UPDATE tenancy_auditevent SET position = 1")


def said(capsys, *arguments) -> tuple[int, list[str]]:
    try:
        call_command("verify_audit", *arguments)
        status = 0
    except SystemExit as end:
        status = end.code
    return status, capsys.readouterr().out.splitlines()


def test_command_seals_what_is_new_and_says_that_all_is_well(sealed, cast, tenant, other_tenant, capsys):
    with context.entered(tenant.id):
        audit.record("test.done", by=cast.ada)
    status, lines = said(capsys)
    told = json.loads(lines[-1])
    assert (status, len(lines)) == (0, 1)
    assert told == {"tenants": 2, "rows": sealed + 2, "unsealed": 0, "bad": 0}


def test_command_names_the_first_bad_row_and_exits_1(sealed, tenant, capsys):
    as_owner("UPDATE tenancy_auditevent SET action = 'x' WHERE tenant_id = %s AND position = %s", tenant.id, 3)
    status, lines = said(capsys, "--tenant", tenant.slug)
    assert status == 1
    assert f"position 3, id {id_at(tenant, 3)}" in lines[0]
    assert json.loads(lines[-1]) == {"tenants": 1, "rows": sealed, "unsealed": 0, "bad": 1}


def test_beat_seals_every_company(cast, tenant, other_tenant, monkeypatch):
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own transaction must outlive the task
    tasks.seal_audit()
    assert [verdict(one).unsealed for one in (tenant, other_tenant)] == [0, 0]
    assert [verdict(one).rows for one in (tenant, other_tenant)] == [4, 1]
