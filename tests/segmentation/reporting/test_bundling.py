"""The views as Parquet: every row of them, sealed, for a week, for who sees all customers."""

import io
import zipfile
from datetime import datetime, timedelta

import duckdb
import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg import sql
from pyarrow import parquet

from customers import files
from customers.models import Customer
from privacy import erasure
from segmentation.reporting import bundling, writing
from segmentation.tasks import forget_old
from tenancy import context, jobs
from tenancy.models import AuditEvent, Job, Membership
from tenancy.permissions import Scope
from tests.pages import shop
from tests.segmentation.reporting.conftest import reading

PAGE = "/t/lanhu/insights/data/"


def written(by: Membership) -> Job:
    job = bundling.ask(by=by, enqueue=False)
    jobs.run(job.tenant_id, job.id, take_over=True)
    job.refresh_from_db()
    return job


def unpacked(content: bytes, folder) -> dict:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
        return {name.removesuffix(".parquet"): folder / name for name in archive.namelist()}


def plain(session: psycopg.Connection, view: str) -> list[tuple]:
    """The rows of a view as the reader's program gets them, with identifiers as text."""
    found = session.execute(sql.SQL("SELECT * FROM reporting.{}").format(sql.Identifier(view)))
    texts = {place for place, column in enumerate(found.description) if column.type_code == writing.UUID}
    return [
        tuple(str(one) if one is not None and place in texts else one for place, one in enumerate(row))
        for row in found.fetchall()
    ]


@pytest.mark.parametrize("piece", [1, 4, 20_000])
def test_files_hold_exactly_what_the_reader_sees(reader, tmp_path, monkeypatch, settings, piece):
    settings.STATE_DIR = tmp_path / "state"
    monkeypatch.setattr(writing, "PIECE", piece)
    with context.entered(reader.mine.tenant.id):
        job = bundling.ask(by=reader.mine.ada, enqueue=False)
    jobs.run(reader.mine.tenant.id, job.id, take_over=True)
    with context.entered(reader.mine.tenant.id):
        job.refresh_from_db()
        assert (job.state, job.error) == (Job.State.DONE, "")
        with bundling.fetch(job, by=reader.mine.ada) as content:
            found = unpacked(content.read(), tmp_path)
    assert set(found) == set(writing.VIEWS)
    with reading(reader.login, reader.password) as session:
        for view, path in found.items():
            rows = [tuple(row.values()) for row in parquet.read_table(path).to_pylist()]
            assert sorted(map(_comparable, rows), key=repr) == sorted(map(_comparable, plain(session, view)), key=repr)
            assert duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall() == [(len(rows),)]
            assert len(rows) == job.result["rows"][view] > 0
    assert job.done == job.total == sum(job.result["rows"].values())


def _comparable(row: tuple) -> tuple:
    """Moments without the place they are told at."""
    return tuple(one.timestamp() if isinstance(one, datetime) else one for one in row)


def test_file_is_sealed_and_says_nothing_to_who_reads_the_disk(cast, entered, tmp_path, settings):
    settings.STATE_DIR = tmp_path
    shop.stock(3)
    job = written(cast.ada)
    sealed = (tmp_path / "media" / job.result["stored"]).read_bytes()
    assert len(sealed) >= job.result["bytes"]
    assert b"PAR1" not in sealed and sealed[:2] != b"PK"
    assert list(files.scratch().iterdir()) == []


def test_company_without_customers_gets_empty_files_with_columns(cast, entered, tmp_path):
    with bundling.fetch(written(cast.ada), by=cast.ada) as content:
        found = unpacked(content.read(), tmp_path)
    duck = duckdb.connect()
    for view, path in found.items():
        duck.execute("SELECT * FROM read_parquet(?)", [str(path)])
        columns = [column[0] for column in duck.description]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM reporting.{view} LIMIT 0")
            assert columns == [column.name for column in cursor.description]


