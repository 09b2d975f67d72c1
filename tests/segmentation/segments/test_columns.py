"""What the files that segments are counted on hold, and until when."""

from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from customers.models import Customer
from privacy import erasure
from segmentation.models import SegmentColumns
from segmentation.segments.columns import building, keeping, renewing
from tenancy import jobs
from tenancy.models import Job
from tests.segmentation.test_lifecycle import bought


@pytest.fixture
def columns(entered, monkeypatch):
    monkeypatch.setattr(renewing, "SMALL", 1)
    bought("a", 3), bought("b", 3), bought("c", 3)
    return building.build()


def ids(row: SegmentColumns) -> set[UUID]:
    files = keeping.opened(row)
    pairs = zip(files["high"].tolist(), files["low"].tolist(), strict=True)
    return {UUID(int=(high << 64) + low) for high, low in pairs}


def folders(tenant) -> list[str]:
    return [one.name for one in (Path(settings.STATE_DIR) / "columns" / str(tenant.id)).iterdir()]


def test_an_erased_person_leaves_the_files_by_a_job(columns, entered, django_capture_on_commit_callbacks):
    erased, other, _third = Customer.objects.order_by("id")
    erasure.erase(erased, by=None)
    erasure.erase(other, by=None)
    job = Job.objects.get(kind=renewing.KIND)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.run(entered.id, job.id, take_over=True)
    row = SegmentColumns.objects.get()
    assert Job.objects.get(id=job.id).state == Job.State.DONE
    assert ids(row) == set(Customer.objects.filter(erased_at=None).values_list("id", flat=True))
    assert folders(entered) == [str(row.folder)]


def test_a_job_that_has_begun_does_not_answer_for_a_later_erasure(columns):
    first, second, _third = Customer.objects.order_by("id")
    erasure.erase(first, by=None)
    Job.objects.filter(kind=renewing.KIND).update(state=Job.State.RUNNING)
    erasure.erase(second, by=None)
    assert Job.objects.filter(kind=renewing.KIND).count() == 2


def test_a_company_without_columns_has_nothing_to_forget_there(entered):
    bought("a", 3)
    erasure.erase(Customer.objects.get(), by=None)
    assert not Job.objects.filter(kind=renewing.KIND).exists()
