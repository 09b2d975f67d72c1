import os
import shutil
import threading
import time
from contextlib import contextmanager

import pytest
from django.core.signals import request_finished, request_started

from tenancy import context
from tests.pages import shop
from tests.pages.visit import Visit

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ABSENT = "Chromium is not on this machine (apt install chromium), so nothing was tried in a browser."


@pytest.fixture
def address(tenant):
    """address("customers/") in the first company."""
    return lambda path="": f"/t/{tenant.slug}/{path}"


@pytest.fixture
def stocked(cast, tenant):
    """The first company with twelve customers; the first of them has a full timeline."""
    with context.entered(tenant.id):
        customers = shop.stock()
        shop.told(customers[0], cast.ada)
    return customers


@pytest.fixture(scope="module")
def chromium():
    """The browser of the machine. Playwright keeps a loop in this thread, where Django would refuse to work."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(ABSENT)
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def finished_requests():
    """Ends once the live server is at nothing: a closed page does not end its request, and tables are emptied next."""
    under_way = set()

    def begun(**kwargs):
        under_way.add(threading.current_thread())

    def ended(**kwargs):
        under_way.discard(threading.current_thread())

    request_started.connect(begun)
    request_finished.connect(ended)
    yield
    patience = time.monotonic() + 15
    while (left := under_way - {threading.main_thread()}) and time.monotonic() < patience:
        time.sleep(0.01)
    request_started.disconnect(begun)
    request_finished.disconnect(ended)
    assert not left


@pytest.fixture
def visit(chromium, live_server):
    """visit(language=…, width=…) is somebody in front of a screen; what their browser complains of fails the test."""
    visits = []

    def open_browser(**options) -> Visit:
        visits.append(Visit(chromium, live_server.url, **options))
        return visits[-1]

    with finished_requests():
        yield open_browser
        for one in visits:
            one.close()
