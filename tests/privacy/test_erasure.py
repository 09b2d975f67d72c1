"""Erasing: when it is refused, what comes back how, the door of append-only tables, restored copies."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers import identities, imports, merging
from customers.models import Customer, Identifier, ImportProblem, ImportRun, Merge, Source, SourceRecord
from interactions import timeline
from interactions.models import Interaction
from privacy import consent, erasure, erasure_list, reapplying, tasks
from privacy.models import Channel, ErasedKey, Erasure, How, Purpose
from sales import orders
from sales.models import Order
from tenancy import context, jobs
from tenancy.models import AuditEvent, Job
from tests.sales.test_orders import a_line
from webhooks.models import Change

WANG = {"name": "王小芳", "phone": "13812345678", "email": "wang@example.org"}


@pytest.fixture
def source(entered):
    return Source.objects.create(key="pos")


@pytest.fixture
def customer(source):
    orders.record([a_line()], source=source, people={"M1": identities.Person("M1", WANG)})
    return Customer.objects.get()


def run_of(source, state):
    job = Job.objects.create(kind="import.orders", title="f.csv", state=state)
    return ImportRun.objects.create(kind="orders", source=source, filename="f.csv", digest=b"x", job=job)


@pytest.mark.parametrize("state", [Job.State.WAITING, Job.State.RUNNING])
def test_it_waits_for_an_import_that_may_hold_the_person(customer, source, state):
    run_of(source, state)
    with pytest.raises(erasure.NotNow, match=r"f\.csv"):
        erasure.erase(customer, by=None)
    customer.refresh_from_db()
    assert (customer.name, customer.erased_at) == ("王小芳", None)


def test_once_is_enough(customer):
    first = erasure.erase(customer, by=None)
    with pytest.raises(erasure.AlreadyErased):
        erasure.erase(customer, by=None)
    assert [one.receipt for one in Erasure.objects.all()] == [first.receipt]


def test_who_was_merged_is_forgotten_with_the_survivor_and_comes_apart_no_more(customer, source):
    identities.record([identities.Person("M2", {"name": "王小方", "phone": "13912345678"})], source=source)
    other = Customer.objects.exclude(id=customer.id).get()
    merge = merging.merge(customer, [other], origin=Merge.Origin.HAND, by=None)
    erasure.erase(other, by=None)  # whom a stale page still names
    assert Customer.objects.filter(erased_at=None).count() == 0
    assert Erasure.objects.get().subject_id == customer.id
    assert not any(one.value for one in Identifier.objects.all())
    with pytest.raises(merging.CannotUnmerge):
        merging.unmerge(merge, by=None)


def test_who_came_apart_again_is_not_forgotten_with_the_other(customer, source):
    identities.record([identities.Person("M2", {"name": "王小方"})], source=source)
    other = Customer.objects.exclude(id=customer.id).get()
    merging.unmerge(merging.merge(customer, [other], origin=Merge.Origin.HAND, by=None), by=None)
    erasure.erase(customer, by=None)
    other.refresh_from_db()
    assert (other.name, other.erased_at) == ("王小方", None)


def test_receipts_are_numbered(customer, source):
    identities.record([identities.Person("M2", {"name": "李四"})], source=source)
    numbers = [erasure.erase(one, by=None).number for one in Customer.objects.order_by("id")]
    assert numbers == [1, 2]


def test_who_was_erased_agrees_to_nothing(customer):
    consent.give(customer, purposes=Purpose, channel=Channel.SMS, how=How.TILL, by=None)
    erasure.erase(customer, by=None)
    assert not any(consent.holds(customer, purpose, Channel.SMS) for purpose in Purpose)
    assert not consent.holders(Customer.objects.all(), Purpose.SERVICE, Channel.SMS).exists()


def test_it_is_told_to_programs_and_on_the_timeline(customer):
    erasure.erase(customer, by=None)
    assert Change.objects.filter(kind="customer.erased", subject_id=customer.id).count() == 1
    assert Interaction.objects.filter(kind="customer.erased", customer=customer).count() == 1


def test_whoever_buys_again_is_a_new_customer_and_the_old_rows_stay_erased(customer, source):
    erasure.erase(customer, by=None)
    again = a_line(number="2001", at=timezone.now())
    orders.record([again], source=source, people={"M1": identities.Person("M1", WANG)})
    new = SourceRecord.objects.get(external_id="M1").customer
    assert new.id != customer.id
    assert (new.name, new.phone) == ("王小芳", "+8613812345678")
    assert [order.number for order in Order.objects.filter(customer=new)] == ["2001"]
    customer.refresh_from_db()
    assert (customer.name, customer.phone) == ("", None)
    assert [order.number for order in Order.objects.filter(customer=customer)] == ["1001"]


def test_who_comes_back_from_an_old_file_does_not_come_in_silence(customer, source):
    done = erasure.erase(customer, by=None)
    people = {"M1": identities.Person("M1", WANG), "M2": identities.Person("M2", {"name": "李四"})}
    orders.record([a_line(), a_line(number="1002", customer="M2")], source=source, people=people)
    told = Interaction.objects.get(kind="customer.returned")
    assert told.customer == SourceRecord.objects.get(external_id="M1").customer
    assert told.facts == {"receipt": done.receipt}
    assert AuditEvent.objects.filter(action="customer.returned").count() == 1


def test_an_erased_customer_can_be_projected_again(customer):
    erasure.erase(customer, by=None)
    identities.refresh({customer.id})
    customer.refresh_from_db()
    assert customer.display_name in ("Erased customer", "已删除的客户")


def test_files_that_wait_are_thrown_away_and_say_so_when_tried_again(customer, source, settings, tmp_path):
    import io

    settings.STATE_DIR = tmp_path
    run = imports.take(io.BytesIO(b"a,b\n1,2\n"), filename="f.csv", kind="orders", source=source, by=None)
    job = imports.start(run, imports.Plan(), by=None, enqueue=False)
    jobs.cancel(job)
    counts = erasure.erase(customer, by=None).counts
    assert counts["files"] == 1
    jobs.retry(job)
    jobs.run(job.tenant_id, job.id, take_over=True)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "gone" in job.error or "重新" in job.error


def test_cells_of_others_stay_and_theirs_go(customer, source):
    run = run_of(source, Job.State.DONE)
    cells = {2: "138-1234 5678", 3: "13812345679", 4: "给王小芳", 5: "王芳", 6: "WANG@example.org", 7: "88.00"}
    for row, cell in cells.items():
        ImportProblem.objects.create(run=run, row=row, cell=cell, reason="bad")
    assert erasure.erase(customer, by=None).counts["customers.ImportProblem"] == 3
    assert [problem.cell for problem in run.problems.order_by("row")] == ["", "13812345679", "", "王芳", "", "88.00"]


def test_old_cells_go_after_a_month(source, tenant):
    old, fresh = (run_of(source, Job.State.DONE) for _turn in range(2))
    ImportRun.objects.filter(id=old.id).update(created_at=timezone.now() - timedelta(days=31))
    for run in (old, fresh):
        ImportProblem.objects.create(run=run, row=2, cell="cell", reason="bad")
    assert imports.forget_cells(timezone.now() - tasks.CELLS_KEPT) == 1
    assert [run.problems.get().cell for run in (old, fresh)] == ["", "cell"]


def test_rows_that_name_another_customer_are_theirs(customer, source):
    known = identities.record([identities.Person("M2", {"name": "李四"})], source=source)
    other = Customer.objects.get(id=known["M2"].customer_id)
    mine = SourceRecord.objects.get(external_id="M1")
    row = timeline.record(other, timeline.NOTE_ADDED, text="about 李四", source_record=mine)
    erasure.erase(customer, by=None)
    assert Interaction.objects.get(id=row.id).text == "about 李四"
    assert Customer.objects.get(id=other.id).name == "李四"


# The door


def test_the_timeline_changes_through_its_door_alone_and_only_to_nothing(customer):
    row = timeline.record(customer, timeline.NOTE_ADDED, text="secret")
    for change in ({"text": b""}, {"kind": "note.changed"}):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            name, value = next(iter(change.items()))
            cursor.execute(f"UPDATE interactions_interaction SET {name} = %s WHERE id = %s", [value, row.id])
    with connection.cursor() as cursor:
        cursor.execute("SELECT interactions_interaction_erase(%s)", [[row.id]])
        assert cursor.fetchone() == (1,)
    after = Interaction.objects.get(id=row.id)
    assert (after.text, after.kind, after.at, after.customer_id) == ("", row.kind, row.at, customer.id)


def test_the_owner_too_changes_nothing_else(customer):
    row = timeline.record(customer, timeline.NOTE_ADDED, text="secret")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("UPDATE interactions_interaction SET kind = 'x' WHERE id = %s", [row.id])


def test_the_door_opens_no_other_companys_rows(customer, other_tenant):
    row = timeline.record(customer, timeline.NOTE_ADDED, text="secret")
    with context.entered(other_tenant.id), connection.cursor() as cursor:
        cursor.execute("SELECT interactions_interaction_erase(%s)", [[row.id]])
        assert cursor.fetchone() == (0,)
    assert Interaction.objects.get(id=row.id).text == "secret"


def test_no_setting_opens_it(customer):
    row = timeline.record(customer, timeline.NOTE_ADDED, text="secret")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.erasing', 'on', true), set_config('role', 'crm_app', true)")
        cursor.execute("UPDATE interactions_interaction SET text = '' WHERE id = %s", [row.id])


# Restored copies: here the erasure is on the list, and the customer is not erased


def on_the_list(customer, *, at=None, customer_id=None) -> dict:
    keys = [erasure.record_key(one.source.key, one.external_id) for one in customer.records.select_related("source")]
    return {
        "tenant": customer.tenant_id, "customer": customer_id or customer.id, "at": at or timezone.now(),
        "reason": Erasure.Reason.REQUEST, "keys": set(keys),
    }  # fmt: skip


def test_who_stands_on_the_list_is_erased_again_at_the_same_moment(customer, tenant):
    entry = on_the_list(customer)
    assert reapplying.reapply([entry]) == 1
    assert reapplying.reapply([entry]) == 0
    customer.refresh_from_db()
    assert (customer.name, customer.erased_at) == ("", entry["at"])
    assert Erasure.objects.get().at == entry["at"]


def test_a_record_is_known_by_its_hash_where_the_customer_had_another_id(customer):
    assert reapplying.reapply([on_the_list(customer, customer_id=uuid4())]) == 1


def test_a_person_who_came_back_after_the_erasure_stays(customer):
    before = timezone.now() - timedelta(days=1)
    assert reapplying.reapply([on_the_list(customer, customer_id=uuid4(), at=before)]) == 0


def test_an_import_under_way_in_the_backup_is_stopped(customer, source):
    run = run_of(source, Job.State.WAITING)
    assert reapplying.reapply([on_the_list(customer)]) == 1
    run.job.refresh_from_db()
    assert run.job.state == Job.State.CANCELLED


def test_lists_of_companies_that_are_not_here_change_nothing(customer):
    assert reapplying.reapply([on_the_list(customer) | {"tenant": uuid4()}]) == 0


def test_a_line_cut_off_by_a_crash_is_left_out_and_another_is_named(customer, tmp_path):
    line = json.dumps(erasure_list.entry(erasure.erase(customer, by=None)))
    assert len(erasure_list.parse(f"{line}\n{line[:50]}")) == 1
    broken = tmp_path / "erasures.jsonl"
    broken.write_text(f"{line[:50]}\n{line}\n")
    with pytest.raises(CommandError, match="line 1"):
        call_command("reapply_erasures", str(broken))
    with pytest.raises(CommandError, match="No such file"):
        call_command("reapply_erasures", str(tmp_path / "absent"))


def test_the_list_holds_hashes_that_match_no_live_row(customer):
    erasure.erase(customer, by=None)
    kept = {bytes(digest) for digest in ErasedKey.objects.values_list("digest", flat=True)}
    assert len(kept) == 3  # the record, the phone, the e-mail
    assert not kept & {bytes(digest) for digest in Identifier.objects.values_list("digest", flat=True)}


def test_command_prints_a_receipt(customer, cast, tenant, capsys):
    arguments = ["erase_customer", "--tenant", tenant.slug, "--source", "pos", "M1", "--by", "ada@example.com"]
    call_command(*arguments)
    printed = json.loads(capsys.readouterr().out)
    done = Erasure.objects.get()
    assert (printed["receipt"], printed["customer"], done.by) == (done.receipt, str(customer.id), cast.ada)
    assert printed["counts"]["customers.SourceRecord"] == 1
    with pytest.raises(CommandError, match="M1"):
        call_command(*arguments)
