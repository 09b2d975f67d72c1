"""The hostile inputs with files of customers, by their numbers; the files are those of tests/hostile.py."""

import json
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import translation

from customers.models import Customer, CustomerTag, CustomField, ImportProblem, ImportRun, SourceRecord
from tenancy import companies, context
from tests import hostile
from tests.api.served import environment
from tests.customers.test_import_customers import picked, run
from tests.lib.samples import MOST_MB
from tests.sales.files import write

ROOT = Path(__file__).resolve().parents[2]
HEADER = ["会员编号", "姓名", "手机", "备注", "生日"]


def row(n: int, name: str = "张三", *, phone: str = "", note: str = "", birthday: str = "") -> list[str]:
    return [f"M{n}", name, phone or f"1381234{n % 10_000:04}", note, birthday]


TABLE = hostile.Table(HEADER, row, "姓名")
CASES = [pytest.param(case, id=f"{case.number} {case.label}") for case in hostile.CASES]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def outcome(tenant, tmp_path):
    """outcome(rows) imports them and gives (created, rejected, [(row, column, reason)])."""

    def imported(*rows, **options) -> tuple:
        result = run(write(tmp_path / "people.csv", list(rows), HEADER), tenant, **options)
        with context.entered(tenant.id):
            problems = list(ImportProblem.objects.order_by("row").values_list("row", "column", "reason"))
        return result["created"], result["rejected"], problems

    return imported


def nothing_stands(tenant) -> bool:
    with context.entered(tenant.id):
        return not (Customer.objects.exists() or SourceRecord.objects.exists() or CustomerTag.objects.exists())


@pytest.mark.parametrize("case", CASES)
def test_file_is_read_asked_about_or_refused_as_stated(case, tenant, tmp_path):
    path = case.write(tmp_path, TABLE)
    match case.outcome:
        case hostile.Refused(words):
            with pytest.raises(CommandError) as refused:
                run(path, tenant)
            assert words in str(refused.value)
            assert nothing_stands(tenant)
        case hostile.Asked(option):
            err = StringIO()
            with pytest.raises(SystemExit) as asked:
                call_command("import_customers", str(path), tenant=tenant.slug, source="crm", stderr=err)
            assert asked.value.code == 2
            assert option in err.getvalue()
            assert nothing_stands(tenant)
        case hostile.Read(good, bad, words):
            result = run(path, tenant)
            assert picked(result) == (good + len(bad), good, 0, 0, len(bad))
            with context.entered(tenant.id):
                assert Customer.objects.count() == good
                found = list(ImportProblem.objects.order_by("row").values_list("row", "reason"))
            assert tuple(number for number, _reason in found) == bad
            assert all(words in reason for _number, reason in found)


@pytest.mark.parametrize("case", CASES)
def test_page_answers_each_file(case, tenant, cast, login):
    """The client raises what a server would answer with 500."""
    ada = login(cast.ada)
    ada.cookies["django_language"] = "en"
    file = SimpleUploadedFile(case.filename, case.make(TABLE))
    answer = ada.post(f"/t/{tenant.slug}/imports/", {"file": file, "source": "crm", "kind": "customers"})
    if not case.make(TABLE):
        assert answer.status_code == 200
        return
    assert answer.status_code == 302
    page = ada.get(answer.url)
    assert page.status_code == 200
    if isinstance(case.outcome, hostile.Refused):
        assert case.outcome.words in page.content.decode().replace("&#x27;", "'")
    if not isinstance(case.outcome, hostile.Read):
        assert ada.post(answer.url + "starts/").status_code == 200
        with context.entered(tenant.id):
            assert not ImportRun.objects.exclude(job=None).exists()


@pytest.mark.parametrize(
    "answers", [{"encoding": "UTF-16"}, {"encoding": "klingon"}, {"sheet": "x"}, {"delimiter": "xx"}]
)
def test_page_answers_a_plan_that_cannot_be(answers, tenant, cast, login):
    ada = login(cast.ada)
    file = SimpleUploadedFile("a.csv", TABLE.text().encode())
    url = ada.post(f"/t/{tenant.slug}/imports/", {"file": file, "source": "crm"}).url
    assert ada.get(url, answers).status_code == 200
    assert ada.post(url + "starts/", answers).status_code == 200
    with context.entered(tenant.id):
        assert not ImportRun.objects.exclude(job=None).exists()


