"""The page in a browser: empty, while a file is written, with one to fetch, and for who sees a part."""

import pytest

from segmentation.reporting import bundling
from tenancy import context, jobs
from tenancy.models import Job, Membership
from tenancy.permissions import Scope
from tests.pages.conftest import chromium, stocked, visit

__all__ = ["chromium", "stocked", "visit"]

PAGE = "/t/lanhu/insights/data/"


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 360), ("en", 1280)])
def test_file_is_asked_for_and_fetched(language, width, visit, cast, tenant, stocked, tmp_path, settings):
    settings.STATE_DIR = tmp_path
    ada = visit(language=language, width=width)
    ada.log_in()
    ada.open(PAGE)
    assert ada.faults() == []
    ada.follow(f"form[action='{PAGE}files/'] button")
    assert ada.faults() == []
    with context.entered(tenant.id):
        job = Job.objects.get(kind=bundling.KIND)
    jobs.run(tenant.id, job.id, take_over=True)
    fetching = ada.page.locator(f"form[action='{PAGE}files/{job.id}/downloads/'] button")
    fetching.wait_for()  # the page looks for it by itself
    assert ada.faults() == []
    with ada.page.expect_download() as download:
        fetching.click()
    assert download.value.suggested_filename.endswith(".zip")
    with context.entered(tenant.id):
        Membership.objects.filter(id=cast.ada.id).update(scope=Scope.OWN)
    ada.open(PAGE, status=403)
    assert ada.faults() == []
