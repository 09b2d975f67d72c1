"""Takes the pictures of docs/screenshots from a running demo: python -m tests.pages.screenshots URL EMAIL PASSWORD SLUG

Each is at most 150 kB. The demo of `make run` prints the logins.
"""

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs/screenshots"
LARGEST = 150_000
FILE = "tests/pages/sample.csv"


class Camera:
    def __init__(self, browser, url: str, slug: str, *, language="en", width=1180, height=720, theme="light"):
        self.url, self.home = url, f"{url}/t/{slug}/"
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, has_touch=width < 500,
            device_scale_factor=2 if width < 500 else 1, reduced_motion="reduce",
        )  # fmt: skip
        context.add_cookies([{"name": "django_language", "value": language, "url": url}])
        self.page = context.new_page()

    def log_in(self, email: str, password: str) -> None:
        self.page.goto(self.url + "/login/")
        self.page.fill("[name=username]", email)
        self.page.fill("[name=password]", password)
        with self.page.expect_navigation():
            self.page.click("button.primary")

    def open(self, path: str = "") -> None:
        self.page.goto(self.home + path)
        self.page.wait_for_load_state("networkidle")

    def take(self, name: str) -> None:
        self.page.wait_for_load_state("networkidle")
        path = FOLDER / f"{name}.png"
        self.page.screenshot(path=path)
        size = path.stat().st_size
        print(f"{path.name}: {size // 1000} kB")
        assert size <= LARGEST, name


def main(url: str, email: str, password: str, slug: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])

        def camera(**options) -> Camera:
            one = Camera(browser, url, slug, **options)
            one.log_in(email, password)
            return one

        first = camera(language="zh-hans")
        first.open()
        first.take("home-zh")
        desk = camera()
        desk.open("customers/?r=5&f=5&sort=-monetary")
        desk.take("customers-en")
        desk.page.locator("#customers .row-link").first.click()
        desk.page.locator("#side .customer-figures").wait_for()
        desk.take("customer-side-en")
        desk.page.click("#side-body a.primary")
        desk.page.locator(".story").first.wait_for()
        desk.take("customer-en")

        dark = camera(language="zh-hans", theme="dark", height=620)
        dark.open("customers/?stage=at_risk&sort=-monetary")
        dark.take("customers-zh-dark")
        dark.open("imports/")
        dark.page.set_input_files("input[type=file]", Path(FILE))
        dark.page.fill("[name=source]", "tmall")
        with dark.page.expect_navigation():
            dark.page.click("main button.primary")
        dark.take("import-zh-dark")
        with dark.page.expect_navigation():
            dark.page.locator("form[action$='discards/'] button").click()

        phone = camera(language="zh-hans", width=360, height=720)
        phone.open()
        phone.take("home-zh-phone")
        phone.open("customers/?stage=at_risk&sort=-monetary")
        phone.page.locator("#customers .row-link").first.click()
        phone.page.locator(".story").first.wait_for()
        phone.take("customer-zh-phone")
        at_the_till(camera)
        browser.close()


def at_the_till(camera) -> None:
    """The till on a phone and at the counter, a receipt and the programme."""
    for name, options in (("till-zh-phone", {"language": "zh-hans", "width": 360, "height": 720}), ("till-en", {})):
        clerk = camera(**options)
        page = clerk.page
        clerk.open("customers/?sort=-monetary")
        best = page.locator("#customers .row-link").first.inner_text()
        clerk.open("till/")
        page.keyboard.type(best)
        page.keyboard.press("Enter")
        page.locator(".till-found .num", has_text=re.compile(r"^[1-9]")).first.click()
        page.locator(".till-customer").wait_for()
        for text in ("P001", "P002", "P002"):
            page.keyboard.type(text)
            page.keyboard.press("Enter")
            page.wait_for_load_state("networkidle")
        page.locator(".till-use button").first.click()
        page.evaluate("scrollTo(0, 0)")
        clerk.take(name)
    counter = camera(language="zh-hans", height=860)
    counter.open("till/")
    counter.page.keyboard.type("P001")
    counter.page.keyboard.press("Enter")
    with counter.page.expect_navigation():
        counter.page.locator(".till-confirm").click()
    counter.take("receipt-zh")
    counter.open("settings/points/")
    counter.take("programme-zh")


if __name__ == "__main__":
    main(*sys.argv[1:])