def test_orders_are_not_taken_for_customers_unless_it_is_said(tenant, tmp_path):
    header = ["订单号", "会员编号", "姓名", "下单时间", "实付金额"]
    path = write(tmp_path / "orders.csv", [["1", "M1", "张三", "2026-03-04 10:00", "5"]], header)
    with pytest.raises(SystemExit) as asked:
        run(path, tenant)
    assert asked.value.code == 2
    assert nothing_stands(tenant)
    assert run(path, tenant, map="会员编号=external_id")["created"] == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": ""}, "--source"),
        ({"source": "x" * 61}, "--source"),
        ({"source": "a\tb"}, "--source"),
        ({"source": "staff"}, "our own"),
        ({"encoding": "UTF-16"}, "--encoding"),
        ({"encoding": "klingon"}, "klingon"),
        ({"map": "姓名=name,备注=name"}, "two columns"),
        ({"map": "姓名=nothing"}, "fields are"),
        ({"sheet": "x"}, "x"),
        ({"delimiter": "xx"}, "xx"),
    ],
)
def test_options_that_cannot_be_are_named_and_nothing_is_written(options, words, tenant, tmp_path):
    with pytest.raises(CommandError, match=words):
        run(write(tmp_path / "a.csv", [row(1)], HEADER), tenant, **options)
    assert nothing_stands(tenant)


def test_bytes_of_another_encoding_are_no_header(tenant, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.text().encode("gbk"))
    with pytest.raises(CommandError, match="--encoding"):
        run(path, tenant, encoding="UTF-8")


def test_a_folder_and_a_file_that_is_not_there_are_named(tenant, tmp_path):
    with pytest.raises(CommandError, match="is a folder"):
        run(tmp_path, tenant)
    with pytest.raises(CommandError, match="no such file"):
        run(tmp_path / "a.csv", tenant)


def test_05_four_byte_gb18030_is_kept(tenant, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.text("𠮷田", "㐀").encode("gb18030"))
    assert run(path, tenant, encoding="GB18030")["created"] == 2
    with context.entered(tenant.id):
        assert set(Customer.objects.values_list("name", flat=True)) == {"𠮷田", "㐀"}


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "'; DROP TABLE customers_customer; --", "=cmd|'/c calc'!A0"]
)
def test_9_28_29_markup_sql_and_formulas_are_text(name, tenant, outcome, cast, login):
    assert outcome(row(1, name))[:2] == (1, 0)
    with context.entered(tenant.id):
        assert Customer.objects.get().name == name
    assert "<script>alert(1)" not in login(cast.ada).get(f"/t/{tenant.slug}/customers/").content.decode()


def test_20_ambiguous_dates_are_asked_and_nothing_is_written(tenant, tmp_path):
    path = write(tmp_path / "a.csv", [row(1, birthday="04-03-1994"), row(2, birthday="05-06-1994")], HEADER)
    with pytest.raises(SystemExit) as asked:
        run(path, tenant)
    assert asked.value.code == 2
    assert nothing_stands(tenant)
    assert picked(run(path, tenant, date_format="%d-%m-%Y")) == (2, 2, 0, 0, 0)


@pytest.mark.parametrize("birthday", ["1994/3/4", "1994年3月4日", "34397", "1994-03-04"])
def test_20_other_ways_to_write_a_date_are_read(birthday, tenant, outcome):
    assert outcome(row(1, birthday=birthday))[:2] == (1, 0)
    with context.entered(tenant.id):
        customer = Customer.objects.get()
        assert (customer.birth_year, customer.birth_month, customer.birth_day) == ("1994", 3, 4)


@pytest.mark.parametrize("birthday", ["1994-02-30", "0001-01-01", "9999-12-31", "soon"])
def test_20_21_dates_that_cannot_be_are_named(birthday, outcome):
    created, rejected, problems = outcome(row(1), row(2, birthday=birthday))
    assert (created, rejected, problems[0][:2]) == (1, 1, (3, "生日"))


def test_21_lunar_birthday_is_one(tenant, outcome):
    assert outcome(row(1, birthday="农历八月十五"))[:2] == (1, 0)
    with context.entered(tenant.id):
        customer = Customer.objects.get()
        assert (customer.birth_is_lunar, customer.birth_month, customer.birth_day) == (True, 8, 15)


def test_22_24_full_width_and_prefixed_phones_become_one(tenant, outcome):
    outcome(row(1, phone="１３８１２３４５６７８"), row(2, phone="0086 138-1234-5678"), row(3, phone="+86 13812345678"))
    with context.entered(tenant.id):
        assert {customer.phone for customer in Customer.objects.all()} == {"+8613812345678"}


