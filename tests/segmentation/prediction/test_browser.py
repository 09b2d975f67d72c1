"""The pages of predictions in a real browser: read, followed to the people, learned anew, taken away."""

import pytest

from segmentation.prediction import making
from tenancy import context
from tenancy.models import Job
from tests.pages.conftest import chromium, visit
from tests.segmentation.prediction import said
from tests.segmentation.test_browser import SCREENS, look

__all__ = ["chromium", "visit"]
pytestmark = pytest.mark.browser
PAGES = ["churn/", "value/", "win-back/", "chances/?band=0"]


@pytest.fixture
def learned(cast, tenant):
    with context.entered(tenant.id):
        said.stocked(150)
        return said.learned()


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_pages_are_read_and_followed_to_the_people(language, width, theme, visit, learned, tenant):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    for place in PAGES:
        ada.open(f"/t/lanhu/insights/{place}")
        look(ada, f"insights-{place.partition('/')[0]}")
    ada.open("/t/lanhu/insights/churn/")
    page = ada.page
    page.locator("svg a").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "band=" in page.url
    with page.expect_navigation():
        page.locator("a.row-link").first.click()
    ada.settle()
    look(ada, "insights-customer")
    ada.open("/t/lanhu/insights/churn/")
    ada.follow("form[action$='trainings/'] button")
    look(ada, "insights-learning")
    with context.entered(tenant.id):
        assert Job.objects.filter(kind=making.KIND, state=Job.State.WAITING).count() == 1
    ada.open("/t/lanhu/insights/win-back/")
    with page.expect_download() as taken:
        page.locator("form[action$='files/'] button").click()
    assert taken.value.suggested_filename == "win-back.csv"