def test_page_asks_shows_and_hands_out_and_the_audit_knows(cast, entered, login):
    shop.stock(3)
    ada = login(cast.ada)
    ada.cookies["django_language"] = "en"
    empty = ada.get(PAGE).content.decode()
    assert "No files yet" in empty
    assert "manage.py reader --tenant lanhu" in empty and "read_lanhu" in empty
    assert ada.post(f"{PAGE}files/")["Location"] == PAGE
    job = Job.objects.get(kind=bundling.KIND)
    waiting = ada.get(PAGE).content.decode()
    assert 'hx-trigger="every 1s"' in waiting and "Write the files</span>" not in waiting
    ada.post(f"{PAGE}files/")
    assert Job.objects.filter(kind=bundling.KIND).count() == 1
    assert ada.post(f"{PAGE}files/{job.id}/downloads/")["Location"] == PAGE, "not written yet"
    jobs.run(entered.id, job.id, take_over=True)
    assert f"{PAGE}files/{job.id}/downloads/" in ada.get(PAGE).content.decode()
    answer = ada.post(f"{PAGE}files/{job.id}/downloads/")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith('attachment; filename="lanhu-')
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    assert ada.get(f"{PAGE}files/{job.id}/downloads/").status_code == 405
    told = AuditEvent.objects.filter(action__startswith="reporting.").order_by("at").values_list("action", flat=True)
    assert list(told) == ["reporting.exported", "reporting.downloaded"]


@pytest.mark.parametrize("scope", [Scope.OWN, Scope.TEAM, Scope.STORE])
def test_who_sees_some_customers_is_told_why_not(cast, entered, login, scope):
    job = written(cast.ada)
    Membership.objects.filter(id=cast.ada.id).update(scope=scope)
    ada = login(cast.ada)
    ada.cookies["django_language"] = "en"
    for answer in (ada.get(PAGE), ada.post(f"{PAGE}files/"), ada.post(f"{PAGE}files/{job.id}/downloads/")):
        assert answer.status_code == 403
        assert "Only for who sees all customers" in answer.content.decode()
    assert Job.objects.filter(kind=bundling.KIND).count() == 1
    assert PAGE not in ada.get("/t/lanhu/insights/").content.decode()


def test_who_sees_no_figures_gets_no_file_with_costs(cast, entered, login):
    role = cast.ada.role
    role.permissions = [name for name in role.permissions if name != "INSIGHTS_VIEW"]
    role.save()
    page = login(cast.ada)
    assert [page.get(PAGE).status_code, page.post(f"{PAGE}files/").status_code] == [403, 403]
    assert not bundling.may(cast.ada)


def test_other_jobs_are_not_handed_out(cast, entered, login):
    job = Job.objects.create(kind="export.customers", title="x", result={"stored": "x", "bytes": 1})
    assert login(cast.ada).post(f"{PAGE}files/{job.id}/downloads/").status_code == 404


def test_who_lost_the_right_gets_no_file(cast, entered):
    job = bundling.ask(by=cast.ada, enqueue=False)
    Membership.objects.filter(id=cast.ada.id).update(scope=Scope.TEAM)
    jobs.run(entered.id, job.id, take_over=True)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.FAILED, {})


@pytest.mark.django_db(transaction=True)
def test_file_is_gone_after_a_week(cast, tenant):
    with context.entered(tenant.id):
        job = bundling.ask(by=cast.ada, enqueue=False)
    jobs.run(tenant.id, job.id, take_over=True)
    forget_old()
    with context.entered(tenant.id):
        job.refresh_from_db()
        path = files._path(job.result["stored"])
        assert path.exists()
        Job.objects.filter(id=job.id).update(ended_at=timezone.now() - timedelta(days=7))
        job.refresh_from_db()
        with pytest.raises(bundling.NotThere):
            bundling.fetch(job, by=cast.ada)
    forget_old()
    with context.entered(tenant.id):
        job.refresh_from_db()
    assert not path.exists() and "stored" not in job.result


def test_erasure_throws_files_away_and_stops_the_one_under_way(cast, entered):
    customers = shop.stock(3)
    ready = written(cast.ada)
    under_way = bundling.ask(by=cast.ada, enqueue=False)
    Job.objects.filter(id=under_way.id).update(started_at=timezone.now())
    erasure.erase(Customer.objects.get(id=customers[0].id), by=cast.ada)
    jobs.run(entered.id, under_way.id, take_over=True)
    for job in (ready, under_way):
        job.refresh_from_db()
        assert "stored" not in job.result
        with pytest.raises(bundling.NotThere):
            bundling.fetch(job, by=cast.ada)
    assert under_way.state == Job.State.FAILED