def test_23_phone_that_excel_has_rounded_is_refused_not_guessed(outcome):
    created, rejected, problems = outcome(row(1), row(2, phone="1.38E+10"))
    assert (created, rejected, problems[0][:2]) == (1, 1, (3, "手机"))
    assert "Excel" in problems[0][2]


def test_37_same_rows_twice_in_a_file_and_the_file_twice(tenant, tmp_path):
    path = write(tmp_path / "a.csv", [row(1), row(1)], HEADER)
    assert picked(run(path, tenant)) == (2, 1, 0, 1, 0)
    assert picked(run(path, tenant)) == (2, 0, 0, 2, 0)


def test_38_id_of_another_company_is_just_new(tenant, other_tenant, tmp_path):
    path = write(tmp_path / "a.csv", [row(1)], HEADER)
    run(path, other_tenant)
    assert run(path, tenant)["created"] == 1
    with context.entered(tenant.id):
        assert Customer.objects.count() == 1


@pytest.mark.parametrize("filename", ["../../x.csv", "a\nb.csv", "会" * 150 + ".csv", "<b>.csv"])
def test_39_names_of_files_become_safe(filename, tenant, cast, login):
    ada = login(cast.ada)
    file = SimpleUploadedFile("a.csv", TABLE.text().encode())
    file._name = filename  # the setter of `name` would cut the folders off
    answer = ada.post(f"/t/{tenant.slug}/imports/", {"file": file, "source": "crm"})
    assert answer.status_code == 302
    assert ada.get(answer.url).status_code == 200
    with context.entered(tenant.id):
        name = ImportRun.objects.get().filename
    assert len(name) <= 100 and not {"/", "\n", "<"} & set(name)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e309", "1.234,56"])
def test_40_numbers_of_own_fields_that_cannot_be_are_named(number, tenant, tmp_path):
    with context.entered(tenant.id):
        CustomField.objects.create(key="spent", label="Spent", kind="number")
    path = write(tmp_path / "a.csv", [[*row(1), "1,234.56"], [*row(2), number]], [*HEADER, "spent"])
    assert picked(run(path, tenant)) == (2, 1, 0, 0, 1)


def command(path: Path) -> list[str]:
    words = ["import_customers", str(path), "--tenant", "ten", "--source", "crm", "--json"]
    return [sys.executable, "manage.py", *words]


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str
    peak_mb: float


def at_once(paths: list[Path]) -> list[Done]:
    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(done, paths))


def done(path: Path) -> Done:
    """The command in a process of its own, to its end."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command(path), cwd=ROOT, env=environment(), stdout=out, stderr=errors)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, held_mb(process.pid))
            time.sleep(0.02)
        out.seek(0)
        errors.seek(0)
        return Done(process.returncode, out.read(), errors.read(), peak)


def held_mb(pid: int) -> float:
    """The most memory the process has held since it began; what its parent held counts in getrusage, not here."""
    try:
        told, command = (Path(f"/proc/{pid}/{name}").read_text() for name in ("status", "cmdline"))
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    return int(found[1]) / 1024 if found and "manage.py" in command else 0.0


def told(done: Done) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.django_db(transaction=True)
def test_42_ten_files_at_once_are_all_imported_within_bounds(tmp_path):
    tenant = companies.create("ten", name="Ten")
    paths = [write(tmp_path / f"{n}.csv", [row(n * 200 + at) for at in range(200)], HEADER) for n in range(10)]
    all_done = at_once(paths)
    assert [picked(told(one)) for one in all_done] == [(200, 200, 0, 0, 0)] * 10
    with context.entered(tenant.id):
        assert (Customer.objects.count(), SourceRecord.objects.count()) == (2000, 2000)
    assert 50 < max(one.peak_mb for one in all_done) < MOST_MB


@pytest.mark.django_db(transaction=True)
def test_37_one_file_three_times_at_once_is_imported_once_and_the_others_say_so(tmp_path):
    tenant = companies.create("ten", name="Ten")
    path = write(tmp_path / "a.csv", [row(n) for n in range(5_000)], HEADER)
    tried = at_once([path] * 3)
    assert any(one.returncode == 0 for one in tried)
    assert all("goes on there" in one.stderr for one in tried if one.returncode)
    with context.entered(tenant.id):
        assert (Customer.objects.count(), SourceRecord.objects.count()) == (5_000, 5_000)
    assert picked(told(at_once([path])[0])) == (5_000, 0, 0, 5_000, 0)
