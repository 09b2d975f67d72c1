"""The export: exactly whom the list shows, made by a job, agreed to by a second person, fetched by one."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.utils import timezone

from crm.lib import tables
from crm.lib.tables import words
from crm.lib.tables.formulas import restored
from customers import editing, files, identities, projection, tagging
from customers.models import Customer, CustomField, Source
from privacy import erasure
from privacy.models import Erasure
from segmentation.exports import asking, making, rows
from segmentation.models import Export
from segmentation.tasks import forget_old
from tenancy import context, jobs
from tenancy.models import AuditEvent, Job, Role
from tenancy.permissions import Permission
from tests.pages import shop

CSV, XLSX = Export.Format.CSV, Export.Format.XLSX
FULL = {
    "name": "=王小明", "family_name": "王", "given_name": "小明", "gender": "f", "birthday": "1990-03-04",
    "phone": "13812345678", "email": "a@example.com", "openid": "o-1", "unionid": "u-1", "card": "@card",
    "address": "-南京西路1号, \"甲\"", "city": "上海", "industry": "零售", "kind": "person",
}  # fmt: skip


def ask(member, tenant, query: str = "", **options) -> Export:
    return asking.ask(QueryDict(query), format=options.pop("format", CSV), member=member, tenant=tenant, **options)


def read_back(export: Export, by, tmp_path) -> list[dict[str, str]]:
    """The file as our own import reads it: heading → cell."""
    with asking.fetch(export, by=by) as content:
        path = tmp_path / export.filename
        path.write_bytes(content.read())
    profile = tables.profile(path, filename=path.name)
    undo = restored if export.format == CSV else str
    header = profile.sheets[0].header
    return [dict(zip(header, map(undo, row.cells), strict=False)) for row in tables.rows(path, profile)]


@pytest.fixture
def one(cast, entered):
    """A customer with every field, tags, a value of an own field, owner and store."""
    CustomField.objects.create(key="shoe_size", label="鞋码", kind="number")
    source = Source.objects.create(key="shop")
    told = identities.Person("M1", FULL | {"shoe_size": "42.5"})
    known = identities.record([told], source=source)["M1"]
    Customer.objects.filter(id=known.customer_id).update(owner=cast.alice, store=cast.store)
    tagging.add([known.customer_id], ["VIP; 金", "+新"], by=cast.ada)
    return Customer.objects.get(id=known.customer_id)


@pytest.mark.parametrize("format", [CSV, XLSX])
def test_file_holds_all_that_is_known_in_the_form_an_import_reads(one, cast, entered, format, tmp_path):
    export = ask(cast.ada, entered, format=format)
    assert (export.state, export.rows, export.job.state) == ("ready", 1, "done")
    (row,) = read_back(export, cast.ada, tmp_path)
    known = {**FULL, "phone": "+8613812345678", "external_id": str(one.id), "store": "S1", "shoe_size": "42.5"}
    known["owner"] = "alice@example.com"
    assert {name: row[name] for name in known} == known
    assert set(words.parted(row["tags"])) == {"VIP; 金", "+新"}
    figures = {"stage": "prospect", "frequency": "0", "recency_days": "", "r": "", "f": "", "m": ""}
    assert {name: row.get(name, "") for name in figures} == figures
    assert list(row)[:2] == ["external_id", "name"]
    assert row["created_at"].startswith(str(timezone.localdate()))


@pytest.mark.parametrize("format", [CSV, XLSX])
def test_stored_file_is_sealed_and_leaves_no_plain_copy(one, cast, entered, format, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    export = ask(cast.ada, entered, format=format)
    sealed = files._path(export.stored).read_bytes()
    assert "王小明".encode() not in sealed
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [export.stored.rsplit("/", 1)[1]]
    assert list(files.scratch().iterdir()) == []


def test_what_a_killed_worker_left_goes(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    left = files.scratch() / "left"
    left.mkdir()
    (left / "rows").write_text("王小明")
    (files.scratch() / "upload").write_text("王小明")
    files.forget_scratch(left.stat().st_mtime - 1)
    assert left.exists()
    files.forget_scratch(left.stat().st_mtime + 1)
    assert list(files.scratch().iterdir()) == []


def test_figures_are_those_of_the_list(cast, entered, tmp_path):
    shop.stock(9)
    export = ask(cast.ada, entered, "stage=lost&sort=-monetary")
    from segmentation import people

    customers = Customer.objects.all()
    expected = {str(id): told for id, told in people.figures(customers, tenant=entered).items() if told.stage == "lost"}
    found = {row["external_id"]: row for row in read_back(export, cast.ada, tmp_path)}
    assert found.keys() == expected.keys() != set()
    for id, told in expected.items():
        row = found[id]
        assert (row["frequency"], row["recency_days"], row["stage"]) == (
            str(told.frequency), str(told.recency_days), "lost",
        )  # fmt: skip
        assert (row["r"], row["f"], row["m"]) == (str(told.r), str(told.f), str(told.m))
        assert row["monetary"] == f"{told.monetary:.2f}"


def test_contact_data_is_left_out_without_the_right_to_reveal_it(one, cast, entered, tmp_path):
    Role.objects.filter(key="admin").update(
        permissions=[str(one) for one in Permission if one != Permission.CUSTOMERS_REVEAL]
    )
    member = type(cast.ada).objects.select_related("role", "user").get(id=cast.ada.id)
    export = ask(member, entered)
    (row,) = read_back(export, member, tmp_path)
    assert not set(row) & set(rows.CONTACT)
    assert row["name"] == FULL["name"]
    assert not export.has_contact


def test_chosen_columns_alone(one, cast, entered, tmp_path):
    columns = rows.of_columns(["name", "spent", "tags", "x_shoe_size"])
    (row,) = read_back(ask(cast.ada, entered, columns=columns), cast.ada, tmp_path)
    assert list(row) == ["external_id", "name", "tags", "shoe_size", "monetary"]


def test_member_exports_whom_the_member_sees(cast, entered, tmp_path):
    customers = shop.stock(4)
    Customer.objects.filter(id=customers[1].id).update(owner=cast.alice)
    Role.objects.filter(key="sales").update(permissions=[str(one) for one in Permission])
    alice = type(cast.alice).objects.select_related("role", "user").get(id=cast.alice.id)
    found = read_back(ask(alice, entered), alice, tmp_path)
    assert [row["external_id"] for row in found] == [str(customers[1].id)]


def test_many_are_made_by_a_worker_in_pieces(cast, entered, tmp_path, monkeypatch):
    shop.stock(7)
    monkeypatch.setattr(asking, "AT_ONCE", 2)
    monkeypatch.setattr(making, "PIECE", 3)
    export = ask(cast.ada, entered)
    assert (export.state, export.job.state) == ("making", "waiting")
    with pytest.raises(asking.NotThere):
        asking.fetch(export, by=cast.ada)
    jobs.run(entered.id, export.job_id, take_over=True)
    export.refresh_from_db()
    assert (export.state, export.rows, Job.objects.get().done) == ("ready", 7, 7)
    assert len({row["external_id"] for row in read_back(export, cast.ada, tmp_path)}) == 7


def test_worker_that_died_leaves_nothing_and_the_next_makes_all(cast, entered, tmp_path, monkeypatch):
    shop.stock(7)
    monkeypatch.setattr(asking, "AT_ONCE", 2)
    monkeypatch.setattr(making, "PIECE", 3)
    export = ask(cast.ada, entered)
    pieces = making.make(export.job)
    next(pieces)
    pieces.close()
    jobs.run(entered.id, export.job_id, take_over=True)
    export.refresh_from_db()
    assert len(read_back(export, cast.ada, tmp_path)) == 7


def test_large_one_waits_for_a_second_person(cast, entered, monkeypatch):
    shop.stock(4)
    monkeypatch.setattr(asking, "ALONE", 3)
    export = ask(cast.ada, entered)
    assert (export.state, export.needs_approval, export.job) == ("asked", True, None)
    assert asking.deciders(export) == []
    with pytest.raises(asking.OwnExport):
        asking.approve(export, by=cast.ada)
    Role.objects.filter(key="sales").update(permissions=asking.DECIDING + [str(Permission.CUSTOMERS_VIEW)])
    assert asking.deciders(export) == [cast.alice]
    asking.approve(export, by=cast.alice)
    with pytest.raises(asking.Decided):
        asking.refuse(export, by=cast.alice)
    jobs.run(entered.id, export.job_id, take_over=True)
    export.refresh_from_db()
    assert (export.state, export.rows, export.decided_by) == ("ready", 4, cast.alice)
    assert not Export.objects.fetchable_by(cast.alice).exists()


def test_file_that_outgrows_what_one_may_take_alone_is_not_made(cast, entered, monkeypatch):
    shop.stock(4)
    monkeypatch.setattr(asking, "AT_ONCE", 2)
    export = ask(cast.ada, entered)
    monkeypatch.setattr(asking, "ALONE", 3)
    jobs.run(entered.id, export.job_id, take_over=True)
    assert (Job.objects.get().state, Export.objects.get().stored) == ("failed", "")


def test_right_that_was_taken_away_meanwhile_counts(cast, entered, monkeypatch):
    shop.stock(4)
    monkeypatch.setattr(asking, "AT_ONCE", 2)
    export = ask(cast.ada, entered)
    Role.objects.filter(key="admin").update(permissions=[str(Permission.CUSTOMERS_VIEW)])
    jobs.run(entered.id, export.job_id, take_over=True)
    assert (Job.objects.get().state, Export.objects.get().stored) == ("failed", "")


def test_filter_that_fell_away_meanwhile_makes_no_larger_file(cast, entered, monkeypatch):
    customers = shop.stock(4)
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    tagging.add([one.id for one in customers[:2]], ["VIP"], by=cast.ada)
    export = ask(cast.ada, entered, "tag=VIP")
    tagging.named(["VIP"])[0].delete()
    jobs.run(entered.id, export.job_id, take_over=True)
    assert (Job.objects.get().state, Export.objects.get().stored) == ("failed", "")


def test_each_download_is_counted_and_audited(one, cast, entered):
    export = ask(cast.ada, entered)
    for _time in range(2):
        asking.fetch(export, by=cast.ada).close()
    export.refresh_from_db()
    told = AuditEvent.objects.filter(action="export.downloaded").order_by("at").values_list("changes", flat=True)
    assert (export.downloads, [one["time"] for one in told]) == (2, [1, 2])
    assert "王" not in str(list(AuditEvent.objects.values_list("changes", flat=True)))


def test_file_is_gone_after_a_week(one, cast, entered):
    export = ask(cast.ada, entered)
    path = files._path(export.stored)
    assert path.exists()
    assert asking.forget_files() == 0
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(asking.NotThere):
        asking.fetch(export, by=cast.ada)
    assert asking.forget_files() == 1
    export.refresh_from_db()
    assert (export.state, export.stored) == ("expired", "")


@pytest.mark.django_db(transaction=True)
def test_task_removes_files_whose_week_is_over(cast, tenant):
    with context.entered(tenant.id):
        shop.stock(1)
        export = ask(cast.ada, tenant)
        Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    forget_old()
    assert not files._path(export.stored).exists()


def test_file_from_before_an_erasure_is_not_handed_out(one, cast, entered):
    export = ask(cast.ada, entered)
    Erasure.objects.create(number=1, subject_id=one.id, reason=Erasure.Reason.REQUEST)
    with pytest.raises(asking.NotThere):
        asking.fetch(export, by=cast.ada)


def test_pages_from_the_list_to_the_file(one, cast, login, entered):
    ada = login(cast.ada)
    made = ada.post("/t/lanhu/exports/new/", {"query": "city=上海", "format": "csv", "columns": "all"})
    export = Export.objects.get()
    assert made["Location"] == f"/t/lanhu/exports/{export.id}/"
    answer = ada.post(f"/t/lanhu/exports/{export.id}/downloads/")
    content = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"].startswith('attachment; filename="customers-')
    assert content.startswith("\ufeffexternal_id,name".encode())
    assert len(io.StringIO(content.decode()).readlines()) == 2
    bob = login(cast.bob)
    assert bob.post(f"/t/lanhu/exports/{export.id}/downloads/").status_code == 403


def test_shared_customer_is_exported_too(cast, entered, tmp_path):
    customers = shop.stock(3)
    Role.objects.filter(key="sales").update(permissions=[str(one) for one in Permission])
    editing.share(customers[2], member=cast.alice, permission="view_customer", by=cast.ada)
    alice = type(cast.alice).objects.select_related("role", "user").get(id=cast.alice.id)
    found = read_back(ask(alice, entered), alice, tmp_path)
    assert [row["external_id"] for row in found] == [str(customers[2].id)]


@pytest.mark.django_db(transaction=True)
def test_command_writes_the_file_with_the_rights_of_a_member(cast, tenant, tmp_path, monkeypatch):
    with context.entered(tenant.id):
        shop.stock(3)
    path = tmp_path / "out.xlsx"
    command = ["export_customers", "--tenant", tenant.slug, "--by", "Ada@example.com", "--format", "xlsx", str(path)]
    call_command(*command, "--query", "q=person 1")
    profile = tables.profile(path, filename=path.name)
    assert [row.cells[1] for row in tables.rows(path, profile)] == ["Person 1"]
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="--query"):
        call_command(*command, "--query", "stage=nonsense")
    for bad in (tmp_path, tmp_path / "absent" / "out.xlsx"):
        with pytest.raises(CommandError, match=r"is a folder|cannot be written"):
            call_command(*command[:-1], str(bad))
    with pytest.raises(CommandError, match="no member"):
        call_command(*command[:4], "bob@example.com", str(path))
    monkeypatch.setattr(asking, "ALONE", 2)
    with pytest.raises(CommandError, match="approve"):
        call_command(*command)


def test_erasure_throws_finished_files_away_and_stops_the_one_under_way(cast, entered, monkeypatch):
    customers = shop.stock(5)
    ready = ask(cast.ada, entered)
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    monkeypatch.setattr(making, "PIECE", 2)
    under_way, named = ask(cast.ada, entered), ask(cast.ada, entered, f"q={customers[0].name}&view=x")
    monkeypatch.setattr(asking, "ALONE", 0)
    waiting = ask(cast.ada, entered, f"q={customers[0].name}")
    Job.objects.filter(id=under_way.job_id).update(started_at=timezone.now())
    erasure.erase(customers[0], by=cast.ada)
    for export in (under_way, named):
        jobs.run(entered.id, export.job_id, take_over=True)
    for export in (ready, under_way, named, waiting):
        export.refresh_from_db()
    assert (ready.state, ready.stored) == ("expired", "")
    assert {under_way.job.state, named.job.state} == {"failed"}
    assert (under_way.stored, named.stored, waiting.query) == ("", "", "")


def test_every_field_of_a_source_has_a_column():
    assert set(projection.FIELDS) <= set(rows.FIRST)
